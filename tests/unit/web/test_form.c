#include "../unit.h"
#include "../unit_arena.h"

#include <stdio.h>
#include <string.h>

#include "web/form.h"
#include "web/request.h"

static const char *
fault_of(const char *text, struct fields *fields)
{
	return form_parse(arena, bytes_of(text), fields);
}

static void
it_reads_pairs(void **state)
{
	struct fields fields;

	(void)state;
	assert_null(fault_of("a=1&b=two+words&c=%C3%a9t%C3%A9&d&e=&f=x=y", &fields));
	assert_int_equal(fields.count, 6);
	assert_string_equal(fields_get(&fields, "a"), "1");
	assert_string_equal(fields_get(&fields, "b"), "two words");
	assert_string_equal(fields_get(&fields, "c"), "été");
	assert_string_equal(fields_get(&fields, "d"), "");
	assert_string_equal(fields_get(&fields, "e"), "");
	assert_string_equal(fields_get(&fields, "f"), "x=y");
	assert_null(fields_get(&fields, "g"));
}

static void
it_skips_empty_pieces(void **state)
{
	struct fields fields;

	(void)state;
	assert_null(fault_of("", &fields));
	assert_int_equal(fields.count, 0);
	assert_null(fault_of("&&&", &fields));
	assert_int_equal(fields.count, 0);
	assert_null(fault_of("&a=1&&b=2&", &fields));
	assert_int_equal(fields.count, 2);
}

static void
a_semicolon_separates_nothing(void **state)
{
	struct fields fields;

	(void)state;
	assert_null(fault_of("a=1;b=2", &fields));
	assert_int_equal(fields.count, 1);
	assert_string_equal(fields_get(&fields, "a"), "1;b=2");
}

static void
it_refuses_broken_escapes(void **state)
{
	static const char *const hostile[] = {"a=%", "a=%4", "a=%G0", "a=%0g", "%=1", "a=b%2",
	    "a=1&b=%%20", "a=%u0041", "a=%-1", "a=% 1"};
	struct fields fields;

	(void)state;
	for (size_t i = 0; i < sizeof(hostile) / sizeof(hostile[0]); i++)
		assert_string_equal(fault_of(hostile[i], &fields), "bad-escape");
}

static void
it_refuses_what_is_no_utf8(void **state)
{
	/* NUL, a lone continuation, an overlong slash, a surrogate, beyond U+10FFFF, a cut sequence, raw Latin-1 */
	static const char *const hostile[] = {"a=%00", "a%00b=1", "a=%80", "a=%C0%AF",
	    "a=%ED%A0%80", "a=%F4%90%80%80", "a=%E2%82", "a=\xe9"};
	struct fields fields;

	(void)state;
	for (size_t i = 0; i < sizeof(hostile) / sizeof(hostile[0]); i++)
		assert_string_equal(fault_of(hostile[i], &fields), "invalid-utf8");
}

static void
it_refuses_duplicates_however_they_are_written(void **state)
{
	static const char *const hostile[] = {"a=1&a=1", "a=1&b=2&a=3",
	    "SAMLResponse=x&SAML%52esponse=y", "a&a", "=1&=2", "a+b=1&a%20b=2"};
	struct fields fields;

	(void)state;
	for (size_t i = 0; i < sizeof(hostile) / sizeof(hostile[0]); i++)
		assert_string_equal(fault_of(hostile[i], &fields), "duplicate-parameter");
	assert_string_equal(fault_of("a=1&a=2", &fields), "duplicate-parameter");
	assert_int_equal(fields.count, 2);
	assert_string_equal(fields_get(&fields, "a"), "1");
	assert_null(fault_of("a=1&A=2", &fields));
}

/* What stands behind a broken piece is read, and a name with a broken value is seen. */
static void
it_reads_on_after_what_is_broken(void **state)
{
	struct fields fields;

	(void)state;
	assert_string_equal(fault_of("a=1&b=%zz&%zz=x&c=%80&a=2", &fields), "bad-escape");
	assert_int_equal(fields.count, 4);
	assert_string_equal(fields_get(&fields, "b"), "");
	assert_string_equal(fields_get(&fields, "c"), "");
	assert_string_equal(fields.items[3].name, "a");
	assert_string_equal(fields.items[3].value, "2");
}

static void
it_bounds_the_number(void **state)
{
	char text[16 * 202] = "";
	struct fields fields;

	(void)state;
	for (int i = 0; i < REQUEST_FIELDS_MAX; i++)
		sprintf(text + strlen(text), "f%d=%d&", i, i);
	assert_null(fault_of(text, &fields));
	assert_int_equal(fields.count, REQUEST_FIELDS_MAX);
	strcat(text, "more=1");
	assert_string_equal(fault_of(text, &fields), "too-many-fields");
	assert_int_equal(fields.count, REQUEST_FIELDS_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(it_reads_pairs),
	    cmocka_unit_test(it_skips_empty_pieces),
	    cmocka_unit_test(a_semicolon_separates_nothing),
	    cmocka_unit_test(it_refuses_broken_escapes),
	    cmocka_unit_test(it_refuses_what_is_no_utf8),
	    cmocka_unit_test(it_refuses_duplicates_however_they_are_written),
	    cmocka_unit_test(it_reads_on_after_what_is_broken),
	    cmocka_unit_test(it_bounds_the_number),
	};

	return cmocka_run_group_tests(tests, unit_open_arena, unit_close_arena);
}
