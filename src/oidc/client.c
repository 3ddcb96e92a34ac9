#include "oidc/client.h"

#include <jansson.h>
#include <string.h>

#include "crypto/jws.h"
#include "text/escape.h"
#include "text/json.h"

#define ASSERTION_TYPE "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
#define ASSERTION_MAX 8192
#define ASSERTION_LIFE MINUTES(10)
#define ASSERTION_AHEAD SECONDS(60)
#define JTI_MAX 256
#define ALGORITHMS ((1u << JWS_ES256) | (1u << JWS_PS256) | (1u << JWS_RS256))

static void
release_keys(struct config *config)
{
	struct portal_config *portals = (struct portal_config *)config->portals;

	for (size_t i = 0; i < config->portal_count; i++)
		jws_set_free(&portals[i].keys);
}

enum err
clients_prepare(struct config *config, struct arena *arena, const char **ret_reason)
{
	struct portal_config *portals = (struct portal_config *)config->portals;

	config->release = release_keys;
	for (size_t i = 0; i < config->portal_count; i++) {
		const char *why = NULL;
		if (portals[i].jwks_file == NULL || portals[i].keys != NULL)
			continue;
		if (jws_set_parse(portals[i].jwks, arena, &portals[i].keys, &why) != ERR_OK) {
			*ret_reason = arena_printf(arena, "%s: the key set of portal %s: %s", portals[i].jwks_file, portals[i].id, why);
			return ERR_CONFIG;
		}
	}
	return ERR_OK;
}

static enum client_verdict
refused(struct client_proof *proof, const char *why)
{
	proof->why = why;
	return CLIENT_REFUSED;
}

static enum client_verdict
malformed(struct client_proof *proof, const char *why)
{
	proof->why = why;
	return CLIENT_MALFORMED;
}

/* "Basic " base64(urlencode(id) ":" urlencode(secret)) (RFC 6749 section 2.3.1). */
static enum client_verdict
check_secret(struct ctx *ctx, const char *credentials, const char *claimed, struct client_proof *proof)
{
	struct bytes decoded;
	const char *colon, *id, *secret;
	const struct portal_config *portal;

	if (base64_parse(ctx->arena, bytes_of(credentials), &decoded) != ERR_OK || decoded.len == 0)
		return malformed(proof, "the Authorization header is not base64");
	colon = memchr(decoded.data, ':', decoded.len);
	if (colon == NULL)
		return malformed(proof, "the Authorization header has no colon");
	if (unescape_url(ctx->arena, bytes_make(decoded.data, (size_t)(colon - (const char *)decoded.data)), true, &id) != ERR_OK ||
	    unescape_url(ctx->arena, bytes_make(colon + 1, decoded.len - (size_t)(colon + 1 - (const char *)decoded.data)), true, &secret) != ERR_OK)
		return malformed(proof, "the Authorization header is badly encoded");
	if (claimed != NULL && strcmp(claimed, id) != 0)
		return refused(proof, "client_id and the Authorization header differ");
	portal = config_portal(ctx->config, id);
	if (portal == NULL)
		return refused(proof, "unknown client");
	if (portal->client_secret_file == NULL)
		return refused(proof, "this client has no secret");
	if (!bytes_equal_secret(portal->client_secret, bytes_of(secret)))
		return refused(proof, "wrong secret");
	proof->portal = portal;
	return CLIENT_ACCEPTED;
}

/* The portal that an assertion claims to come from: read before its signature is checked, only to choose the keys. */
static const struct portal_config *
claimed_portal(struct ctx *ctx, const char *assertion)
{
	CLEANUP(json_release) json_t *claims = NULL;
	const char *first = strchr(assertion, '.'), *second = first != NULL ? strchr(first + 1, '.') : NULL;
	struct bytes payload;
	const char *sub;

	if (second == NULL || base64url_parse(ctx->arena, bytes_make(first + 1, (size_t)(second - first - 1)), &payload) != ERR_OK)
		return NULL;
	claims = json_read(payload);
	sub = json_text(claims, "sub");
	return sub != NULL ? config_portal(ctx->config, sub) : NULL;
}

static const char *
unfit_times(struct ctx *ctx, const json_t *claims, int64_t *ret_expires)
{
	int64_t skew = ctx->config->limits.clock_skew, time;

	if (!json_time(claims, "exp", ret_expires))
		return "exp is missing or no time";
	if (*ret_expires + skew <= ctx->now)
		return "the assertion has expired";
	if (*ret_expires > ctx->now + ASSERTION_LIFE + skew)
		return "the assertion lives too long";
	if (json_object_get(claims, "iat") != NULL && (!json_time(claims, "iat", &time) || time > ctx->now + ASSERTION_AHEAD))
		return "iat is in the future or no time";
	if (json_object_get(claims, "nbf") != NULL && (!json_time(claims, "nbf", &time) || time > ctx->now + ASSERTION_AHEAD))
		return "nbf is in the future or no time";
	return NULL;
}

/* What is wrong with a verified assertion's claims (RFC 7523 section 3; the issuer is the only audience, RFC 10070). NULL: nothing. */
static const char *
unfit_claims(struct ctx *ctx, const json_t *claims, const struct portal_config *portal, struct client_proof *proof)
{
	const char *iss = json_text(claims, "iss"), *sub = json_text(claims, "sub"), *aud = json_text(claims, "aud");
	const char *jti = json_text(claims, "jti"), *why;
	int64_t expires;

	if (iss == NULL || sub == NULL || strcmp(iss, portal->id) != 0 || strcmp(sub, portal->id) != 0)
		return "iss and sub must be the client's id";
	if (aud == NULL || strcmp(aud, ctx->config->public_url) != 0)
		return "aud must be the issuer, as a text";
	if (jti == NULL || *jti == '\0' || strlen(jti) > JTI_MAX)
		return "jti is missing or too long";
	why = unfit_times(ctx, claims, &expires);
	if (why != NULL)
		return why;
	proof->jti = arena_printf(ctx->arena, "%s %s", portal->id, jti);
	proof->jti_expires = expires + ctx->config->limits.clock_skew;
	return NULL;
}

static bool
type_fits(const char *typ)
{
	return typ == NULL || strcmp(typ, "JWT") == 0 || strcmp(typ, "client-authentication+jwt") == 0;
}

static enum client_verdict
check_assertion(struct ctx *ctx, const char *assertion, const char *claimed, struct client_proof *proof)
{
	CLEANUP(json_release) json_t *claims = NULL;
	const struct portal_config *portal;
	const char *typ = NULL, *why;
	struct bytes payload;

	if (strlen(assertion) > ASSERTION_MAX)
		return refused(proof, "the assertion is too long");
	portal = claimed_portal(ctx, assertion);
	if (portal == NULL)
		return refused(proof, "unknown client");
	if (claimed != NULL && strcmp(claimed, portal->id) != 0)
		return refused(proof, "client_id and the assertion differ");
	if (portal->keys == NULL)
		return refused(proof, "this client has no keys");
	if (jws_verify(portal->keys, ALGORITHMS, assertion, ctx->arena, &payload, &typ) != ERR_OK)
		return refused(proof, "the assertion's signature does not fit");
	if (!type_fits(typ))
		return refused(proof, "the assertion is of another type");
	claims = json_read(payload);
	why = unfit_claims(ctx, claims, portal, proof);
	if (why != NULL)
		return refused(proof, why);
	proof->portal = portal;
	return CLIENT_ACCEPTED;
}

enum client_verdict
client_check(struct ctx *ctx, const struct fields *form, const char *authorization, struct client_proof *ret_proof)
{
	const char *type = fields_get(form, "client_assertion_type"), *assertion = fields_get(form, "client_assertion");
	const char *claimed = fields_get(form, "client_id");

	*ret_proof = (struct client_proof){.basic = authorization != NULL};
	if (fields_get(form, "client_secret") != NULL)
		return refused(ret_proof, "client_secret_post is not offered");
	if (authorization != NULL && (type != NULL || assertion != NULL))
		return malformed(ret_proof, "two methods of client authentication at once");
	if (authorization != NULL) {
		if (strncasecmp(authorization, "Basic ", 6) != 0)
			return malformed(ret_proof, "the Authorization header is not Basic");
		return check_secret(ctx, authorization + 6, claimed, ret_proof);
	}
	if (type == NULL && assertion == NULL)
		return refused(ret_proof, "no client authentication");
	if (type == NULL || assertion == NULL || strcmp(type, ASSERTION_TYPE) != 0)
		return malformed(ret_proof, "client_assertion and client_assertion_type do not fit together");
	return check_assertion(ctx, assertion, claimed, ret_proof);
}

enum err
client_mark(struct txn *txn, const struct client_proof *proof)
{
	if (proof->jti == NULL)
		return ERR_OK;
	return used_mark(txn, "client-assertion", proof->jti, proof->jti_expires);
}
