/* Fifty at once with what is good once, on both back ends: exactly one is accepted. ATTACKS F01 F10 S113, DESIGN.md section 7. */
#include "house.h"

#include <stdatomic.h>
#include <string.h>

#include "signin/arrive.h"
#include "signin/enrol.h"
#include "signin/prove.h"

#define THREADS 50

static struct house house;

struct contest {
	const struct pending *pending;
	const char *tokens[THREADS];
	const char *typed;
	bool recovery;
	atomic_uint verdicts[FACTOR_ACCEPTED + 1];
};

/* A session of its own for each thread. */
static bool
prove(void *arg, unsigned number)
{
	struct contest *contest = arg;
	struct ctx ctx = house_ctx(&house, HOUSE_NOW + MINUTES(1));
	struct journey journey;
	struct proof proof = {.moved = true};
	bool accepted;

	if (journey_find(&ctx, contest->pending, contest->tokens[number], &journey) == ERR_OK) {
		enum err err = contest->recovery ? prove_recovery(&ctx, &journey, contest->typed, &proof) :
						   prove_factor(&ctx, &journey, contest->typed, NULL, &proof);
		proof.moved = proof.moved || err != ERR_OK;
	}
	accepted = !proof.moved && proof.answer.verdict == FACTOR_ACCEPTED;
	if (!proof.moved)
		contest->verdicts[proof.answer.verdict]++;
	house_ctx_done(&ctx);
	return accepted;
}

static void
contest_for(struct ctx *ctx, struct contest *contest, const char *name_id)
{
	contest->pending = house_request(ctx, "health");
	for (unsigned i = 0; i < THREADS; i++)
		contest->tokens[i] = house_arrive(ctx, (struct pending *)contest->pending, "gckey", name_id);
}

static void
test_codes(const char *backend)
{
	struct ctx ctx;
	struct pending *pending;
	struct journey journey;
	struct contest totp = {.recovery = false}, recovery = {.recovery = true}, wrong = {.recovery = false};
	const char *codes[10];
	struct bytes seed;

	house_open(&house, backend);
	ctx = house_ctx(&house, HOUSE_NOW);
	pending = house_request(&ctx, "health");
	journey = house_journey(&ctx, pending, house_arrive(&ctx, pending, "gckey", "anna"), STEP_ENROL);
	house_enrol(&ctx, &journey, &seed, codes);

	contest_for(&ctx, &totp, "anna");
	totp.typed = house_digits(&ctx, seed, HOUSE_NOW + MINUTES(1));
	assert_int_equal(house_contest(THREADS, prove, &totp), 1);
	assert_int_equal(totp.verdicts[FACTOR_REFUSED_USED], THREADS - 1);

	contest_for(&ctx, &recovery, "anna");
	recovery.typed = codes[7];
	assert_int_equal(house_contest(THREADS, prove, &recovery), 1);

	/* Fifty guesses at once are five guesses: the rest was not looked at. */
	contest_for(&ctx, &wrong, "anna");
	wrong.typed = "000000";
	assert_int_equal(house_contest(THREADS, prove, &wrong), 0);
	assert_int_equal(wrong.verdicts[FACTOR_REFUSED_WRONG], 5);
	assert_int_equal(wrong.verdicts[FACTOR_REFUSED_LOCKED], THREADS - 5);
	house_ctx_done(&ctx);
	house_close(&house);
}

struct answer {
	struct pending *pending;
	const char *assertion_id;
};

static bool
arrive_once(void *arg, unsigned number)
{
	const struct answer *answer = arg;
	struct ctx ctx = house_ctx(&house, HOUSE_NOW);
	struct arrival arrival = {.pending = answer->pending, .provider = &house.providers[0], .name_qualifier = "idp", .sp_name_qualifier = "sp",
	    .name_id = "anna", .session_index = "", .session_until = NEVER, .level = "urn:gc-ca:cyber-auth:assurance:loa2", .assertion_id = answer->assertion_id,
	    .assertion_until = HOUSE_NOW + MINUTES(5)};
	const char *token;
	bool arrived = arrive(&ctx, &arrival, &token) == ERR_OK;

	(void)number;
	house_ctx_done(&ctx);
	return arrived;
}

static void
test_answers(const char *backend)
{
	struct answer answer = {.assertion_id = "_a"};
	struct ctx ctx;

	house_open(&house, backend);
	ctx = house_ctx(&house, HOUSE_NOW);
	answer.pending = house_request(&ctx, "health");
	answer.pending->provider = "gckey";
	answer.pending->saml_request = "_r1";
	assert_int_equal(house_contest(THREADS, arrive_once, &answer), 1);
	/* The same assertion for another request, and another assertion for the same request. */
	answer.pending->saml_request = "_r2";
	assert_false(arrive_once(&answer, 0));
	answer.pending->saml_request = "_r1";
	answer.assertion_id = "_b";
	assert_false(arrive_once(&answer, 0));
	answer.pending->saml_request = "_r2";
	assert_true(arrive_once(&answer, 0));
	house_ctx_done(&ctx);
	house_close(&house);
}

static void
test_codes_mem(void **state)
{
	(void)state;
	test_codes("mem");
}

static void
test_codes_lmdb(void **state)
{
	(void)state;
	test_codes("lmdb");
}

static void
test_answers_mem(void **state)
{
	(void)state;
	test_answers("mem");
}

static void
test_answers_lmdb(void **state)
{
	(void)state;
	test_answers("lmdb");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_codes_mem), cmocka_unit_test(test_codes_lmdb),
	    cmocka_unit_test(test_answers_mem), cmocka_unit_test(test_answers_lmdb)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
