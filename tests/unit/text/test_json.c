#include "../unit.h"

#include <string.h>

#include "text/json.h"

static struct arena *arena;
static const struct json_rule rules[] = {
    {.name = "count", .number = true, .least = 1, .most = 10},
    {.name = "note", .most = 8},
    {.name = "reason", .required = true, .least = 1, .most = 8},
};
static struct json_value values[3];

static const char *
read_body(const char *text)
{
	return json_body(arena, bytes_of(text), rules, 3, values);
}

static void
a_body_is_read_by_its_rules(void **state)
{
	(void)state;
	assert_null(read_body("{\"reason\":\"call\",\"count\":10}"));
	assert_true(values[0].given);
	assert_int_equal(values[0].number, 10);
	assert_false(values[1].given);
	assert_null(values[1].text);
	assert_string_equal(values[2].text, "call");
	assert_null(read_body(" { \"reason\" : \"\\u00e9t\\u00e9\" , \"note\" : \"\" }\n"));
	assert_true(values[1].given);
	assert_string_equal(values[1].text, "");
	assert_string_equal(values[2].text, "\xc3\xa9t\xc3\xa9");
	assert_null(json_body(arena, bytes_of(""), rules, 2, values));
	assert_false(values[0].given);
}

static void
a_fault_is_told_by_name(void **state)
{
	(void)state;
	assert_string_equal(read_body("{}"), "reason is missing.");
	assert_string_equal(read_body(""), "reason is missing.");
	assert_string_equal(
	    read_body("{\"reason\":\"x\",\"count\":0}"), "count must be a whole number from 1 to 10.");
	assert_string_equal(read_body("{\"reason\":123456789}"),
	    "reason must be a text of 1 to 8 bytes without control characters.");
	assert_string_equal(
	    read_body("{\"reason\":\"x\",\"other\":1}"), "The body has a member that is not known here.");
}

static void
nothing_else_is_a_body(void **state)
{
	static const char *const bad[] = {"[]", "null", "1", "\"x\"", "{", "{}x", "{\"reason\":\"x\"}{}", "{\"reason\":\"x\",}",
	    "{\"reason\":\"x\",\"reason\":\"y\"}", "{reason:\"x\"}", "{'reason':'x'}", "{\"reason\":\"\\u0000\"}", "{\"reason\":\"\\ud800\"}",
	    "{\"reason\":\"\xff\"}", "{\"reason\":\"a\nb\"}", "{\"reason\":\"\\u0007\"}", "{\"reason\":\"\\u007f\"}", "{\"reason\":null}",
	    "{\"reason\":[\"x\"]}", "{\"reason\":\"\"}", "{\"reason\":\"123456789\"}", "{\"reason\":\"x\",\"count\":1.0}",
	    "{\"reason\":\"x\",\"count\":11}", "{\"reason\":\"x\",\"count\":\"1\"}", "{\"reason\":\"x\",\"count\":99999999999999999999}",
	    "{\"reason\":\"x\",\"count\":true}", "{\"reason\":\"x\",\"\":1}", "/* */{\"reason\":\"x\"}", "\xef\xbb\xbf{\"reason\":\"x\"}"};
	char deep[8001];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (read_body(bad[i]) == NULL)
			fail_msg("taken for a body: %s", bad[i]);
	}
	memset(deep, '[', sizeof(deep));
	assert_non_null(json_body(arena, bytes_make(deep, sizeof(deep)), rules, 3, values));
	assert_non_null(json_body(arena, bytes_make("{\"reason\":\"x\"}\0", 15), rules, 3, values));
}

static int
setup(void **state)
{
	(void)state;
	arena = arena_new(1 << 20);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_body_is_read_by_its_rules),
	    cmocka_unit_test(a_fault_is_told_by_name),
	    cmocka_unit_test(nothing_else_is_a_body),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
