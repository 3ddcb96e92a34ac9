/* How claims end: completed, in each of the ways in which nothing moves, and undone.  DESIGN.md section 3, doc/ACCOUNTS.md. */
#include "claimants.h"

#include <stdio.h>
#include <string.h>

#include "factor/recovery.h"
#include "oidc/code.h"
#include "signin/agenda_run.h"
#include "signin/freeze.h"
#include "signin/life.h"
#include "signin/prove.h"

#define PERIOD HOURS(24)
#define DECISION DAYS(30)

static void
stands(const struct ClaimRecord *claim, const char *state, const char *why)
{
	assert_string_equal(claim_now(claim)->state, state);
	assert_string_equal(claim_now(claim)->why, why);
}

static enum err
agree(struct txn *txn, struct ClaimRecord *claim)
{
	return claim_decide(txn, claim, true, "operator");
}

static enum err
refuse(struct txn *txn, struct ClaimRecord *claim)
{
	return claim_decide(txn, claim, false, "api");
}

static enum err
undo(struct txn *txn, struct ClaimRecord *claim)
{
	return relink_undo(txn, claim, "operator");
}

static enum err
complete(struct txn *txn, struct ClaimRecord *claim)
{
	return relink_complete(txn, claim);
}

struct alive {
	struct bytes account;
	const char *sub, *sid, *portal;
	struct AccountRecord *found;
	unsigned sessions;
};

static enum err
find_in(struct txn *txn, void *arg)
{
	struct alive *alive = arg;

	return account_find_subject(txn, alive->portal, alive->sub, &alive->found);
}

/* Whose files this sub is about. */
static bool
sub_is_of(const char *sub, const struct person *person)
{
	struct alive alive = {.sub = sub, .portal = "health"};

	assert_int_equal(store_view(&ctx, find_in, &alive), ERR_OK);
	return bytes_equal(record_bytes(alive.found->id), person->id);
}

static enum err
end_in(struct txn *txn, void *arg)
{
	struct alive *alive = arg;

	return session_end_account(txn, alive->account, NULL, &alive->sessions);
}

/* How many sessions it has; they end by asking. */
static unsigned
sessions(const struct person *person)
{
	struct alive alive = {.account = person->id};

	house_do(&ctx, end_in, &alive);
	return alive.sessions;
}

static enum err
alive_in(struct txn *txn, void *arg)
{
	struct alive *alive = arg;

	alive->sessions = session_alive(txn, alive->account, alive->sid);
	return ERR_OK;
}

/* What a code or a token hangs on. */
static bool
session_lives(const struct person *person, const char *sid)
{
	struct alive alive = {.account = person->id, .sid = sid};

	assert_int_equal(store_view(&ctx, alive_in, &alive), ERR_OK);
	return alive.sessions != 0;
}

static enum step
step_after_sign_in(struct person *person)
{
	person->pending = house_request(&ctx, "health");
	person->journey.token = house_arrive(&ctx, person->pending, "gckey", person->name);
	person_look(person);
	return person->journey.step;
}

static void
test_both_proven_moves_after_the_period(void **state)
{
	struct person old = person_new("health", "old"), claimant = person_with_status("new", STATUS_CLAIMANT);
	const char *sub = person_account(&old)->sub, *own = person_account(&claimant)->sub, *sid = old.journey.session->sid;
	struct ClaimRecord *claim = claim_by(&claimant, &old, "cf");
	const struct MailRecord *mail;

	(void)state;
	stands(claim, "waiting-period", "");
	assert_int_equal(mails(&old, "mail-claim-opened", &mail), 1);
	assert_string_equal(mail_value(mail, "side"), "old");
	assert_string_equal(mail_value(mail, "decision"), "");
	assert_non_null(mail_value(mail, "not_me_url"));
	assert_int_equal(mails(&claimant, "mail-claim-opened", &mail), 1);
	assert_string_equal(mail_value(mail, "side"), "new");

	until(claim->opened + PERIOD / 2 - 1);
	assert_int_equal(mails(&old, "mail-claim-reminder", NULL), 0);
	until(claim->opened + PERIOD / 2);
	assert_int_equal(mails(&old, "mail-claim-reminder", NULL), 1);
	assert_int_equal(mails(&claimant, "mail-claim-reminder", NULL), 1);
	until(claim->opened + PERIOD - 1);
	stands(claim, "waiting-period", "");
	assert_int_equal(in_update(complete, claim), ERR_REFUSED);
	assert_string_equal(person_account(&claimant)->status, "waiting-claim");
	assert_true(sub_is_of(sub, &old));

	/* Both are signed in at the moment. */
	assert_int_equal(step_after_sign_in(&old), STEP_SECOND_FACTOR);
	sid = old.journey.session->sid;
	assert_int_equal(step_after_sign_in(&claimant), STEP_SECOND_FACTOR);
	until(claim->opened + PERIOD);
	stands(claim, "completed", "completed");
	assert_string_equal(person_account(&claimant)->status, "active");
	assert_string_equal(person_account(&claimant)->sub, sub);
	assert_string_equal(person_account(&claimant)->former_sub, own);
	assert_string_equal(person_account(&old)->status, "moved");
	assert_true(sub_is_of(sub, &claimant));
	assert_true(sub_is_of(own, &claimant));
	assert_false(session_lives(&old, sid));
	assert_int_equal(sessions(&old), 0);
	assert_int_equal(sessions(&claimant), 0);
	assert_int_equal(mails(&old, "mail-claim-completed", NULL), 1);
	assert_int_equal(mails(&claimant, "mail-claim-completed", NULL), 1);
	assert_int_equal(events(&old, "claim-completed"), 1);
	assert_int_equal(events(&claimant, "claim-completed"), 1);

	/* The old credential opens nothing any more; the new one, with its own factor, opens the old files. */
	assert_int_equal(step_after_sign_in(&old), STEP_ENDED);
	assert_int_equal(person_sign_in(&claimant, false), FACTOR_ACCEPTED);
	assert_int_equal(claimant.journey.step, STEP_DONE);
	assert_string_equal(claimant.journey.account->sub, sub);
	/* One account carries one person's files. */
	assert_false(claim_possible(person_account(&claimant), person_account(&old)));
}

/* One stolen thing, or none: however long it waits, nothing moves without the owner. */
static void
test_less_never_moves_by_itself(void **state)
{
	static const char *const proofs[] = {"c", "f", "r", ""};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct person old = person_new("health", arena_printf(ctx.arena, "old-%zu", i));
		struct person thief = person_with_status(arena_printf(ctx.arena, "thief-%zu", i), STATUS_CLAIMANT);
		struct ClaimRecord *claim;
		claim = claim_by(&thief, &old, proofs[i]);
		assert_int_equal(claim_kind(claim), i < 3 ? 'b' : 'c');
		stands(claim, "waiting-decision", "");
		assert_int_equal(mails(&old, "mail-claim-opened", NULL), 1);
		assert_int_equal(in_update(complete, claim), ERR_REFUSED);
		until(claim->opened + DECISION);
		stands(claim, "ended", "lapsed");
		assert_string_equal(person_account(&old)->status, "active");
		assert_int_equal(mails(&old, "mail-claim-ended", NULL), 1);
		assert_int_equal(mails(&thief, "mail-claim-ended", NULL), 1);
		assert_int_equal(mails(&old, "mail-claim-reminder", NULL), 0);
	}
}

static void
test_the_owner_agrees_or_not(void **state)
{
	struct person old = person_new("health", "old"), claimant = person_with_status("new", STATUS_CLAIMANT);
	struct ClaimRecord *claim = claim_by(&claimant, &old, "");
	int64_t agreed;

	(void)state;
	assert_int_equal(in_update(refuse, claim), ERR_OK);
	stands(claim, "ended", "refused");
	assert_int_equal(in_update(agree, claim), ERR_REFUSED);
	assert_int_equal(in_update(refuse, claim), ERR_REFUSED);
	assert_int_equal(events(&old, "claim-decided"), 1);

	ctx.now += DAYS(1);
	assert_int_equal(person_sign_in(&claimant, false), FACTOR_ACCEPTED);
	claim = claim_by(&claimant, &old, "");
	until(ctx.now + DAYS(3));
	agreed = ctx.now;
	assert_int_equal(in_update(agree, claim), ERR_OK);
	stands(claim, "waiting-period", "");
	/* Nobody has to look twice a day: it is told now, and again halfway. */
	assert_int_equal(mails(&old, "mail-claim-reminder", NULL), 1);
	until(agreed + PERIOD - 1);
	stands(claim, "waiting-period", "");
	assert_int_equal(mails(&old, "mail-claim-reminder", NULL), 2);
	until(agreed + PERIOD);
	stands(claim, "completed", "completed");
}

static void
test_a_full_sign_in_to_the_old_account_ends_it(void **state)
{
	static const bool by_recovery[] = {false, true};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct person old = person_new("health", arena_printf(ctx.arena, "old-%zu", i));
		struct person claimant = person_with_status(arena_printf(ctx.arena, "new-%zu", i), STATUS_CLAIMANT);
		struct ClaimRecord *claim = claim_by(&claimant, &old, "cf");
		/* The credential alone is a thing that may be stolen: it ends nothing. */
		assert_int_equal(step_after_sign_in(&old), STEP_SECOND_FACTOR);
		stands(claim, "waiting-period", "");
		assert_int_equal(person_sign_in(&old, by_recovery[i]), FACTOR_ACCEPTED);
		stands(claim, "ended", "cancelled-by-sign-in");
		/* The page tells of it before the portal does anything. */
		assert_int_not_equal(old.journey.session->claim_stopped, 0);
		assert_false(journey_over(&old.journey));
		until(ctx.now + DAYS(2));
		assert_string_equal(person_account(&old)->status, "active");
	}
}

static void
test_the_sign_in_tells_of_it_once(void **state)
{
	struct person old = person_new("health", "old"), claimant = person_with_status("new", STATUS_CLAIMANT);
	struct oidc_end *end = oidc_end_new(&ctx);

	(void)state;
	claim_by(&claimant, &old, "f");
	assert_int_equal(person_sign_in(&old, false), FACTOR_ACCEPTED);
	assert_int_equal(oidc_finish(&ctx, &old.journey, end), ERR_OK);
	old.journey.token = end->token;
	old.pending = house_request(&ctx, "health");
	person_look(&old);
	assert_int_equal(old.journey.session->claim_stopped, 0);
	assert_true(journey_over(&old.journey));
}

static const char *
token_of(const struct person *person, const char *kind)
{
	const struct MailRecord *mail;
	const char *url;

	assert_true(mails(person, kind, &mail) > 0);
	url = mail_value(mail, "not_me_url");
	assert_non_null(url);
	return strstr(url, "?t=") + 3;
}

static void
test_the_link_ends_it(void **state)
{
	struct person old = person_new("health", "old"), claimant = person_with_status("new", STATUS_CLAIMANT);
	struct ClaimRecord *claim = claim_by(&claimant, &old, "cf");
	const char *token = token_of(&old, "mail-claim-opened");
	struct frozen frozen;

	(void)state;
	assert_int_equal(freeze_look(&ctx, token, &frozen), ERR_OK);
	assert_false(frozen.over);
	assert_int_equal(frozen.stops, FREEZE_CLAIM);
	stands(claim, "waiting-period", "");
	assert_int_equal(freeze_do(&ctx, token, &frozen), ERR_OK);
	assert_false(frozen.over);
	stands(claim, "ended", "cancelled-by-link");
	/* It stops the claim, and locks nobody out. */
	assert_false(account_frozen(person_account(&old)));
	assert_false(account_frozen(person_account(&claimant)));
	assert_int_equal(freeze_do(&ctx, token, &frozen), ERR_OK);
	assert_true(frozen.over);
	until(ctx.now + DAYS(2));
	assert_string_equal(person_account(&old)->status, "active");
}

/* After completion the same links freeze who has the account now, for as long as it can be undone. */
static void
test_the_link_freezes_who_has_taken_over(void **state)
{
	struct person old = person_new("health", "old"), claimant = person_with_status("new", STATUS_CLAIMANT);
	struct ClaimRecord *claim = claim_by(&claimant, &old, "cf");
	const char *opened, *completed;
	struct frozen frozen;

	(void)state;
	opened = token_of(&old, "mail-claim-opened");
	until(claim->opened + PERIOD);
	completed = token_of(&old, "mail-claim-completed");
	assert_int_equal(person_sign_in(&claimant, false), FACTOR_ACCEPTED);
	assert_int_equal(freeze_do(&ctx, opened, &frozen), ERR_OK);
	assert_int_equal(frozen.stops, FREEZE_TAKER);
	assert_true(bytes_equal(record_bytes(frozen.account->id), old.id));
	assert_true(account_frozen(person_account(&claimant)));
	assert_false(account_frozen(person_account(&old)));
	assert_int_equal(sessions(&claimant), 0);
	assert_int_equal(mails(&claimant, "mail-report-not-me", NULL), 1);
	assert_int_equal(freeze_look(&ctx, completed, &frozen), ERR_OK);
	assert_false(frozen.over);
	ctx.now = claim_now(claim)->ended + CLAIM_UNDO;
	assert_int_equal(freeze_look(&ctx, completed, &frozen), ERR_OK);
	assert_true(frozen.over);
}

static void
test_two_claims_are_for_the_owner(void **state)
{
	struct person old = person_new("health", "old"), first = person_with_status("first", STATUS_CLAIMANT);
	struct person second = person_with_status("second", STATUS_CLAIMANT), third = person_with_status("third", STATUS_CLAIMANT);
	struct ClaimRecord *one, *two, *three;

	(void)state;
	person_prove_again(&first);
	one = claim_by(&first, &old, "cf");
	stands(one, "waiting-period", "");
	person_prove_again(&second);
	two = claim_by(&second, &old, "cr");
	stands(one, "waiting-decision", "");
	stands(two, "waiting-decision", "");
	assert_true(claim_now(one)->contested && claim_now(two)->contested);
	until(ctx.now + DAYS(2));
	stands(one, "waiting-decision", "");
	assert_int_equal(in_update(agree, two), ERR_OK);
	assert_int_equal(in_update(agree, one), ERR_REFUSED);
	/* The owner did not know of a third one when he agreed. */
	assert_int_equal(person_sign_in(&third, false), FACTOR_ACCEPTED);
	three = claim_by(&third, &old, "");
	stands(two, "waiting-decision", "");
	until(ctx.now + DAYS(2));
	stands(two, "waiting-decision", "");
	assert_int_equal(in_update(refuse, three), ERR_OK);
	assert_int_equal(in_update(agree, two), ERR_OK);
	until(ctx.now + PERIOD);
	stands(two, "completed", "completed");
	stands(one, "ended", "superseded");
	assert_true(sub_is_of(person_account(&old)->sub, &second));
}

static enum err
close_in(struct txn *txn, void *arg)
{
	const struct person *person = arg;
	struct AccountRecord *account;
	enum err err = account_load(txn, person->id, &account);

	return err == ERR_OK ? life_close(txn, account, CHANGE_CLOSED_BY_OPERATOR) : err;
}

static void
test_gone_accounts_end_it(void **state)
{
	struct person old = person_new("health", "old"), claimant = person_with_status("new", STATUS_CLAIMANT);
	struct person other = person_new("health", "other"), gone = person_with_status("gone", STATUS_CLAIMANT);
	struct ClaimRecord *one, *two;

	(void)state;
	person_prove_again(&claimant);
	one = claim_by(&claimant, &old, "cf");
	two = claim_by(&gone, &other, "cf");
	house_do(&ctx, close_in, &old);
	house_do(&ctx, close_in, &gone);
	stands(one, "ended", "old-account-gone");
	stands(two, "ended", "new-account-gone");
	until(ctx.now + DAYS(2));
	assert_string_equal(person_account(&other)->status, "active");
}

static enum err
freeze_in(struct txn *txn, void *arg)
{
	struct AccountRecord *account;
	enum err err = account_load(txn, ((const struct person *)arg)->id, &account);

	return err == ERR_OK ? account_freeze(txn, account, "mail-factor-changed") : err;
}

static enum err
unfreeze_in(struct txn *txn, void *arg)
{
	struct AccountRecord *account;
	enum err err = account_load(txn, ((const struct person *)arg)->id, &account);

	return err == ERR_OK ? account_unfreeze(txn, account) : err;
}

static void
test_frozen_accounts_do_not_move(void **state)
{
	struct person old = person_new("health", "old"), claimant = person_with_status("new", STATUS_CLAIMANT);
	struct ClaimRecord *claim = claim_by(&claimant, &old, "cf");

	(void)state;
	house_do(&ctx, freeze_in, &old);
	until(claim->opened + 3 * PERIOD);
	stands(claim, "waiting-period", "");
	assert_true(events(&old, "claim-postponed") >= 2);
	house_do(&ctx, unfreeze_in, &old);
	house_do(&ctx, freeze_in, &claimant);
	until(ctx.now + 2 * PERIOD);
	stands(claim, "waiting-period", "");
	until(claim->opened + DECISION + 2 * PERIOD);
	stands(claim, "ended", "lapsed");
}

static void
test_unfrozen_goes_on(void **state)
{
	struct person old = person_new("health", "old"), claimant = person_with_status("new", STATUS_CLAIMANT);
	struct ClaimRecord *claim = claim_by(&claimant, &old, "cf");

	(void)state;
	house_do(&ctx, freeze_in, &old);
	until(claim->opened + PERIOD);
	house_do(&ctx, unfreeze_in, &old);
	until(claim->opened + 2 * PERIOD - 1);
	stands(claim, "waiting-period", "");
	until(claim->opened + 2 * PERIOD);
	stands(claim, "completed", "completed");
}

static void
test_undo_restores_both(void **state)
{
	struct person old = person_new("health", "old"), claimant = person_with_status("new", STATUS_CLAIMANT);
	const char *sub = person_account(&old)->sub, *own = person_account(&claimant)->sub;
	struct ClaimRecord *claim = claim_by(&claimant, &old, "cf");

	(void)state;
	assert_int_equal(in_update(undo, claim), ERR_REFUSED);
	until(claim->opened + PERIOD);
	assert_int_equal(person_sign_in(&claimant, false), FACTOR_ACCEPTED);
	until(claim_now(claim)->ended + CLAIM_UNDO - 1);
	assert_int_equal(in_update(undo, claim), ERR_OK);
	stands(claim, "undone", "undone");
	assert_true(sub_is_of(sub, &old));
	assert_true(sub_is_of(own, &claimant));
	assert_string_equal(person_account(&old)->status, "active");
	assert_int_equal(person_account(&old)->moved_to.len, 0);
	assert_string_equal(person_account(&claimant)->sub, own);
	assert_string_equal(person_account(&claimant)->former_sub, "");
	/* It opened nothing before. */
	assert_string_equal(person_account(&claimant)->status, "closed");
	assert_int_equal(sessions(&claimant), 0);
	assert_int_equal(mails(&old, "mail-claim-undone", NULL), 1);
	assert_int_equal(mails(&claimant, "mail-claim-undone", NULL), 1);
	assert_int_equal(events(&old, "claim-undone"), 1);
	assert_int_equal(person_sign_in(&old, false), FACTOR_ACCEPTED);
	assert_string_equal(old.journey.account->sub, sub);
	assert_int_equal(in_update(undo, claim), ERR_REFUSED);
}

static void
test_undo_leaves_an_open_account_open(void **state)
{
	struct person old = person_new("health", "old"), claimant = person_new("health", "new");
	const char *own = person_account(&claimant)->sub;
	struct ClaimRecord *claim = claim_by(&claimant, &old, "cf");

	(void)state;
	until(claim->opened + PERIOD);
	assert_int_equal(in_update(undo, claim), ERR_OK);
	assert_string_equal(person_account(&claimant)->status, "active");
	assert_int_equal(person_sign_in(&claimant, false), FACTOR_ACCEPTED);
	assert_string_equal(claimant.journey.account->sub, own);
}

static void
test_undo_has_its_time_and_order(void **state)
{
	struct person old = person_new("health", "old"), middle = person_new("health", "middle"), last = person_with_status("last", STATUS_CLAIMANT);
	const char *sub = person_account(&old)->sub;
	struct ClaimRecord *first, *second;

	(void)state;
	person_prove_again(&middle);
	first = claim_by(&middle, &old, "cf");
	until(first->opened + PERIOD);
	assert_int_equal(person_sign_in(&last, false), FACTOR_ACCEPTED);
	second = claim_by(&last, &middle, "cf");
	until(second->opened + PERIOD);
	assert_true(sub_is_of(sub, &last));
	/* The account has moved on: the later claim first. */
	assert_int_equal(in_update(undo, first), ERR_REFUSED);
	assert_int_equal(in_update(undo, second), ERR_OK);
	assert_true(sub_is_of(sub, &middle));
	assert_int_equal(in_update(undo, first), ERR_OK);
	assert_true(sub_is_of(sub, &old));
	assert_string_equal(person_account(&old)->status, "active");

	assert_int_equal(person_sign_in(&middle, false), FACTOR_ACCEPTED);
	first = claim_by(&middle, &old, "");
	assert_int_equal(in_update(agree, first), ERR_OK);
	until(ctx.now + PERIOD);
	stands(first, "completed", "completed");
	ctx.now = claim_now(first)->ended + CLAIM_UNDO;
	assert_int_equal(in_update(undo, first), ERR_REFUSED);
}

static void
days_until(int64_t then)
{
	for (; ctx.now + DAYS(1) < then; ctx.now += DAYS(1))
		due();
	until(then);
}

/* Somebody has been told that the account will be closed, and then it is claimed: when nothing comes of the claim, that is told anew. */
static void
test_a_claim_is_use(void **state)
{
	struct person old = person_new("health", "old"), claimant;
	int64_t since = person_account(&old)->sign_ins[0];
	struct ClaimRecord *claim;

	(void)state;
	days_until(since + DAYS(725));
	assert_int_not_equal(person_account(&old)->unused_told, 0);
	claimant = person_with_status("new", STATUS_CLAIMANT);
	claim = claim_by(&claimant, &old, "");
	days_until(since + DAYS(762));
	stands(claim, "ended", "lapsed");
	assert_string_equal(person_account(&old)->status, "active");
	assert_true(person_account(&old)->unused_told > claim_now(claim)->ended);
	days_until(person_account(&old)->unused_told + DAYS(30) - HOURS(1));
	assert_string_equal(person_account(&old)->status, "active");
	until(ctx.now + HOURS(2));
	assert_string_equal(person_account(&old)->status, "closed");
}

struct contest {
	struct person old, claimant;
	int64_t now;
	const char *digits;
};

/* The waiting period ends, the owner signs in, and the claimant takes it back: all at the same moment. */
static bool
race(void *arg, unsigned number)
{
	struct contest *contest = arg;
	struct ctx own = house_ctx(&house, contest->now);
	struct relink_answer answer;
	struct proof proof = {.moved = true};
	bool did = false;
	unsigned ran;

	switch (number % 3) {
	case 0:
		did = agenda_run(&own, 10, &ran) == ERR_OK && ran > 0;
		break;
	case 1:
		did = prove_factor(&own, &contest->old.journey, contest->digits, NULL, &proof) == ERR_OK && !proof.moved;
		break;
	default:
		did = relink_cancel(&own, &contest->claimant.journey, &answer) == ERR_OK && answer.verdict == RELINK_DONE;
		break;
	}
	house_ctx_done(&own);
	return did;
}

/* Whoever is first: moved, with nobody signed in; or not moved at all. */
static void
test_one_end_of_three(void **state)
{
	unsigned moved = 0;

	(void)state;
	for (unsigned round = 0; round < 24; round++) {
		struct contest contest = {.old = person_new("health", arena_printf(ctx.arena, "old-%u", round))};
		struct ClaimRecord *claim;
		bool completed;
		contest.claimant = person_with_status(arena_printf(ctx.arena, "new-%u", round), STATUS_CLAIMANT);
		claim = claim_by(&contest.claimant, &contest.old, "cf");
		until(claim->opened + PERIOD - MINUTES(5));
		assert_int_equal(step_after_sign_in(&contest.old), STEP_SECOND_FACTOR);
		assert_int_equal(person_sign_in(&contest.claimant, false), FACTOR_ACCEPTED);
		contest.now = claim->opened + PERIOD;
		contest.digits = house_digits(&ctx, contest.old.seed, contest.now);
		house_contest(3, race, &contest);
		ctx.now = contest.now;
		completed = strcmp(claim_now(claim)->state, "completed") == 0;
		moved += completed;
		assert_string_equal(person_account(&contest.old)->status, completed ? "moved" : "active");
		assert_string_equal(person_account(&contest.claimant)->status, completed ? "active" : "waiting-claim");
		assert_true(sub_is_of(person_account(&contest.old)->sub, completed ? &contest.claimant : &contest.old));
		if (completed)
			assert_int_equal(sessions(&contest.old) + sessions(&contest.claimant), 0);
		else
			assert_string_equal(claim_now(claim)->state, "ended");
	}
	printf("completion won %u of 24 races\n", moved);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, claimants_begin, claimants_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_both_proven_moves_after_the_period),
	    TEST(test_less_never_moves_by_itself),
	    TEST(test_the_owner_agrees_or_not),
	    TEST(test_a_full_sign_in_to_the_old_account_ends_it),
	    TEST(test_the_sign_in_tells_of_it_once),
	    TEST(test_the_link_ends_it),
	    TEST(test_the_link_freezes_who_has_taken_over),
	    TEST(test_two_claims_are_for_the_owner),
	    TEST(test_gone_accounts_end_it),
	    TEST(test_frozen_accounts_do_not_move),
	    TEST(test_unfrozen_goes_on),
	    TEST(test_undo_restores_both),
	    TEST(test_undo_leaves_an_open_account_open),
	    TEST(test_undo_has_its_time_and_order),
	    TEST(test_a_claim_is_use),
	    TEST(test_one_end_of_three),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
