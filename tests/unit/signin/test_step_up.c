/* Step-up: nobody changes a factor, or gets a request answered, on a proof that is too old for it; what no method of the portal reaches is
 * asked of nobody.  ATTACKS F26 F32 F33. */
#include "house.h"

#include "oidc/code.h"
#include "signin/arrive.h"
#include "signin/enrol.h"
#include "signin/prove.h"

static struct house house;
static struct ctx ctx;
static const char *both[] = {"totp", "mail"}, *app[] = {"totp"}, *mail[] = {"mail"};

static int
begin(void **state)
{
	(void)state;
	house_open(&house, "mem");
	ctx = house_ctx(&house, HOUSE_NOW);
	house.portals[0].methods = (struct texts){both, 2};
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

static struct journey
enrolled(struct pending *pending, struct bytes *ret_seed)
{
	struct journey journey = house_journey(&ctx, pending, house_arrive(&ctx, pending, "gckey", "anna"), STEP_ENROL);

	house_enrol(&ctx, &journey, ret_seed, NULL);
	return journey;
}

/* Who has only the session's cookie asks for another rung, or comes where the policy has changed: that is a change as well. */
static void
test_upgrade_needs_a_recent_proof(void **state)
{
	struct pending *pending = house_request(&ctx, "health");
	struct bytes seed;
	struct journey journey = enrolled(pending, &seed);
	struct enrolment enrolment;
	struct proof proof;

	(void)state;
	house.portals[0].methods = (struct texts){mail, 1};
	ctx.now += MINUTES(10);
	journey = house_journey(&ctx, pending, journey.token, STEP_ENROL);
	assert_int_equal(enrol_begin(&ctx, &journey, "mail"), ERR_OK);
	house_journey(&ctx, pending, journey.token, STEP_ENROL_MAIL);
	ctx.now += 1;
	assert_int_equal(enrol_begin(&ctx, &journey, "mail"), ERR_REFUSED);
	assert_int_equal(enrol_finish(&ctx, &journey, "000000", &enrolment), ERR_OK);
	assert_int_equal(enrolment.verdict, ENROL_MOVED);
	journey = house_journey(&ctx, pending, journey.token, STEP_SECOND_FACTOR);
	assert_int_equal(prove_factor(&ctx, &journey, house_digits(&ctx, seed, ctx.now), NULL, &proof), ERR_OK);
	assert_int_equal(proof.answer.verdict, FACTOR_ACCEPTED);
	house_journey(&ctx, pending, proof.token, STEP_ENROL_MAIL);
}

/* The credential proven anew under another request of the same browser does not make the old factor new. */
static void
test_old_factor_for_a_new_request(void **state)
{
	struct pending *pending = house_request(&ctx, "health"), *other = house_request(&ctx, "health"), *strict;
	struct bytes seed;
	struct journey journey = enrolled(pending, &seed);
	const char *token;

	(void)state;
	ctx.now += MINUTES(15);
	strict = house_request(&ctx, "health");
	strict->prompt_login = true;
	house_journey(&ctx, strict, journey.token, STEP_CHOOSE_PROVIDER);
	ctx.now += MINUTES(1);
	other->arrived = house_arrive(&ctx, other, "gckey", "anna");
	assert_int_equal(arrive_join(&ctx, other, journey.token, &token), ERR_OK);
	house_journey(&ctx, other, token, STEP_DONE);
	house_journey(&ctx, strict, token, STEP_SECOND_FACTOR);
	strict->prompt_login = false;
	house_journey(&ctx, strict, token, STEP_DONE);
	strict->max_age = MINUTES(14);
	house_journey(&ctx, strict, token, STEP_SECOND_FACTOR);
	strict->max_age = MINUTES(15);
	house_journey(&ctx, strict, token, STEP_DONE);
}

static void
test_rung_out_of_reach(void **state)
{
	struct pending *pending = house_request(&ctx, "health");
	struct journey journey;

	(void)state;
	house.portals[0].methods = (struct texts){mail, 1};
	pending->acr_values = ACR_TOTP;
	journey = house_journey(&ctx, pending, house_arrive(&ctx, pending, "gckey", "anna"), STEP_ENROL);
	assert_true(enrol_offers(&ctx, &journey, "mail"));
	house.portals[0].methods = (struct texts){both, 2};
	assert_false(enrol_offers(&ctx, &journey, "mail"));
	assert_true(enrol_offers(&ctx, &journey, "totp"));
	house.portals[0].methods = (struct texts){app, 1};
	pending->acr_values = ACR_MAIL;
	assert_true(enrol_offers(&ctx, &journey, "totp"));
}

/* F08: a proof of the future is one from before the clock was set back; it opens no longer window. */
static void
test_clock_back(void **state)
{
	struct pending *pending = house_request(&ctx, "health");
	struct journey journey = enrolled(pending, NULL);

	(void)state;
	assert_true(journey_may_change(&ctx, &journey));
	ctx.now -= MINUTES(1);
	assert_true(journey_may_change(&ctx, &journey));
	ctx.now -= 1;
	assert_false(journey_may_change(&ctx, &journey));
	assert_int_equal(codes_renew(&ctx, &journey), ERR_REFUSED);
}

/* Between a page's look and its act another tab has asked for the factor again: no code of a lower rung leaves. */
static void
test_end_asks_again(void **state)
{
	struct pending *pending = house_request(&ctx, "health");
	struct journey journey = enrolled(pending, NULL);

	(void)state;
	assert_int_equal(prove_again(&ctx, &journey), ERR_OK);
	assert_int_equal(oidc_finish(&ctx, &journey, oidc_end_new(&ctx)), ERR_NOT_FOUND);
	house_journey(&ctx, pending, journey.token, STEP_SECOND_FACTOR);
}

/* The address was taken back after its code had gone out. */
static void
test_no_address_to_prove(void **state)
{
	struct pending *pending = house_request(&ctx, "health");
	struct journey journey = house_journey(&ctx, pending, house_arrive(&ctx, pending, "gckey", "anna"), STEP_ENROL);
	struct mail_sending sending;
	struct enrolment enrolment;

	(void)state;
	assert_int_equal(enrol_begin(&ctx, &journey, "mail"), ERR_OK);
	assert_int_equal(enrol_send(&ctx, &journey, "anna@example.ca", &sending), ERR_OK);
	assert_int_equal(enrol_send(&ctx, &journey, "", &sending), ERR_OK);
	assert_int_equal(enrol_finish(&ctx, &journey, "123456", &enrolment), ERR_OK);
	assert_int_equal(enrolment.verdict, ENROL_REFUSED);
	assert_int_equal(enrolment.answer.verdict, FACTOR_REFUSED_EXPIRED);
	house_journey(&ctx, pending, journey.token, STEP_ENROL_MAIL);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {TEST(test_upgrade_needs_a_recent_proof), TEST(test_old_factor_for_a_new_request), TEST(test_rung_out_of_reach),
	    TEST(test_clock_back), TEST(test_end_asks_again), TEST(test_no_address_to_prove)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
