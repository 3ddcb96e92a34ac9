/* Sessions: one a portal under one cookie, renewal, joining, the idle and the absolute end, and what they are worth. ATTACKS O50 O52 F32. */
#include "house.h"

#include <string.h>

#include "base/random.h"
#include "signin/arrive.h"

static struct house house;
static struct ctx ctx;

static int
set_up(void **state)
{
	(void)state;
	house_open(&house, "mem");
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	house_close(&house);
	return 0;
}

static int
begin(void **state)
{
	(void)state;
	ctx = house_ctx(&house, HOUSE_NOW);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	house_ctx_done(&ctx);
	return 0;
}

/* A session of someone new at a portal, enrolled; its token. */
static const char *
sign_in(const char *portal, struct pending **ret_pending)
{
	struct journey journey;

	*ret_pending = house_request(&ctx, portal);
	journey = house_journey(&ctx, *ret_pending, house_arrive(&ctx, *ret_pending, "partner", random_text(ctx.arena, 8)), STEP_ENROL);
	house_enrol(&ctx, &journey, NULL, NULL);
	return journey.token;
}

static bool
there(const char *token, const char *portal)
{
	struct SessionRecord *session;
	enum err err = session_find(&ctx, token, portal, &session);

	assert_true(err == ERR_OK || err == ERR_NOT_FOUND);
	return err == ERR_OK;
}

static const char *old_token;

static enum err
renew_in(struct txn *txn, void *arg)
{
	return session_renew(txn, old_token, NULL, arg);
}

static void
join(const char *cookie, const char *arrived, struct pending *pending)
{
	const char *token;

	pending->arrived = arrived;
	assert_int_equal(arrive_join(&ctx, pending, cookie, &token), ERR_OK);
	assert_string_equal(token, arrived);
}

static void
test_renewal_moves_all(void **state)
{
	struct pending *health, *work;
	const char *first = sign_in("health", &health), *second = sign_in("work", &work), *third;

	(void)state;
	join(first, second, work);
	assert_true(there(second, "health") && there(second, "work"));
	assert_false(there(first, "health"));
	old_token = second;
	house_do(&ctx, renew_in, &third);
	assert_string_not_equal(third, second);
	assert_true(there(third, "health") && there(third, "work"));
	assert_false(there(second, "health") || there(second, "work"));
	assert_false(there(NULL, "health") || there("", "health") || there(third + 1, "health"));
	old_token = "nobody's";
	house_do(&ctx, renew_in, &third);
	assert_false(there(third, "health"));
}

static void
test_ends(void **state)
{
	struct pending *pending;
	const char *token = sign_in("health", &pending);
	struct journey journey;

	(void)state;
	ctx.now += MINUTES(20) - 1;
	assert_true(there(token, "health"));
	ctx.now += 1;
	assert_false(there(token, "health"));

	/* In use all the time: until the absolute end. */
	ctx.now = HOUSE_NOW;
	token = sign_in("health", &pending);
	for (unsigned i = 0; i < 12 * 6 - 1; i++) {
		ctx.now += MINUTES(10);
		journey = house_journey(&ctx, pending, token, STEP_DONE);
		assert_int_equal(journey_touch(&ctx, &journey), ERR_OK);
	}
	assert_true(there(token, "health"));
	ctx.now = HOUSE_NOW + HOURS(12);
	assert_false(there(token, "health"));
}

static struct bytes alive_account;
static const char *alive_sid;

static enum err
alive_in(struct txn *txn, void *arg)
{
	*(bool *)arg = session_alive(txn, alive_account, alive_sid);
	return ERR_OK;
}

static enum err
end_account_in(struct txn *txn, void *arg)
{
	return session_end_account(txn, alive_account, NULL, arg);
}

static void
test_alive(void **state)
{
	struct pending *pending;
	const char *token = sign_in("health", &pending), *renewed;
	struct journey journey = house_journey(&ctx, pending, token, STEP_DONE);
	unsigned count;
	bool alive;

	(void)state;
	alive_account = record_bytes(journey.session->account);
	alive_sid = journey.session->sid;
	assert_int_equal(store_view(&ctx, alive_in, &alive), ERR_OK);
	assert_true(alive);
	old_token = token;
	house_do(&ctx, renew_in, &renewed);
	assert_int_equal(store_view(&ctx, alive_in, &alive), ERR_OK);
	assert_true(alive); /* under its new cookie */
	house_do(&ctx, end_account_in, &count);
	assert_int_equal(count, 1);
	assert_int_equal(store_view(&ctx, alive_in, &alive), ERR_OK);
	assert_false(alive);
	assert_false(there(renewed, "health"));
}

static void
test_level(void **state)
{
	struct SessionRecord session = SESSION_RECORD__INIT;
	struct session_level level;

	(void)state;
	session.credential_level = (char *)"loa2";
	session.credential_time = 1000;
	session_level(&session, &house.portals[0], &level);
	assert_string_equal(level.acr, "loa2");
	assert_null(level.amr[0]);
	assert_int_equal(level.auth_time, 1000);
	session.factor = (char *)"totp";
	session.factor_time = 2000;
	session_level(&session, &house.portals[0], &level);
	assert_string_equal(level.acr, ACR_TOTP);
	assert_string_equal(level.amr[0], "otp");
	assert_string_equal(level.amr[1], "mfa");
	assert_null(level.amr[2]);
	assert_int_equal(level.auth_time, 2000);
	session.factor = (char *)SESSION_RECOVERED;
	session_level(&session, &house.portals[0], &level);
	assert_string_equal(level.acr, "loa2"); /* never higher than done */
	assert_string_equal(level.amr[0], "rc");
}

static void
test_fresh(void **state)
{
	struct SessionRecord session = SESSION_RECORD__INIT;
	struct pending *pending = house_request(&ctx, "health");
	const struct portal_config *portal = &house.portals[0];

	(void)state;
	session.credential_time = HOUSE_NOW - MINUTES(20);
	assert_true(session_fresh(&session, portal, pending));
	session.credential_time -= 1;
	assert_false(session_fresh(&session, portal, pending)); /* the reuse window */
	session.credential_time = HOUSE_NOW - SECONDS(10);
	pending->max_age = SECONDS(10);
	assert_true(session_fresh(&session, portal, pending));
	pending->max_age = SECONDS(9);
	assert_false(session_fresh(&session, portal, pending));
	pending->max_age = 0;
	assert_false(session_fresh(&session, portal, pending));
	pending->max_age = -1;
	pending->prompt_login = true;
	assert_false(session_fresh(&session, portal, pending));
	session.credential_time = HOUSE_NOW + 1;
	assert_true(session_fresh(&session, portal, pending));
}

/* A second answer of the same credential keeps what the first one has reached; another person's does not. */
static void
test_join_same_portal(void **state)
{
	struct pending *pending = house_request(&ctx, "health");
	struct journey journey = house_journey(&ctx, pending, house_arrive(&ctx, pending, "gckey", "anna"), STEP_ENROL);
	const char *again, *other;

	(void)state;
	house_enrol(&ctx, &journey, NULL, NULL);
	ctx.now += SECONDS(5);
	again = house_arrive(&ctx, pending, "gckey", "anna");
	house_journey(&ctx, pending, again, STEP_SECOND_FACTOR);
	join(journey.token, again, pending);
	house_journey(&ctx, pending, again, STEP_DONE);
	assert_false(there(journey.token, "health"));

	other = house_arrive(&ctx, pending, "gckey", "bert");
	join(again, other, pending);
	house_journey(&ctx, pending, other, STEP_ENROL);
	assert_false(there(again, "health"));

	/* prompt=login: what was proven before the request does not count. */
	journey = house_journey(&ctx, pending, other, STEP_ENROL);
	house_enrol(&ctx, &journey, NULL, NULL);
	ctx.now += SECONDS(5);
	pending = house_request(&ctx, "health");
	pending->prompt_login = true;
	ctx.now += SECONDS(5);
	again = house_arrive(&ctx, pending, "gckey", "bert");
	join(journey.token, again, pending);
	house_journey(&ctx, pending, again, STEP_SECOND_FACTOR);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {TEST(test_renewal_moves_all), TEST(test_ends), TEST(test_alive), TEST(test_level), TEST(test_fresh),
	    TEST(test_join_same_portal)};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
