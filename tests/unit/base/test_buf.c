#include "../unit.h"

#include <string.h>

#include "base/buf.h"

static void
it_grows(void **state)
{
	struct arena *arena = arena_new(1 << 20);
	struct buf buf;

	(void)state;
	buf_init(&buf, arena, 100000);
	assert_string_equal(buf_text(&buf), "");
	buf_put_text(&buf, NULL);
	for (int i = 0; i < 1000; i++) {
		buf_put_text(&buf, "abc");
		buf_put_byte(&buf, '-');
		buf_printf(&buf, "%04d", i);
	}
	assert_int_equal(buf_bytes(&buf).len, 8000);
	assert_int_equal(strlen(buf_text(&buf)), 8000);
	assert_memory_equal(buf_text(&buf) + 7992, "abc-0999", 8);
	assert_false(buf.failed);
	arena_free(&arena);
}

static void
a_long_print_is_whole(void **state)
{
	struct arena *arena = arena_new(1 << 20);
	struct buf buf;

	(void)state;
	buf_init(&buf, arena, 5000);
	buf_printf(&buf, "%03000d", 1);
	assert_int_equal(strlen(buf_text(&buf)), 3000);
	assert_int_equal(buf_text(&buf)[2999], '1');
	arena_free(&arena);
}

static void
the_limit_is_sticky(void **state)
{
	struct arena *arena = arena_new(1 << 20);
	struct buf buf;

	(void)state;
	buf_init(&buf, arena, 5);
	buf_put_text(&buf, "12345");
	assert_false(buf.failed);
	buf_put_byte(&buf, '6');
	assert_true(buf.failed);
	buf_put(&buf, "", 0);
	assert_string_equal(buf_text(&buf), "12345");
	buf_init(&buf, arena, 5);
	buf_put_text(&buf, "123456");
	buf_put_text(&buf, "1");
	assert_true(buf.failed);
	assert_string_equal(buf_text(&buf), "");
	buf_put(&buf, "x", SIZE_MAX);
	assert_int_equal(buf_bytes(&buf).len, 0);
	arena_free(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(it_grows),
	    cmocka_unit_test(a_long_print_is_whole),
	    cmocka_unit_test(the_limit_is_sticky),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
