#include "../unit.h"
#include "../unit_arena.h"

#include <stdio.h>
#include <string.h>

#include "web/cookie.h"
#include "web/request.h"

static void
it_reads_pairs(void **state)
{
	struct fields cookies;

	(void)state;
	cookie_parse(arena, "__Host-vestibule=abc_-; b=\"quoted\";c=x=y ;\td=", &cookies);
	assert_int_equal(cookies.count, 4);
	assert_string_equal(fields_get(&cookies, "__Host-vestibule"), "abc_-");
	assert_string_equal(fields_get(&cookies, "b"), "\"quoted\"");
	assert_string_equal(fields_get(&cookies, "c"), "x=y");
	assert_string_equal(fields_get(&cookies, "d"), "");
}

static void
none_is_none(void **state)
{
	static const char *const empty[] = {"", ";", " ; ; ", "=", "=value", "novalue", "a b=c d"};
	struct fields cookies;

	(void)state;
	cookie_parse(arena, NULL, &cookies);
	assert_int_equal(cookies.count, 0);
	for (size_t i = 0; i < sizeof(empty) / sizeof(empty[0]); i++) {
		cookie_parse(arena, empty[i], &cookies);
		assert_int_equal(cookies.count, 0);
	}
}

static void
odd_neighbours_do_not_hide_ours(void **state)
{
	struct fields cookies;

	(void)state;
	cookie_parse(arena, "x=a b; \x01=2; caf\xc3\xa9=1; ours=1; also odd; last=2", &cookies);
	assert_int_equal(cookies.count, 2);
	assert_string_equal(fields_get(&cookies, "ours"), "1");
	assert_string_equal(fields_get(&cookies, "last"), "2");
}

static void
the_first_of_a_name_counts(void **state)
{
	struct fields cookies;

	(void)state;
	cookie_parse(arena, "a=1; a=2; b=3; a=4", &cookies);
	assert_int_equal(cookies.count, 2);
	assert_string_equal(fields_get(&cookies, "a"), "1");
	assert_string_equal(fields_get(&cookies, "b"), "3");
}

static void
the_number_is_bounded(void **state)
{
	char header[16 * 302] = "";
	struct fields cookies;

	(void)state;
	for (int i = 0; i < 300; i++)
		sprintf(header + strlen(header), "c%d=%d; ", i, i);
	cookie_parse(arena, header, &cookies);
	assert_int_equal(cookies.count, REQUEST_FIELDS_MAX);
	assert_string_equal(fields_get(&cookies, "c99"), "99");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(it_reads_pairs),
	    cmocka_unit_test(none_is_none),
	    cmocka_unit_test(odd_neighbours_do_not_hide_ours),
	    cmocka_unit_test(the_first_of_a_name_counts),
	    cmocka_unit_test(the_number_is_bounded),
	};

	return cmocka_run_group_tests(tests, unit_open_arena, unit_close_arena);
}
