#include "api/api.h"

static const char document[] =
#include "src/api/openapi.inc"
    ;

enum err
api_document(struct ctx *ctx, const struct request *request, struct response *response)
{
	(void)ctx, (void)request;
	response_json(response, 200, document);
	response->content_type = "application/json";
	response->cache = "public, max-age=300";
	response->cross_origin = true;
	return ERR_OK;
}
