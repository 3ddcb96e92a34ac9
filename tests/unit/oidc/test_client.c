/* Who is the portal that it says it is: ATTACKS.md O29 and O31; FEDERATION.md 5.3. */
#include "../unit.h"

#include <stdio.h>
#include <string.h>

#include "crypto/jws.h"
#include "oidc/client.h"

#define ISSUER "https://auth.example.ca"
#define JWT_BEARER "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

static struct portal_config portals[] = {
    {.id = "ptpha", .jwks_file = "ptpha.jwks.json"},
    {.id = "legacy", .client_secret_file = "secret"},
};
static struct config config = {.public_url = ISSUER, .portals = portals, .portal_count = 2, .limits = {.clock_skew = SECONDS(180)}};
static struct ctx ctx;

static int
set_up(void **state)
{
	const char *why = "";

	(void)state;
	ctx = (struct ctx){.arena = arena_new(1 << 24), .config = &config, .now = 1800000000000};
	ctx.keys = unit_keys(ctx.arena);
	portals[0].jwks = bytes_of(jws_own_set(ctx.keys, ctx.arena));
	portals[1].client_secret = bytes_of("the secret: of 32 characters+more");
	return clients_prepare(&config, ctx.arena, &why) == ERR_OK ? 0 : -1;
}

static int
tear_down(void **state)
{
	struct keyring *keys = (struct keyring *)ctx.keys;

	(void)state;
	config.release(&config);
	keyring_free(&keys);
	arena_free(&ctx.arena);
	return 0;
}

static enum client_verdict
with_assertion(const char *assertion, const char *client_id, struct client_proof *proof)
{
	struct field fields[] = {{"client_assertion_type", JWT_BEARER}, {"client_assertion", assertion}, {"client_id", client_id}};
	struct fields form = {fields, client_id != NULL ? 3 : 2};

	return client_check(&ctx, &form, NULL, proof);
}

static const char *
sign(const char *typ, const char *claims)
{
	const char *token;

	assert_int_equal(jws_sign(ctx.keys, JWS_ES256, typ, bytes_of(claims), ctx.arena, &token), ERR_OK);
	return token;
}

#define GOOD "\"iss\":\"ptpha\",\"sub\":\"ptpha\",\"aud\":\"" ISSUER "\",\"jti\":\"j1\",\"exp\":1800000060"

static void
test_assertion(void **state)
{
	struct client_proof proof;

	(void)state;
	assert_int_equal(with_assertion(sign("JWT", "{" GOOD "}"), NULL, &proof), CLIENT_ACCEPTED);
	assert_string_equal(proof.portal->id, "ptpha");
	assert_string_equal(proof.jti, "ptpha j1");
	assert_int_equal(proof.jti_expires, 1800000060000 + SECONDS(180));
	assert_int_equal(with_assertion(sign("client-authentication+jwt", "{" GOOD ",\"iat\":1800000000}"), "ptpha", &proof), CLIENT_ACCEPTED);
	assert_int_equal(with_assertion(sign("JWT", "{" GOOD "}"), "legacy", &proof), CLIENT_REFUSED);
}

static void
test_bad_claims(void **state)
{
	static const char *const bad[] = {
	    "{\"iss\":\"ptpha\",\"sub\":\"ptpha\",\"aud\":\"" ISSUER "\",\"exp\":1800000060}",			       /* no jti */
	    "{\"iss\":\"ptpha\",\"sub\":\"ptpha\",\"aud\":\"" ISSUER "\",\"jti\":\"\",\"exp\":1800000060}",	       /* empty jti */
	    "{\"iss\":\"ptpha\",\"sub\":\"ptpha\",\"aud\":\"" ISSUER "\",\"jti\":\"j\"}",			       /* no exp */
	    "{\"iss\":\"ptpha\",\"sub\":\"ptpha\",\"aud\":\"" ISSUER "\",\"jti\":\"j\",\"exp\":\"1800000060\"}",     /* a text */
	    "{\"iss\":\"ptpha\",\"sub\":\"ptpha\",\"aud\":\"" ISSUER "\",\"jti\":\"j\",\"exp\":-1}",		       /* negative */
	    "{\"iss\":\"ptpha\",\"sub\":\"ptpha\",\"aud\":\"" ISSUER "\",\"jti\":\"j\",\"exp\":1e400}",	       /* infinite */
	    "{\"iss\":\"ptpha\",\"sub\":\"ptpha\",\"aud\":\"" ISSUER "\",\"jti\":\"j\",\"exp\":1799999820}",	       /* over, skew included */
	    "{\"iss\":\"ptpha\",\"sub\":\"ptpha\",\"aud\":\"" ISSUER "\",\"jti\":\"j\",\"exp\":1800003600}",	       /* an hour */
	    "{\"iss\":\"ptpha\",\"sub\":\"ptpha\",\"aud\":[\"" ISSUER "\"],\"jti\":\"j\",\"exp\":1800000060}",	       /* an array */
	    "{\"iss\":\"ptpha\",\"sub\":\"ptpha\",\"aud\":\"" ISSUER "/token\",\"jti\":\"j\",\"exp\":1800000060}",   /* the endpoint */
	    "{\"iss\":\"ptpha\",\"sub\":\"ptpha\",\"aud\":\"" ISSUER "/\",\"jti\":\"j\",\"exp\":1800000060}",
	    "{\"iss\":\"ptpha\",\"sub\":\"ptpha\",\"aud\":\"https://other.example\",\"jti\":\"j\",\"exp\":1800000060}",
	    "{\"iss\":\"other\",\"sub\":\"ptpha\",\"aud\":\"" ISSUER "\",\"jti\":\"j\",\"exp\":1800000060}",	       /* iss is not sub */
	    "{\"sub\":\"ptpha\",\"aud\":\"" ISSUER "\",\"jti\":\"j\",\"exp\":1800000060}",
	    "{\"iss\":\"ptpha\",\"aud\":\"" ISSUER "\",\"jti\":\"j\",\"exp\":1800000060}",			       /* no sub */
	    "{\"iss\":\"nobody\",\"sub\":\"nobody\",\"aud\":\"" ISSUER "\",\"jti\":\"j\",\"exp\":1800000060}",
	    "{" GOOD ",\"iat\":1800000061}",								       /* from the future */
	    "{" GOOD ",\"nbf\":1800000061}",
	    "{" GOOD ",\"sub\":\"legacy\"}",								       /* a key twice */
	    "[]", "", "null"};
	struct client_proof proof;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (with_assertion(sign("JWT", bad[i]), NULL, &proof) != CLIENT_REFUSED || proof.portal != NULL)
			fail_msg("accepted: %s", bad[i]);
	}
	/* Other tokens of ours are no client assertions, whatever their claims. */
	assert_int_equal(with_assertion(sign("at+jwt", "{" GOOD "}"), NULL, &proof), CLIENT_REFUSED);
	assert_int_equal(with_assertion(sign("logout+jwt", "{" GOOD "}"), NULL, &proof), CLIENT_REFUSED);
}

static const char *
unsigned_token(const char *header)
{
	return arena_printf(ctx.arena, "%s.%s.", base64url_print(ctx.arena, bytes_of(header)), base64url_print(ctx.arena, bytes_of("{" GOOD "}")));
}

static void
test_bad_signatures(void **state)
{
	struct client_proof proof;
	char *token = arena_text(ctx.arena, sign("JWT", "{" GOOD "}"));

	(void)state;
	assert_int_equal(with_assertion(unsigned_token("{\"alg\":\"none\"}"), NULL, &proof), CLIENT_REFUSED);
	assert_int_equal(with_assertion(unsigned_token("{\"alg\":\"HS256\"}"), NULL, &proof), CLIENT_REFUSED);
	assert_int_equal(with_assertion("a.b.c", NULL, &proof), CLIENT_REFUSED);
	assert_int_equal(with_assertion("", NULL, &proof), CLIENT_REFUSED);
	token[strlen(token) - 10] = token[strlen(token) - 10] == 'A' ? 'B' : 'A';
	assert_int_equal(with_assertion(token, NULL, &proof), CLIENT_REFUSED);
}

static enum client_verdict
with_basic(const char *credentials, const struct fields *form, struct client_proof *proof)
{
	return client_check(&ctx, form, arena_printf(ctx.arena, "Basic %s", base64_print(ctx.arena, bytes_of(credentials))), proof);
}

static void
test_secret(void **state)
{
	struct fields none = {NULL, 0};
	struct field other = {"client_id", "ptpha"}, same = {"client_id", "legacy"}, post = {"client_secret", "x"};
	struct client_proof proof;

	(void)state;
	assert_int_equal(with_basic("legacy:the+secret%3A+of+32+characters%2Bmore", &none, &proof), CLIENT_ACCEPTED);
	assert_string_equal(proof.portal->id, "legacy");
	assert_null(proof.jti);
	assert_int_equal(with_basic("legacy:the+secret%3A+of+32+characters%2Bmore", &(struct fields){&same, 1}, &proof), CLIENT_ACCEPTED);
	assert_int_equal(with_basic("legacy:the+secret%3A+of+32+characters%2Bmore", &(struct fields){&other, 1}, &proof), CLIENT_REFUSED);
	assert_int_equal(with_basic("legacy:the+secret%3A+of+32+characters%2Bmore", &(struct fields){&post, 1}, &proof), CLIENT_REFUSED);
	assert_int_equal(with_basic("legacy:", &none, &proof), CLIENT_REFUSED);
	assert_int_equal(with_basic("legacy:wrong", &none, &proof), CLIENT_REFUSED);
	assert_int_equal(with_basic("nobody:wrong", &none, &proof), CLIENT_REFUSED);
	assert_int_equal(with_basic("ptpha:", &none, &proof), CLIENT_REFUSED); /* a portal without a secret */
	assert_int_equal(with_basic("legacy", &none, &proof), CLIENT_MALFORMED);
	assert_int_equal(with_basic("legacy:%zz", &none, &proof), CLIENT_MALFORMED);
	assert_int_equal(client_check(&ctx, &none, "Basic ***", &proof), CLIENT_MALFORMED);
	assert_int_equal(client_check(&ctx, &none, "Bearer x", &proof), CLIENT_MALFORMED);
	assert_int_equal(client_check(&ctx, &none, NULL, &proof), CLIENT_REFUSED);
}

/* Two methods at once are refused, even when both are right (RFC 6749 section 2.3). */
static void
test_two_methods(void **state)
{
	struct field fields[] = {{"client_assertion_type", JWT_BEARER}, {"client_assertion", sign("JWT", "{" GOOD "}")}};
	struct fields form = {fields, 2}, half = {fields, 1};
	struct client_proof proof;

	(void)state;
	assert_int_equal(with_basic("legacy:the+secret%3A+of+32+characters%2Bmore", &form, &proof), CLIENT_MALFORMED);
	assert_int_equal(client_check(&ctx, &half, NULL, &proof), CLIENT_MALFORMED);
	fields[0].value = "urn:ietf:params:oauth:client-assertion-type:saml2-bearer";
	assert_int_equal(client_check(&ctx, &form, NULL, &proof), CLIENT_MALFORMED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_assertion),
	    cmocka_unit_test(test_bad_claims),
	    cmocka_unit_test(test_bad_signatures),
	    cmocka_unit_test(test_secret),
	    cmocka_unit_test(test_two_methods),
	};

	return cmocka_run_group_tests_name("client", tests, set_up, tear_down);
}
