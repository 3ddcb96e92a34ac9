/* The frame of the help desk: signing in, the second factor, sessions and their ends, languages and errors. The provider is scripted.
 * ATTACKS O50 O52 O53 O59 F01 F09. */
#include "console.h"

#include <stdio.h>
#include <string.h>

#include "helpdesk/desk_routes.h"

/* ---- signing in ---- */

static void
first_enrols_then_asks(void **state)
{
	char before[128];

	(void)state;
	console_get(&staff, "/");
	assert_string_equal(staff.location, "/sign-in");
	console_get(&staff, "/sign-in");
	assert_string_equal(staff.page, "desk-sign-in");
	assert_string_equal(staff.form_action, "https://staff.example");
	console_arrive(&staff, "ok anna agent");
	assert_string_equal(staff.page, "desk-enrol");
	/* Nothing is open before the factor, whatever is asked for. */
	console_get(&staff, "/see/look");
	assert_string_equal(staff.location, "/enrol");
	console_get(&staff, "/second-factor");
	assert_string_equal(staff.location, "/enrol");
	person_ask(&staff, "/", (const char *const[]){"reference", reference, "action", "look", NULL});
	assert_string_equal(staff.location, "/enrol");
	snprintf(before, sizeof(before), "%s", person_cookie(&staff, DESK_COOKIE));
	console_get(&staff, "/enrol");
	console_set_up_app(&staff, seed);
	assert_string_equal(staff.location, "/");
	assert_string_not_equal(person_cookie(&staff, DESK_COOKIE), before);
	person_follow(&staff);
	assert_string_equal(staff.page, "desk-look-up");
	console_sign_in(&staff, "ok anna agent", seed);
	person_follow(&staff);
	assert_string_equal(staff.page, "desk-look-up");
	assert_int_equal(console_events("desk-factor-enrolled", NULL).count, 1);
	assert_int_equal(console_events("desk-signed-in", NULL).count, 2);
	assert_string_equal(console_events("desk-signed-in", "role").value, "agent");
}

static void
an_old_cookie_is_worth_nothing(void **state)
{
	struct person other;

	(void)state;
	console_arrive(&staff, "ok anna agent");
	other = staff;
	other.body = NULL;
	console_set_up_app(&staff, seed);
	console_get(&other, "/see/look");
	assert_string_equal(other.location, "/sign-in?why=ended");
	person_done(&other);
}

static void
exactly_one_known_role(void **state)
{
	static const struct {
		const char *answer, *reason;
	} cases[] = {{"ok anna", "role-missing"}, {"ok anna agent,viewer", "role-several"}, {"ok anna agent,agent", "role-several"},
	    {"ok anna boss", "role-unknown"}, {"ok anna Agent", "role-unknown"}, {"ok anna agents", "role-unknown"}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char shown[64];
		console_arrive(&staff, cases[i].answer);
		assert_int_equal(staff.status, 403);
		assert_string_equal(staff.page, "desk-error");
		assert_true(person_attribute(&staff, "data-reason", 0, shown, sizeof(shown)));
		assert_string_equal(shown + strlen("desk-"), cases[i].reason);
		assert_null(person_cookie(&staff, DESK_COOKIE));
		assert_string_equal(console_events("desk-role-refused", "reason").value, cases[i].reason);
		/* The request is used up by it: a better answer to the same one comes too late. */
		console_answer(&staff, "ok anna agent");
		assert_null(person_cookie(&staff, DESK_COOKIE));
	}
	assert_int_equal(console_events("desk-role-refused", NULL).count, sizeof(cases) / sizeof(cases[0]));
}

static void
refused_answers_open_nothing(void **state)
{
	static const struct {
		const char *answer;
		int status;
	} cases[] = {{"bad", 502}, {"dead", 502}, {"refused", 502}, {"none", 502}, {"denied", 403}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		console_arrive(&staff, cases[i].answer);
		assert_int_equal(staff.status, cases[i].status);
		assert_string_equal(staff.page, "desk-error");
		assert_null(person_cookie(&staff, DESK_COOKIE));
	}
	assert_int_equal(console_events("credential-refused", NULL).count, 1);
	console_arrive(&staff, "cancel");
	assert_string_equal(staff.page, "desk-sign-in");
	/* What a forger posts does not use the request up. */
	console_leave(&staff);
	console_answer(&staff, "bad");
	console_answer(&staff, "ok anna agent");
	assert_int_equal(staff.status, 303);
	assert_non_null(person_cookie(&staff, DESK_COOKIE));
}

static void
an_answer_is_good_once_and_in_its_browser(void **state)
{
	struct person other;

	(void)state;
	person_init(&other, &house, house.text);
	other.routes = &console_routes;
	console_leave(&staff);
	snprintf(other.handle, sizeof(other.handle), "%s", staff.handle);
	console_answer(&other, "ok anna agent");
	assert_int_equal(other.status, 400);
	console_answer(&staff, "ok anna agent");
	assert_non_null(person_cookie(&staff, DESK_COOKIE));
	person_forget(&staff, DESK_COOKIE);
	console_answer(&staff, "ok anna agent");
	assert_string_equal(staff.location, "/");
	assert_null(person_cookie(&staff, DESK_COOKIE));
	/* A quarter of an hour is enough for a sign-in. */
	console_leave(&staff);
	staff.now += MINUTES(15) + 1;
	console_answer(&staff, "ok anna agent");
	assert_int_equal(staff.status, 400);
	person_done(&other);
}

static void
at_most_four_on_the_way(void **state)
{
	unsigned count = 0;

	(void)state;
	for (unsigned i = 0; i < 7; i++) {
		console_leave(&staff);
		staff.now += 1000;
	}
	for (size_t i = 0; i < staff.cookie_count; i++)
		count += strncmp(staff.cookies[i].name, "__Host-vestibule-desk-login-", 28) == 0;
	assert_int_equal(count, 4);
	console_answer(&staff, "ok anna agent");
	assert_non_null(person_cookie(&staff, DESK_COOKIE));
}

static void
without_a_console_nobody_signs_in(void **state)
{
	(void)state;
	console_leave(&staff);
	house.config.helpdesk.public_url = NULL;
	console_answer(&staff, "ok anna agent");
	assert_int_equal(staff.status, 400);
	console_get(&staff, "/sign-in");
	assert_int_equal(staff.status, 503);
}

/* ---- the second factor ---- */

static void
wrong_codes_cost_a_wait(void **state)
{
	char digits[7];

	(void)state;
	console_enrol(&staff, "ok anna agent", seed);
	staff.now += SECONDS(30);
	console_arrive(&staff, "ok anna agent");
	for (unsigned i = 0; i < 5; i++) {
		person_digits(seed, staff.now + HOURS(24) + MINUTES(i), digits);
		person_ask(&staff, "/second-factor", (const char *const[]){"code", digits, "action", "continue", NULL});
		assert_string_equal(staff.error, "wrong");
	}
	console_enter(&staff, "/second-factor", seed);
	assert_int_equal(staff.status, 429);
	assert_string_equal(staff.error, "locked");
	assert_string_equal(staff.retry_after, "30");
	/* The wait is the member of staff's, not the session's. */
	person_forget(&staff, DESK_COOKIE);
	console_arrive(&staff, "ok anna agent");
	console_enter(&staff, "/second-factor", seed);
	assert_string_equal(staff.error, "locked");
	staff.now += SECONDS(30);
	console_enter(&staff, "/second-factor", seed);
	assert_int_equal(staff.status, 303);
	assert_int_equal(console_events("desk-factor-failed", NULL).count, 5);
}

static void
a_code_of_the_app_works_once(void **state)
{
	(void)state;
	console_enrol(&staff, "ok anna agent", seed);
	person_forget(&staff, DESK_COOKIE);
	console_arrive(&staff, "ok anna agent");
	console_enter(&staff, "/second-factor", seed);
	assert_string_equal(staff.error, "used");
	person_ask(&staff, "/second-factor", (const char *const[]){"code", "", "action", "continue", NULL});
	assert_string_equal(staff.error, "required");
}

static void
a_key_grows_old(void **state)
{
	char before[64], after[64];

	(void)state;
	console_arrive(&staff, "ok anna agent");
	assert_true(person_attribute(&staff, "data-totp-key", 0, before, sizeof(before)));
	console_get(&staff, "/enrol");
	assert_true(person_attribute(&staff, "data-totp-key", 0, after, sizeof(after)));
	assert_string_equal(before, after);
	for (unsigned i = 0; i < 4; i++) {
		staff.now += MINUTES(10);
		console_get(&staff, "/language?to=fr&back=/enrol");
		person_ask(&staff, "/enrol", (const char *const[]){"code", "12", "action", "continue", NULL});
		assert_string_equal(staff.error, i < 3 ? "malformed" : "expired");
	}
	assert_true(person_attribute(&staff, "data-totp-key", 0, after, sizeof(after)));
	assert_string_not_equal(before, after);
}

static enum err
reset_in(struct txn *txn, void *arg)
{
	struct StaffRecord *found;
	enum err err = staff_find(txn, arg, &found);

	return err == ERR_OK ? staff_reset(txn, found) : err;
}

static void
a_lost_phone_is_reset(void **state)
{
	struct ctx ctx = house_ctx(&house, staff.now);
	struct person other;
	uint8_t others[20];
	char code[16];
	const char *parsed;
	char nobody[] = "S-000000";

	(void)state;
	person_init(&other, &house, house.text);
	other.routes = &console_routes;
	console_enrol(&other, "ok ben viewer", others);
	console_enrol(&staff, "ok anna agent", seed);
	person_follow(&staff);
	assert_true(person_attribute(&staff, "data-staff", 0, code, sizeof(code)));
	code[0] = 's';
	assert_int_equal(staff_code_parse(ctx.arena, code, &parsed), ERR_OK);
	assert_int_equal(store_update(&ctx, reset_in, (void *)parsed), ERR_OK);
	assert_int_equal(store_update(&ctx, reset_in, nobody), ERR_NOT_FOUND);
	console_get(&staff, "/");
	assert_string_equal(staff.location, "/sign-in?why=ended");
	console_get(&other, "/");
	assert_string_equal(other.page, "desk-look-up");
	console_arrive(&staff, "ok anna agent");
	assert_string_equal(staff.page, "desk-enrol");
	person_done(&other);
	house_ctx_done(&ctx);
}

static void
staff_codes_are_read_leniently(void **state)
{
	static const char *const good[] = {"S-7K2M4Q", "s-7k2m4q", "7K2M4Q", " 7K2 M4Q", "S7K2M4Q"};
	static const char *const bad[] = {"", "S-", "S-7K2M", "S-7K2M4Q1", "T-7K2M4Q", "7K2M4U"};
	struct ctx ctx = house_ctx(&house, staff.now);
	const char *code;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(staff_code_parse(ctx.arena, good[i], &code), ERR_OK);
		assert_string_equal(code, "S-7K2M4Q");
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(staff_code_parse(ctx.arena, bad[i], &code), ERR_FORMAT);
	house_ctx_done(&ctx);
}

/* ---- sessions ---- */

static void
idle_and_absolute_ends(void **state)
{
	int64_t begun;

	(void)state;
	console_enrol(&staff, "ok anna agent", seed);
	begun = staff.now;
	staff.now += MINUTES(15) - 1;
	console_get(&staff, "/see/look");
	assert_int_equal(staff.status, 200);
	staff.now += MINUTES(15) - 1;
	console_get(&staff, "/see/look");
	assert_int_equal(staff.status, 200);
	staff.now += MINUTES(15);
	console_get(&staff, "/see/look");
	assert_string_equal(staff.location, "/sign-in?why=ended");
	console_sign_in(&staff, "ok anna agent", seed);
	begun = staff.now;
	while (staff.now + MINUTES(10) < begun + HOURS(8)) {
		staff.now += MINUTES(10);
		console_get(&staff, "/see/look");
		assert_int_equal(staff.status, 200);
	}
	staff.now = begun + HOURS(8) - 1;
	console_get(&staff, "/see/look");
	assert_int_equal(staff.status, 200);
	staff.now = begun + HOURS(8);
	console_get(&staff, "/see/look");
	assert_string_equal(staff.location, "/sign-in?why=ended");
}

static void
one_session_at_a_time(void **state)
{
	struct person other;

	(void)state;
	person_init(&other, &house, house.text);
	other.routes = &console_routes;
	console_enrol(&staff, "ok anna agent", seed);
	/* The provider's word alone ends nothing: the factor does. */
	other.now = staff.now + SECONDS(30);
	console_arrive(&other, "ok anna agent");
	console_get(&staff, "/see/look");
	assert_int_equal(staff.status, 200);
	console_enter(&other, "/second-factor", seed);
	console_get(&staff, "/see/look");
	assert_string_equal(staff.location, "/sign-in?why=ended");
	console_get(&other, "/see/look");
	assert_int_equal(other.status, 200);
	person_done(&other);
}

static void
signing_out_needs_the_form(void **state)
{
	(void)state;
	console_enrol(&staff, "ok anna agent", seed);
	person_follow(&staff);
	person_ask(&staff, "/sign-out", (const char *const[]){"csrf", "AAAA", NULL});
	assert_int_equal(staff.status, 403);
	console_get(&staff, "/");
	assert_string_equal(staff.page, "desk-look-up");
	person_ask(&staff, "/sign-out", (const char *const[]){NULL});
	assert_string_equal(staff.location, "/sign-in?why=signed-out");
	assert_null(person_cookie(&staff, DESK_COOKIE));
	assert_int_equal(console_events("desk-signed-out", NULL).count, 1);
	person_ask(&staff, "/sign-out", (const char *const[]){NULL});
	assert_string_equal(staff.location, "/sign-in?why=signed-out");
	assert_int_equal(console_events("desk-signed-out", NULL).count, 1);
}

static void
a_form_is_this_sessions(void **state)
{
	struct person other;
	uint8_t others[20];

	(void)state;
	person_init(&other, &house, house.text);
	other.routes = &console_routes;
	console_enrol(&other, "ok ben agent", others);
	person_follow(&other);
	console_enrol(&staff, "ok anna agent", seed);
	person_follow(&staff);
	person_ask(&staff, "/", (const char *const[]){"reference", reference, "csrf", other.csrf, NULL});
	assert_int_equal(staff.status, 403);
	person_ask(&staff, "/", (const char *const[]){"reference", reference, "csrf", "", NULL});
	assert_int_equal(staff.status, 403);
	assert_int_equal(console_events("desk-looked", NULL).count, 0);
	console_get(&staff, "/");
	person_ask(&staff, "/", (const char *const[]){"reference", reference, "action", "list", NULL});
	assert_int_equal(staff.status, 400);
	person_ask(&staff, "/", (const char *const[]){"reference", reference, NULL});
	assert_int_equal(staff.status, 303);
	person_done(&other);
}

static void
languages_and_errors(void **state)
{
	char url[128];

	(void)state;
	staff.accept_language = "fr";
	console_get(&staff, "/sign-in");
	assert_non_null(strstr(staff.body, "lang=\"fr\""));
	assert_true(person_attribute(&staff, "class=\"language\" href", 0, url, sizeof(url)));
	assert_string_equal(url, "/language?to=en&amp;back=/sign-in");
	console_get(&staff, "/language?to=en&back=/sign-in");
	assert_string_equal(staff.location, "/sign-in");
	console_get(&staff, "/sign-in");
	assert_non_null(strstr(staff.body, "lang=\"en\""));
	console_enrol(&staff, "ok anna agent", seed);
	for (unsigned i = 0; i < 5; i++) {
		static const char *const bad[] = {"/language?to=de&back=/", "/language?to=fr", "/language?to=fr&back=/style.css",
		    "/language?to=fr&back=//elsewhere.example", "/language?to=fr&back=/account&c=x"};
		console_get(&staff, bad[i]);
		assert_int_equal(staff.status, 400);
	}
	console_get(&staff, "/nothing");
	assert_int_equal(staff.status, 404);
	assert_string_equal(staff.page, "desk-error");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, console_set_up, console_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(first_enrols_then_asks),
	    TEST(an_old_cookie_is_worth_nothing),
	    TEST(exactly_one_known_role),
	    TEST(refused_answers_open_nothing),
	    TEST(an_answer_is_good_once_and_in_its_browser),
	    TEST(at_most_four_on_the_way),
	    TEST(without_a_console_nobody_signs_in),
	    TEST(wrong_codes_cost_a_wait),
	    TEST(a_code_of_the_app_works_once),
	    TEST(a_key_grows_old),
	    TEST(a_lost_phone_is_reset),
	    TEST(staff_codes_are_read_leniently),
	    TEST(idle_and_absolute_ends),
	    TEST(one_session_at_a_time),
	    TEST(signing_out_needs_the_form),
	    TEST(a_form_is_this_sessions),
	    TEST(languages_and_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
