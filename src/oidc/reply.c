#include "oidc/reply.h"

#include <string.h>

#include "text/escape.h"

static const char *
with_query(struct ctx *ctx, const struct pending *pending, const char *const (*pairs)[2])
{
	struct buf url;
	char separator = strchr(pending->redirect_uri, '?') != NULL ? '&' : '?';

	buf_init(&url, ctx->arena, 16384);
	buf_put_text(&url, pending->redirect_uri);
	for (; (*pairs)[0] != NULL; pairs++) {
		if ((*pairs)[1] == NULL || *(*pairs)[1] == '\0')
			continue;
		buf_printf(&url, "%c%s=", separator, (*pairs)[0]);
		escape_url(&url, (*pairs)[1]);
		separator = '&';
	}
	must(!url.failed);
	return buf_text(&url);
}

const char *
oidc_error_url(struct ctx *ctx, const struct pending *pending, const char *error, const char *description)
{
	const char *const pairs[][2] = {{"error", error}, {"error_description", description}, {"state", pending->state},
	    {"iss", ctx->config->public_url}, {NULL, NULL}};

	return with_query(ctx, pending, pairs);
}

const char *
oidc_code_url(struct ctx *ctx, const struct pending *pending, const char *code)
{
	const char *const pairs[][2] = {{"code", code}, {"state", pending->state}, {"iss", ctx->config->public_url}, {NULL, NULL}};

	return with_query(ctx, pending, pairs);
}
