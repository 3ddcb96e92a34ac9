/* What authorize_check() lets through, returns to the portal, or shows: ATTACKS.md O01, O08, O10, O16, O32, O34, O35, O38 to O41, section 3.2. */
#include "../unit.h"

#include <string.h>

#include "crypto/keyring.h"
#include "oidc/authorize.h"

static const char *const redirect_uris[] = {"https://portal.example/cb", "https://portal.example/other?keep=1"};
static struct portal_config portals[] = {
    {.id = "ptpha", .redirect_uris = {(const char **)redirect_uris, 2}},
    {.id = "other", .redirect_uris = {(const char **)redirect_uris + 1, 1}},
};
static const struct config config = {.public_url = "https://auth.example.ca", .portals = portals, .portal_count = 2, .limits = {.clock_skew = SECONDS(180), .login_lifetime = HOURS(1)}};

#define CHALLENGE "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"

static struct ctx ctx;

static int
set_up(void **state)
{
	(void)state;
	ctx = (struct ctx){.arena = arena_new(1 << 22), .config = &config, .now = 1800000000000};
	ctx.keys = unit_keys(ctx.arena);
	return 0;
}

static int
tear_down(void **state)
{
	struct keyring *keys = (struct keyring *)ctx.keys;

	(void)state;
	keyring_free(&keys);
	arena_free(&ctx.arena);
	return 0;
}

/* A good request with one parameter changed (value), left out (NULL) or added. */
static struct authorize_answer
ask(const char *name, const char *value)
{
	struct field fields[16] = {{"client_id", "ptpha"}, {"redirect_uri", redirect_uris[0]}, {"response_type", "code"}, {"scope", "openid"},
	    {"state", "s1"}, {"nonce", "n1"}, {"code_challenge", CHALLENGE}, {"code_challenge_method", "S256"}};
	struct fields params = {fields, 8};
	struct authorize_answer answer;
	size_t i;

	for (i = 0; name != NULL && i < 8; i++)
		if (strcmp(fields[i].name, name) == 0)
			break;
	if (name != NULL && i == 8)
		params.count = 9;
	if (name != NULL && value != NULL)
		fields[i] = (struct field){name, value};
	else if (name != NULL) {
		fields[i] = fields[7];
		params.count = 7;
	}
	authorize_check(&ctx, &params, NULL, &answer);
	return answer;
}

/* A good request and one parameter more, as the router gives what is malformed. */
static struct authorize_answer
ask_malformed(const char *name, const char *value)
{
	struct field fields[9] = {{"client_id", "ptpha"}, {"redirect_uri", redirect_uris[0]}, {"response_type", "code"}, {"scope", "openid"},
	    {"state", "s1"}, {"nonce", "n1"}, {"code_challenge", CHALLENGE}, {"code_challenge_method", "S256"}, {name, value}};
	struct authorize_answer answer;

	authorize_check(&ctx, &(struct fields){fields, 9}, "a parameter is repeated", &answer);
	return answer;
}

static void
assert_returned(struct authorize_answer answer, const char *error)
{
	assert_int_equal(answer.verdict, AUTHORIZE_RETURNED);
	if (strstr(answer.url, arena_printf(ctx.arena, "error=%s&", error)) == NULL)
		fail_msg("%s is not in %s", error, answer.url);
	/* To the registered place only, with the state and the issuer (RFC 9207). */
	assert_memory_equal(answer.url, "https://portal.example/cb?", 26);
	assert_non_null(strstr(answer.url, "&iss=https%3A%2F%2Fauth.example.ca"));
}

static void
test_good(void **state)
{
	struct authorize_answer answer = ask(NULL, NULL);

	(void)state;
	assert_int_equal(answer.verdict, AUTHORIZE_ACCEPTED);
	assert_string_equal(answer.pending->client, "ptpha");
	assert_string_equal(answer.pending->state, "s1");
	assert_string_equal(answer.pending->nonce, "n1");
	assert_string_equal(answer.pending->challenge, CHALLENGE);
	assert_int_equal(answer.pending->max_age, -1);
	assert_int_equal(answer.pending->created, ctx.now);
	assert_int_equal(strlen(answer.pending->handle), PENDING_HANDLE_LENGTH);
	assert_int_equal(ask("nonce", NULL).verdict, AUTHORIZE_ACCEPTED);
	assert_int_equal(ask("state", NULL).verdict, AUTHORIZE_ACCEPTED);
	assert_int_equal(ask("unknown", "x").verdict, AUTHORIZE_ACCEPTED);
	assert_int_equal(ask("login_hint", "somebody").verdict, AUTHORIZE_ACCEPTED);
	assert_int_equal(ask("scope", "profile openid email").verdict, AUTHORIZE_ACCEPTED);
	assert_string_not_equal(ask(NULL, NULL).pending->id, ask(NULL, NULL).pending->id);
}

/* The code of an invitation fills a field: what is none, or where none is asked for, is left out without a word. */
static void
test_invitation(void **state)
{
	(void)state;
	assert_string_equal(ask("invitation", "7K2M-9XQA-0R4T-ZZ31").pending->invitation, "");
	portals[0].admission = ADMISSION_INVITATION;
	assert_string_equal(ask("invitation", "7K2M-9XQA-0R4T-ZZ31").pending->invitation, "7K2M-9XQA-0R4T-ZZ31");
	assert_string_equal(ask("invitation", "0123456789012345678901234567890123456789012345678901234567890123").pending->invitation,
	    "0123456789012345678901234567890123456789012345678901234567890123");
	assert_int_equal(ask("invitation", "01234567890123456789012345678901234567890123456789012345678901234").verdict, AUTHORIZE_ACCEPTED);
	assert_string_equal(ask("invitation", "01234567890123456789012345678901234567890123456789012345678901234").pending->invitation, "");
	assert_string_equal(ask(NULL, NULL).pending->invitation, "");
	portals[0].admission = ADMISSION_OPEN;
}

static void
test_shown(void **state)
{
	(void)state;
	assert_string_equal(ask("client_id", NULL).reason, "unknown-portal");
	assert_string_equal(ask("client_id", "nobody").reason, "unknown-portal");
	assert_string_equal(ask("client_id", "").reason, "unknown-portal");
	assert_string_equal(ask("client_id", "PTPHA").reason, "unknown-portal");
	assert_string_equal(ask("redirect_uri", NULL).reason, "bad-redirect");
	assert_string_equal(ask("response_mode", "web_message").reason, "bad-request");
	assert_string_equal(ask("response_mode", "form_post").reason, "bad-request");
	assert_string_equal(ask("response_mode", "query.jwt").reason, "bad-request");
	assert_int_equal(ask("response_mode", "query").verdict, AUTHORIZE_ACCEPTED);
}

/* ATTACKS 3.2: each is near the registered one, and none is it. */
static void
test_redirects(void **state)
{
	static const char *const bad[] = {"https://portal.example/cb/", "https://portal.example/CB", "HTTPS://portal.example/cb", "http://portal.example/cb",
	    "https://portal.example:8443/cb", "https://portal.example:443/cb", "https://portal.example/cb?x=1", "https://portal.example/cb#f", "https://portal.example/cb#",
	    "https://portal.example/cb/./", "https://portal.example/%63b", "https://portal.example/cb%00", "https://portal.example/cb%0d%0aSet-Cookie:a=b",
	    "https://portal.example@evil.example/cb", "https://evil.example\\@portal.example/cb", "https://portal.example.evil.example/cb", "https://evilportal.example/cb",
	    "https://portal.example%252eevil/cb", "https:/portal.example/cb", "//portal.example/cb", "///portal.example/cb", "cb", "https:////portal.example/cb",
	    "https://portal.example/cb;x", "https://portal.example/cb;@evil", "https://portal.example./cb", "https://p\xd0\xbertal.example/cb", ("https://portal\xe3\x80\x82" "example/cb"),
	    "https://portal.example/cb%E2%80%AE", "https://portal.example/cb ", "https://portal.example/cb\t", " https://portal.example/cb", "javascript:alert(1)//https://portal.example/cb",
	    "data:text/html,x", "file:///etc/passwd", "https://[::1]/cb", "https://localhost/cb", "https://2130706433/cb", "https://portal.example/cb?code=x&state=y", "",
	    "https://portal.example/other", "https://portal.example/other?keep=1&more=2"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct authorize_answer answer = ask("redirect_uri", bad[i]);
		if (answer.verdict != AUTHORIZE_SHOWN || strcmp(answer.reason, "bad-redirect") != 0 || answer.url != NULL)
			fail_msg("%s was not refused", bad[i]);
	}
	/* Another portal's own URI does not serve this one, and the other way round. */
	assert_int_equal(ask("client_id", "other").verdict, AUTHORIZE_SHOWN);
	assert_int_equal(ask("redirect_uri", redirect_uris[1]).verdict, AUTHORIZE_ACCEPTED);
}

static void
test_pkce(void **state)
{
	(void)state;
	assert_returned(ask("code_challenge", NULL), "invalid_request");
	assert_returned(ask("code_challenge_method", NULL), "invalid_request");
	assert_returned(ask("code_challenge_method", "plain"), "invalid_request");
	assert_returned(ask("code_challenge_method", "s256"), "invalid_request");
	assert_returned(ask("code_challenge", "short"), "invalid_request");
	assert_returned(ask("code_challenge", CHALLENGE "x"), "invalid_request");
	assert_returned(ask("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw+cM"), "invalid_request");
}

static void
test_types_and_objects(void **state)
{
	static const char *const types[] = {"token", "id_token", "code token", "code id_token", "none", "Code", "code "};

	(void)state;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		assert_returned(ask("response_type", types[i]), "unsupported_response_type");
	assert_returned(ask("response_type", NULL), "invalid_request");
	assert_returned(ask("request", "eyJhbGciOiJub25lIn0.e30."), "request_not_supported");
	assert_returned(ask("request_uri", "http://127.0.0.1/"), "request_uri_not_supported");
	assert_returned(ask("registration", "{}"), "registration_not_supported");
	assert_returned(ask("scope", NULL), "invalid_scope");
	assert_returned(ask("scope", "openidx profile"), "invalid_scope");
	assert_returned(ask("scope", "xopenid"), "invalid_scope");
}

static void
test_prompt_and_age(void **state)
{
	(void)state;
	assert_true(ask("prompt", "none").prompt_none);
	assert_true(ask("prompt", "login").pending->prompt_login);
	assert_true(ask("prompt", "login consent").pending->prompt_login);
	assert_true(ask("prompt", "select_account").pending->prompt_login);
	assert_false(ask("prompt", "consent").pending->prompt_login);
	assert_returned(ask("prompt", "none login"), "invalid_request");
	assert_returned(ask("prompt", "create"), "invalid_request");
	assert_returned(ask("prompt", "LOGIN"), "invalid_request");
	assert_int_equal(ask("max_age", "0").pending->max_age, 0);
	assert_int_equal(ask("max_age", "3600").pending->max_age, 3600000);
	assert_returned(ask("max_age", "-1"), "invalid_request");
	assert_returned(ask("max_age", "abc"), "invalid_request");
	assert_returned(ask("max_age", "1000000000000000000"), "invalid_request");
	assert_returned(ask("max_age", "1e3"), "invalid_request");
	assert_returned(ask("id_token_hint", "a.b.c"), "invalid_request");
}

static const char *
long_text(size_t len)
{
	char *text = arena_alloc(ctx.arena, len + 1);

	memset(text, 'a', len);
	return text;
}

/* Returned whole or refused, never cut (O38); a portal's own query stays in front. */
static void
test_bounds(void **state)
{
	struct authorize_answer answer;

	(void)state;
	assert_string_equal(ask("state", long_text(2048)).pending->state, long_text(2048));
	assert_returned(ask("state", long_text(2049)), "invalid_request");
	assert_string_equal(ask("nonce", long_text(512)).pending->nonce, long_text(512));
	assert_returned(ask("nonce", long_text(513)), "invalid_request");
	assert_returned(ask("acr_values", long_text(1025)), "invalid_request");
	assert_returned(ask("scope", long_text(513)), "invalid_request");
	assert_returned(ask("prompt", long_text(65)), "invalid_request");
	assert_returned(ask("ui_locales", long_text(257)), "invalid_request");
	answer = ask("state", "\"><script>&=\r\n");
	assert_int_equal(answer.verdict, AUTHORIZE_ACCEPTED);
	assert_string_equal(answer.pending->state, "\"><script>&=\r\n");
}

/* RFC 6749 3.1 and 4.1.2.1: the portal hears of what is repeated or broken, unless that leaves in doubt who it is. */
static void
test_malformed(void **state)
{
	static const char *const twice[] = {"response_type", "scope", "nonce", "code_challenge", "prompt", "x"};

	(void)state;
	for (size_t i = 0; i < sizeof(twice) / sizeof(twice[0]); i++) {
		struct authorize_answer answer = ask_malformed(twice[i], "code");
		assert_returned(answer, "invalid_request");
		assert_non_null(strstr(answer.url, "&state=s1"));
		assert_non_null(strstr(answer.url, "repeated"));
	}
	assert_returned(ask_malformed("state", "s1"), "invalid_request");
	assert_null(strstr(ask_malformed("state", "s1").url, "state="));
	assert_null(strstr(ask_malformed("state", "s2").url, "state="));
	assert_null(strstr(ask_malformed("state", "").url, "state="));
	assert_string_equal(ask_malformed("client_id", "ptpha").reason, "unknown-portal");
	assert_string_equal(ask_malformed("client_id", "").reason, "unknown-portal");
	assert_string_equal(ask_malformed("redirect_uri", redirect_uris[0]).reason, "bad-redirect");
	assert_string_equal(ask_malformed("redirect_uri", "").reason, "bad-redirect");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_good),
	    cmocka_unit_test(test_invitation),
	    cmocka_unit_test(test_shown),
	    cmocka_unit_test(test_redirects),
	    cmocka_unit_test(test_pkce),
	    cmocka_unit_test(test_types_and_objects),
	    cmocka_unit_test(test_prompt_and_age),
	    cmocka_unit_test(test_bounds),
	    cmocka_unit_test(test_malformed),
	};

	return cmocka_run_group_tests_name("authorize", tests, set_up, tear_down);
}
