/* Recovery codes in a session: which set waits to be kept, who hears of a new one, and when no further one is taken. ATTACKS F20. */
#include "house.h"

#include <string.h>

#include "account/address.h"
#include "factor/throttle.h"
#include "mail/outbox.h"
#include "signin/enrol.h"
#include "signin/notice_address.h"
#include "signin/prove.h"

static struct house house;
static struct ctx ctx;
static struct pending *pending;
static const char *token;
static struct journey journey;

/* Anna has an app, and stands before her codes. */
static int
begin(void **state)
{
	struct enrolment enrolment;

	(void)state;
	house_open(&house, "mem");
	ctx = house_ctx(&house, HOUSE_NOW);
	pending = house_request(&ctx, "health");
	token = house_arrive(&ctx, pending, "gckey", "anna");
	journey = house_journey(&ctx, pending, token, STEP_ENROL);
	assert_int_equal(enrol_begin(&ctx, &journey, "totp"), ERR_OK);
	assert_int_equal(enrol_finish(&ctx, &journey, house_digits(&ctx, record_bytes(journey.session->pending_secret), ctx.now), &enrolment), ERR_OK);
	assert_int_equal(enrolment.verdict, ENROL_DONE);
	journey = house_journey(&ctx, pending, token, STEP_RECOVERY_CODES);
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

static void
test_other_tab_gives_up(void **state)
{
	const char *first;

	(void)state;
	assert_int_equal(codes_show(&ctx, &journey), ERR_OK);
	first = journey.session->pending_codes[0];
	ctx.now += SECONDS(5);
	assert_int_equal(enrol_cancel(&ctx, &journey), ERR_OK);
	assert_int_equal(codes_show(&ctx, &journey), ERR_OK);
	assert_string_equal(journey.session->pending_codes[0], first); /* what was written down stays good */
	assert_int_equal(codes_confirm(&ctx, &journey), ERR_OK);
	journey = house_journey(&ctx, pending, token, STEP_NOTICE_ADDRESS);
	assert_true(journey.account->codes_confirmed);
}

/* New codes give a seed that is being enrolled no longer life. */
static void
test_seed_keeps_its_age(void **state)
{
	int64_t begun;

	(void)state;
	assert_int_equal(codes_show(&ctx, &journey), ERR_OK);
	assert_int_equal(codes_confirm(&ctx, &journey), ERR_OK);
	journey = house_journey(&ctx, pending, token, STEP_NOTICE_ADDRESS);
	assert_int_equal(notice_address_skip(&ctx, &journey), ERR_OK);
	journey = house_journey(&ctx, pending, token, STEP_DONE);
	assert_int_equal(enrol_begin(&ctx, &journey, "totp"), ERR_OK);
	begun = journey.session->pending_created;
	ctx.now += MINUTES(8);
	assert_int_equal(codes_renew(&ctx, &journey), ERR_OK);
	assert_int_equal(journey.session->pending_created, begun);
	assert_int_equal(journey.session->codes_made, ctx.now);
}

/* Two sets of one millisecond are two sets. */
static void
test_set_of_the_same_moment(void **state)
{
	struct pending *other = house_request(&ctx, "health");
	const char *there = house_arrive(&ctx, other, "gckey", "anna");
	struct journey second = house_journey(&ctx, other, there, STEP_SECOND_FACTOR);
	struct proof proof;
	const char *code;

	(void)state;
	assert_int_equal(codes_show(&ctx, &journey), ERR_OK);
	code = journey.session->pending_codes[0];
	assert_int_equal(prove_recovery(&ctx, &second, code, &proof), ERR_OK);
	assert_int_equal(proof.answer.verdict, FACTOR_ACCEPTED);
	second = house_journey(&ctx, other, there, STEP_RECOVERY_CODES);
	assert_int_equal(codes_show(&ctx, &second), ERR_OK); /* kills the first browser's set */
	assert_int_equal(codes_confirm(&ctx, &journey), ERR_OK);
	house_journey(&ctx, pending, token, STEP_RECOVERY_CODES);
}

static enum err
give_address(struct txn *txn, void *arg)
{
	(void)arg;
	return address_put(txn, record_bytes(journey.account->id), "anna@mail.example", ADDRESS_NOTICE);
}

static enum err
count_renewed(void *arg, struct bytes key, const struct MailRecord *mail)
{
	(void)key;
	*(unsigned *)arg += strcmp(mail->kind, "mail-codes-renewed") == 0;
	return ERR_OK;
}

static enum err
count_in(struct txn *txn, void *arg)
{
	return outbox_walk_account(txn, record_bytes(journey.account->id), count_renewed, arg);
}

static void
test_unkept_codes_are_replaced_loudly(void **state)
{
	const char *there = house_arrive(&ctx, pending, "gckey", "anna");
	struct journey second = house_journey(&ctx, pending, there, STEP_SECOND_FACTOR);
	struct proof proof;
	unsigned told = 0;

	(void)state;
	house_do(&ctx, give_address, NULL);
	assert_int_equal(prove_recovery(&ctx, &second, journey.session->pending_codes[0], &proof), ERR_OK);
	assert_int_equal(proof.answer.verdict, FACTOR_ACCEPTED);
	second = house_journey(&ctx, pending, there, STEP_RECOVERY_CODES);
	assert_int_equal(codes_show(&ctx, &second), ERR_OK);
	house_do(&ctx, count_in, &told);
	assert_int_equal(told, 1);
}

static enum err
disable(struct txn *txn, void *arg)
{
	struct ThrottleRecord *row;
	enum err err = throttle_load(txn, record_bytes(journey.account->id), "recovery", &row);

	(void)arg;
	row->disabled = true;
	return err == ERR_OK ? throttle_save(txn, record_bytes(journey.account->id), "recovery", row) : err;
}

static void
test_disabled_is_told(void **state)
{
	const char *there = house_arrive(&ctx, pending, "gckey", "anna");
	struct journey second = house_journey(&ctx, pending, there, STEP_SECOND_FACTOR);
	struct proof proof;

	(void)state;
	house_do(&ctx, disable, NULL);
	assert_int_equal(prove_recovery(&ctx, &second, journey.session->pending_codes[0], &proof), ERR_OK);
	assert_int_equal(proof.answer.verdict, FACTOR_REFUSED_EXHAUSTED);
	assert_true(proof.answer.disabled); /* and not: every code is used */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_other_tab_gives_up, begin, end),
	    cmocka_unit_test_setup_teardown(test_seed_keeps_its_age, begin, end),
	    cmocka_unit_test_setup_teardown(test_set_of_the_same_moment, begin, end),
	    cmocka_unit_test_setup_teardown(test_unkept_codes_are_replaced_loudly, begin, end),
	    cmocka_unit_test_setup_teardown(test_disabled_is_told, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
