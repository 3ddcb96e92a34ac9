/* The sealed request: what goes in comes out, and nothing else comes out. ATTACKS O50, S112. */
#include "house.h"

#include <string.h>

static struct house house;
static struct ctx ctx;

static int
set_up(void **state)
{
	(void)state;
	house_open(&house, "mem");
	ctx = house_ctx(&house, HOUSE_NOW);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	house_ctx_done(&ctx);
	house_close(&house);
	return 0;
}

static char *
filled(size_t len)
{
	char *text = arena_alloc(ctx.arena, len + 1);

	memset(text, 'x', len);
	return text;
}

static void
test_round_trip(void **state)
{
	struct pending *pending = house_request(&ctx, "health");
	const struct pending *back;
	const char *value;

	(void)state;
	pending->nonce = "n\"&é";
	pending->challenge = "c";
	pending->acr_values = ACR_TOTP;
	pending->max_age = 0;
	pending->prompt_login = true;
	pending->provider = "gckey";
	pending->saml_request = "_1";
	pending->saml_requested = HOUSE_NOW - 5;
	pending->arrived = "token";
	pending->invitation = "7K2M-9XQA";
	pending->answered = true;
	assert_int_equal(pending_print(&ctx, pending, &value), ERR_OK);
	assert_int_equal(pending_parse(&ctx, pending->handle, value, &back), ERR_OK);
	assert_string_equal(back->handle, pending->handle);
	assert_string_equal(back->id, pending->id);
	assert_string_equal(back->client, "health");
	assert_string_equal(back->redirect_uri, "https://health.example/callback");
	assert_string_equal(back->state, "state");
	assert_string_equal(back->nonce, "n\"&é");
	assert_string_equal(back->scope, "openid");
	assert_string_equal(back->challenge, "c");
	assert_string_equal(back->acr_values, ACR_TOTP);
	assert_string_equal(back->provider, "gckey");
	assert_string_equal(back->saml_request, "_1");
	assert_string_equal(back->arrived, "token");
	assert_string_equal(back->invitation, "7K2M-9XQA");
	assert_int_equal(back->created, HOUSE_NOW);
	assert_int_equal(back->max_age, 0);
	assert_int_equal(back->saml_requested, HOUSE_NOW - 5);
	assert_true(back->prompt_login && back->answered && back->stored);
	assert_false(back->manage || back->finished);
}

static void
test_altered(void **state)
{
	struct pending *pending = house_request(&ctx, "health"), *other = house_request(&ctx, "health");
	const struct pending *back;
	const char *value;
	char *copy;

	(void)state;
	assert_int_equal(pending_print(&ctx, pending, &value), ERR_OK);
	assert_int_equal(pending_parse(&ctx, other->handle, value, &back), ERR_CRYPTO); /* under another handle */
	for (size_t i = 0; i < strlen(value); i += 7) {
		copy = arena_text(ctx.arena, value);
		copy[i] = copy[i] == 'A' ? 'B' : 'A';
		assert_int_not_equal(pending_parse(&ctx, pending->handle, copy, &back), ERR_OK);
	}
	for (size_t len = 0; len < strlen(value); len += 11) {
		copy = arena_printf(ctx.arena, "%.*s", (int)len, value);
		assert_int_not_equal(pending_parse(&ctx, pending->handle, copy, &back), ERR_OK);
	}
	assert_int_equal(pending_parse(&ctx, pending->handle, filled(PENDING_VALUE_MAX + 1), &back), ERR_FORMAT);
	assert_int_equal(pending_parse(&ctx, "AAAAAAAAAAAAAAAA", value, &back), ERR_FORMAT);
}

static void
test_bounds(void **state)
{
	struct pending *pending = house_request(&ctx, "health");
	const struct pending *back;
	const char *value;

	(void)state;
	pending->state = filled(2048);
	assert_int_equal(pending_print(&ctx, pending, &value), ERR_OK);
	assert_true(strlen(value) <= PENDING_VALUE_MAX);
	assert_int_equal(pending_parse(&ctx, pending->handle, value, &back), ERR_OK);
	assert_int_equal(strlen(back->state), 2048);
	pending->acr_values = filled(1024);
	assert_int_equal(pending_print(&ctx, pending, &value), ERR_TOO_BIG);
	pending->acr_values = filled(70000);
	assert_int_equal(pending_print(&ctx, pending, &value), ERR_TOO_BIG);
}

static void
test_too_old(void **state)
{
	struct pending *pending = house_request(&ctx, "health");
	const struct pending *back;
	const char *value;

	(void)state;
	assert_int_equal(pending_print(&ctx, pending, &value), ERR_OK);
	ctx.now += MINUTES(60);
	assert_int_equal(pending_parse(&ctx, pending->handle, value, &back), ERR_OK);
	ctx.now += 1;
	assert_int_equal(pending_parse(&ctx, pending->handle, value, &back), ERR_TIMEOUT);
	ctx.now = HOUSE_NOW;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_round_trip), cmocka_unit_test(test_altered), cmocka_unit_test(test_bounds),
	    cmocka_unit_test(test_too_old)};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
