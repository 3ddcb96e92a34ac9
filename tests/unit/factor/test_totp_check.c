/* An app's codes against the account's record and throttle. ATTACKS F01 F02 F07 F09 F10 F44 F45. */
#include "../signin/house.h"

#include <string.h>

#include <liboath/oath.h>

#include "base/random.h"
#include "factor/recovery.h"
#include "factor/throttle.h"
#include "factor/totp.h"

static struct house house;
static const uint8_t account[16] = "account of anna", seed[20] = "twenty bytes of seed";

struct act {
	const char *sid, *typed;
	struct bytes secret;
	struct factor_answer answer;
	struct ThrottleRecord *row;
	const char *method;
};

static enum err
bind_in(struct txn *txn, void *arg)
{
	struct FactorRecord factor = FACTOR_RECORD__INIT;
	const struct act *act = arg;

	factor.secret = record_data(act->secret);
	return factor_save(txn, BYTES(account), TOTP_METHOD, &factor);
}

static enum err
check_in(struct txn *txn, void *arg)
{
	struct act *act = arg;
	struct factor_case which = {.account = BYTES(account), .sid = act->sid, .portal = &house.portals[0]};

	return method_find("totp")->check(txn, &which, act->typed, &act->answer);
}

static enum err
row_in(struct txn *txn, void *arg)
{
	struct act *act = arg;

	return throttle_load(txn, BYTES(account), act->method, &act->row);
}

static enum err
count_in(struct txn *txn, void *arg)
{
	struct act *act = arg;
	struct ctx *ctx = txn_ctx(txn);
	enum err err = throttle_load(txn, BYTES(account), act->method, &act->row);

	throttle_count(act->row, &ctx->config->limits, ctx->now, ctx->arena);
	return err == ERR_OK ? throttle_save(txn, BYTES(account), act->method, act->row) : err;
}

static enum err
renew_in(struct txn *txn, void *arg)
{
	(void)arg;
	return throttle_renew(txn, BYTES(account), TOTP_METHOD);
}

static int
set_up(void **state)
{
	struct act act = {.secret = BYTES(seed)};
	struct ctx ctx;

	(void)state;
	house_open(&house, "lmdb");
	ctx = house_ctx(&house, HOUSE_NOW);
	house_do(&ctx, bind_in, &act);
	house_ctx_done(&ctx);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	house_close(&house);
	return 0;
}

static struct factor_answer
answer(struct ctx *ctx, const char *typed)
{
	struct act act = {.sid = random_text(ctx->arena, 8), .typed = typed};

	house_do(ctx, check_in, &act);
	return act.answer;
}

static enum factor_verdict
check(struct ctx *ctx, const char *typed)
{
	return answer(ctx, typed).verdict;
}

static struct ThrottleRecord *
row(struct ctx *ctx, const char *method)
{
	struct act act = {.method = method};

	assert_int_equal(store_view(ctx, row_in, &act), ERR_OK);
	return act.row;
}

static const char *
digits(struct ctx *ctx, int64_t now)
{
	return house_digits(ctx, BYTES(seed), now);
}

/* Six digits that no step near now has. */
static const char *
wrong(struct ctx *ctx)
{
	for (unsigned guess = 0;; guess++) {
		const char *typed = arena_printf(ctx->arena, "%06u", guess);
		int64_t step;
		if (totp_match(BYTES(seed), 0, ctx->now, typed, &step) == FACTOR_REFUSED_WRONG && !totp_near(BYTES(seed), ctx->now, typed, &step))
			return typed;
	}
}

/* F01, F02: once, in whatever session; and no step below it any more. */
static void
test_once(void **state)
{
	struct ctx ctx = house_ctx(&house, HOUSE_NOW);

	(void)state;
	assert_int_equal(check(&ctx, digits(&ctx, HOUSE_NOW)), FACTOR_ACCEPTED);
	assert_int_equal(check(&ctx, digits(&ctx, HOUSE_NOW)), FACTOR_REFUSED_USED);
	assert_int_equal(check(&ctx, digits(&ctx, HOUSE_NOW - SECONDS(30))), FACTOR_REFUSED_USED);
	assert_int_equal(check(&ctx, digits(&ctx, HOUSE_NOW + SECONDS(30))), FACTOR_ACCEPTED);
	house_restart(&house);
	ctx.store = house.store;
	assert_int_equal(check(&ctx, digits(&ctx, HOUSE_NOW + SECONDS(30))), FACTOR_REFUSED_USED);
	/* The clock is set back: what is below the accepted step stays closed. */
	ctx.now -= MINUTES(2);
	assert_int_equal(check(&ctx, digits(&ctx, ctx.now)), FACTOR_REFUSED_USED);
	assert_int_equal(row(&ctx, TOTP_METHOD)->in_a_row, 0);
	house_ctx_done(&ctx);
}

/* F07: a clock that is off is told, up to five minutes, and nothing is learned from it. */
static void
test_clock(void **state)
{
	struct ctx ctx = house_ctx(&house, HOUSE_NOW);
	struct factor_answer last;

	(void)state;
	for (int off = -12; off <= 12; off++) {
		struct act none = {.secret = BYTES(seed)};
		if (off >= -1 && off <= 1)
			continue;
		house_do(&ctx, renew_in, NULL);
		house_do(&ctx, bind_in, &none);
		last = answer(&ctx, digits(&ctx, HOUSE_NOW + off * SECONDS(30)));
		assert_int_equal(last.verdict, FACTOR_REFUSED_WRONG);
		assert_int_equal(last.clock, off >= -10 && off <= 10);
		assert_int_equal(row(&ctx, TOTP_METHOD)->in_a_row, 1);
		/* The same drift once more. */
		ctx.now += SECONDS(30);
		assert_int_equal(check(&ctx, digits(&ctx, ctx.now + off * SECONDS(30))), FACTOR_REFUSED_WRONG);
		ctx.now -= SECONDS(30);
	}
	assert_false(answer(&ctx, wrong(&ctx)).clock);
	assert_int_equal(check(&ctx, digits(&ctx, HOUSE_NOW)), FACTOR_ACCEPTED);
	house_ctx_done(&ctx);
}

/* F14: the hint does not help a guesser, who would come back when the time of the code has come. */
static void
test_burnt(void **state)
{
	struct ctx ctx = house_ctx(&house, HOUSE_NOW);
	const char *early = digits(&ctx, HOUSE_NOW + MINUTES(2));

	(void)state;
	assert_true(answer(&ctx, early).clock);
	ctx.now += MINUTES(2);
	assert_int_equal(check(&ctx, early), FACTOR_REFUSED_WRONG);
	assert_int_equal(row(&ctx, TOTP_METHOD)->in_a_row, 2);
	/* The steps beside it are as good as ever. */
	assert_int_equal(check(&ctx, digits(&ctx, ctx.now + SECONDS(30))), FACTOR_ACCEPTED);
	assert_int_equal(row(&ctx, TOTP_METHOD)->in_a_row, 0);
	house_ctx_done(&ctx);
}

/* F09, F10: the waits, whatever session asks, over a restart; the right code is not looked at meanwhile. */
static void
test_waits(void **state)
{
	static const int64_t waits[] = {30, 60, 120, 300, 900, 1800, 3600, 3600};
	struct ctx ctx = house_ctx(&house, HOUSE_NOW);
	struct factor_answer last;

	(void)state;
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(check(&ctx, wrong(&ctx)), FACTOR_REFUSED_WRONG);
	for (size_t i = 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
		assert_int_equal(check(&ctx, wrong(&ctx)), FACTOR_REFUSED_WRONG);
		house_restart(&house);
		ctx.store = house.store;
		last = answer(&ctx, digits(&ctx, ctx.now));
		assert_int_equal(last.verdict, FACTOR_REFUSED_LOCKED);
		assert_int_equal(last.wait, SECONDS(waits[i]));
		ctx.now += last.wait - 1;
		assert_int_equal(check(&ctx, digits(&ctx, ctx.now)), FACTOR_REFUSED_LOCKED);
		/* Setting the clock back does not end a wait. */
		ctx.now -= DAYS(1);
		assert_int_equal(check(&ctx, digits(&ctx, ctx.now)), FACTOR_REFUSED_LOCKED);
		ctx.now += DAYS(1) + 1;
	}
	assert_int_equal(row(&ctx, TOTP_METHOD)->in_a_row, 12);
	assert_int_equal(check(&ctx, digits(&ctx, ctx.now)), FACTOR_ACCEPTED);
	assert_int_equal(row(&ctx, TOTP_METHOD)->in_a_row, 0);
	house_ctx_done(&ctx);
}

static void
fail_often(struct ctx *ctx, unsigned count, bool forgive)
{
	for (unsigned i = 0; i < count; i++) {
		ctx->now += HOURS(2);
		assert_int_equal(check(ctx, wrong(ctx)), FACTOR_REFUSED_WRONG);
		if (forgive)
			assert_int_equal(check(ctx, digits(ctx, ctx->now)), FACTOR_ACCEPTED);
	}
}

/* 50 in a row; 100 in 30 days whatever succeeded in between: not even the right code opens. */
static void
test_disabled(void **state)
{
	struct ctx ctx = house_ctx(&house, HOUSE_NOW);
	struct factor_answer last;

	(void)state;
	fail_often(&ctx, 49, false);
	ctx.now += HOURS(2);
	assert_int_equal(check(&ctx, digits(&ctx, ctx.now)), FACTOR_ACCEPTED);
	fail_often(&ctx, 50, true);
	assert_false(row(&ctx, TOTP_METHOD)->disabled);
	ctx.now += HOURS(2);
	assert_int_equal(check(&ctx, wrong(&ctx)), FACTOR_REFUSED_WRONG);
	last = answer(&ctx, digits(&ctx, ctx.now));
	assert_int_equal(last.verdict, FACTOR_REFUSED_EXHAUSTED);
	assert_true(last.disabled);
	/* Bound anew: five tries at least, and no more as long as the old failures count. */
	house_do(&ctx, renew_in, NULL);
	fail_often(&ctx, 4, true);
	assert_false(row(&ctx, TOTP_METHOD)->disabled);
	fail_often(&ctx, 1, false);
	assert_true(row(&ctx, TOTP_METHOD)->disabled);
	house_ctx_done(&ctx);
}

static void
test_disabled_in_a_row(void **state)
{
	struct ctx ctx = house_ctx(&house, HOUSE_NOW);

	(void)state;
	fail_often(&ctx, 50, false);
	ctx.now += DAYS(400);
	assert_int_equal(check(&ctx, digits(&ctx, ctx.now)), FACTOR_REFUSED_EXHAUSTED);
	house_do(&ctx, renew_in, NULL);
	assert_int_equal(check(&ctx, digits(&ctx, ctx.now)), FACTOR_ACCEPTED);
	house_ctx_done(&ctx);
}

/* A success resets the row of its own method alone. */
static void
test_other_rows(void **state)
{
	struct ctx ctx = house_ctx(&house, HOUSE_NOW);
	struct act mail = {.method = "mail"}, recovery = {.method = RECOVERY_METHOD};

	(void)state;
	house_do(&ctx, count_in, &mail);
	house_do(&ctx, count_in, &recovery);
	assert_int_equal(check(&ctx, wrong(&ctx)), FACTOR_REFUSED_WRONG);
	assert_int_equal(check(&ctx, digits(&ctx, HOUSE_NOW)), FACTOR_ACCEPTED);
	assert_int_equal(row(&ctx, TOTP_METHOD)->in_a_row, 0);
	assert_int_equal(row(&ctx, TOTP_METHOD)->n_recent, 1);
	assert_int_equal(row(&ctx, "mail")->in_a_row, 1);
	assert_int_equal(row(&ctx, RECOVERY_METHOD)->in_a_row, 1);
	house_ctx_done(&ctx);
}

static void
test_typing(void **state)
{
	struct ctx ctx = house_ctx(&house, HOUSE_NOW);

	(void)state;
	assert_int_equal(check(&ctx, "12345"), FACTOR_REFUSED_MALFORMED);
	assert_int_equal(check(&ctx, "1234567"), FACTOR_REFUSED_MALFORMED);
	assert_int_equal(row(&ctx, TOTP_METHOD)->in_a_row, 0);
	house_ctx_done(&ctx);
}

/* F44: a seed under 128 bits opens nothing.  F45: SHA-1 and six digits it is, whatever else an app can do. */
static void
test_seeds(void **state)
{
	struct ctx ctx = house_ctx(&house, HOUSE_NOW);
	char other[9];
	struct act act = {.sid = "sid", .typed = "123456"};

	(void)state;
	assert_int_equal(oath_totp_generate2((const char *)seed, sizeof(seed), HOUSE_NOW / 1000, 30, 0, 6, OATH_TOTP_HMAC_SHA256, other), OATH_OK);
	assert_int_equal(check(&ctx, other), FACTOR_REFUSED_WRONG);
	assert_int_equal(oath_totp_generate2((const char *)seed, sizeof(seed), HOUSE_NOW / 1000, 30, 0, 8, 0, other), OATH_OK);
	assert_int_equal(check(&ctx, other), FACTOR_REFUSED_MALFORMED);
	for (size_t len = 0; len < 16; len += 5) {
		act.secret = bytes_make(seed, len);
		house_do(&ctx, bind_in, &act);
		assert_int_equal(store_update(&ctx, check_in, &act), ERR_FORMAT);
	}
	house_ctx_done(&ctx);
}

int
main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {TEST(test_once), TEST(test_clock), TEST(test_burnt), TEST(test_waits), TEST(test_disabled),
	    TEST(test_disabled_in_a_row), TEST(test_other_rows), TEST(test_typing), TEST(test_seeds)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
