/* An answer as people read it: the same words as in the JSON, in lines and tables. */
#include "../unit.h"

#include "cli/internal.h"

static void
shows(const char *json, const char *expected)
{
	struct arena *arena = arena_new(32 * 1024 * 1024);
	json_t *answer = json_loads(json, JSON_DECODE_ANY, NULL);

	assert_non_null(answer);
	assert_string_equal(show_print(answer, arena), expected);
	json_decref(answer);
	arena_free(&arena);
}

static void
objects_are_lines(void **state)
{
	(void)state;
	shows("{\"file\":\"a.yaml\",\"bytes_used\":12,\"well\":true,\"ill\":false,\"none\":null}",
	    "file        a.yaml\n"
	    "bytes used  12\n"
	    "well        yes\n"
	    "ill         no\n"
	    "none        -\n");
	shows("{\"a\":[],\"b\":[\"x\",\"y\"]}", "a  -\nb  x, y\n");
}

static void
long_lists_are_lines_under_one_another(void **state)
{
	(void)state;
	shows("{\"warnings\":[\"the first sentence is long enough for a line\",\"and so is the "
	      "second one\"]}",
	    "warnings  the first sentence is long enough for a line\n"
	    "          and so is the second one\n");
}

static void
lists_of_objects_are_tables(void **state)
{
	(void)state;
	shows("[{\"kind\":\"store\",\"in_use\":true,\"note\":\"\"},{\"kind\":\"saml-signing\",\"in_"
	      "use\":false,\"note\":\"x\"}]",
	    "kind          in use  note\n"
	    "store         yes\n"
	    "saml-signing  no      x\n");
	shows("[]", "none\n");
	shows("{\"n\":1,\"tables\":[{\"table\":\"meta\",\"records\":3}]}", "n  1\n"
									   "\n"
									   "tables:\n"
									   "table  records\n"
									   "meta   3\n");
}

static void
rows_that_tell_more_stand_below(void **state)
{
	(void)state;
	shows("[{\"check\":\"a\",\"result\":\"well\"},{\"check\":\"much longer\",\"result\":\"note\",\"accounts\":[\"x\",\"y\"]},{\"check\":\"b\","
	      "\"result\":\"well\"}]",
	    "check  result\n"
	    "a      well\n"
	    "b      well\n"
	    "\n"
	    "check     much longer\n"
	    "result    note\n"
	    "accounts  x, y\n");
}

static void
columns_count_characters_not_bytes(void **state)
{
	(void)state;
	shows("[{\"name\":\"CléGC\",\"x\":1},{\"name\":\"GCKey\",\"x\":2}]", "name   x\n"
									     "CléGC  1\n"
									     "GCKey  2\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(objects_are_lines),
	    cmocka_unit_test(long_lists_are_lines_under_one_another),
	    cmocka_unit_test(lists_of_objects_are_tables),
	    cmocka_unit_test(rows_that_tell_more_stand_below),
	    cmocka_unit_test(columns_count_characters_not_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
