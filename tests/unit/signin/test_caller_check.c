/* Caller codes: each grade, the edges of their windows, once only, the budget of wrong ones, and nobody else's.
 * ATTACKS F09 F10. */
#include "house.h"

#include <stdio.h>
#include <string.h>

#include "account/account.h"
#include "factor/throttle.h"
#include "signin/caller_check.h"

static struct house house;
static struct ctx ctx;
static struct bytes anna, ben;

static enum err
make_in(struct txn *txn, void *arg)
{
	struct AccountRecord *account;
	enum err err = account_create(txn, "health", "gckey", STATUS_ACTIVE, &account);

	if (err == ERR_OK)
		err = account_save(txn, account);
	*(struct bytes *)arg = bytes_copy(house.arena, record_bytes(account->id));
	return err;
}

static int
begin(void **state)
{
	(void)state;
	house_open(&house, "mem");
	ctx = house_ctx(&house, HOUSE_NOW);
	house_do(&ctx, make_in, &anna);
	house_do(&ctx, make_in, &ben);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	house_ctx_done(&ctx);
	house_close(&house);
	return 0;
}

struct try {
	struct bytes account;
	const char *typed;
	struct factor_answer answer;
	enum caller_grade grade;
};

static enum err
try_in(struct txn *txn, void *arg)
{
	struct try *try = arg;

	return caller_check(txn, try->account, try->typed, &try->answer, &try->grade);
}

static enum factor_verdict
check(struct bytes account, const char *typed, struct try *ret_try)
{
	struct try try = {.account = account, .typed = typed, .grade = CALLER_GRADE_COUNT};

	house_do(&ctx, try_in, &try);
	if (ret_try != NULL)
		*ret_try = try;
	return try.answer.verdict;
}

static const char *
code_at(int64_t time, struct bytes account, enum caller_grade grade)
{
	struct ctx then = ctx;

	then.now = time;
	return caller_code(&then, account, grade).digits;
}

/* Six digits that are nobody's code now: the number first tried may be. */
static const char *
wrong(unsigned number)
{
	for (;; number++) {
		const char *digits = arena_printf(house.arena, "%06u", number % 1000000);
		bool good = false;
		for (unsigned grade = 0; grade < CALLER_GRADE_COUNT; grade++) {
			for (int back = 0; back < 2; back++)
				good = good || strcmp(digits, code_at(ctx.now - back * CALLER_WINDOW, anna, (enum caller_grade)grade)) == 0;
		}
		if (!good)
			return digits;
	}
}

static void
each_grade_is_told(void **state)
{
	(void)state;
	for (unsigned grade = 0; grade < CALLER_GRADE_COUNT; grade++) {
		struct try try;
		assert_int_equal(check(anna, code_at(ctx.now, anna, (enum caller_grade)grade), &try), FACTOR_ACCEPTED);
		assert_int_equal(try.grade, grade);
	}
}

static void
a_code_is_good_in_two_windows(void **state)
{
	int64_t made = ctx.now, first = made - made % CALLER_WINDOW;
	const char *code = code_at(made, anna, CALLER_FACTOR);

	(void)state;
	ctx.now = first + 2 * CALLER_WINDOW;
	assert_int_equal(check(anna, code, NULL), FACTOR_REFUSED_WRONG);
	ctx.now = first - 1;
	assert_int_equal(check(anna, code, NULL), FACTOR_REFUSED_WRONG);
	ctx.now = first + 2 * CALLER_WINDOW - 1;
	assert_int_equal(check(anna, code, NULL), FACTOR_ACCEPTED);
	ctx.now = made;
	assert_int_equal(check(anna, code, NULL), FACTOR_REFUSED_USED);
	assert_int_equal(check(anna, code_at(first + CALLER_WINDOW, anna, CALLER_FACTOR), NULL), FACTOR_REFUSED_WRONG);
	ctx.now = first + CALLER_WINDOW;
	assert_int_equal(check(anna, code_at(ctx.now, anna, CALLER_FACTOR), NULL), FACTOR_ACCEPTED);
}

static void
a_code_works_once(void **state)
{
	const char *code = code_at(ctx.now, anna, CALLER_MAIL);
	struct try try;

	(void)state;
	assert_int_equal(check(anna, arena_printf(house.arena, " %.3s-%s ", code, code + 3), NULL), FACTOR_ACCEPTED);
	for (unsigned i = 0; i < 2 * CALLER_WRONG_MOST; i++) {
		assert_int_equal(check(anna, code, &try), FACTOR_REFUSED_USED);
		assert_int_equal(try.grade, CALLER_GRADE_COUNT);
	}
	/* The other grades' codes are others. */
	assert_int_equal(check(anna, code_at(ctx.now, anna, CALLER_FACTOR), NULL), FACTOR_ACCEPTED);
}

static void
another_accounts_code_is_wrong(void **state)
{
	(void)state;
	assert_int_equal(check(anna, code_at(ctx.now, ben, CALLER_FACTOR), NULL), FACTOR_REFUSED_WRONG);
	assert_int_equal(check(ben, code_at(ctx.now, ben, CALLER_FACTOR), NULL), FACTOR_ACCEPTED);
}

static void
what_is_no_code_costs_nothing(void **state)
{
	static const char *const typed[] = {"12345", "1234567", "12345x", "VB-1234"};

	(void)state;
	assert_int_equal(check(anna, NULL, NULL), FACTOR_REFUSED_REQUIRED);
	assert_int_equal(check(anna, "", NULL), FACTOR_REFUSED_REQUIRED);
	for (unsigned i = 0; i < 12; i++)
		assert_int_equal(check(anna, typed[i % 4], NULL), FACTOR_REFUSED_MALFORMED);
	assert_int_equal(check(anna, code_at(ctx.now, anna, CALLER_FACTOR), NULL), FACTOR_ACCEPTED);
}

static void
five_wrong_an_hour(void **state)
{
	int64_t first = ctx.now;
	struct try try;

	(void)state;
	for (unsigned i = 0; i < CALLER_WRONG_MOST; i++) {
		ctx.now = first + MINUTES(10) * i;
		assert_int_equal(check(anna, wrong(i), NULL), FACTOR_REFUSED_WRONG);
	}
	/* Also a right one is not looked at, and not spent. */
	assert_int_equal(check(anna, code_at(ctx.now, anna, CALLER_FACTOR), &try), FACTOR_REFUSED_LOCKED);
	assert_int_equal(try.answer.wait, MINUTES(20));
	assert_int_equal(check(ben, code_at(ctx.now, ben, CALLER_FACTOR), NULL), FACTOR_ACCEPTED);
	ctx.now = first + HOURS(1) - 1;
	assert_int_equal(check(anna, code_at(ctx.now, anna, CALLER_FACTOR), NULL), FACTOR_REFUSED_LOCKED);
	/* One is an hour old: one more may be tried, not five. */
	ctx.now = first + HOURS(1);
	assert_int_equal(check(anna, wrong(7), NULL), FACTOR_REFUSED_WRONG);
	assert_int_equal(check(anna, wrong(8), &try), FACTOR_REFUSED_LOCKED);
	assert_int_equal(try.answer.wait, MINUTES(10));
	/* A day without wrong ones and all five are there again; an accepted one forgives nothing. */
	ctx.now = first + DAYS(1);
	for (unsigned i = 0; i < CALLER_WRONG_MOST - 1; i++)
		assert_int_equal(check(anna, wrong(i), NULL), FACTOR_REFUSED_WRONG);
	assert_int_equal(check(anna, code_at(ctx.now, anna, CALLER_FACTOR), NULL), FACTOR_ACCEPTED);
	assert_int_equal(check(anna, wrong(9), NULL), FACTOR_REFUSED_WRONG);
	assert_int_equal(check(anna, code_at(ctx.now, anna, CALLER_CREDENTIAL), NULL), FACTOR_REFUSED_LOCKED);
}

/* Who types five every hour gets fifteen in, and then waits for a day. */
static void
fifteen_wrong_a_day(void **state)
{
	int64_t first = ctx.now;
	unsigned looked_at = 0;

	(void)state;
	for (unsigned i = 0; i < 24 * 6; i++) {
		ctx.now = first + MINUTES(10) * i;
		looked_at += check(anna, wrong(i), NULL) == FACTOR_REFUSED_WRONG;
	}
	assert_int_equal(looked_at, CALLER_WRONG_MOST_DAY);
	assert_int_equal(check(anna, code_at(ctx.now, anna, CALLER_FACTOR), NULL), FACTOR_REFUSED_LOCKED);
	ctx.now = first + DAYS(1);
	assert_int_equal(check(anna, code_at(ctx.now, anna, CALLER_FACTOR), NULL), FACTOR_ACCEPTED);
}

static bool
race(void *arg, unsigned number)
{
	struct ctx own = house_ctx(&house, HOUSE_NOW);
	struct try try = {.account = anna, .typed = arg};
	bool accepted;

	(void)number;
	accepted = store_update(&own, try_in, &try) == ERR_OK && try.answer.verdict == FACTOR_ACCEPTED;
	house_ctx_done(&own);
	return accepted;
}

static void
one_of_many_at_once(void **state)
{
	(void)state;
	assert_int_equal(house_contest(16, race, (void *)code_at(ctx.now, anna, CALLER_FACTOR)), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(each_grade_is_told, begin, end),
	    cmocka_unit_test_setup_teardown(a_code_is_good_in_two_windows, begin, end),
	    cmocka_unit_test_setup_teardown(a_code_works_once, begin, end),
	    cmocka_unit_test_setup_teardown(another_accounts_code_is_wrong, begin, end),
	    cmocka_unit_test_setup_teardown(what_is_no_code_costs_nothing, begin, end),
	    cmocka_unit_test_setup_teardown(five_wrong_an_hour, begin, end),
	    cmocka_unit_test_setup_teardown(fifteen_wrong_a_day, begin, end),
	    cmocka_unit_test_setup_teardown(one_of_many_at_once, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
