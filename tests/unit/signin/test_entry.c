/* Who may open an account: invited, approved, or there to claim an older one. ATTACKS S113. */
#include "house.h"

#include <string.h>

#include "account/account.h"
#include "account/address.h"
#include "account/approval.h"
#include "account/invitation.h"
#include "mail/outbox.h"
#include "signin/agenda_run.h"
#include "signin/enrol.h"
#include "signin/entry.h"

#define RIVALS 20

static struct house house;
static struct ctx ctx;
static struct pending *pending;

static void
open_with(const char *backend, enum admission admission)
{
	house_open(&house, backend);
	house.portals[0].admission = admission;
	ctx = house_ctx(&house, HOUSE_NOW);
	pending = house_request(&ctx, "health");
}

static int
tear_down(void **state)
{
	(void)state;
	house_ctx_done(&ctx);
	house_close(&house);
	return 0;
}

struct make {
	const char *portal, *code, *id;
};

static enum err
create_in(struct txn *txn, void *arg)
{
	struct make *make = arg;
	const struct invitation_new wanted = {.portal = make->portal, .note = "", .by = "api"};
	struct InvitationRecord *invitation;
	enum err err = invitation_create(txn, &wanted, &make->code, &invitation);

	if (err == ERR_OK)
		make->id = invitation->id;
	return err;
}

static struct make
invitation(const char *portal)
{
	struct make make = {.portal = portal};

	house_do(&ctx, create_in, &make);
	return make;
}

static enum err
revoke_in(struct txn *txn, void *arg)
{
	const struct make *make = arg;
	struct InvitationRecord *ignored;

	return invitation_revoke(txn, make->portal, make->id, "api", &ignored);
}

struct load {
	const struct make *make;
	struct InvitationRecord *invitation;
};

static enum err
load_in(struct txn *txn, void *arg)
{
	struct load *load = arg;

	return invitation_load(txn, load->make->portal, load->make->id, &load->invitation);
}

static enum invite
give(const struct journey *journey, const char *typed)
{
	enum invite verdict;

	assert_int_equal(entry_invite(&ctx, journey, typed, &verdict), ERR_OK);
	return verdict;
}

static struct journey
come(const char *name_id, enum step step)
{
	return house_journey(&ctx, pending, house_arrive(&ctx, pending, "gckey", name_id), step);
}

static void
test_invited(void **state)
{
	struct make mine, foreign, revoked;
	struct load load;
	struct journey journey;
	enum invite why;

	(void)state;
	open_with("mem", ADMISSION_INVITATION);
	mine = invitation("health"), foreign = invitation("work"), revoked = invitation("health");
	house_do(&ctx, revoke_in, &revoked);
	journey = come("anna", STEP_ADMISSION);
	assert_int_equal(give(&journey, NULL), INVITE_REQUIRED);
	assert_int_equal(give(&journey, ""), INVITE_REQUIRED);
	assert_int_equal(give(&journey, "12"), INVITE_MALFORMED);
	assert_int_equal(give(&journey, "0000-0000-0000-0000"), INVITE_WRONG);
	assert_int_equal(give(&journey, foreign.code), INVITE_FOREIGN);
	assert_int_equal(give(&journey, revoked.code), INVITE_REVOKED);
	house_journey(&ctx, pending, journey.token, STEP_ADMISSION);
	assert_int_equal(give(&journey, mine.code), INVITE_ACCEPTED);
	/* Not used up before there is an account; a second click finds the person further on. */
	assert_int_equal(give(&journey, mine.code), INVITE_MOVED);
	journey = house_journey(&ctx, pending, journey.token, STEP_ENROL);
	assert_int_equal(entry_lost(&ctx, &journey, &why), ERR_OK);
	assert_int_equal(why, INVITE_ACCEPTED);
	load.make = &mine;
	assert_int_equal(store_view(&ctx, load_in, &load), ERR_OK);
	assert_int_equal(load.invitation->used, 0);

	house_enrol(&ctx, &journey, NULL, NULL);
	assert_true(status_is(journey.account, STATUS_ACTIVE));
	assert_int_equal(store_view(&ctx, load_in, &load), ERR_OK);
	assert_int_equal(load.invitation->used, HOUSE_NOW);
	assert_true(bytes_equal(record_bytes(load.invitation->account), record_bytes(journey.account->id)));
	/* Who has an account is not asked again, and nobody else gets in with it. */
	come("anna", STEP_SECOND_FACTOR);
	journey = come("bert", STEP_ADMISSION);
	assert_int_equal(give(&journey, mine.code), INVITE_USED);
}

/* Between giving the code and having an account it runs out, or is taken back. */
static void
test_lost(void **state)
{
	struct journey journey;
	struct make mine;
	enum invite why;

	(void)state;
	open_with("mem", ADMISSION_INVITATION);
	mine = invitation("health");
	journey = come("anna", STEP_ADMISSION);
	assert_int_equal(give(&journey, mine.code), INVITE_ACCEPTED);
	house_do(&ctx, revoke_in, &mine);
	journey = house_journey(&ctx, pending, journey.token, STEP_ADMISSION);
	assert_int_equal(entry_lost(&ctx, &journey, &why), ERR_OK);
	assert_int_equal(why, INVITE_REVOKED);
	mine = invitation("health");
	assert_int_equal(give(&journey, mine.code), INVITE_ACCEPTED);
	house_journey(&ctx, pending, journey.token, STEP_ENROL);
	house.portals[0].idle = DAYS(60);
	ctx.now += DAYS(14);
	pending->created = ctx.now;
	journey = come("bert", STEP_ADMISSION);
	assert_int_equal(give(&journey, mine.code), INVITE_EXPIRED);
}

struct rivals {
	const char *tokens[RIVALS];
	struct bytes seeds[RIVALS];
};

/* Each has a GCKey and a seed of the own, and the same invitation. */
static bool
enrol(void *arg, unsigned number)
{
	struct rivals *rivals = arg;
	struct ctx own = house_ctx(&house, HOUSE_NOW);
	struct enrolment enrolment = {.verdict = ENROL_MOVED};
	struct journey journey;
	bool won = journey_find(&own, pending, rivals->tokens[number], &journey) == ERR_OK &&
		   enrol_finish(&own, &journey, house_digits(&own, rivals->seeds[number], HOUSE_NOW), &enrolment) == ERR_OK &&
		   enrolment.verdict == ENROL_DONE;

	house_ctx_done(&own);
	return won;
}

static enum err
count_one(void *arg, struct bytes key, struct bytes value)
{
	(void)key;
	(void)value;
	++*(unsigned *)arg;
	return ERR_OK;
}

static enum err
count_in(struct txn *txn, void *arg)
{
	return txn_walk(txn, TABLE_ACCOUNT, bytes_make("", 0), count_one, arg);
}

static void
run_race(const char *backend)
{
	struct rivals rivals;
	struct journey journey;
	struct make mine;
	unsigned accounts = 0, lost = 0;
	enum invite why;

	open_with(backend, ADMISSION_INVITATION);
	mine = invitation("health");
	for (unsigned i = 0; i < RIVALS; i++) {
		journey = come(arena_printf(ctx.arena, "rival %u", i), STEP_ADMISSION);
		assert_int_equal(give(&journey, mine.code), INVITE_ACCEPTED);
		journey = house_journey(&ctx, pending, journey.token, STEP_ENROL);
		assert_int_equal(enrol_begin(&ctx, &journey, "totp"), ERR_OK);
		rivals.tokens[i] = journey.token;
		rivals.seeds[i] = record_bytes(journey.session->pending_secret);
	}
	assert_int_equal(house_contest(RIVALS, enrol, &rivals), 1);
	assert_int_equal(store_view(&ctx, count_in, &accounts), ERR_OK);
	assert_int_equal(accounts, 1);
	for (unsigned i = 0; i < RIVALS; i++) {
		assert_int_equal(journey_find(&ctx, pending, rivals.tokens[i], &journey), ERR_OK);
		if (journey.step != STEP_ADMISSION)
			continue;
		assert_int_equal(entry_lost(&ctx, &journey, &why), ERR_OK);
		assert_int_equal(why, INVITE_USED);
		lost++;
	}
	assert_int_equal(lost, RIVALS - 1);
}

static void
test_race_mem(void **state)
{
	(void)state;
	run_race("mem");
}

static void
test_race_lmdb(void **state)
{
	(void)state;
	run_race("lmdb");
}

/* Where no factor is asked for, the account is there with the code. */
static void
test_without_factor(void **state)
{
	struct journey journey;
	struct make mine;

	(void)state;
	open_with("mem", ADMISSION_INVITATION);
	house.portals[0].required_for.count = 0;
	mine = invitation("health");
	journey = come("anna", STEP_ADMISSION);
	assert_int_equal(give(&journey, mine.code), INVITE_ACCEPTED);
	journey = house_journey(&ctx, pending, journey.token, STEP_DONE);
	assert_true(status_is(journey.account, STATUS_ACTIVE));
	assert_int_equal(journey.account->n_sign_ins, 1);
	journey = come("bert", STEP_ADMISSION);
	assert_int_equal(give(&journey, mine.code), INVITE_USED);

	house.portals[0].admission = ADMISSION_APPROVAL;
	journey = come("carla", STEP_WAITING);
	assert_true(status_is(journey.account, STATUS_WAITING));
}

/* A person without an invitation, who had an account: a claimant's account opens nothing, until it is invited after all. */
static void
test_claimant(void **state)
{
	struct journey journey;
	struct make mine;
	struct bytes seed;

	(void)state;
	open_with("mem", ADMISSION_INVITATION);
	mine = invitation("health");
	journey = come("anna", STEP_ADMISSION);
	assert_int_equal(entry_claim(&ctx, &journey), ERR_OK);
	journey = house_journey(&ctx, pending, journey.token, STEP_ENROL);
	assert_true(entry_takes(&journey)); /* the code turns up after all */
	assert_int_equal(give(&journey, "0000-0000-0000-0000"), INVITE_WRONG);
	house_enrol_to(&ctx, &journey, STEP_RELINK, &seed, NULL);
	assert_true(status_is(journey.account, STATUS_CLAIMANT));
	assert_false(status_admits(status_of(journey.account)));
	assert_int_equal(give(&journey, mine.code), INVITE_ACCEPTED);
	journey = house_journey(&ctx, pending, journey.token, STEP_DONE);
	assert_true(status_is(journey.account, STATUS_ACTIVE));
	assert_string_equal(journey.account->status_why, "invited");
	assert_false(entry_takes(&journey));
	assert_int_equal(give(&journey, mine.code), INVITE_MOVED);
}

/* Nowhere else is it a way in. */
static void
test_no_claimant(void **state)
{
	struct journey journey;

	(void)state;
	open_with("mem", ADMISSION_APPROVAL);
	journey = come("anna", STEP_ENROL);
	assert_false(entry_takes(&journey));
	assert_int_equal(entry_claim(&ctx, &journey), ERR_OK);
	journey = house_journey(&ctx, pending, journey.token, STEP_ENROL);
	assert_false(journey.session->claiming);
	house_enrol_to(&ctx, &journey, STEP_WAITING, NULL, NULL);
}

/* An employer's GCKey opens nothing here, and uses up nothing. */
static void
test_in_use(void **state)
{
	struct journey journey;
	struct make mine;

	(void)state;
	open_with("mem", ADMISSION_INVITATION);
	mine = invitation("health");
	pending = house_request(&ctx, "work");
	journey = come("anna", STEP_ENROL);
	house_enrol(&ctx, &journey, NULL, NULL);
	pending = house_request(&ctx, "health");
	journey = come("anna", STEP_CREDENTIAL_IN_USE);
	assert_int_equal(give(&journey, mine.code), INVITE_MOVED);
	journey = come("anna's second", STEP_ADMISSION);
	assert_int_equal(give(&journey, mine.code), INVITE_ACCEPTED);
	house_journey(&ctx, pending, journey.token, STEP_ENROL);
}

struct decision {
	struct AccountRecord *account;
	bool yes;
	const char *mails[8];
	size_t count;
	const struct AccountRecord *waiting[8];
	size_t waiting_count;
	const struct AccountRecord *after;
};

static enum err
address_in(struct txn *txn, void *arg)
{
	struct decision *decision = arg;

	return address_put(txn, record_bytes(decision->account->id), "anna@example.ca", ADDRESS_NOTICE);
}

static enum err
decide_in(struct txn *txn, void *arg)
{
	struct decision *decision = arg;

	return approval_decide(txn, decision->account, decision->yes, "api");
}

static enum err
note_mail(void *arg, struct bytes key, const struct MailRecord *mail)
{
	struct decision *decision = arg;

	(void)key;
	assert_true(decision->count < 8);
	decision->mails[decision->count++] = mail->kind;
	return ERR_OK;
}

static enum err
note_waiting(void *arg, const struct AccountRecord *account)
{
	struct decision *decision = arg;

	assert_true(decision->waiting_count < 8);
	decision->waiting[decision->waiting_count++] = account;
	return ERR_OK;
}

static enum err
look_in(struct txn *txn, void *arg)
{
	struct decision *decision = arg;
	enum err err;

	decision->count = decision->waiting_count = 0;
	err = outbox_walk_account(txn, record_bytes(decision->account->id), note_mail, decision);
	return err == ERR_OK ? approval_walk(txn, "health", decision->after, 8, note_waiting, decision) : err;
}

static void
assert_told(struct decision *decision, size_t count, const char *newest, size_t waiting)
{
	assert_int_equal(store_view(&ctx, look_in, decision), ERR_OK);
	assert_int_equal(decision->count, count);
	if (count > 0)
		assert_string_equal(decision->mails[0], newest);
	assert_int_equal(decision->waiting_count, waiting);
}

static struct journey
wait_as(const char *name_id, struct bytes *ret_seed, struct decision *decision)
{
	struct journey journey = come(name_id, STEP_ENROL);

	house_enrol_to(&ctx, &journey, STEP_WAITING, ret_seed, NULL);
	*decision = (struct decision){.account = journey.account};
	house_do(&ctx, address_in, decision);
	return journey;
}

static void
test_approved(void **state)
{
	struct decision anna, bert;
	struct journey journey;

	(void)state;
	open_with("mem", ADMISSION_APPROVAL);
	journey = wait_as("anna", NULL, &anna);
	ctx.now += SECONDS(1);
	wait_as("bert", NULL, &bert);
	assert_told(&anna, 0, NULL, 2);
	assert_true(bytes_equal(record_bytes(anna.waiting[0]->id), record_bytes(anna.account->id)));
	anna.after = anna.account; /* a list goes on after its last */
	assert_told(&anna, 0, NULL, 1);
	assert_true(bytes_equal(record_bytes(anna.waiting[0]->id), record_bytes(bert.account->id)));
	anna.after = NULL;

	anna.yes = true;
	house_do(&ctx, decide_in, &anna);
	assert_told(&anna, 1, "mail-approved", 1);
	house_journey(&ctx, pending, journey.token, STEP_DONE);
	assert_int_equal(store_update(&ctx, decide_in, &anna), ERR_REFUSED);
	anna.yes = false; /* who is in is not refused: that is closing */
	assert_int_equal(store_update(&ctx, decide_in, &anna), ERR_REFUSED);
}

static void
test_refused(void **state)
{
	struct decision anna;
	struct journey journey;
	struct pending *later;
	struct bytes seed;

	(void)state;
	open_with("mem", ADMISSION_APPROVAL);
	journey = wait_as("anna", &seed, &anna);
	house_do(&ctx, decide_in, &anna);
	assert_told(&anna, 1, "mail-refused", 0);
	house_journey(&ctx, pending, journey.token, STEP_ENDED);
	/* Whoever comes anew is not kept in that session: another credential may open another account. */
	ctx.now += SECONDS(1);
	later = house_request(&ctx, "health");
	house_journey(&ctx, later, journey.token, STEP_CHOOSE_PROVIDER);
	house_journey(&ctx, later, house_arrive(&ctx, later, "gckey", "anna"), STEP_ENDED);
	house_journey(&ctx, later, house_arrive(&ctx, later, "gckey", "bert"), STEP_ENROL);
	/* A late yes; nobody who was refused is refused again, or lapses. */
	assert_int_equal(store_update(&ctx, decide_in, &anna), ERR_REFUSED);
	anna.yes = true;
	house_do(&ctx, decide_in, &anna);
	assert_told(&anna, 2, "mail-approved", 0);
	house_journey(&ctx, pending, journey.token, STEP_DONE);
}

static void
test_undecided(void **state)
{
	struct decision anna, bert;
	struct journey journey;
	unsigned ran;

	(void)state;
	open_with("mem", ADMISSION_APPROVAL);
	house.portals[0].idle = house.portals[0].absolute = DAYS(60);
	wait_as("anna", NULL, &anna);
	wait_as("bert", NULL, &bert);
	bert.yes = true;
	house_do(&ctx, decide_in, &bert);
	ctx.now = HOUSE_NOW + house.config.limits.approval_lifetime - 1;
	assert_int_equal(agenda_run(&ctx, 100, &ran), ERR_OK);
	assert_told(&anna, 0, NULL, 1);
	ctx.now++;
	assert_int_equal(agenda_run(&ctx, 100, &ran), ERR_OK);
	assert_told(&anna, 1, "mail-undecided", 0);
	assert_told(&bert, 1, "mail-approved", 0); /* decided: its row does nothing */
	anna.yes = true;
	/* What is closed stays closed; the caller looks at the record as it is now. */
	journey = come("anna", STEP_ENDED);
	anna.account = journey.account;
	assert_true(status_is(anna.account, STATUS_CLOSED));
	assert_int_equal(store_update(&ctx, decide_in, &anna), ERR_REFUSED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_teardown(test_invited, tear_down),
	    cmocka_unit_test_teardown(test_lost, tear_down),
	    cmocka_unit_test_teardown(test_race_mem, tear_down),
	    cmocka_unit_test_teardown(test_race_lmdb, tear_down),
	    cmocka_unit_test_teardown(test_without_factor, tear_down),
	    cmocka_unit_test_teardown(test_claimant, tear_down),
	    cmocka_unit_test_teardown(test_no_claimant, tear_down),
	    cmocka_unit_test_teardown(test_in_use, tear_down),
	    cmocka_unit_test_teardown(test_approved, tear_down),
	    cmocka_unit_test_teardown(test_refused, tear_down),
	    cmocka_unit_test_teardown(test_undecided, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
