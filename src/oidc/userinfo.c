#include "oidc/userinfo.h"

#include <jansson.h>
#include <string.h>

#include "oidc/mint.h"
#include "signin/session.h"
#include "text/json.h"

#define TOKEN_MAX 8192

/* The one bearer token of the request; NULL with *ret_error set when there is none ("") or more than one. */
static const char *
bearer(const struct fields *form, const char *authorization, const char **ret_error)
{
	const char *token = fields_get(form, "access_token");

	*ret_error = "";
	if (authorization == NULL)
		return token;
	if (token != NULL) {
		*ret_error = "invalid_request";
		return NULL;
	}
	return strncasecmp(authorization, "Bearer ", 7) == 0 ? authorization + 7 : NULL;
}

static void
refuse(struct ctx *ctx, const char *error, struct oidc_answer *ret_answer)
{
	bool malformed = strcmp(error, "invalid_request") == 0;

	oidc_refuse(ctx, malformed ? 400 : 401, *error != '\0' ? error : "invalid_token", "the access token is missing or not valid", ret_answer);
	/* No error code when no token was sent (RFC 6750 section 3.1). */
	ret_answer->authenticate = *error == '\0' ? "Bearer realm=\"userinfo\"" : arena_printf(ctx->arena, "Bearer realm=\"userinfo\", error=\"%s\"", error);
}

struct lookup {
	const struct access_claims *claims;
	bool alive;
};

static enum err
look_up(struct txn *txn, void *arg)
{
	struct lookup *lookup = arg;
	struct TokenRecord *token;
	enum err err;

	err = record_load(txn, TABLE_TOKEN, bytes_of(lookup->claims->jti), &token_record__descriptor, &token);
	if (err == ERR_NOT_FOUND)
		return ERR_OK;
	if (err != ERR_OK)
		return err;
	lookup->alive = !token->revoked && session_alive(txn, record_bytes(token->account), token->sid);
	return ERR_OK;
}

enum err
userinfo_answer(struct ctx *ctx, const struct fields *form, const char *authorization, struct oidc_answer *ret_answer)
{
	struct access_claims claims;
	struct lookup lookup = {.claims = &claims};
	const char *error, *token = bearer(form, authorization, &error);
	json_t *json;
	enum err err;

	if (token == NULL) {
		refuse(ctx, error, ret_answer);
		return ERR_OK;
	}
	if (strlen(token) > TOKEN_MAX || mint_check_access(ctx, token, &claims) != ERR_OK) {
		refuse(ctx, "invalid_token", ret_answer);
		return ERR_OK;
	}
	ctx->log.portal = claims.client;
	err = store_view(ctx, look_up, &lookup);
	if (err != ERR_OK)
		return err;
	if (!lookup.alive) {
		refuse(ctx, "invalid_token", ret_answer);
		return ERR_OK;
	}
	json = json_object();
	json_object_set_new(json, "sub", json_string(claims.sub));
	json_object_set_new(json, "locale", json_string(claims.locale));
	*ret_answer = (struct oidc_answer){.status = 200, .json = json_print(ctx->arena, json)};
	return ERR_OK;
}
