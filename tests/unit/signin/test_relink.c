/* The draft of a claim: who may be named, what proves, and what a thief gets from guessing.  DESIGN.md section 3; ATTACKS F14 F22. */
#include "claimants.h"

#include <string.h>

#include "base/random.h"
#include "factor/recovery.h"
#include "factor/throttle.h"
#include "signin/freeze.h"

static enum relink_verdict
name(struct person *claimant, const char *reference, int64_t *ret_wait)
{
	struct relink_answer answer;

	assert_int_equal(relink_name(&ctx, &claimant->journey, reference, &answer), ERR_OK);
	person_look(claimant);
	if (ret_wait != NULL)
		*ret_wait = answer.wait;
	return answer.verdict;
}

static enum factor_verdict
prove(struct person *claimant, const char *digits)
{
	struct relink_answer answer;
	struct factor_answer code;

	assert_int_equal(relink_prove(&ctx, &claimant->journey, digits, &answer, &code), ERR_OK);
	assert_int_equal(answer.verdict, RELINK_DONE);
	person_look(claimant);
	return code.verdict;
}

static enum factor_verdict
prove_recovery(struct person *claimant, const char *typed)
{
	struct relink_answer answer;
	struct factor_answer code;

	assert_int_equal(relink_prove_recovery(&ctx, &claimant->journey, typed, &answer, &code), ERR_OK);
	assert_int_equal(answer.verdict, RELINK_DONE);
	person_look(claimant);
	return code.verdict;
}

static enum relink_verdict
open_claim(struct person *claimant)
{
	struct relink_answer answer;

	assert_int_equal(relink_open(&ctx, &claimant->journey, &answer), ERR_OK);
	person_look(claimant);
	return answer.verdict;
}

static struct relink
look(struct person *claimant)
{
	struct relink relink;

	assert_int_equal(relink_load(&ctx, &claimant->journey, &relink), ERR_OK);
	return relink;
}

/* Unknown, another portal's, closed, moved, the own: one answer, and none leaves a draft. */
static void
test_names_that_lead_nowhere(void **state)
{
	struct person claimant = person_with_status("new", STATUS_CLAIMANT), foreign = person_new("work", "abroad");
	struct person closed = person_with_status("closed", STATUS_CLOSED), moved = person_with_status("moved", STATUS_MOVED);
	const char *wrong[] = {"VB-0000-0000", person_account(&foreign)->support_reference, person_account(&closed)->support_reference,
	    person_account(&moved)->support_reference, person_account(&claimant)->support_reference};
	int64_t wait;

	(void)state;
	person_prove_again(&claimant);
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(name(&claimant, wrong[i], NULL), RELINK_REFUSED);
	assert_null(look(&claimant).old);
	assert_int_equal(events(&claimant, "claim-name-refused"), 5);
	/* Of another portal's account nothing is written anywhere. */
	assert_int_equal(events(&foreign, "claim-name-refused"), 0);
	assert_int_equal(open_claim(&claimant), RELINK_MOVED);
	/* The sixth of a day is not looked at, right as it may be. */
	assert_int_equal(name(&claimant, wrong[0], &wait), RELINK_LIMITED);
	assert_true(wait > HOURS(23) && wait <= HOURS(24));
}

static void
test_names_are_counted_right_or_wrong(void **state)
{
	struct person old = person_new("health", "old"), claimant = person_with_status("new", STATUS_CLAIMANT);
	const char *reference = person_account(&old)->support_reference;

	(void)state;
	for (int i = 0; i < 5; i++)
		assert_int_equal(name(&claimant, reference, NULL), RELINK_DONE);
	assert_int_equal(name(&claimant, reference, NULL), RELINK_LIMITED);
	ctx.now += HOURS(24) + 1;
	claimant.journey.session = NULL;
	assert_int_equal(person_sign_in(&claimant, false), FACTOR_ACCEPTED);
	assert_int_equal(name(&claimant, reference, NULL), RELINK_DONE);
}

static void
test_old_credential_in_a_second_leg(void **state)
{
	struct person old = person_new("health", "old"), claimant = person_with_status("new", STATUS_CLAIMANT);
	struct person foreign = person_new("work", "abroad");
	const char *sid = claimant.journey.session->sid;
	bool noted;

	(void)state;
	(void)foreign;
	/* One that opens nothing here, another portal's, the own: the same. */
	assert_false(second_leg(&claimant, "nobody"));
	assert_false(second_leg(&claimant, "abroad"));
	assert_false(second_leg(&claimant, "new"));
	assert_int_equal(claimant.journey.session->claimed.len, 0);
	assert_int_equal(events(&claimant, "claim-name-refused"), 3);

	assert_true(second_leg(&claimant, "old"));
	assert_true(bytes_equal(record_bytes(claimant.journey.session->claimed), old.id));
	assert_true(look(&claimant).credential_proven);
	assert_int_equal(events(&old, "claim-proven"), 1);
	/* It is still the claimant's session, and none began for the old account. */
	assert_string_equal(claimant.journey.session->sid, sid);
	assert_true(bytes_equal(record_bytes(claimant.journey.session->account), claimant.id));
	/* An assertion is used up. */
	assert_int_equal(second_leg_with(&claimant, "old", "_once", &noted), ERR_OK);
	assert_int_equal(second_leg_with(&claimant, "old", "_once", &noted), ERR_EXISTS);
}

static enum err
sign_out_in(struct txn *txn, void *arg)
{
	const struct person *person = arg;

	return session_end(txn, person->journey.token, "health");
}

/* The answer finds the session by account and sid: a cookie that was renewed meanwhile is no matter; a session that is over is. */
static void
test_second_leg_finds_its_session(void **state)
{
	struct person old = person_new("health", "old"), claimant = person_with_status("new", STATUS_CLAIMANT);
	const char *leave = relink_leave(&ctx, &claimant.journey);
	struct pending *own = claimant.pending;
	struct person gone = claimant;
	bool noted;

	(void)state;
	(void)old;
	person_prove_again(&claimant);
	assert_string_equal(relink_leave(&ctx, &claimant.journey), leave);
	assert_true(second_leg(&claimant, "old"));

	/* The request of another portal does not reach it. */
	assert_int_equal(relink_forget(&ctx, &claimant.journey), ERR_OK);
	gone.pending = house_request(&ctx, "work");
	assert_int_equal(second_leg_with(&gone, "old", "_1", &noted), ERR_OK);
	assert_false(noted);
	gone.pending = own;
	house_do(&ctx, sign_out_in, &claimant);
	assert_int_equal(second_leg_with(&gone, "old", "_2", &noted), ERR_OK);
	assert_false(noted);
}

static void
test_app_code_proves_once(void **state)
{
	struct person old = person_new("health", "old"), claimant = person_with_status("new", STATUS_CLAIMANT);
	const char *digits;

	(void)state;
	draft_of(&claimant, &old);
	ctx.now += TOTP_APART;
	digits = house_digits(&ctx, old.seed, ctx.now);
	assert_int_equal(prove(&claimant, "12345"), FACTOR_REFUSED_MALFORMED);
	assert_int_equal(prove(&claimant, digits), FACTOR_ACCEPTED);
	assert_string_equal(look(&claimant).factor_proven, "totp");
	assert_false(look(&claimant).credential_proven);
	/* Used up, for the sign-in too. */
	assert_int_equal(prove(&claimant, digits), FACTOR_REFUSED_USED);
	assert_int_equal(open_claim(&claimant), RELINK_DONE);
	assert_int_equal(claim_kind(look(&claimant).claim), 'b');
	assert_string_equal(look(&claimant).claim->state, "waiting-decision");
}

struct rows {
	struct bytes id;
	const char *method;
	struct ThrottleRecord *row;
	bool disable;
};

static enum err
row_in(struct txn *txn, void *arg)
{
	struct rows *rows = arg;
	enum err err = throttle_load(txn, rows->id, rows->method, &rows->row);

	if (err != ERR_OK || !rows->disable)
		return err;
	rows->row->disabled = true;
	return throttle_save(txn, rows->id, rows->method, rows->row);
}

static struct ThrottleRecord *
row_of(const struct person *person, const char *method, bool disable)
{
	struct rows rows = {.id = person->id, .method = method, .disable = disable};

	house_do(&ctx, row_in, &rows);
	return rows.row;
}

/* Whoever guesses here neither locks the owner out nor gets more tries than there are: five a draft, ten in 30 days. */
static void
test_guessing_never_touches_the_owner(void **state)
{
	struct person old = person_new("health", "old"), thief = person_with_status("thief", STATUS_CLAIMANT);
	struct person second = person_with_status("second", STATUS_CLAIMANT), third = person_with_status("third", STATUS_CLAIMANT);

	(void)state;
	person_prove_again(&thief);
	draft_of(&thief, &old);
	for (int i = 0; i < 4; i++)
		assert_int_equal(prove(&thief, "000000"), FACTOR_REFUSED_WRONG);
	assert_int_equal(prove_recovery(&thief, "0000-0000-0000-0000"), FACTOR_REFUSED_WRONG);
	assert_int_equal(prove(&thief, house_digits(&ctx, old.seed, ctx.now)), FACTOR_REFUSED_EXHAUSTED);
	assert_int_equal(prove_recovery(&thief, old.codes[0]), FACTOR_REFUSED_EXHAUSTED);
	assert_true(look(&thief).exhausted);
	draft_of(&second, &old);
	for (int i = 0; i < 5; i++)
		assert_int_equal(prove(&second, "000000"), FACTOR_REFUSED_WRONG);
	/* The budget is the account's, not the thief's. */
	person_prove_again(&third);
	draft_of(&third, &old);
	assert_int_equal(prove(&third, house_digits(&ctx, old.seed, ctx.now)), FACTOR_REFUSED_EXHAUSTED);
	assert_int_equal(events(&old, "claim-proof-refused"), 10);

	assert_int_equal(row_of(&old, "totp", false)->in_a_row, 0);
	assert_int_equal(row_of(&old, "totp", false)->n_recent, 0);
	assert_int_equal(row_of(&old, "recovery", false)->n_recent, 0);
	assert_int_equal(person_sign_in(&old, false), FACTOR_ACCEPTED);
	ctx.now += DAYS(30);
	assert_int_equal(person_sign_in(&third, false), FACTOR_ACCEPTED);
	draft_of(&third, &old);
	assert_int_equal(prove(&third, house_digits(&ctx, old.seed, ctx.now)), FACTOR_ACCEPTED);
}

/* A new draft of the same account begins no new tries; another account's proof does not stay. */
static void
test_proofs_belong_to_their_account(void **state)
{
	struct person old = person_new("health", "old"), other = person_new("health", "other"), claimant = person_with_status("new", STATUS_CLAIMANT);

	(void)state;
	assert_true(second_leg(&claimant, "old"));
	assert_int_equal(prove(&claimant, house_digits(&ctx, old.seed, ctx.now)), FACTOR_ACCEPTED);
	draft_of(&claimant, &old);
	assert_true(look(&claimant).credential_proven);
	draft_of(&claimant, &other);
	assert_false(look(&claimant).credential_proven);
	assert_string_equal(look(&claimant).factor_proven, "");
	assert_int_equal(open_claim(&claimant), RELINK_DONE);
	assert_int_equal(claim_kind(look(&claimant).claim), 'c');
}

static void
test_proofs_fade(void **state)
{
	struct person old = person_new("health", "old"), claimant = person_with_status("new", STATUS_CLAIMANT);

	(void)state;
	assert_true(second_leg(&claimant, "old"));
	assert_int_equal(prove(&claimant, house_digits(&ctx, old.seed, ctx.now)), FACTOR_ACCEPTED);
	ctx.now += MINUTES(15);
	person_look(&claimant);
	assert_int_equal(open_claim(&claimant), RELINK_UNPROVEN);
	person_prove_again(&claimant);
	assert_true(look(&claimant).credential_proven);
	ctx.now += MINUTES(15);
	person_look(&claimant);
	person_prove_again(&claimant);
	assert_false(look(&claimant).credential_proven);
	assert_int_equal(open_claim(&claimant), RELINK_DONE);
	assert_int_equal(claim_kind(look(&claimant).claim), 'c');
}

/* The owner who signs in would end a claim: what a thief has shown for one that is not opened yet is worth nothing from then on. */
static void
test_the_owner_overtakes_proofs(void **state)
{
	struct person old = person_new("health", "old"), thief = person_with_status("thief", STATUS_CLAIMANT);

	(void)state;
	assert_true(second_leg(&thief, "old"));
	assert_int_equal(prove_recovery(&thief, old.codes[0]), FACTOR_ACCEPTED);
	assert_true(look(&thief).credential_proven);
	assert_int_equal(person_sign_in(&old, false), FACTOR_ACCEPTED);
	assert_false(look(&thief).credential_proven);
	assert_string_equal(look(&thief).factor_proven, "");
	assert_int_equal(open_claim(&thief), RELINK_DONE);
	assert_int_equal(claim_kind(look(&thief).claim), 'c');
}

static void
test_recovery_code_is_used_up_and_told(void **state)
{
	struct person old = person_new("health", "old"), claimant = person_with_status("new", STATUS_CLAIMANT);
	const struct MailRecord *mail;

	(void)state;
	draft_of(&claimant, &old);
	assert_int_equal(prove_recovery(&claimant, "tiny"), FACTOR_REFUSED_MALFORMED);
	assert_int_equal(prove_recovery(&claimant, old.codes[3]), FACTOR_ACCEPTED);
	assert_string_equal(look(&claimant).factor_proven, "recovery");
	assert_int_equal(mails(&old, "mail-recovery-used", &mail), 1);
	assert_string_equal(mail_value(mail, "codes_left"), "9");
	assert_string_equal(mail_value(mail, "claim"), "yes");
	assert_int_equal(prove_recovery(&claimant, old.codes[3]), FACTOR_REFUSED_USED);
	assert_int_equal(row_of(&old, "recovery", false)->n_recent, 0);
}

/* A method that guessing has cost its owner proves nothing here either. */
static void
test_disabled_methods_prove_nothing(void **state)
{
	struct person old = person_new("health", "old"), claimant = person_with_status("new", STATUS_CLAIMANT);

	(void)state;
	row_of(&old, "totp", true);
	row_of(&old, "recovery", true);
	draft_of(&claimant, &old);
	ctx.now += TOTP_APART;
	assert_int_equal(prove(&claimant, house_digits(&ctx, old.seed, ctx.now)), FACTOR_REFUSED_EXHAUSTED);
	assert_int_equal(prove_recovery(&claimant, old.codes[0]), FACTOR_REFUSED_EXHAUSTED);
}

struct factor_change {
	struct bytes id;
	const char *address;
};

static enum err
to_mail_in(struct txn *txn, void *arg)
{
	const struct factor_change *change = arg;
	struct FactorRecord factor = FACTOR_RECORD__INIT;
	struct AccountRecord *account;
	enum err err = account_load(txn, change->id, &account);

	factor.address = (char *)change->address;
	if (err != ERR_OK)
		return err;
	account->method = (char *)"mail";
	err = account_save(txn, account);
	return err == ERR_OK ? factor_save(txn, change->id, "mail", &factor) : err;
}

static enum relink_verdict
send(struct person *claimant, enum mail_send_verdict *ret_sending)
{
	struct mail_sending sending = {.verdict = MAIL_LIMITED};
	struct relink_answer answer;

	assert_int_equal(relink_send(&ctx, &claimant->journey, &answer, &sending), ERR_OK);
	*ret_sending = sending.verdict;
	return answer.verdict;
}

/* The owner's mailbox gets nothing from who has not proven the credential; and has limits of its own for who has. */
static void
test_mail_codes_after_the_credential(void **state)
{
	struct person old = person_new("health", "old"), claimant = person_with_status("new", STATUS_CLAIMANT);
	struct factor_change change = {old.id, "old@example.ca"};
	enum mail_send_verdict sending;
	const struct MailRecord *mail;
	struct relink_answer answer;
	struct factor_answer code;

	(void)state;
	house_do(&ctx, to_mail_in, &change);
	draft_of(&claimant, &old);
	assert_string_equal(look(&claimant).method, "");
	assert_int_equal(send(&claimant, &sending), RELINK_MOVED);
	assert_int_equal(relink_prove(&ctx, &claimant.journey, "123456", &answer, &code), ERR_OK);
	assert_int_equal(answer.verdict, RELINK_MOVED);
	assert_int_equal(mails(&old, "mail-code", NULL), 0);

	assert_true(second_leg(&claimant, "old"));
	assert_string_equal(look(&claimant).method, "mail");
	for (int i = 0; i < 5; i++) {
		assert_int_equal(send(&claimant, &sending), RELINK_DONE);
		assert_int_equal(sending, i == 0 ? MAIL_QUEUED : MAIL_REPEATED);
	}
	assert_int_equal(send(&claimant, &sending), RELINK_DONE);
	assert_int_equal(sending, MAIL_LIMITED);
	assert_int_equal(mails(&old, "mail-code", &mail), 5);
	assert_string_equal(mail_value(mail, "purpose"), "claim");
	assert_int_equal(prove(&claimant, "000000"), FACTOR_REFUSED_WRONG);
	assert_int_equal(prove(&claimant, mail_value(mail, "code")), FACTOR_ACCEPTED);
	assert_int_equal(open_claim(&claimant), RELINK_DONE);
	assert_int_equal(claim_kind(look(&claimant).claim), 'a');
	assert_int_equal(row_of(&old, "mail", false)->n_recent, 0);
	/* The owner's own sends are not used up. */
	old.pending = house_request(&ctx, "health");
	old.journey = house_journey(&ctx, old.pending, house_arrive(&ctx, old.pending, "gckey", "old"), STEP_SECOND_FACTOR);
	assert_int_equal(mails(&old, "mail-code", NULL), 5);
}

static enum err
freeze_in(struct txn *txn, void *arg)
{
	struct person *person = arg;
	struct AccountRecord *account;
	enum err err = account_load(txn, person->id, &account);

	return err == ERR_OK ? account_freeze(txn, account, "mail-factor-changed") : err;
}

static void
test_frozen_claimants_claim_nothing(void **state)
{
	struct person old = person_new("health", "old"), claimant = person_with_status("new", STATUS_CLAIMANT);

	(void)state;
	draft_of(&claimant, &old);
	house_do(&ctx, freeze_in, &claimant);
	person_look(&claimant);
	assert_int_equal(name(&claimant, person_account(&old)->support_reference, NULL), RELINK_FROZEN);
	assert_int_equal(open_claim(&claimant), RELINK_FROZEN);
}

/* One open claim at a time, and not a mail a minute to the same victim. */
static void
test_claims_are_few(void **state)
{
	struct person old = person_new("health", "old"), claimant = person_with_status("new", STATUS_CLAIMANT);
	struct relink_answer answer;

	(void)state;
	for (int i = 0; i < 5; i++) {
		assert_true(second_leg(&claimant, "old"));
		assert_int_equal(open_claim(&claimant), RELINK_DONE);
		if (i == 0) {
			assert_true(second_leg(&claimant, "old"));
			assert_int_equal(open_claim(&claimant), RELINK_MOVED);
		}
		assert_int_equal(relink_cancel(&ctx, &claimant.journey, &answer), ERR_OK);
		assert_int_equal(answer.verdict, RELINK_DONE);
		assert_int_equal(relink_cancel(&ctx, &claimant.journey, &answer), ERR_OK);
		assert_int_equal(answer.verdict, RELINK_MOVED);
		person_look(&claimant);
	}
	assert_true(second_leg(&claimant, "old"));
	assert_int_equal(open_claim(&claimant), RELINK_LIMITED);
	assert_int_equal(mails(&old, "mail-claim-opened", NULL), 5);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, claimants_begin, claimants_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_names_that_lead_nowhere),
	    TEST(test_names_are_counted_right_or_wrong),
	    TEST(test_old_credential_in_a_second_leg),
	    TEST(test_second_leg_finds_its_session),
	    TEST(test_app_code_proves_once),
	    TEST(test_guessing_never_touches_the_owner),
	    TEST(test_proofs_belong_to_their_account),
	    TEST(test_proofs_fade),
	    TEST(test_the_owner_overtakes_proofs),
	    TEST(test_recovery_code_is_used_up_and_told),
	    TEST(test_disabled_methods_prove_nothing),
	    TEST(test_mail_codes_after_the_credential),
	    TEST(test_frozen_claimants_claim_nothing),
	    TEST(test_claims_are_few),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
