#include "oidc/hint.h"

#include <jansson.h>
#include <string.h>

#include "config/config.h"
#include "crypto/jws.h"
#include "text/json.h"

enum err
hint_check(struct ctx *ctx, const char *token, const char *client, const char **ret_sub)
{
	CLEANUP(json_release) json_t *claims = NULL;
	struct bytes payload;
	const char *iss, *aud, *sub;
	enum err err;

	err = jws_verify_own(ctx->keys, "JWT", token, ctx->arena, &payload);
	if (err != ERR_OK)
		return err;
	claims = json_read(payload);
	iss = json_text(claims, "iss");
	aud = json_text(claims, "aud");
	sub = json_text(claims, "sub");
	if (iss == NULL || aud == NULL || sub == NULL)
		return ERR_FORMAT;
	if (strcmp(iss, ctx->config->public_url) != 0 || strcmp(aud, client) != 0)
		return ERR_CRYPTO;
	*ret_sub = arena_text(ctx->arena, sub);
	return ERR_OK;
}
