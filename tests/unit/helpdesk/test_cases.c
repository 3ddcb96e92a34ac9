/* Roles against every power; cases, what is proven in them, and how often one may look. */
#include "console.h"
#include "helpdesk/looks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- roles ---- */

/* What each role may, written down a second time: a change of roles.def is made here as well, on purpose. */
static const struct {
	const char *role, *powers;
} expected[] = {
    {"viewer", "look details"},
    {"agent", "look details clear_wait end_sessions resend_mail send_caller_code start_reset approve_reset stop_reset stop_claim"},
    {"supervisor", "look details clear_wait end_sessions resend_mail send_caller_code start_reset approve_reset stop_reset stop_claim unfreeze"},
    {"auditor", "audit"},
};

static const char *const power_names[] = {
#define POWER(id, name, viewer, agent, supervisor, auditor) name,
#include "helpdesk/roles.def"
};

static bool
listed(const char *list, const char *name)
{
	size_t len = strlen(name);

	for (const char *p = list; (p = strstr(p, name)) != NULL; p += len) {
		if ((p == list || p[-1] == ' ') && (p[len] == ' ' || p[len] == '\0'))
			return true;
	}
	return false;
}

static void
every_power_of_every_role(void **state)
{
	(void)state;
	assert_int_equal(sizeof(expected) / sizeof(expected[0]), ROLE_COUNT);
	for (unsigned role = 0; role < ROLE_COUNT; role++) {
		char answered[64], target[64];
		enum role parsed;

		assert_int_equal(role_parse(expected[role].role, &parsed), ERR_OK);
		assert_int_equal(parsed, role);
		snprintf(answered, sizeof(answered), "ok %s-of-ours %s", expected[role].role, expected[role].role);
		console_enrol(&staff, answered, seed);
		assert_string_equal(staff.location, role == ROLE_AUDITOR ? "/audit" : "/");
		for (unsigned power = 0; power < POWER_COUNT; power++) {
			bool may = listed(expected[role].powers, power_names[power]);
			assert_int_equal(role_may((enum role)role, (enum power)power), may);
			snprintf(target, sizeof(target), "/see/%s", power_names[power]);
			console_get(&staff, target);
			assert_int_equal(staff.status, may ? 200 : 403);
		}
		person_forget(&staff, DESK_COOKIE);
		staff.now += MINUTES(1);
	}
}

/* With the right csrf: what refuses is the power alone. */
static void
every_button_of_every_role(void **state)
{
	(void)state;
	for (unsigned role = 0; role < ROLE_COUNT; role++) {
		char answered[64], target[64];

		snprintf(answered, sizeof(answered), "ok %s-of-ours %s", expected[role].role, expected[role].role);
		console_enrol(&staff, answered, seed);
		for (unsigned power = 0; power < POWER_COUNT; power++) {
			snprintf(target, sizeof(target), "/do/%s", power_names[power]);
			console_get(&staff, target);
			assert_int_equal(staff.status, 200);
			person_ask(&staff, target, (const char *const[]){"action", "act", NULL});
			assert_int_equal(staff.status, listed(expected[role].powers, power_names[power]) ? 303 : 403);
		}
		person_forget(&staff, DESK_COOKIE);
		staff.now += MINUTES(1);
	}
}

/* The provider's word is enough: what was begun with the former role is over before the factor is proven. */
static void
a_role_changes_at_the_next_sign_in(void **state)
{
	struct person other;

	(void)state;
	console_enrol(&staff, "ok anna agent", seed);
	person_init(&other, &house, house.text);
	other.routes = &console_routes;
	other.now = staff.now + SECONDS(30);
	console_arrive(&other, "ok anna viewer");
	console_get(&staff, "/see/clear_wait");
	assert_string_equal(staff.location, "/sign-in?why=ended");
	console_enter(&other, "/second-factor", seed);
	console_get(&other, "/see/clear_wait");
	assert_int_equal(other.status, 403);
	console_get(&other, "/see/look");
	assert_int_equal(other.status, 200);
	person_done(&other);
}

/* ---- cases ---- */

static void
look(struct person *who, const char *typed, const char *code)
{
	console_get(who, "/");
	person_ask(who, "/", (const char *const[]){"reference", typed, "caller_code", code, "action", "look", NULL});
}

static void
a_case_is_this_sessions_and_one_at_a_time(void **state)
{
	struct person other;
	uint8_t others[20];
	char first[128], second[128];

	(void)state;
	person_init(&other, &house, house.text);
	other.routes = &console_routes;
	console_enrol(&other, "ok ben agent", others);
	console_enrol(&staff, "ok anna agent", seed);
	look(&staff, reference, "");
	assert_int_equal(staff.status, 303);
	snprintf(first, sizeof(first), "%.120s", staff.location);
	console_get(&staff, first);
	assert_string_equal(staff.page, "case");
	console_get(&other, first);
	assert_string_equal(other.location, "/?why=over");
	look(&staff, reference, "");
	snprintf(second, sizeof(second), "%.120s", staff.location);
	assert_string_not_equal(first, second);
	console_get(&staff, first);
	assert_string_equal(staff.location, "/?why=over");
	console_get(&staff, second);
	assert_string_equal(staff.page, "case");
	console_get(&staff, "/account");
	assert_string_equal(staff.location, "/?why=over");
	console_get(&staff, "/account?c=00000000000000000000000000000000");
	assert_string_equal(staff.location, "/?why=over");
	assert_int_equal(console_events("desk-looked", NULL).count, 2);
	person_done(&other);
}

static void
a_case_ends(void **state)
{
	int64_t opened;
	char target[128];

	(void)state;
	console_enrol(&staff, "ok anna agent", seed);
	look(&staff, reference, "");
	opened = staff.now;
	snprintf(target, sizeof(target), "%.120s", staff.location);
	while (staff.now < opened + MINUTES(55)) {
		staff.now += MINUTES(11);
		console_get(&staff, target);
		assert_string_equal(staff.page, "case");
	}
	staff.now = opened + HOURS(1) - 1;
	console_get(&staff, target);
	assert_string_equal(staff.page, "case");
	staff.now = opened + HOURS(1);
	console_get(&staff, target);
	assert_string_equal(staff.location, "/?why=over");
	look(&staff, reference, "");
	snprintf(target, sizeof(target), "%.120s", staff.location);
	/* The session goes on, the case does not. */
	for (unsigned i = 0; i < 3; i++) {
		staff.now += MINUTES(5);
		console_get(&staff, "/see/look");
		assert_int_equal(staff.status, 200);
	}
	console_get(&staff, target);
	assert_string_equal(staff.location, "/?why=over");
}

static const char *
caller(enum caller_grade grade)
{
	struct ctx ctx = house_ctx(&house, staff.now);
	const char *digits = arena_text(house.arena, caller_code(&ctx, account, grade).digits);

	house_ctx_done(&ctx);
	return digits;
}

static void
press(const char *target, const char *action, const char *code)
{
	person_ask(&staff, target, (const char *const[]){"action", action, "code", code, NULL});
}

static void
what_is_proven_belongs_to_the_case(void **state)
{
	char target[128], grades[8];

	(void)state;
	console_enrol(&staff, "ok anna agent", seed);
	look(&staff, reference, "");
	snprintf(target, sizeof(target), "%.120s", staff.location);
	press(target, "one", "");
	assert_int_equal(staff.status, 403);
	press(target, "prove", "12345");
	assert_string_equal(staff.error, "malformed");
	press(target, "prove", caller(CALLER_CREDENTIAL));
	assert_int_equal(staff.status, 200);
	assert_string_equal(console_events("desk-caller-verified", "verified").value, "caller-credential");
	press(target, "one", "");
	assert_int_equal(staff.status, 303);
	press(target, "two", "");
	assert_int_equal(staff.status, 403);
	/* The same grade again is no second one. */
	staff.now += CALLER_WINDOW;
	press(target, "prove", caller(CALLER_CREDENTIAL));
	assert_int_equal(staff.status, 200);
	press(target, "two", "");
	assert_int_equal(staff.status, 403);
	press(target, "prove", caller(CALLER_MAIL));
	press(target, "two", "");
	assert_int_equal(staff.status, 303);
	/* Looked up anew, with a code: one grade, not three. */
	staff.now += CALLER_WINDOW;
	look(&staff, reference, caller(CALLER_FACTOR));
	assert_string_equal(console_events("desk-looked", "verified").value, "caller-factor");
	console_get(&staff, staff.location);
	assert_true(person_attribute(&staff, "data-grades", 0, grades, sizeof(grades)));
	assert_string_equal(grades, "1");
}

/* ---- limits ---- */

static void
ten_failures_an_hour(void **state)
{
	static const char *const unknown = "VB-0000-0000";

	(void)state;
	console_enrol(&staff, "ok anna agent", seed);
	/* What is no reference, and what is no code, cost nothing. */
	for (unsigned i = 0; i < 12; i++) {
		look(&staff, i % 2 == 0 ? "VB-12" : "", "");
		assert_int_equal(staff.status, 422);
	}
	for (unsigned i = 0; i < 9; i++) {
		look(&staff, unknown, "123456");
		assert_int_equal(staff.status, 422);
		assert_string_equal(staff.error, "wrong");
	}
	assert_int_equal(console_events("desk-limited", NULL).count, 0);
	look(&staff, reference, strcmp(caller(CALLER_FACTOR), "000000") == 0 ? "000001" : "000000");
	assert_int_equal(staff.status, 422);
	assert_string_equal(console_events("desk-limited", "limit").value, "misses-hour");
	assert_int_equal(console_events("desk-missed", NULL).count, 10);
	look(&staff, reference, "");
	assert_int_equal(staff.status, 429);
	assert_string_equal(staff.error, "locked");
	assert_string_equal(staff.retry_after, "3600");
	assert_int_equal(console_events("desk-limited", NULL).count, 1);
	assert_int_equal(console_events("desk-looked", NULL).count, 0);
	/* It is the member of staff's, not the session's. */
	staff.now += MINUTES(59);
	console_sign_in(&staff, "ok anna agent", seed);
	look(&staff, reference, "");
	assert_int_equal(staff.status, 429);
	staff.now += MINUTES(1);
	look(&staff, reference, "");
	assert_int_equal(staff.status, 303);
}

static void
so_many_looks(void **state)
{
	(void)state;
	house.config.helpdesk.looks_hour = 5;
	house.config.helpdesk.looks_day = 12;
	console_enrol(&staff, "ok anna agent", seed);
	for (unsigned hour = 0; hour < 3; hour++) {
		unsigned most = hour < 2 ? 5 : 2;
		for (unsigned i = 0; i < most; i++) {
			look(&staff, reference, "");
			assert_int_equal(staff.status, 303);
		}
		look(&staff, reference, "");
		assert_int_equal(staff.status, 429);
		assert_string_equal(console_events("desk-limited", "limit").value, hour < 2 ? "looks-hour" : "looks-day");
		assert_int_equal(console_events("desk-limited", NULL).count, hour + 1);
		staff.now += HOURS(1);
		console_sign_in(&staff, "ok anna agent", seed);
	}
	assert_true(atoi(staff.retry_after) == 0);
	look(&staff, reference, "");
	assert_true(atoi(staff.retry_after) > 20 * 3600);
	/* Another member of staff has looks of his own. */
	person_forget(&staff, DESK_COOKIE);
	console_enrol(&staff, "ok ben agent", seed);
	look(&staff, reference, "");
	assert_int_equal(staff.status, 303);
}

static enum err
use_tool_in(struct txn *txn, void *arg)
{
	const struct helpdesk_config *limits = &txn_ctx(txn)->config->helpdesk;
	struct StaffRecord *tool;
	enum err err = staff_load_tool(txn, &tool);
	int64_t wait;

	for (unsigned i = 0; i < 50; i++) {
		looks_judge(tool, limits, txn_ctx(txn)->now, &wait);
		assert_int_equal(wait, 0);
		assert_int_equal(looks_miss(txn, tool, bytes_make("", 0), "no-such-account"), ERR_OK);
	}
	looks_judge(tool, limits, txn_ctx(txn)->now, &wait);
	assert_int_equal(wait, HOURS(1));
	tool->n_misses = 0;
	for (unsigned i = 0; i < 200; i++) {
		looks_judge(tool, limits, txn_ctx(txn)->now, &wait);
		assert_int_equal(wait, 0);
		assert_int_equal(looks_count(txn, tool), ERR_OK);
	}
	looks_judge(tool, limits, txn_ctx(txn)->now, &wait);
	assert_int_equal(wait, HOURS(1));
	(void)arg;
	return err;
}

/* Many agents share it: a caller who mistypes does not keep all of them waiting, and a thief of its secret does not browse. */
static void
the_tool_has_limits_of_its_own(void **state)
{
	struct ctx ctx = house_ctx(&house, staff.now);

	(void)state;
	house_do(&ctx, use_tool_in, NULL);
	assert_int_equal(console_events("desk-limited", NULL).count, 2);
	house_ctx_done(&ctx);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, console_set_up, console_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(every_power_of_every_role),
	    TEST(every_button_of_every_role),
	    TEST(a_role_changes_at_the_next_sign_in),
	    TEST(a_case_is_this_sessions_and_one_at_a_time),
	    TEST(a_case_ends),
	    TEST(what_is_proven_belongs_to_the_case),
	    TEST(ten_failures_an_hour),
	    TEST(so_many_looks),
	    TEST(the_tool_has_limits_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
