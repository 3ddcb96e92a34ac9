/* The stand-in portals: OpenID Connect clients with private_key_jwt, as a portal's own team would write them. */
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/random.h"
#include "crypto/jws.h"
#include "crypto/seal.h"
#include "demo/stand_in.h"
#include "text/escape.h"

/* Cookie, one a sign-in under way, named by its state: nonce, verifier, language. */
#define REQUEST "portal-request-"
#define SESSION "portal-session" /* cookie: what the ID token said */
#define REQUEST_LIFE 3600

static void
json_release(json_t **json)
{
	json_decref(*json);
}

static void
text_release(char **text)
{
	free(*text);
}

static const char *
callback_of(struct ctx *ctx, const struct demo_portal *portal)
{
	return arena_printf(ctx->arena, "%s/callback", portal->origin);
}

static const char *
texts_joined(struct arena *arena, const json_t *array)
{
	struct buf text;

	buf_init(&text, arena, 4096);
	for (size_t i = 0; i < json_array_size(array); i++) {
		const char *item = json_string_value(json_array_get(array, i));
		buf_printf(&text, "%s%s", i > 0 ? ", " : "", item != NULL ? item : "?");
	}
	return buf_text(&text);
}

static void
view_claims(struct ctx *ctx, struct view *view, const json_t *claims)
{
	CLEANUP(text_release)
	char *all = json_dumps(claims, JSON_INDENT(2));
	json_int_t auth_time = json_integer_value(json_object_get(claims, "auth_time"));

	view_flag(view, "signed_in", true);
	view_text(view, "sub", json_string_value(json_object_get(claims, "sub")));
	view_text(view, "acr", json_string_value(json_object_get(claims, "acr")));
	view_text(view, "amr", texts_joined(ctx->arena, json_object_get(claims, "amr")));
	if (auth_time > 0 && auth_time < INT64_C(253402300800))
		view_text(view, "auth_time",
		    arena_printf(ctx->arena, "%" JSON_INTEGER_FORMAT " (%.19sZ)", auth_time,
			clock_print(ctx->arena, SECONDS(auth_time))));
	view_text(view, "all", all);
}

enum err
portal_home(struct ctx *ctx, const struct request *request, struct response *response)
{
	const struct demo_portal *portal = stand_in_portal(request);
	CLEANUP(json_release)
	json_t *claims = NULL;
	struct view *view = stand_in_view(ctx, request, "/");
	const char *parts[2];

	if (portal == NULL)
		return stand_in_refuse(ctx, request, 404, "not-found", NULL, response);
	if (stand_in_open(ctx, SESSION, request_cookie(request, SESSION), parts, 2) &&
	    strcmp(parts[0], portal->id) == 0)
		claims = json_loads(parts[1], JSON_REJECT_DUPLICATES, NULL);
	if (claims != NULL)
		view_claims(ctx, view, claims);
	view_text(view, "start_url", stand_in_link(ctx, "/start"));
	view_text(view, "manage_url",
	    arena_printf(ctx->arena, "%s/manage?portal=%s", stand_in_demo()->service, portal->id));
	stand_in_page(ctx, "portal", view, response);
	return ERR_OK;
}

static const char *
authorize_url(struct ctx *ctx, const struct demo_portal *portal, const char *state,
    const char *nonce, const char *verifier)
{
	uint8_t hash[SHA256_SIZE];
	struct buf url;

	sha256(bytes_of(verifier), hash);
	buf_init(&url, ctx->arena, 8192);
	buf_printf(&url, "%s/authorize?response_type=code&scope=openid&client_id=%s&redirect_uri=",
	    stand_in_demo()->service, portal->id);
	escape_url(&url, callback_of(ctx, portal));
	buf_printf(&url,
	    "&state=%s&nonce=%s&code_challenge=%s&code_challenge_method=S256&ui_locales=%s-CA",
	    state, nonce, base64url_print(ctx->arena, BYTES(hash)), language_print(ctx->language));
	return buf_text(&url);
}

enum err
portal_start(struct ctx *ctx, const struct request *request, struct response *response)
{
	const struct demo_portal *portal = stand_in_portal(request);
	const char *state = random_text(ctx->arena, 16), *nonce = random_text(ctx->arena, 16),
		   *verifier = random_text(ctx->arena, 32), *sealed;

	if (portal == NULL)
		return stand_in_refuse(ctx, request, 404, "not-found", NULL, response);
	stand_in_view(ctx, request, NULL); /* chooses the language */
	sealed = stand_in_seal(ctx, REQUEST,
	    (const char *const[]){state, nonce, verifier, language_print(ctx->language), NULL});
	response_cookie(response, arena_printf(ctx->arena, REQUEST "%s", state), sealed,
	    SAME_SITE_LAX, REQUEST_LIFE);
	response_redirect(response, authorize_url(ctx, portal, state, nonce, verifier));
	return ERR_OK;
}

/* A client assertion (RFC 7523): who we are, for this one request. */
static enum err
assertion_of(struct ctx *ctx, const struct demo_portal *portal, const char **ret_assertion)
{
	int64_t now = ctx->now / 1000;
	const char *claims = arena_printf(ctx->arena,
	    "{\"iss\":\"%s\",\"sub\":\"%s\",\"aud\":\"%s\",\"jti\":\"%s\",\"iat\":%" PRId64
	    ",\"exp\":%" PRId64 "}",
	    portal->id, portal->id, stand_in_demo()->service, random_text(ctx->arena, 16), now,
	    now + 60);

	return jws_sign(portal->keys, JWS_ES256, "client-authentication+jwt", bytes_of(claims),
	    ctx->arena, ret_assertion);
}

static enum err
redeem(struct ctx *ctx, const struct demo_portal *portal, const char *code, const char *verifier,
    const char **ret_id_token, const char **ret_reason)
{
	CLEANUP(json_release)
	json_t *json = NULL;
	const char *assertion;
	struct bytes body;
	enum err err;

	*ret_reason = "no client assertion";
	err = assertion_of(ctx, portal, &assertion);
	if (err != ERR_OK)
		return err;
	const struct field items[] = {{"grant_type", "authorization_code"}, {"code", code},
	    {"redirect_uri", callback_of(ctx, portal)}, {"code_verifier", verifier},
	    {"client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
	    {"client_assertion", assertion}};
	const struct fields form = {items, sizeof(items) / sizeof(items[0])};

	err = stand_in_fetch(ctx, "/token", &form, &body, ret_reason);
	if (err != ERR_OK)
		return err;
	json = json_loadb((const char *)body.data, body.len, JSON_REJECT_DUPLICATES, NULL);
	*ret_id_token =
	    arena_text(ctx->arena, json_string_value(json_object_get(json, "id_token")));
	*ret_reason = "no ID token";
	return *ret_id_token != NULL ? ERR_OK : ERR_FORMAT;
}

static bool
claim_is(const json_t *claims, const char *name, const char *wanted)
{
	const char *value = json_string_value(json_object_get(claims, name));

	return value != NULL && strcmp(value, wanted) == 0;
}

/* What a relying party must check (OpenID Connect Core 3.1.3.7). NULL when the claims stand. */
static const char *
claims_fault(
    struct ctx *ctx, const struct demo_portal *portal, const json_t *claims, const char *nonce)
{
	if (!claim_is(claims, "iss", stand_in_demo()->service))
		return "the ID token's iss";
	if (!claim_is(claims, "aud", portal->id))
		return "the ID token's aud";
	if (!claim_is(claims, "nonce", nonce))
		return "the ID token's nonce";
	if (json_string_value(json_object_get(claims, "sub")) == NULL)
		return "the ID token's sub";
	if (json_integer_value(json_object_get(claims, "exp")) <= ctx->now / 1000)
		return "the ID token's exp";
	return NULL;
}

static enum err
check_id_token(struct ctx *ctx, const struct demo_portal *portal, const char *token,
    const char *nonce, json_t **ret_claims, const char **ret_reason)
{
	CLEANUP(jws_set_free)
	struct jws_set *keys = NULL;
	struct bytes set, payload;
	const char *typ, *fault;
	json_t *claims;
	enum err err;

	err = stand_in_fetch(ctx, "/jwks.json", NULL, &set, ret_reason);
	if (err == ERR_OK)
		err = jws_set_parse(set, ctx->arena, &keys, ret_reason);
	if (err != ERR_OK)
		return err;
	*ret_reason = "the ID token's signature";
	err = jws_verify(keys, 1u << JWS_ES256, token, ctx->arena, &payload, &typ);
	if (err != ERR_OK)
		return err;
	claims = json_loadb((const char *)payload.data, payload.len, JSON_REJECT_DUPLICATES, NULL);
	fault = claims_fault(ctx, portal, claims, nonce);
	if (fault == NULL) {
		*ret_claims = claims;
		return ERR_OK;
	}
	json_decref(claims);
	*ret_reason = fault;
	return ERR_FORMAT;
}

static void
remember(struct ctx *ctx, const struct demo_portal *portal, const json_t *claims,
    struct response *response)
{
	CLEANUP(text_release)
	char *all = json_dumps(claims, JSON_COMPACT);

	must(all != NULL);
	response_cookie(response, SESSION,
	    stand_in_seal(ctx, SESSION, (const char *const[]){portal->id, all, NULL}),
	    SAME_SITE_LAX, -1);
}

static enum err
arrive(struct ctx *ctx, const struct request *request, const char *code, const char *const *asked,
    struct response *response)
{
	const struct demo_portal *portal = stand_in_portal(request);
	CLEANUP(json_release)
	json_t *claims = NULL;
	const char *id_token, *reason = "";
	enum err err;

	err = redeem(ctx, portal, code, asked[2], &id_token, &reason);
	if (err == ERR_OK)
		err = check_id_token(ctx, portal, id_token, asked[1], &claims, &reason);
	if (err != ERR_OK) {
		log_event(LOG_WARNING, &ctx->log, "No sign-in from this code",
		    LOG_TEXT("portal", portal->id), LOG_ERR(err), LOG_TEXT("reason", reason));
		return stand_in_refuse(ctx, request, 502, "token", NULL, response);
	}
	remember(ctx, portal, claims, response);
	response_redirect(response, arena_printf(ctx->arena, "/?lang=%s", asked[3]));
	return ERR_OK;
}

/* Takes the cookie of the sign-in that this answer belongs to. */
static bool
asked_for(struct ctx *ctx, const struct request *request, const char *state, const char **ret_asked,
    struct response *response)
{
	const char *name = arena_printf(ctx->arena, REQUEST "%s", state != NULL ? state : "");

	if (!stand_in_open(ctx, REQUEST, request_cookie(request, name), ret_asked, 4) ||
	    strcmp(ret_asked[0], state) != 0)
		return false;
	response_cookie(response, name, "", SAME_SITE_LAX, 0);
	return true;
}

enum err
portal_callback(struct ctx *ctx, const struct request *request, struct response *response)
{
	const char *code = request_query(request, "code"), *iss = request_query(request, "iss"),
		   *error = request_query(request, "error");
	const char *description = request_query(request, "error_description"), *asked[4];

	if (stand_in_portal(request) == NULL)
		return stand_in_refuse(ctx, request, 404, "not-found", NULL, response);
	/* RFC 9207: an answer of another issuer's is none. */
	if (iss == NULL || strcmp(iss, stand_in_demo()->service) != 0 ||
	    !asked_for(ctx, request, request_query(request, "state"), asked, response))
		return stand_in_refuse(ctx, request, 400, "state", NULL, response);
	if (code != NULL)
		return arrive(ctx, request, code, asked, response);
	return stand_in_refuse(ctx, request, 403, "cancelled",
	    arena_printf(ctx->arena, "%s%s%s", error != NULL ? error : "",
		description != NULL ? ": " : "", description != NULL ? description : ""),
	    response);
}

enum err
portal_sign_out(struct ctx *ctx, const struct request *request, struct response *response)
{
	if (stand_in_portal(request) == NULL)
		return stand_in_refuse(ctx, request, 404, "not-found", NULL, response);
	stand_in_view(ctx, request, NULL);
	response_cookie(response, SESSION, "", SAME_SITE_LAX, 0);
	response_redirect(response, stand_in_link(ctx, "/"));
	return ERR_OK;
}
