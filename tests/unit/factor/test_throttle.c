/* Waits after failures: the table of DESIGN.md section 4, the ends, and how far a guesser gets. ATTACKS F09 F14. */
#include "../unit.h"

#include <string.h>

#include "factor/throttle.h"

static const struct limits_config limits = {.failures_disable = 50, .failures_month = 100};
static struct arena *arena;

static int
set_up(void **state)
{
	(void)state;
	arena = arena_new(1 << 24);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

static void
test_waits(void **state)
{
	static const int64_t seconds[] = {0, 0, 0, 0, 30, 60, 120, 300, 900, 1800, 3600, 3600, 3600};
	struct ThrottleRecord row = THROTTLE_RECORD__INIT;
	int64_t now = 1800000000000, wait;

	(void)state;
	for (size_t i = 0; i < sizeof(seconds) / sizeof(seconds[0]); i++) {
		throttle_count(&row, &limits, now, arena);
		wait = 0;
		assert_int_equal(throttle_judge(&row, now, &wait), seconds[i] == 0 ? THROTTLE_OPEN : THROTTLE_WAIT);
		assert_int_equal(wait, SECONDS(seconds[i]));
		if (seconds[i] > 0)
			assert_int_equal(throttle_judge(&row, now + wait - 1, &wait), THROTTLE_WAIT);
		now += SECONDS(seconds[i]);
		assert_int_equal(throttle_judge(&row, now, &wait), THROTTLE_OPEN);
	}
	throttle_forgive(&row);
	throttle_count(&row, &limits, now, arena);
	assert_int_equal(throttle_judge(&row, now, &wait), THROTTLE_OPEN);
}

/* The person hears of the first wait and of the end, not of each failure. */
static void
test_alarming(void **state)
{
	struct ThrottleRecord row = THROTTLE_RECORD__INIT;
	unsigned alarms = 0;

	(void)state;
	for (unsigned i = 1; i <= 50; i++) {
		throttle_count(&row, &limits, 1800000000000 + HOURS(i), arena);
		assert_int_equal(throttle_alarming(&row), i == 5 || i == 50);
		alarms += throttle_alarming(&row);
	}
	assert_int_equal(alarms, 2);
}

static void
test_disabled_in_a_row(void **state)
{
	struct ThrottleRecord row = THROTTLE_RECORD__INIT;
	int64_t now = 1800000000000, wait;

	(void)state;
	for (unsigned i = 0; i < 49; i++)
		throttle_count(&row, &limits, now += HOURS(2), arena);
	assert_int_equal(throttle_judge(&row, now + HOURS(1), &wait), THROTTLE_OPEN);
	throttle_count(&row, &limits, now += HOURS(2), arena);
	assert_int_equal(throttle_judge(&row, now + DAYS(400), &wait), THROTTLE_DISABLED);
}

/* Four wrong ones and a right one, for ever: no wait, but 100 in 30 days are the end. */
static void
test_disabled_in_a_month(void **state)
{
	struct ThrottleRecord row = THROTTLE_RECORD__INIT, slow = THROTTLE_RECORD__INIT;
	int64_t now = 1800000000000, wait;
	unsigned guesses = 0;

	(void)state;
	while (throttle_judge(&row, now, &wait) == THROTTLE_OPEN && guesses < 1000) {
		throttle_count(&row, &limits, now += SECONDS(30), arena);
		if (++guesses % 4 == 0)
			throttle_forgive(&row);
	}
	assert_int_equal(guesses, 100);
	/* Three in a million are right at any moment: the chance of a month stays under one in a thousand. */
	assert_true(guesses * 3 < 1000);

	for (guesses = 0; guesses < 1000; guesses++) {
		throttle_count(&slow, &limits, now += HOURS(8), arena);
		throttle_forgive(&slow);
	}
	assert_int_equal(throttle_judge(&slow, now, &wait), THROTTLE_OPEN);
	assert_true(slow.n_recent <= 100);
}

static void
test_clock_set_back(void **state)
{
	struct ThrottleRecord row = THROTTLE_RECORD__INIT;
	int64_t wait;

	(void)state;
	for (unsigned i = 0; i < 5; i++)
		throttle_count(&row, &limits, 1800000000000, arena);
	assert_int_equal(throttle_judge(&row, 1800000000000 - DAYS(2), &wait), THROTTLE_WAIT);
	assert_int_equal(wait, THROTTLE_LONGEST);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_waits), cmocka_unit_test(test_alarming), cmocka_unit_test(test_disabled_in_a_row),
	    cmocka_unit_test(test_disabled_in_a_month), cmocka_unit_test(test_clock_set_back)};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
