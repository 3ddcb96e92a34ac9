#include "page/saml_metadata.h"

#include "saml/metadata.h"

enum err
page_saml_metadata(struct ctx *ctx, const struct request *request, struct response *response)
{
	const char *xml;
	enum err err = saml_metadata_print(ctx->config, ctx->keys, ctx->arena, &xml);

	(void)request;
	if (err != ERR_OK)
		return err;
	/* The media type of SAML metadata (SAMLMeta appendix A). */
	response->content_type = "application/samlmetadata+xml; charset=utf-8";
	response->cache = "public, max-age=300";
	buf_put_text(&response->body, xml);
	return ERR_OK;
}
