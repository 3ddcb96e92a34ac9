#include "page/saml_metadata.h"

#include <string.h>

#include "config/config.h"
#include "page/error.h"
#include "saml/metadata.h"

enum err
page_saml_metadata(struct ctx *ctx, const struct request *request, struct response *response)
{
	const char *reader = request_query(request, "for"), *xml;
	enum err err;

	if (reader != NULL && (strcmp(reader, "staff") != 0 || ctx->config->helpdesk.public_url == NULL)) {
		error_page(ctx, request, 404, "not-found", response);
		return ERR_OK;
	}
	err = saml_metadata_print(ctx->config, ctx->keys, reader != NULL ? METADATA_STAFF : METADATA_FEDERATION, ctx->arena, &xml);
	if (err != ERR_OK)
		return err;
	/* The media type of SAML metadata (SAMLMeta appendix A). */
	response->content_type = "application/samlmetadata+xml; charset=utf-8";
	response->cache = "public, max-age=300";
	buf_put_text(&response->body, xml);
	return ERR_OK;
}
