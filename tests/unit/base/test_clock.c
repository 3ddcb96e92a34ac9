#include "../unit.h"

#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "base/clock.h"

static void
printing_and_parsing_agree(void **state)
{
	struct arena *arena = arena_new(8 << 20);

	(void)state;
	/* an odd step, so that every part of a date and of a time takes many values */
	for (int64_t time = 0; time < DAYS(365 * 230); time += DAYS(17) + HOURS(5) + 61123) {
		const char *text = clock_print(arena, time);
		char by_libc[32];
		time_t seconds = time / 1000;
		struct tm tm;
		int64_t back;

		gmtime_r(&seconds, &tm);
		strftime(by_libc, sizeof(by_libc), "%Y-%m-%dT%H:%M:%S", &tm);
		assert_memory_equal(text, by_libc, strlen(by_libc));
		assert_int_equal(clock_parse(text, &back), ERR_OK);
		assert_int_equal(back, time);
	}
	arena_free(&arena);
}

static void
dates_that_are_taken(void **state)
{
	int64_t time;

	(void)state;
	assert_int_equal(clock_parse("1970-01-01T00:00:00Z", &time), ERR_OK);
	assert_int_equal(time, 0);
	assert_int_equal(clock_parse("2026-11-24T14:03:07.5Z", &time), ERR_OK);
	assert_int_equal(time, 1795528987500);
	assert_int_equal(clock_parse("2026-11-24T14:03:07.123456789Z", &time), ERR_OK);
	assert_int_equal(time, 1795528987123);
	assert_int_equal(clock_parse("2024-02-29T23:59:59Z", &time), ERR_OK);
	assert_int_equal(clock_parse("2000-02-29T23:59:59Z", &time), ERR_OK);
}

static void
dates_that_are_refused(void **state)
{
	static const char *const bad[] = {"", "2026", "2026-11-24", "2026-11-24T14:03:07",
	    "2026-11-24T14:03:07+00:00", "2026-11-24 14:03:07Z", "2026-11-24T14:03:07z",
	    "2026-11-24T14:03:07Z ", " 2026-11-24T14:03:07Z", "2026-11-24T14:03:07.Z",
	    "2026-11-24T14:03:07.1234567890Z", "2026-11-24T14:03:07,5Z", "2026-13-01T00:00:00Z",
	    "2026-00-01T00:00:00Z", "2026-02-29T00:00:00Z", "2100-02-29T00:00:00Z",
	    "2026-04-31T00:00:00Z", "2026-11-00T00:00:00Z", "2026-11-24T24:00:00Z",
	    "2026-11-24T23:60:00Z", "2026-11-24T23:59:60Z", "1969-12-31T23:59:59Z",
	    "2201-01-01T00:00:00Z", "-026-11-24T14:03:07Z", "20261-11-24T14:03:07Z",
	    "2026-1-24T14:03:07Z", "+026-11-24T14:03:07Z"};
	int64_t time = 77;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(clock_parse(bad[i], &time), ERR_FORMAT);
	assert_int_equal(time, 77);
}

static void
clocks_run(void **state)
{
	int64_t before = clock_monotonic();
	char text[CLOCK_TEXT_SIZE];

	(void)state;
	assert_true(clock_now() > 1700000000000);
	assert_true(clock_monotonic() >= before);
	clock_write(-1, text);
	assert_string_equal(text, "1969-12-31T23:59:59.999Z");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(printing_and_parsing_agree),
	    cmocka_unit_test(dates_that_are_taken),
	    cmocka_unit_test(dates_that_are_refused),
	    cmocka_unit_test(clocks_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
