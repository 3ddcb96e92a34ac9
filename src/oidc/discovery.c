#include "oidc/discovery.h"

#include <jansson.h>
#include <string.h>

#include "config/config.h"
#include "signin/session.h"
#include "text/json.h"

static void
put_url(json_t *doc, struct ctx *ctx, const char *name, const char *path)
{
	json_object_set_new(doc, name, json_string(arena_printf(ctx->arena, "%s%s", ctx->config->public_url, path)));
}

static void
put_list(json_t *doc, const char *name, const char *const *items)
{
	json_t *list = json_array();

	for (; *items != NULL; items++)
		json_array_append_new(list, json_string(*items));
	json_object_set_new(doc, name, list);
}
#define LIST(...) ((const char *const[]){__VA_ARGS__, NULL})

/* Every level that a configured provider can vouch for, then the rungs above it (DESIGN.md 6.5). */
static json_t *
levels(const struct config *config)
{
	json_t *list = json_array();

	for (size_t i = 0; i < config->provider_count; i++) {
		const struct texts *refs = &config->providers[i].authn_context;
		for (size_t k = 0; k < refs->count; k++) {
			bool known = false;
			size_t at;
			json_t *item;
			json_array_foreach(list, at, item)
				known = known || strcmp(json_string_value(item), refs->items[k]) == 0;
			if (!known)
				json_array_append_new(list, json_string(refs->items[k]));
		}
	}
	json_array_append_new(list, json_string(ACR_TOTP));
	return list;
}

const char *
discovery_print(struct ctx *ctx)
{
	json_t *doc = json_object();

	json_object_set_new(doc, "issuer", json_string(ctx->config->public_url));
	put_url(doc, ctx, "authorization_endpoint", "/authorize");
	put_url(doc, ctx, "token_endpoint", "/token");
	put_url(doc, ctx, "userinfo_endpoint", "/userinfo");
	put_url(doc, ctx, "jwks_uri", "/jwks.json");
	put_list(doc, "response_types_supported", LIST("code"));
	put_list(doc, "response_modes_supported", LIST("query"));
	put_list(doc, "grant_types_supported", LIST("authorization_code", "client_credentials"));
	put_list(doc, "subject_types_supported", LIST("pairwise"));
	put_list(doc, "scopes_supported", LIST("openid", "accounts"));
	put_list(doc, "claims_supported", LIST("iss", "sub", "aud", "exp", "iat", "jti", "auth_time", "acr", "amr", "sid", "locale", "nonce"));
	put_list(doc, "id_token_signing_alg_values_supported", LIST("ES256", "PS256", "RS256"));
	put_list(doc, "token_endpoint_auth_methods_supported", LIST("private_key_jwt", "client_secret_basic"));
	put_list(doc, "token_endpoint_auth_signing_alg_values_supported", LIST("ES256", "PS256", "RS256"));
	put_list(doc, "code_challenge_methods_supported", LIST("S256"));
	put_list(doc, "prompt_values_supported", LIST("none", "login", "consent", "select_account"));
	put_list(doc, "ui_locales_supported", LIST("en-CA", "fr-CA", "en", "fr"));
	json_object_set_new(doc, "acr_values_supported", levels(ctx->config));
	json_object_set_new(doc, "authorization_response_iss_parameter_supported", json_true());
	json_object_set_new(doc, "claims_parameter_supported", json_false());
	json_object_set_new(doc, "request_parameter_supported", json_false());
	json_object_set_new(doc, "request_uri_parameter_supported", json_false());
	return json_print(ctx->arena, doc);
}
