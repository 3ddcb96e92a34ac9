/* Codes by e-mail: what they are good for and how long, and the throttle behind them. ATTACKS F09 F10 F21. */
#include "mails.h"

#include <string.h>

#include "factor/throttle.h"

static struct house house;
static const uint8_t other_id[16] = "account of bert";

static int
set_up(void **state)
{
	(void)state;
	house_open(&house, "lmdb");
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	house_close(&house);
	return 0;
}

static void
test_life(void **state)
{
	struct ctx ctx = house_ctx(&house, HOUSE_NOW);
	struct mail_case which = mails_sign_in(&house);
	const char *code = mails_send_new(&ctx, &which);

	(void)state;
	assert_int_equal(strlen(code), 6);
	assert_int_equal(strspn(code, "0123456789"), 6);
	/* Again while it is alive: the same one, which lives no longer for it. */
	ctx.now += MINUTES(9);
	assert_int_equal(mails_send(&ctx, &which).verdict, MAIL_REPEATED);
	assert_string_equal(mails_look(&ctx, &which).code->code, code);
	assert_int_equal(mails_look(&ctx, &which).state.until, HOUSE_NOW + MINUTES(10));
	assert_int_equal(mails_look(&ctx, &which).state.sends, 2);
	ctx.now = HOUSE_NOW + MINUTES(10);
	assert_int_equal(mails_check(&ctx, &which, code), FACTOR_REFUSED_EXPIRED);
	assert_false(mails_look(&ctx, &which).state.alive);
	ctx.now--;
	assert_int_equal(mails_check(&ctx, &which, code), FACTOR_ACCEPTED);
	assert_int_equal(mails_check(&ctx, &which, code), FACTOR_REFUSED_USED);
	assert_int_equal(mails_check(&ctx, &which, mails_wrong(&ctx, code)), FACTOR_REFUSED_EXPIRED);
	assert_false(mails_look(&ctx, &which).state.alive);
	/* Spent: the next is new.  Too old: so it is as well. */
	assert_int_equal(mails_send(&ctx, &which).verdict, MAIL_QUEUED);
	assert_int_equal(mails_look(&ctx, &which).code->created, ctx.now);
	ctx.now += MINUTES(10);
	assert_int_equal(mails_send(&ctx, &which).verdict, MAIL_QUEUED);
	assert_int_equal(mails_look(&ctx, &which).code->created, ctx.now);
	/* Long after, even its record is gone. */
	ctx.now += DAYS(1);
	assert_int_equal(mails_check(&ctx, &which, code), FACTOR_REFUSED_EXPIRED);
	house_ctx_done(&ctx);
}

/* F21: only this purpose, session, person and address. */
static void
test_bound(void **state)
{
	struct ctx ctx = house_ctx(&house, HOUSE_NOW);
	struct mail_case which = mails_sign_in(&house), other;
	const char *code = mails_send_new(&ctx, &which);

	(void)state;
	other = which;
	other.purpose = MAIL_FOR_ENROLMENT;
	assert_int_equal(mails_check(&ctx, &other, code), FACTOR_REFUSED_EXPIRED);
	other.purpose = MAIL_FOR_NOTICE;
	assert_int_equal(mails_check(&ctx, &other, code), FACTOR_REFUSED_EXPIRED);
	other = which;
	other.sid = "sid-2";
	assert_int_equal(mails_check(&ctx, &other, code), FACTOR_REFUSED_EXPIRED);
	/* Not with a code of its own either. */
	mails_send_new(&ctx, &other);
	assert_int_not_equal(mails_check(&ctx, &other, strcmp(mails_look(&ctx, &other).code->code, code) == 0 ? mails_wrong(&ctx, code) : code), FACTOR_ACCEPTED);
	other = which;
	other.account = BYTES(other_id);
	assert_int_equal(mails_check(&ctx, &other, code), FACTOR_REFUSED_EXPIRED);
	other = which;
	other.address = "anna@elsewhere.example";
	assert_int_equal(mails_check(&ctx, &other, code), FACTOR_REFUSED_EXPIRED);
	/* The same mailbox, written otherwise. */
	other.address = "Anna@example.ca";
	assert_int_equal(mails_check(&ctx, &other, code), FACTOR_ACCEPTED);
	house_ctx_done(&ctx);
}

/* F21: an enrolment that went on to another address, and back. */
static void
test_other_address(void **state)
{
	struct ctx ctx = house_ctx(&house, HOUSE_NOW);
	struct mail_case first = mails_enrolment(&house), second = mails_enrolment(&house);
	const char *old = mails_send_new(&ctx, &first), *new;

	(void)state;
	second.address = "anna@elsewhere.example";
	new = mails_send_new(&ctx, &second);
	assert_int_equal(mails_check(&ctx, &first, old), FACTOR_REFUSED_EXPIRED);
	assert_int_equal(mails_check(&ctx, &second, strcmp(old, new) != 0 ? old : mails_wrong(&ctx, new)), FACTOR_REFUSED_WRONG);
	new = mails_send_new(&ctx, &first);
	assert_int_equal(mails_check(&ctx, &first, strcmp(old, new) != 0 ? old : mails_wrong(&ctx, new)), FACTOR_REFUSED_WRONG);
	assert_int_equal(mails_check(&ctx, &first, new), FACTOR_ACCEPTED);
	/* Another credential in the place of the one that proved it. */
	mails_send_new(&ctx, &first);
	first.credential = BYTES("somebody else's credential, 32 b");
	assert_int_equal(mails_check(&ctx, &first, mails_look(&ctx, &first).code->code), FACTOR_REFUSED_EXPIRED);
	house_ctx_done(&ctx);
}

/* Five wrong tries spend a code, and new ones leave the row of the account as it is (F09, F10). */
static void
test_tries(void **state)
{
	static const int64_t waits[] = {60, 120, 300, 900, 1800, 3600, 3600};
	struct ctx ctx = house_ctx(&house, HOUSE_NOW);
	struct mail_case which = mails_sign_in(&house);
	const char *code = mails_send_new(&ctx, &which);
	struct factor_answer last;

	(void)state;
	for (unsigned i = 0; i < 5; i++)
		assert_int_equal(mails_check(&ctx, &which, mails_wrong(&ctx, code)), FACTOR_REFUSED_WRONG);
	assert_false(mails_look(&ctx, &which).state.alive);
	last = mails_answer(&ctx, &which, code);
	assert_int_equal(last.verdict, FACTOR_REFUSED_LOCKED);
	assert_int_equal(last.wait, SECONDS(30));
	ctx.now += SECONDS(30);
	last = mails_answer(&ctx, &which, code);
	assert_int_equal(last.verdict, FACTOR_REFUSED_EXHAUSTED);
	assert_false(last.disabled);
	/* In other sessions, with new codes: one guess each time, and the waits of the table. */
	for (size_t i = 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
		which.sid = i < 4 ? "sid-2" : arena_printf(ctx.arena, "sid-%zu", i);
		if (i == 0 || i >= 4)
			code = mails_send_new(&ctx, &which);
		assert_int_equal(mails_check(&ctx, &which, mails_wrong(&ctx, code)), FACTOR_REFUSED_WRONG);
		last = mails_answer(&ctx, &which, code);
		assert_int_equal(last.verdict, FACTOR_REFUSED_LOCKED);
		assert_int_equal(last.wait, SECONDS(waits[i]));
		ctx.now += last.wait;
	}
	assert_int_equal(mails_look(&ctx, &which).row->in_a_row, 12);
	code = mails_send_new(&ctx, &which);
	assert_int_equal(mails_check(&ctx, &which, code), FACTOR_ACCEPTED);
	assert_int_equal(mails_look(&ctx, &which).row->in_a_row, 0);
	assert_int_equal(mails_look(&ctx, &which).row->n_recent, 12);
	house_ctx_done(&ctx);
}

/* Proving an address: five tries as well, but no throttle of any account. */
static void
test_tries_of_enrolment(void **state)
{
	struct ctx ctx = house_ctx(&house, HOUSE_NOW);
	struct mail_case which = mails_enrolment(&house);
	const char *code = mails_send_new(&ctx, &which);

	(void)state;
	for (unsigned i = 0; i < 5; i++)
		assert_int_equal(mails_check(&ctx, &which, mails_wrong(&ctx, code)), FACTOR_REFUSED_WRONG);
	assert_int_equal(mails_check(&ctx, &which, code), FACTOR_REFUSED_EXHAUSTED);
	code = mails_send_new(&ctx, &which);
	assert_int_equal(mails_check(&ctx, &which, code), FACTOR_ACCEPTED);
	which = mails_sign_in(&house);
	which.purpose = MAIL_FOR_NOTICE;
	code = mails_send_new(&ctx, &which);
	assert_int_equal(mails_check(&ctx, &which, mails_wrong(&ctx, code)), FACTOR_REFUSED_WRONG);
	assert_int_equal(mails_look(&ctx, &which).row->in_a_row, 0);
	house_ctx_done(&ctx);
}

static void
test_typing(void **state)
{
	static const char *const bad[] = {"", "12345", "1234567", "12345a", "123 45"};
	struct ctx ctx = house_ctx(&house, HOUSE_NOW);
	struct mail_case which = mails_sign_in(&house);
	const char *code = mails_send_new(&ctx, &which);

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(mails_check(&ctx, &which, bad[i]), FACTOR_REFUSED_MALFORMED);
	assert_int_equal(mails_look(&ctx, &which).row->in_a_row, 0);
	assert_int_equal(mails_look(&ctx, &which).code->tries, 0);
	assert_int_equal(mails_check(&ctx, &which, arena_printf(ctx.arena, " %.3s\xc2\xa0%s ", code, code + 3)), FACTOR_ACCEPTED);
	house_ctx_done(&ctx);
}

struct contest {
	struct mail_case which;
	const char *typed;
};

static bool
type_one(void *arg, unsigned number)
{
	const struct contest *contest = arg;
	struct ctx ctx = house_ctx(&house, HOUSE_NOW);
	enum factor_verdict verdict = mails_check(&ctx, &contest->which, contest->typed);

	(void)number;
	house_ctx_done(&ctx);
	return verdict == FACTOR_ACCEPTED || verdict == FACTOR_REFUSED_WRONG;
}

/* Fifty at once: a code is accepted once, and fifty wrong ones are five guesses. */
static void
test_race(void **state)
{
	struct ctx ctx = house_ctx(&house, HOUSE_NOW);
	struct contest contest = {.which = mails_sign_in(&house)};

	(void)state;
	contest.typed = mails_send_new(&ctx, &contest.which);
	assert_int_equal(house_contest(50, type_one, &contest), 1);
	contest.typed = mails_wrong(&ctx, mails_send_new(&ctx, &contest.which));
	assert_int_equal(house_contest(50, type_one, &contest), 5);
	assert_int_equal(mails_look(&ctx, &contest.which).row->in_a_row, 5);
	house_ctx_done(&ctx);
}

/* 50 in a row: the method is disabled, whatever is sent (F09). */
static void
test_disabled(void **state)
{
	struct ctx ctx = house_ctx(&house, HOUSE_NOW);
	struct mail_case which = mails_sign_in(&house);
	const char *code = "";
	struct factor_answer last = {.verdict = FACTOR_REFUSED_WRONG};

	(void)state;
	for (unsigned i = 0; i < 50; i++) {
		ctx.now += HOURS(3);
		code = mails_send_new(&ctx, &which);
		assert_int_equal(mails_check(&ctx, &which, mails_wrong(&ctx, code)), FACTOR_REFUSED_WRONG);
	}
	ctx.now += HOURS(3);
	code = mails_send_new(&ctx, &which);
	last = mails_answer(&ctx, &which, code);
	assert_int_equal(last.verdict, FACTOR_REFUSED_EXHAUSTED);
	assert_true(last.disabled);
	house_ctx_done(&ctx);
}

/* F22: five an hour and ten a day, whatever session asks, over restarts. */

static struct factor_case
factor_case(void)
{
	return (struct factor_case){.account = BYTES(mails_account), .sid = "sid-1", .portal = &house.portals[0]};
}

static enum err
bind_in(struct txn *txn, void *arg)
{
	struct FactorRecord factor = FACTOR_RECORD__INIT;

	factor.address = arg;
	return factor_save(txn, BYTES(mails_account), MAIL_METHOD, &factor);
}

static enum err
method_send_in(struct txn *txn, void *arg)
{
	struct factor_case which = factor_case();

	return method_find("mail")->send(txn, &which, arg);
}

static enum err
method_check_in(struct txn *txn, void *arg)
{
	struct factor_case which = factor_case();
	struct mails_act *act = arg;

	return method_find("mail")->check(txn, &which, act->typed, &act->answer);
}

static enum err
count_totp_in(struct txn *txn, void *arg)
{
	struct ThrottleRecord *row = arg, *stored;
	enum err err = throttle_load(txn, BYTES(mails_account), "totp", &stored);

	assert_int_equal(err, ERR_OK);
	throttle_count(stored, &house.config.limits, HOUSE_NOW, txn_ctx(txn)->arena);
	row->in_a_row = stored->in_a_row;
	return throttle_save(txn, BYTES(mails_account), "totp", stored);
}

static void
test_method(void **state)
{
	struct ctx ctx = house_ctx(&house, HOUSE_NOW);
	struct mail_case which = mails_sign_in(&house);
	struct ThrottleRecord totp = THROTTLE_RECORD__INIT;
	struct mail_sending sending;
	struct mails_act act = {.typed = "123456"};
	const char *old;

	(void)state;
	assert_int_equal(store_update(&ctx, method_send_in, &sending), ERR_NOT_FOUND);
	assert_int_equal(store_update(&ctx, method_check_in, &act), ERR_NOT_FOUND);
	house_do(&ctx, bind_in, (void *)"anna@example.ca");
	house_do(&ctx, count_totp_in, &totp);
	house_do(&ctx, method_send_in, &sending);
	assert_int_equal(sending.verdict, MAIL_QUEUED);
	old = mails_look(&ctx, &which).code->code;
	/* The address of the factor is another one now: the code that went to the old one is worth nothing (F21). */
	house_do(&ctx, bind_in, (void *)"anna@elsewhere.example");
	act.typed = old;
	house_do(&ctx, method_check_in, &act);
	assert_int_equal(act.answer.verdict, FACTOR_REFUSED_EXPIRED);
	house_do(&ctx, method_send_in, &sending);
	which.address = "anna@elsewhere.example";
	act.typed = mails_wrong(&ctx, mails_look(&ctx, &which).code->code);
	house_do(&ctx, method_check_in, &act);
	assert_int_equal(act.answer.verdict, FACTOR_REFUSED_WRONG);
	assert_int_equal(mails_look(&ctx, &which).row->in_a_row, 1);
	act.typed = mails_look(&ctx, &which).code->code;
	house_do(&ctx, method_check_in, &act);
	assert_int_equal(act.answer.verdict, FACTOR_ACCEPTED);
	/* Its success reset its own row, and no other. */
	assert_int_equal(mails_look(&ctx, &which).row->in_a_row, 0);
	house_do(&ctx, count_totp_in, &totp);
	assert_int_equal(totp.in_a_row, 2);
	house_ctx_done(&ctx);
}

int
main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {TEST(test_life), TEST(test_bound), TEST(test_other_address), TEST(test_tries),
	    TEST(test_tries_of_enrolment), TEST(test_typing), TEST(test_disabled), TEST(test_race), TEST(test_method)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
