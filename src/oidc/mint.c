#include "oidc/mint.h"

#include <jansson.h>
#include <string.h>

#include "base/random.h"
#include "crypto/jws.h"
#include "text/json.h"

static json_t *
common_claims(struct ctx *ctx, const char *audience, const char *jti, const struct CodeRecord *code)
{
	json_t *claims = json_object();
	json_t *amr = json_array();

	for (size_t i = 0; i < code->n_amr; i++)
		json_array_append_new(amr, json_string(code->amr[i]));
	json_object_set_new(claims, "iss", json_string(ctx->config->public_url));
	json_object_set_new(claims, "sub", json_string(code->sub));
	json_object_set_new(claims, "aud", json_string(audience));
	json_object_set_new(claims, "iat", json_integer(ctx->now / 1000));
	json_object_set_new(claims, "exp", json_integer((ctx->now + ctx->config->limits.token_lifetime) / 1000));
	json_object_set_new(claims, "jti", json_string(jti));
	json_object_set_new(claims, "auth_time", json_integer(code->auth_time / 1000));
	json_object_set_new(claims, "acr", json_string(code->acr));
	json_object_set_new(claims, "amr", amr);
	json_object_set_new(claims, "sid", json_string(code->sid));
	json_object_set_new(claims, "locale", json_string(code->locale));
	return claims;
}

static enum err
sign(struct ctx *ctx, const struct portal_config *portal, const char *typ, json_t *claims, const char **ret_token)
{
	enum jws_algorithm algorithm = JWS_ES256;
	const char *payload = json_print(ctx->arena, claims);

	must(jws_algorithm_parse(portal->token_algorithm, &algorithm) == ERR_OK);
	return jws_sign(ctx->keys, algorithm, typ, bytes_of(payload), ctx->arena, ret_token);
}

enum err
mint_id_token(struct ctx *ctx, const struct portal_config *portal, const struct CodeRecord *code, const char **ret_token)
{
	json_t *claims = common_claims(ctx, portal->id, random_text(ctx->arena, 16), code);

	if (*code->nonce != '\0')
		json_object_set_new(claims, "nonce", json_string(code->nonce));
	return sign(ctx, portal, "JWT", claims, ret_token);
}

enum err
mint_access_token(struct ctx *ctx, const struct portal_config *portal, const struct CodeRecord *code, const char **ret_token)
{
	/* The audience is the resource where it works: our own UserInfo (RFC 9068 section 3). */
	json_t *claims = common_claims(ctx, ctx->config->public_url, code->access_jti, code);

	json_object_set_new(claims, "client_id", json_string(portal->id));
	json_object_set_new(claims, "scope", json_string(code->scope));
	return sign(ctx, portal, "at+jwt", claims, ret_token);
}

static const char *
api_audience(const struct ctx *ctx)
{
	return arena_printf(ctx->arena, "%s" API_PATH, ctx->config->public_url);
}

enum err
mint_api_token(struct ctx *ctx, const struct portal_config *portal, const char **ret_token)
{
	json_t *claims = json_object();

	json_object_set_new(claims, "iss", json_string(ctx->config->public_url));
	json_object_set_new(claims, "sub", json_string(portal->id));
	json_object_set_new(claims, "client_id", json_string(portal->id));
	json_object_set_new(claims, "aud", json_string(api_audience(ctx)));
	json_object_set_new(claims, "iat", json_integer(ctx->now / 1000));
	json_object_set_new(claims, "exp", json_integer((ctx->now + ctx->config->limits.token_lifetime) / 1000));
	json_object_set_new(claims, "jti", json_string(random_text(ctx->arena, 16)));
	json_object_set_new(claims, "scope", json_string(SCOPE_ACCOUNTS));
	return sign(ctx, portal, "at+jwt", claims, ret_token);
}

static bool
claim_is(const json_t *claims, const char *name, const char *value)
{
	const char *text = json_text(claims, name);

	return text != NULL && strcmp(text, value) == 0;
}

enum err
mint_check_api(struct ctx *ctx, const char *token, const struct portal_config **ret_portal)
{
	CLEANUP(json_release) json_t *claims = NULL;
	const struct portal_config *portal;
	const char *client;
	struct bytes payload;
	int64_t expires;
	enum err err;

	err = jws_verify_own(ctx->keys, "at+jwt", token, ctx->arena, &payload);
	if (err != ERR_OK)
		return err;
	claims = json_read(payload);
	client = json_text(claims, "client_id");
	if (client == NULL || !json_time(claims, "exp", &expires))
		return ERR_FORMAT;
	if (!claim_is(claims, "iss", ctx->config->public_url) || !claim_is(claims, "aud", api_audience(ctx)) || !claim_is(claims, "sub", client) ||
	    !claim_is(claims, "scope", SCOPE_ACCOUNTS))
		return ERR_CRYPTO;
	if (ctx->now >= expires)
		return ERR_TIMEOUT;
	portal = config_portal(ctx->config, client);
	if (portal == NULL || portal->jwks_file == NULL)
		return ERR_CRYPTO;
	*ret_portal = portal;
	return ERR_OK;
}

static const char *
claim(struct ctx *ctx, const json_t *claims, const char *name)
{
	return arena_text(ctx->arena, json_text(claims, name));
}

enum err
mint_check_access(struct ctx *ctx, const char *token, struct access_claims *ret_claims)
{
	CLEANUP(json_release) json_t *claims = NULL;
	const char *iss, *aud;
	struct bytes payload;
	int64_t expires;
	enum err err;

	err = jws_verify_own(ctx->keys, "at+jwt", token, ctx->arena, &payload);
	if (err != ERR_OK)
		return err;
	claims = json_read(payload);
	iss = json_text(claims, "iss");
	aud = json_text(claims, "aud");
	*ret_claims = (struct access_claims){.client = claim(ctx, claims, "client_id"), .sub = claim(ctx, claims, "sub"),
	    .sid = claim(ctx, claims, "sid"), .jti = claim(ctx, claims, "jti"), .scope = claim(ctx, claims, "scope"),
	    .locale = claim(ctx, claims, "locale")};
	if (iss == NULL || aud == NULL || ret_claims->client == NULL || ret_claims->sub == NULL || ret_claims->sid == NULL ||
	    ret_claims->jti == NULL || ret_claims->scope == NULL || ret_claims->locale == NULL || !json_time(claims, "exp", &expires))
		return ERR_FORMAT;
	if (strcmp(iss, ctx->config->public_url) != 0 || strcmp(aud, ctx->config->public_url) != 0)
		return ERR_CRYPTO;
	return ctx->now < expires ? ERR_OK : ERR_TIMEOUT;
}
