#include "../unit.h"

#include <string.h>

#include "base/arena.h"

static void
objects_are_zeroed_and_aligned(void **state)
{
	struct arena *arena = arena_new(1 << 20);

	(void)state;
	for (size_t size = 0; size < 3000; size += 7) {
		uint8_t *data = arena_alloc(arena, size);

		assert_int_equal((uintptr_t)data % 16, 0);
		for (size_t i = 0; i < size; i++)
			assert_int_equal(data[i], 0);
		memset(data, 0xaa, size);
	}
	arena_free(&arena);
	assert_null(arena);
	arena_free(&arena);
}

static void
a_reset_wipes_and_zeroes_again(void **state)
{
	struct arena *arena = arena_new(1 << 20);

	(void)state;
	memset(arena_alloc(arena, 5000), 0x55, 5000);
	assert_true(arena_used(arena) >= 5000);
	arena_reset(arena);
	assert_int_equal(arena_used(arena), 0);
	for (int i = 0; i < 5; i++) {
		const uint8_t *data = arena_alloc(arena, 1000);

		for (int j = 0; j < 1000; j++)
			assert_int_equal(data[j], 0);
	}
	arena_free(&arena);
}

static void
big_objects_and_many_blocks(void **state)
{
	struct arena *arena = arena_new(8 << 20);
	char *first = arena_text(arena, "first");

	(void)state;
	for (int i = 0; i < 200; i++)
		memset(arena_alloc(arena, 10000), i, 10000);
	memset(arena_alloc(arena, 3 << 20), 1, 3 << 20);
	assert_string_equal(first, "first");
	arena_reset(arena);
	assert_string_equal(arena_text(arena, "again"), "again");
	arena_free(&arena);
}

static void
growing_keeps_the_content_and_zeroes_the_rest(void **state)
{
	struct arena *arena = arena_new(1 << 20);
	char *text = arena_grow(arena, NULL, 0, 4), *other;

	(void)state;
	memcpy(text, "abc", 4);
	text = arena_grow(arena, text, 4, 100);
	other = arena_text(arena, "behind it");
	text = arena_grow(arena, text, 100, 50000);
	assert_string_equal(text, "abc");
	for (int i = 4; i < 50000; i++)
		assert_int_equal(text[i], 0);
	assert_string_equal(other, "behind it");
	arena_free(&arena);
}

static void
texts_and_prints(void **state)
{
	struct arena *arena = arena_new(1 << 20);

	(void)state;
	assert_null(arena_text(arena, NULL));
	assert_string_equal(arena_text(arena, ""), "");
	assert_string_equal(arena_text_of(arena, bytes_make("abcdef", 3)), "abc");
	assert_string_equal(arena_printf(arena, "%d-%s", 7, "x"), "7-x");
	assert_int_equal(strlen(arena_printf(arena, "%01000d", 1)), 1000);
	arena_free(&arena);
}

static void
over_the_cap(void *arg)
{
	struct arena *arena = arg;

	arena_alloc(arena, 600);
	arena_alloc(arena, 600);
}

static void
far_over_the_cap(void *arg)
{
	arena_alloc(arg, SIZE_MAX - 3);
}

static void
product_overflows(void *arg)
{
	arena_array(arg, SIZE_MAX / 2, 4);
}

static void
the_cap_aborts(void **state)
{
	struct arena *arena = arena_new(1024);

	(void)state;
	assert_true(unit_aborts(over_the_cap, arena));
	assert_true(unit_aborts(far_over_the_cap, arena));
	assert_true(unit_aborts(product_overflows, arena));
	arena_alloc(arena, 1024);
	arena_free(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(objects_are_zeroed_and_aligned),
	    cmocka_unit_test(a_reset_wipes_and_zeroes_again),
	    cmocka_unit_test(big_objects_and_many_blocks),
	    cmocka_unit_test(growing_keeps_the_content_and_zeroes_the_rest),
	    cmocka_unit_test(texts_and_prints),
	    cmocka_unit_test(the_cap_aborts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
