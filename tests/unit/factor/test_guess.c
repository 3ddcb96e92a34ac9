/* How far a guesser gets in 30 days (ATTACKS F14): someone with the person's password, who guesses as fast as the limits allow, while the
 * person signs in five times a day and so resets what is counted in a row.  Nothing is random here: the real throttle, the real sends
 * and a moved clock say how many guesses are looked at; what each is worth gives the probability. */
#include "../signin/house.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "factor/mail_code.h"
#include "factor/recovery.h"
#include "factor/throttle.h"
#include "factor/totp.h"

#define PERIOD DAYS(30)
#define SIGN_INS_A_DAY 5
#define BOUND 1e-3

static struct house house;
static const uint8_t account[16] = "account of anna";
static const char address[] = "anna@example.ca", mail_code_name[] = {'g', 'u', 'e', 's', 's', 'e', 'r', '\0', 's', 'i', 'g', 'n', '-', 'i', 'n'};

enum guessed { GUESS_TOTP, GUESS_MAIL, GUESS_RECOVERY, GUESS_COUNT };

static const struct guessing {
	const char *method;
	double worth; /* the chance of one guess: three steps of a million; one code of a million; ten of 2^80 */
} guessings[] = {{TOTP_METHOD, 3e-6}, {MAIL_METHOD, 1e-6}, {RECOVERY_METHOD, 10 * 0x1p-80}};

/* What the person does against it, and which way the guesser goes. */
struct plan {
	const char *name;
	unsigned rebinds_a_day;		/* how often the person, finding a method disabled, sets it up anew */
	bool switches;			/* each time it is the other method: app, e-mail, app... */
	bool patient;			/* the guesser stops before a wait begins, so that the person gets in and resets the row */
	bool guess[GUESS_COUNT];
};

struct attack {
	const struct plan *plan;
	struct ctx *ctx;
	enum guessed method;		/* the account's active one */
	unsigned guesses[GUESS_COUNT], rebinds, rebound_today;
	int64_t wake;			/* when something that is closed opens, or the person comes by */
	struct ThrottleRecord *row;
	struct mail_sending sending;
	struct mail_case mail;
	struct MailCodeRecord *code;
	const char *asked, *typed;
	struct factor_answer answer;
};

static enum err
gate_in(struct txn *txn, void *arg)
{
	struct attack *attack = arg;

	return throttle_gate(txn, BYTES(account), attack->asked, &attack->row, &attack->answer);
}

/* A wrong guess that was looked at, or the person's success, on the row of a method. */
static enum err
settle_in(struct txn *txn, void *arg)
{
	struct attack *attack = arg;
	struct factor_answer open;
	enum err err = throttle_gate(txn, BYTES(account), attack->asked, &attack->row, &open);

	return err == ERR_OK && open.verdict == FACTOR_ACCEPTED ?
		   throttle_settle(txn, BYTES(account), attack->asked, attack->row, attack->answer.verdict) : err;
}

static enum err
rebind_in(struct txn *txn, void *arg)
{
	struct attack *attack = arg;

	return throttle_renew(txn, BYTES(account), guessings[attack->method].method);
}

static enum err
send_in(struct txn *txn, void *arg)
{
	struct attack *attack = arg;

	return mail_code_send(txn, &attack->mail, &attack->sending);
}

static enum err
check_in(struct txn *txn, void *arg)
{
	struct attack *attack = arg;

	return mail_code_check(txn, &attack->mail, attack->typed, &attack->answer);
}

static void
settle(struct attack *attack, enum guessed guessed, enum factor_verdict verdict)
{
	attack->asked = guessings[guessed].method;
	attack->answer.verdict = verdict;
	house_do(attack->ctx, settle_in, attack);
}

static enum err
code_in(struct txn *txn, void *arg)
{
	struct attack *attack = arg;
	enum err err = record_load(txn, TABLE_MAIL_CODE, BYTES(mail_code_name), &mail_code_record__descriptor, &attack->code);

	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

/* Digits that are wrong for certain: a hit would end the play, and its chance is reckoned, not rolled. */
static const char *
miss(struct attack *attack)
{
	char *digits;

	attack->code = NULL;
	assert_int_equal(store_view(attack->ctx, code_in, attack), ERR_OK);
	digits = arena_text(attack->ctx->arena, attack->code != NULL ? attack->code->code : "000000");
	digits[0] = digits[0] == '0' ? '1' : '0';
	return digits;
}

/* Come back in `wait`. */
static void
wait_for(struct attack *attack, int64_t wait)
{
	if (attack->ctx->now + wait < attack->wake)
		attack->wake = attack->ctx->now + wait;
}

/* May and will the guesser try that method now? */
static bool
goes_on(struct attack *attack, enum guessed guessed)
{
	attack->asked = guessings[guessed].method;
	assert_int_equal(store_view(attack->ctx, gate_in, attack), ERR_OK);
	if (attack->answer.verdict == FACTOR_REFUSED_LOCKED)
		wait_for(attack, attack->answer.wait);
	return attack->answer.verdict == FACTOR_ACCEPTED && !(attack->plan->patient && attack->row->in_a_row >= THROTTLE_FREE - 1);
}

/* By e-mail, asking for new codes as they are spent. */
static void
guess_mail(struct attack *attack)
{
	attack->mail = (struct mail_case){.sid = "guesser", .account = BYTES(account), .address = address, .portal = &house.portals[0]};
	while (goes_on(attack, GUESS_MAIL)) {
		attack->typed = miss(attack);
		house_do(attack->ctx, check_in, attack);
		if (attack->answer.verdict == FACTOR_REFUSED_WRONG) {
			attack->guesses[GUESS_MAIL]++;
			continue;
		}
		house_do(attack->ctx, send_in, attack);
		if (attack->sending.verdict == MAIL_LIMITED) {
			wait_for(attack, attack->sending.wait);
			return;
		}
	}
}

/* Codes that are always there. */
static void
guess_plain(struct attack *attack, enum guessed guessed)
{
	while (goes_on(attack, guessed)) {
		attack->guesses[guessed]++;
		settle(attack, guessed, FACTOR_REFUSED_WRONG);
	}
}

/* The person comes by: a success, or where the method is disabled, a recovery code and a new binding. */
static void
visit(struct attack *attack)
{
	attack->asked = guessings[attack->method].method;
	assert_int_equal(store_view(attack->ctx, gate_in, attack), ERR_OK);
	if (attack->answer.verdict == FACTOR_ACCEPTED) {
		settle(attack, attack->method, FACTOR_ACCEPTED);
		return;
	}
	if (!attack->answer.disabled || attack->rebound_today >= attack->plan->rebinds_a_day)
		return;
	settle(attack, GUESS_RECOVERY, FACTOR_ACCEPTED);
	attack->rebound_today++;
	attack->rebinds++;
	if (attack->plan->switches)
		attack->method = attack->method == GUESS_TOTP ? GUESS_MAIL : GUESS_TOTP;
	house_do(attack->ctx, rebind_in, attack);
}

static void
guess_all(struct attack *attack)
{
	const bool *guess = attack->plan->guess;

	if (attack->method == GUESS_TOTP && guess[GUESS_TOTP])
		guess_plain(attack, GUESS_TOTP);
	if (attack->method == GUESS_MAIL && guess[GUESS_MAIL])
		guess_mail(attack);
	if (guess[GUESS_RECOVERY])
		guess_plain(attack, GUESS_RECOVERY);
}

static double
probability(const struct attack *attack)
{
	double none = 0;

	for (size_t i = 0; i < GUESS_COUNT; i++)
		none += attack->guesses[i] * log1p(-guessings[i].worth);
	return -expm1(none);
}

/* One of the 30 days, with an arena of its own. */
static void
play_day(struct attack *attack, int64_t start)
{
	const int64_t visit_every = DAYS(1) / SIGN_INS_A_DAY;
	struct ctx ctx = house_ctx(&house, start);

	attack->ctx = &ctx;
	attack->rebound_today = 0;
	while (ctx.now < start + DAYS(1)) {
		int64_t since = (ctx.now - start) % visit_every;
		if (since == 0)
			visit(attack);
		attack->wake = ctx.now - since + visit_every;
		guess_all(attack);
		assert_true(attack->wake > ctx.now);
		ctx.now = attack->wake;
	}
	house_ctx_done(&ctx);
}

static double
play(const struct plan *plan, struct attack *ret_attack)
{
	struct attack attack = {.plan = plan, .method = plan->guess[GUESS_TOTP] || !plan->guess[GUESS_MAIL] ? GUESS_TOTP : GUESS_MAIL};

	house_open(&house, "mem");
	for (int64_t day = 0; day < PERIOD; day += DAYS(1))
		play_day(&attack, HOUSE_NOW + day);
	house_close(&house);
	*ret_attack = attack;
	print_message("F14 %-52s app %3u, e-mail %3u, recovery %3u guesses, bound anew %2u times: %.6f\n", plan->name, attack.guesses[GUESS_TOTP],
	    attack.guesses[GUESS_MAIL], attack.guesses[GUESS_RECOVERY], attack.rebinds, probability(&attack));
	return probability(&attack);
}

static void
test_each(void **state)
{
	static const struct plan plans[] = {
	    {"app", 0, false, true, {true, false, false}},
	    {"e-mail", 0, false, true, {false, true, false}},
	    {"recovery codes", 0, false, false, {false, false, true}},
	    {"app, in haste", 0, false, false, {true, false, false}},
	};
	struct attack attack;

	(void)state;
	assert_true(play(&plans[0], &attack) < BOUND);
	/* The hundred that DESIGN.md section 4 allows, and no more. */
	assert_int_equal(attack.guesses[GUESS_TOTP], 100);
	assert_true(play(&plans[1], &attack) < BOUND);
	assert_int_equal(attack.guesses[GUESS_MAIL], 100);
	assert_true(play(&plans[2], &attack) < BOUND);
	/* Nobody succeeds with recovery codes in between: fifty in a row. */
	assert_int_equal(attack.guesses[GUESS_RECOVERY], 50);
	assert_true(play(&plans[3], &attack) < BOUND);
	/* Who guesses as fast as the waits allow keeps the person out, and so gets fifty in a row. */
	assert_int_equal(attack.guesses[GUESS_TOTP], 50);
}

/* Everything at once, and the person who sets a disabled method up anew does not lend a hundred guesses each time. */
static void
test_all(void **state)
{
	static const struct plan plans[] = {
	    {"all", 0, false, true, {true, true, true}},
	    {"all, the person binds the app anew once a day", 1, false, true, {true, true, true}},
	    {"the same, in haste", 1, false, false, {true, true, true}},
	    {"all, the person goes to the other method once a day", 1, true, true, {true, true, true}},
	    {"the same, in haste", 1, true, false, {true, true, true}},
	};
	struct attack attack;

	(void)state;
	for (size_t i = 0; i < sizeof(plans) / sizeof(plans[0]); i++)
		assert_true(play(&plans[i], &attack) < BOUND);
	assert_true(attack.guesses[GUESS_MAIL] > 0 && attack.rebinds > 10);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_each), cmocka_unit_test(test_all)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
