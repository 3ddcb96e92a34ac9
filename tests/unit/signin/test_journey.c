/* The steps: who stands where, in every combination of request, session and account. ATTACKS F26 F27 F32. */
#include "house.h"

#include <string.h>

#include "signin/enrol.h"
#include "signin/prove.h"

static struct house house;
static struct ctx ctx;

static int
begin(void **state)
{
	(void)state;
	house_open(&house, "mem");
	ctx = house_ctx(&house, HOUSE_NOW);
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
test_way_through(void **state)
{
	struct pending *pending = house_request(&ctx, "health");
	struct journey journey = house_journey(&ctx, pending, NULL, STEP_CHOOSE_PROVIDER);
	const char *token = house_arrive(&ctx, pending, "gckey", "anna");
	struct enrolment enrolment;

	(void)state;
	journey = house_journey(&ctx, pending, token, STEP_ENROL);
	assert_null(journey.account);
	assert_int_equal(enrol_begin(&ctx, &journey, "totp"), ERR_OK);
	journey = house_journey(&ctx, pending, token, STEP_ENROL_TOTP);
	assert_int_equal(enrol_finish(&ctx, &journey, "000000", &enrolment), ERR_OK);
	assert_int_equal(enrolment.verdict, ENROL_REFUSED);
	assert_int_equal(enrolment.answer.verdict, FACTOR_REFUSED_WRONG);
	assert_null(house_journey(&ctx, pending, token, STEP_ENROL_TOTP).account); /* half an enrolment makes nothing */
	house_enrol(&ctx, &journey, NULL, NULL);
	assert_string_equal(journey.account->method, "totp");
	assert_true(journey.account->codes_confirmed);

	token = house_arrive(&ctx, pending, "gckey", "anna");
	house_journey(&ctx, pending, token, STEP_SECOND_FACTOR);
	house_journey(&ctx, pending, "not a token", STEP_CHOOSE_PROVIDER);
}

static void
test_seed_too_old(void **state)
{
	struct pending *pending = house_request(&ctx, "health");
	struct journey journey = house_journey(&ctx, pending, house_arrive(&ctx, pending, "gckey", "anna"), STEP_ENROL);
	struct enrolment enrolment;
	struct bytes seed;

	(void)state;
	assert_int_equal(enrol_begin(&ctx, &journey, "totp"), ERR_OK);
	seed = record_bytes(journey.session->pending_secret);
	for (unsigned i = 0; i < 4; i++) {
		ctx.now += MINUTES(10);
		assert_int_equal(journey_touch(&ctx, &journey), ERR_OK);
	}
	assert_int_equal(enrol_finish(&ctx, &journey, house_digits(&ctx, seed, ctx.now), &enrolment), ERR_OK);
	assert_int_equal(enrolment.answer.verdict, FACTOR_REFUSED_EXPIRED);
	assert_false(bytes_equal(seed, record_bytes(journey.session->pending_secret)));
	house_enrol(&ctx, &journey, NULL, NULL);
}

static void
test_exclusive(void **state)
{
	struct pending *health = house_request(&ctx, "health"), *work = house_request(&ctx, "work");
	struct journey journey = house_journey(&ctx, health, house_arrive(&ctx, health, "gckey", "anna"), STEP_ENROL), late;
	struct enrolment enrolment;
	struct bytes seed;

	(void)state;
	/* Both portals at once: whoever finishes first has it. */
	late = house_journey(&ctx, work, house_arrive(&ctx, work, "gckey", "anna"), STEP_ENROL);
	assert_int_equal(enrol_begin(&ctx, &late, "totp"), ERR_OK);
	seed = record_bytes(late.session->pending_secret);
	house_enrol(&ctx, &journey, NULL, NULL);
	assert_int_equal(enrol_finish(&ctx, &late, house_digits(&ctx, seed, ctx.now), &enrolment), ERR_OK);
	assert_int_not_equal(enrolment.verdict, ENROL_DONE);
	late = house_journey(&ctx, work, late.token, STEP_CREDENTIAL_IN_USE);
	assert_null(late.account);
	house_journey(&ctx, work, house_arrive(&ctx, work, "gckey", "anna"), STEP_CREDENTIAL_IN_USE);
	house_journey(&ctx, work, house_arrive(&ctx, work, "gckey", "ANNA"), STEP_ENROL);   /* NameIDs are compared exactly */
	house_journey(&ctx, work, house_arrive(&ctx, work, "partner", "anna"), STEP_ENROL); /* another provider's anna */
}

static void
test_shared(void **state)
{
	struct pending *health = house_request(&ctx, "health"), *work = house_request(&ctx, "work");
	struct journey first = house_journey(&ctx, health, house_arrive(&ctx, health, "partner", "anna"), STEP_ENROL), second;

	(void)state;
	house_enrol(&ctx, &first, NULL, NULL);
	second = house_journey(&ctx, work, house_arrive(&ctx, work, "partner", "anna"), STEP_ENROL);
	house_enrol(&ctx, &second, NULL, NULL);
	assert_string_not_equal(first.account->sub, second.account->sub);
	assert_false(bytes_equal(record_bytes(first.account->id), record_bytes(second.account->id)));
}

static void
test_no_factor_asked(void **state)
{
	struct pending *pending = house_request(&ctx, "health");
	struct journey journey;
	const char *sub, *token;

	(void)state;
	house.portals[0].required_for.count = 0;
	journey = house_journey(&ctx, pending, house_arrive(&ctx, pending, "gckey", "anna"), STEP_DONE);
	sub = arena_text(ctx.arena, journey.account->sub);
	token = house_arrive(&ctx, pending, "gckey", "anna");
	assert_string_equal(house_journey(&ctx, pending, token, STEP_DONE).account->sub, sub);
	/* A higher rung asks for the factor, and only for this request. */
	pending->acr_values = "urn:gc-ca:cyber-auth:assurance:loa2 " ACR_TOTP;
	journey = house_journey(&ctx, pending, token, STEP_ENROL);
	pending->acr_values = "";
	house_journey(&ctx, pending, token, STEP_DONE);
	house_enrol(&ctx, &journey, NULL, NULL);
	assert_string_equal(journey.account->sub, sub);
	/* Who has a factor is asked for it. */
	house_journey(&ctx, pending, house_arrive(&ctx, pending, "gckey", "anna"), STEP_SECOND_FACTOR);
}

static void
test_admission(void **state)
{
	struct pending *pending = house_request(&ctx, "health");

	(void)state;
	house.portals[0].admission = ADMISSION_INVITATION;
	house_journey(&ctx, pending, house_arrive(&ctx, pending, "gckey", "anna"), STEP_ADMISSION);
	house.portals[0].admission = ADMISSION_APPROVAL; /* who waits has a factor already */
	house_journey(&ctx, pending, house_arrive(&ctx, pending, "gckey", "anna"), STEP_ENROL);
}

static void
test_provider_no_longer_allowed(void **state)
{
	static const char *only[] = {"partner"};
	struct pending *pending = house_request(&ctx, "health");
	struct journey journey = house_journey(&ctx, pending, house_arrive(&ctx, pending, "gckey", "anna"), STEP_ENROL);

	(void)state;
	house_enrol(&ctx, &journey, NULL, NULL);
	house.portals[0].providers = (struct texts){only, 1};
	house_journey(&ctx, pending, journey.token, STEP_CHOOSE_PROVIDER);
}

/* Codes that nobody said to have kept: shown again in that session, new ones at the next sign-in. */
static void
test_unconfirmed_codes(void **state)
{
	struct pending *pending = house_request(&ctx, "health");
	struct journey journey = house_journey(&ctx, pending, house_arrive(&ctx, pending, "gckey", "anna"), STEP_ENROL), other;
	struct enrolment enrolment;
	struct proof proof;
	struct bytes seed;
	const char *code, *elsewhere;

	(void)state;
	assert_int_equal(enrol_begin(&ctx, &journey, "totp"), ERR_OK);
	seed = record_bytes(journey.session->pending_secret);
	assert_int_equal(enrol_finish(&ctx, &journey, house_digits(&ctx, seed, ctx.now), &enrolment), ERR_OK);
	journey = house_journey(&ctx, pending, enrolment.token, STEP_RECOVERY_CODES);
	assert_int_equal(codes_show(&ctx, &journey), ERR_OK);
	code = arena_text(ctx.arena, journey.session->pending_codes[0]);
	assert_int_equal(codes_show(&ctx, &journey), ERR_OK);
	assert_string_equal(journey.session->pending_codes[0], code);

	ctx.now += MINUTES(1);
	elsewhere = house_arrive(&ctx, pending, "gckey", "anna");
	other = house_journey(&ctx, pending, elsewhere, STEP_SECOND_FACTOR);
	assert_int_equal(prove_factor(&ctx, &other, house_digits(&ctx, seed, ctx.now), NULL, &proof), ERR_OK);
	assert_int_equal(proof.answer.verdict, FACTOR_ACCEPTED);
	other = house_journey(&ctx, pending, elsewhere, STEP_RECOVERY_CODES);
	assert_int_equal(codes_show(&ctx, &other), ERR_OK);
	assert_string_not_equal(other.session->pending_codes[0], code);

	/* The first browser kept a set that is dead by now: worth nothing, and it says so by showing no dead codes. */
	assert_int_equal(codes_confirm(&ctx, &journey), ERR_OK);
	house_journey(&ctx, pending, journey.token, STEP_RECOVERY_CODES);
	assert_int_equal(codes_confirm(&ctx, &other), ERR_OK);
	house_journey(&ctx, pending, elsewhere, STEP_NOTICE_ADDRESS);
	house_journey(&ctx, pending, journey.token, STEP_NOTICE_ADDRESS);
}

static void
test_change(void **state)
{
	struct pending *pending = house_request(&ctx, "health");
	struct journey journey = house_journey(&ctx, pending, house_arrive(&ctx, pending, "gckey", "anna"), STEP_ENROL);
	struct proof proof;
	struct bytes old, new;

	(void)state;
	house_enrol(&ctx, &journey, &old, NULL);
	ctx.now += MINUTES(10);
	house_enrol(&ctx, &journey, &new, NULL);
	assert_false(bytes_equal(old, new));
	ctx.now += MINUTES(10) + 1;
	assert_int_equal(enrol_begin(&ctx, &journey, "totp"), ERR_REFUSED);
	assert_int_equal(codes_renew(&ctx, &journey), ERR_REFUSED);
	assert_int_equal(prove_again(&ctx, &journey), ERR_OK);
	journey = house_journey(&ctx, pending, journey.token, STEP_SECOND_FACTOR);
	assert_int_equal(prove_factor(&ctx, &journey, house_digits(&ctx, old, ctx.now), NULL, &proof), ERR_OK);
	assert_int_equal(proof.answer.verdict, FACTOR_REFUSED_WRONG);
	assert_int_equal(prove_factor(&ctx, &journey, house_digits(&ctx, new, ctx.now), NULL, &proof), ERR_OK);
	assert_int_equal(proof.answer.verdict, FACTOR_ACCEPTED);
	journey = house_journey(&ctx, pending, proof.token, STEP_DONE);
	assert_int_equal(enrol_begin(&ctx, &journey, "totp"), ERR_OK);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {TEST(test_way_through), TEST(test_seed_too_old), TEST(test_exclusive), TEST(test_shared),
	    TEST(test_no_factor_asked), TEST(test_admission), TEST(test_provider_no_longer_allowed), TEST(test_unconfirmed_codes),
	    TEST(test_change)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
