/* Whole sign-ins through the routes, with a scripted provider: the first visit, the next ones, and everything people do with a browser. */
#include "person.h"

#include <stdio.h>
#include <string.h>

#include "text/template.h"

static struct house house;
static struct text *text;
static struct person person;
static uint8_t seed[20];
static char codes[10][20];

static int
set_up(void **state)
{
	const char *why = "";

	(void)state;
	house_open(&house, "mem");
	if (text_load(UNIT_TEMPLATES, NULL, house.arena, &text, &why) != ERR_OK) {
		print_error("%s\n", why);
		return -1;
	}
	person_init(&person, &house, text);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	person_done(&person);
	text_free(&text);
	house_close(&house);
	return 0;
}

static void
to_provider(const char *portal)
{
	person_start(&person, portal, "");
	person_choose(&person, "gckey");
}

static void
post(const char *path, const char *const form[])
{
	char target[128];

	snprintf(target, sizeof(target), "%s?r=%s", path, person.handle);
	person_ask(&person, target, form);
	person_follow(&person);
}

static void
get(const char *path)
{
	char target[128];

	snprintf(target, sizeof(target), "%s%cr=%s", path, strchr(path, '?') != NULL ? '&' : '?', person.handle);
	person_ask(&person, target, NULL);
	person_follow(&person);
}

/* A person with an account, enrolled and at the portal; half a minute later. */
static void
first_visit(const char *name_id)
{
	char answer[64];

	snprintf(answer, sizeof(answer), "ok %s", name_id);
	person.cookie_count = 0;
	to_provider("health");
	person_arrive(&person, answer);
	person_enrol(&person, seed, codes);
	assert_true(person_at_portal(&person));
	person.now += SECONDS(60);
}

/* Up to the second factor, in a browser that knows nothing. */
static void
come_again(const char *name_id)
{
	char answer[64];
	int64_t now = person.now;

	person_done(&person);
	person_init(&person, &house, text);
	person.now = now;
	snprintf(answer, sizeof(answer), "ok %s", name_id);
	to_provider("health");
	person_arrive(&person, answer);
	assert_string_equal(person.page, "second-factor");
}

static void
test_first_and_second_visit(void **state)
{
	(void)state;
	first_visit("anna");
	assert_non_null(strstr(person.location, "&state=xyz&iss=https%3A%2F%2Fauth.example"));
	come_again("anna");
	person_prove(&person, seed);
	assert_true(person_at_portal(&person));
	/* Within the reuse window: at once. */
	person_start(&person, "health", "");
	assert_true(person_at_portal(&person));
	person.now += MINUTES(19);
	person_start(&person, "health", "&prompt=login");
	assert_string_equal(person.page, "choose-provider");
	/* Another portal knows nothing of it. */
	person_start(&person, "work", "&prompt=none");
	assert_non_null(strstr(person.location, "error=login_required"));
}

static void
test_wrong_codes(void **state)
{
	static const char *const wrong[][2] = {{"", "required"}, {"12345", "malformed"}, {"000000", "wrong"}};
	char digits[7];

	(void)state;
	first_visit("bert");
	come_again("bert");
	for (size_t i = 0; i < 3; i++) {
		post("/second-factor", (const char *const[]){"code", wrong[i][0], NULL});
		assert_int_equal(person.status, 422);
		assert_string_equal(person.page, "second-factor");
		assert_string_equal(person.error, wrong[i][1]);
	}
	person_digits(seed, person.now - SECONDS(60), digits); /* the code that enrolled */
	person.now -= SECONDS(60);
	post("/second-factor", (const char *const[]){"code", digits, NULL});
	assert_string_equal(person.error, "used");
	person.now += SECONDS(60);
	for (size_t i = 0; i < 4; i++)
		post("/second-factor", (const char *const[]){"code", "000000", NULL});
	person_prove(&person, seed);
	assert_int_equal(person.status, 429);
	assert_string_equal(person.error, "locked");
	assert_string_equal(person.retry_after, "30");
	person.now += SECONDS(30);
	person_prove(&person, seed);
	assert_true(person_at_portal(&person));
}

static void
test_recovery_and_change(void **state)
{
	uint8_t new_seed[20];
	char new_codes[10][20];

	(void)state;
	first_visit("cleo");
	come_again("cleo");
	post("/second-factor", (const char *const[]){"action", "recover", NULL});
	assert_string_equal(person.page, "recover");
	post("/recover", (const char *const[]){"recovery_code", "nothing", "action", "continue", NULL});
	assert_string_equal(person.error, "malformed");
	post("/recover", (const char *const[]){"recovery_code", codes[3], "action", "continue", NULL});
	assert_string_equal(person.page, "success");
	post("/success", (const char *const[]){"action", "change", NULL});
	person_enrol(&person, new_seed, new_codes);
	assert_string_equal(person.page, "success");
	post("/success", (const char *const[]){"action", "continue", NULL});
	assert_true(person_at_portal(&person));
	person.now += SECONDS(60);

	come_again("cleo");
	person_prove(&person, seed);
	assert_string_equal(person.error, "wrong");
	post("/recover", (const char *const[]){"recovery_code", codes[4], NULL});
	assert_string_equal(person.error, "wrong");
	get("/second-factor");
	person_prove(&person, new_seed);
	assert_true(person_at_portal(&person));
}

static void
test_used_code_is_dead(void **state)
{
	(void)state;
	first_visit("dora");
	come_again("dora");
	post("/recover", (const char *const[]){"recovery_code", codes[0], NULL});
	assert_string_equal(person.page, "success"); /* and the person stops there */
	come_again("dora");
	post("/recover", (const char *const[]){"recovery_code", codes[0], NULL});
	assert_int_equal(person.status, 422);
	assert_string_equal(person.error, "used");
	post("/recover", (const char *const[]){"recovery_code", codes[1], NULL});
	post("/success", (const char *const[]){"action", "continue", NULL});
	assert_true(person_at_portal(&person));
}

static void
test_in_use_elsewhere(void **state)
{
	(void)state;
	first_visit("emil");
	to_provider("work");
	person_arrive(&person, "ok emil");
	assert_string_equal(person.page, "credential-in-use");
	assert_null(strstr(person.body, "health"));
	post("/credential-in-use", (const char *const[]){"action", "sign-out", NULL});
	assert_string_equal(person.page, "choose-provider");
	person_choose(&person, "gckey");
	person_arrive(&person, "ok emil-2");
	assert_string_equal(person.page, "enrol");

	/* A partner's credential opens both, each with an account of its own. */
	person.now += 1000;
	person_start(&person, "health", "&prompt=login");
	person_choose(&person, "partner");
	person_arrive(&person, "ok frida");
	person_enrol(&person, seed, codes);
	assert_true(person_at_portal(&person));
	person.now += 1000;
	person_start(&person, "work", "&prompt=login");
	person_choose(&person, "partner");
	person_arrive(&person, "ok frida");
	assert_string_equal(person.page, "enrol");
}

static void
test_not_their_step(void **state)
{
	static const char *const pages[] = {"/enrol", "/enrol/app", "/enrol/mail", "/enrol/mail/code", "/notice-address", "/recovery-codes", "/recovery-codes/download", "/success", "/manage", "/continue",
	    "/sign-in", "/credential-in-use", "/admission", "/waiting"};

	(void)state;
	first_visit("gina");
	come_again("gina");
	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
		get(pages[i]);
		assert_string_equal(person.page, "second-factor");
		assert_int_equal(person.status, 200);
		post(pages[i], (const char *const[]){"action", "continue", "kept", "yes", "code", "000000", "method", "totp", NULL});
		assert_false(person_at_portal(&person));
	}
	get("/second-factor");
	person_prove(&person, seed);
	/* They asked for /manage on the way. */
	assert_string_equal(person.page, "success");
}

static void
test_csrf(void **state)
{
	char digits[7];

	(void)state;
	first_visit("hugo");
	come_again("hugo");
	person_digits(seed, person.now, digits);
	post("/second-factor", (const char *const[]){"code", digits, "csrf", "", NULL});
	assert_int_equal(person.status, 403);
	assert_string_equal(person.page, "error");
	post("/second-factor", (const char *const[]){"code", digits, "csrf", "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn", NULL});
	assert_int_equal(person.status, 403);
	get("/second-factor");
	person_prove(&person, seed);
	assert_true(person_at_portal(&person));
}

static void
test_two_tabs(void **state)
{
	char first[20], second[20];

	(void)state;
	first_visit("ines");
	come_again("ines");
	snprintf(first, sizeof(first), "%s", person.handle);
	/* The second tab was at the provider meanwhile. */
	person_start(&person, "health", "");
	assert_string_equal(person.page, "second-factor"); /* the first tab's credential serves both */
	snprintf(second, sizeof(second), "%s", person.handle);
	person_prove(&person, seed);
	assert_true(person_at_portal(&person));
	memcpy(person.handle, first, sizeof(first));
	post("/second-factor", (const char *const[]){"code", "000000", NULL});
	assert_true(person_at_portal(&person));
	/* Back into tabs that are over. */
	get("/second-factor");
	assert_string_equal(person.page, "continue");
	memcpy(person.handle, second, sizeof(second));
	get("/sign-in");
	assert_string_equal(person.page, "continue");
	assert_non_null(strstr(person.body, "https://health.example/"));
}

/* Both tabs left for the provider before either came back: the second answer does not undo what the first one reached. */
static void
test_two_tabs_at_the_provider(void **state)
{
	char first[20], second[20];

	(void)state;
	first_visit("jana");
	person.cookie_count = 0;
	to_provider("health");
	snprintf(first, sizeof(first), "%s", person.handle);
	to_provider("health");
	snprintf(second, sizeof(second), "%s", person.handle);
	person_arrive(&person, "ok jana");
	person_prove(&person, seed);
	assert_true(person_at_portal(&person));
	memcpy(person.handle, first, sizeof(first));
	person_arrive(&person, "ok jana");
	assert_true(person_at_portal(&person));
}

/* Two portals in two tabs: one session each, and none is lost. */
static void
test_two_portals(void **state)
{
	uint8_t other[20];
	char first[20];

	(void)state;
	first_visit("kurt");
	person.cookie_count = 0;
	to_provider("health");
	snprintf(first, sizeof(first), "%s", person.handle);
	to_provider("work");
	person_arrive(&person, "ok kurt-work");
	person_enrol(&person, other, codes);
	assert_true(person_at_portal(&person));
	memcpy(person.handle, first, sizeof(first));
	person_arrive(&person, "ok kurt");
	assert_string_equal(person.page, "second-factor");
	person_prove(&person, seed);
	assert_true(person_at_portal(&person));
	person_start(&person, "work", "&prompt=none");
	assert_true(person_at_portal(&person));
	person_start(&person, "health", "&prompt=none");
	assert_true(person_at_portal(&person));
}

static void
test_answers_of_the_provider(void **state)
{
	static const struct {
		const char *answer;
		int status;
		const char *page;
	} rows[] = {{"cancel", 200, "choose-provider"}, {"none", 502, "error"}, {"denied", 403, "error"}, {"bad", 502, "error"}, {"dead", 502, "error"}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		person.cookie_count = 0;
		to_provider("health");
		person_arrive(&person, rows[i].answer);
		assert_int_equal(person.status, rows[i].status);
		assert_string_equal(person.page, rows[i].page);
		assert_null(person_cookie(&person, SESSION_COOKIE));
	}
	person.cookie_count = 0;
	to_provider("health");
	person_arrive(&person, "ok lena");
	assert_string_equal(person.page, "enrol");
	/* The same form once more: a reload, or a thief in the same browser. */
	person_arrive(&person, "ok lena");
	assert_string_equal(person.page, "enrol");
	person_forget(&person, SESSION_COOKIE);
	person_arrive(&person, "ok lena");
	assert_int_equal(person.status, 400);
	assert_string_equal(person.page, "error");
	person.cookie_count = 0;
	person_arrive(&person, "ok lena");
	assert_int_equal(person.status, 400);
}

static uint64_t
records_of(enum table table)
{
	struct store_stat stat;

	assert_int_equal(store_stat(house.store, &stat), ERR_OK);
	return stat.records[table];
}

/* What a provider signed uses its request up, refused or not; what a stranger forged writes nothing (FEDERATION 6.2.13). */
static void
test_refused_answers_are_used(void **state)
{
	uint64_t used, audited;

	(void)state;
	person.cookie_count = 0;
	to_provider("health");
	used = records_of(TABLE_USED);
	audited = records_of(TABLE_AUDIT);
	person_arrive(&person, "bad");
	assert_string_equal(person.page, "error");
	assert_int_equal(records_of(TABLE_USED), used);
	assert_int_equal(records_of(TABLE_AUDIT), audited);
	person_arrive(&person, "refused");
	assert_int_equal(person.status, 502);
	assert_int_equal(records_of(TABLE_USED), used + 1);
	assert_int_equal(records_of(TABLE_AUDIT), audited + 1);
	person_arrive(&person, "ok zoe");
	assert_int_equal(person.status, 400);
	assert_string_equal(person.page, "error");
	assert_null(person_cookie(&person, SESSION_COOKIE));
	person_arrive(&person, "refused");
	assert_int_equal(person.status, 400);
	assert_int_equal(records_of(TABLE_AUDIT), audited + 1);
	/* The page's fresh start: the same journey, another request. */
	get("/sign-in");
	person_choose(&person, "gckey");
	person_arrive(&person, "bad");
	person_arrive(&person, "ok zoe");
	assert_string_equal(person.page, "enrol");
}

static void
test_session_ids(void **state)
{
	char at_credential[64];

	(void)state;
	first_visit("mona");
	come_again("mona");
	snprintf(at_credential, sizeof(at_credential), "%s", person_cookie(&person, SESSION_COOKIE));
	person_prove(&person, seed);
	assert_string_not_equal(at_credential, person_cookie(&person, SESSION_COOKIE));
	snprintf(person.cookies[0].name, sizeof(person.cookies[0].name), "%s", SESSION_COOKIE);
	snprintf(person.cookies[0].value, sizeof(person.cookies[0].value), "%s", at_credential);
	person.cookie_count = 1;
	person_start(&person, "health", "&prompt=none");
	assert_non_null(strstr(person.location, "error=login_required"));
}

static void
test_manage(void **state)
{
	char other[20];

	(void)state;
	first_visit("nora");
	person.cookie_count = 0;
	person_ask(&person, "/manage", NULL);
	assert_string_equal(person.page, "choose-portal");
	person_ask(&person, "/manage?portal=health", NULL);
	person_follow(&person);
	assert_string_equal(person.page, "choose-provider");
	person_choose(&person, "gckey");
	person_arrive(&person, "ok nora");
	person_prove(&person, seed);
	assert_string_equal(person.page, "success");
	get("/manage");
	assert_string_equal(person.page, "manage");
	assert_true(person_attribute(&person, "data-support-reference", 0, other, sizeof(other)));
	assert_true(person_attribute(&person, "data-caller-code", 0, other, sizeof(other)));
	assert_int_equal(strlen(other), 6);
	post("/manage", (const char *const[]){"action", "new-codes", NULL});
	assert_string_equal(person.page, "recovery-codes");
	get("/recovery-codes/download");
	assert_non_null(strstr(person.body, "-"));
	post("/recovery-codes", (const char *const[]){"kept", "yes", "action", "confirm", NULL});
	assert_string_equal(person.page, "success");
	/* Eleven minutes later a change asks for the factor first. */
	person.now += MINUTES(11);
	post("/success", (const char *const[]){"action", "change", NULL});
	assert_string_equal(person.page, "second-factor");
	person_prove(&person, seed);
	post("/manage", (const char *const[]){"action", "sign-out", NULL});
	assert_string_equal(person.page, "signed-out");
	get("/manage");
	assert_string_equal(person.page, "choose-provider");
}

static void
test_languages(void **state)
{
	(void)state;
	person.cookie_count = 0;
	person.accept_language = "de, fr-CA;q=0.8, en;q=0.7";
	person_start(&person, "health", "");
	assert_non_null(strstr(person.body, "<html lang=\"fr\">"));
	person_start(&person, "health", "&ui_locales=de%20en-CA%20fr");
	assert_non_null(strstr(person.body, "<html lang=\"en\">"));
	person_ask(&person, "/language?to=fr&back=/sign-in&r=aaaaaaaaaaaaaaaa", NULL);
	assert_string_equal(person.location, "/sign-in?r=aaaaaaaaaaaaaaaa");
	person_start(&person, "health", "&ui_locales=en");
	assert_non_null(strstr(person.body, "<html lang=\"fr\">")); /* the person's own choice stands */
	person_ask(&person, "/language?to=fr&back=//evil.example", NULL);
	assert_int_equal(person.status, 400);
	person.accept_language = NULL;
}

static void
test_lost_and_late(void **state)
{
	(void)state;
	person.cookie_count = 0;
	person_ask(&person, "/second-factor", NULL);
	assert_int_equal(person.status, 400);
	assert_string_equal(person.page, "error");
	assert_non_null(strstr(person.body, "class=\"button\""));
	person_start(&person, "health", "");
	assert_string_equal(person.form_action, "https://health.example https://gckey.example https://partner.example");
	person.now += MINUTES(61);
	get("/sign-in");
	assert_int_equal(person.status, 400);
	assert_string_equal(person.page, "error");
	assert_non_null(strstr(person.body, "expired-request"));
	person_ask(&person, "/nowhere", NULL);
	assert_int_equal(person.status, 404);
	assert_string_equal(person.page, "error");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_first_and_second_visit), cmocka_unit_test(test_wrong_codes),
	    cmocka_unit_test(test_recovery_and_change), cmocka_unit_test(test_used_code_is_dead), cmocka_unit_test(test_in_use_elsewhere),
	    cmocka_unit_test(test_not_their_step), cmocka_unit_test(test_csrf), cmocka_unit_test(test_two_tabs),
	    cmocka_unit_test(test_two_tabs_at_the_provider), cmocka_unit_test(test_two_portals), cmocka_unit_test(test_answers_of_the_provider),
	    cmocka_unit_test(test_refused_answers_are_used),
	    cmocka_unit_test(test_session_ids), cmocka_unit_test(test_manage), cmocka_unit_test(test_languages),
	    cmocka_unit_test(test_lost_and_late)};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
