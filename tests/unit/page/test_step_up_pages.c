/* The session's cookie at a step-up, and answers that were lost on their way: ATTACKS O50 F32. */
#include "person.h"

#include <stdio.h>
#include <string.h>

#include "text/template.h"

static struct house house;
static struct person person;
static uint8_t seed[20];
static char codes[10][20];

/* All cookies of a browser. */
struct jar {
	size_t count;
	char names[PERSON_COOKIES][64], values[PERSON_COOKIES][4000];
};
static struct jar kept;

static int
set_up(void **state)
{
	(void)state;
	house_open(&house, "mem");
	person_init(&person, &house, house.text);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	person_done(&person);
	house_close(&house);
	return 0;
}

static void
keep_jar(void)
{
	kept.count = person.cookie_count;
	for (size_t i = 0; i < kept.count; i++) {
		memcpy(kept.names[i], person.cookies[i].name, sizeof(kept.names[i]));
		memcpy(kept.values[i], person.cookies[i].value, sizeof(kept.values[i]));
	}
}

/* As if what came since then had never reached the browser. */
static void
restore_jar(void)
{
	person.cookie_count = kept.count;
	for (size_t i = 0; i < kept.count; i++) {
		memcpy(person.cookies[i].name, kept.names[i], sizeof(kept.names[i]));
		memcpy(person.cookies[i].value, kept.values[i], sizeof(kept.values[i]));
	}
}

static void
ask(const char *path, const char *const form[])
{
	char target[128];

	snprintf(target, sizeof(target), "%s?r=%s", path, person.handle);
	person_ask(&person, target, form);
	person_follow(&person);
}

static void
to_provider(void)
{
	person_start(&person, "health", "");
	person_choose(&person, "gckey");
}

static void
first_visit(void)
{
	to_provider();
	person_arrive(&person, "ok anna");
	person_enrol(&person, seed, codes);
	assert_true(person_at_portal(&person));
	person.now += SECONDS(60);
}

/* A browser that knows nothing, before the second factor. */
static void
come_again(void)
{
	person.cookie_count = 0;
	to_provider();
	person_arrive(&person, "ok anna");
	assert_string_equal(person.page, "second-factor");
}

static void
assert_signed_in(bool signed_in)
{
	person_start(&person, "health", "&prompt=none");
	if (signed_in)
		assert_true(person_at_portal(&person) && strstr(person.location, "code=") != NULL);
	else
		assert_non_null(strstr(person.location, "error=login_required"));
}

/* The session has reached its portal, was asked for the factor again, and another request of the browser ends with that. */
static void
test_cookie_changes_at_a_later_step_up(void **state)
{
	char before[128];

	(void)state;
	first_visit();
	person_ask(&person, "/manage?portal=health", NULL);
	person_follow(&person);
	assert_string_equal(person.page, "manage");
	person.now += MINUTES(11);
	ask("/manage", (const char *const[]){"action", "change", NULL});
	assert_string_equal(person.page, "second-factor");
	person_start(&person, "health", "");
	assert_string_equal(person.page, "second-factor");
	snprintf(before, sizeof(before), "%s", person_cookie(&person, SESSION_COOKIE));
	keep_jar();
	person_prove(&person, seed);
	assert_true(person_at_portal(&person));
	assert_string_not_equal(person_cookie(&person, SESSION_COOKIE), before);
	assert_signed_in(true);
	restore_jar();
	assert_signed_in(false);
}

/* The answer to the last form, with the new cookie, never came. */
static void
test_last_answer_is_lost(void **state)
{
	(void)state;
	first_visit();
	come_again();
	keep_jar();
	person_prove(&person, seed);
	assert_true(person_at_portal(&person));
	restore_jar();
	ask("/second-factor", (const char *const[]){"code", "123456", "action", "continue", NULL});
	assert_string_equal(person.page, "continue");
	restore_jar();
	ask("/second-factor", NULL);
	assert_string_equal(person.page, "continue");
	assert_non_null(strstr(person.body, "https://health.example/"));
}

/* The page was seen, but not its cookies: the form meets the provider's answer as it was. */
static void
test_first_answer_is_lost(void **state)
{
	(void)state;
	first_visit();
	person.cookie_count = 0;
	to_provider();
	person_post_from_elsewhere(&person, "/saml/acs", (const char *const[]){"SAMLResponse", "ok anna", "RelayState", person.handle, NULL});
	keep_jar();
	person_follow(&person);
	restore_jar();
	person_prove(&person, seed);
	assert_true(person_at_portal(&person));
	ask("/second-factor", NULL);
	assert_string_equal(person.page, "continue");
	assert_signed_in(true);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {TEST(test_cookie_changes_at_a_later_step_up), TEST(test_last_answer_is_lost), TEST(test_first_answer_is_lost)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
