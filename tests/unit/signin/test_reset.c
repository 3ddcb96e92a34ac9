/* A reset by the help desk: who may ask, who may approve, what stops it, and what is left when it is done.  ATTACKS F34 F36, ASVS 6.4.3 6.4.6. */
#include "house.h"

#include <string.h>

#include "account/account.h"
#include "account/address.h"
#include "account/caller.h"
#include "account/link.h"
#include "account/notice.h"
#include "audit/audit.h"
#include "factor/recovery.h"
#include "factor/throttle.h"
#include "signin/enrol.h"
#include "signin/freeze.h"
#include "signin/prove.h"
#include "signin/reset.h"

#define ADDRESS "anna@example.ca"
#define PAGE (1u << CALLER_CREDENTIAL)
#define MANAGE (1u << CALLER_FACTOR)
#define MAIL (1u << CALLER_MAIL)
#define ENOUGH (PAGE | MAIL)

static struct house house;
static struct ctx ctx;
static struct pending *pending;
static struct journey journey;
static struct bytes seed;
static const char *codes[10];
static const char *both[] = {"totp", "mail"};

static enum err
give_address_in(struct txn *txn, void *arg)
{
	(void)arg;
	return address_put(txn, record_bytes(journey.account->id), ADDRESS, ADDRESS_NOTICE);
}

/* Anna has an app, recovery codes and an address for notices. */
static int
begin(void **state)
{
	(void)state;
	house_open(&house, "mem");
	ctx = house_ctx(&house, HOUSE_NOW);
	house.portals[0].methods = (struct texts){both, 2};
	pending = house_request(&ctx, "health");
	journey = house_journey(&ctx, pending, house_arrive(&ctx, pending, "gckey", "anna"), STEP_ENROL);
	house_enrol(&ctx, &journey, &seed, codes);
	house_do(&ctx, give_address_in, NULL);
	ctx.now += MINUTES(20);
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

struct act {
	unsigned proven;
	const char *staff;
	enum reset_end why;
	enum reset_verdict verdict;
	struct AccountRecord *account;
	struct ResetRecord *reset;
	const struct MailRecord *mail;
	const char *kind, *event, *field;
	unsigned count;
};

static enum err
load_in(struct txn *txn, void *arg)
{
	struct act *act = arg;

	return account_load(txn, record_bytes(journey.account->id), &act->account);
}

static struct AccountRecord *
account(void)
{
	struct act act = {.count = 0};

	assert_int_equal(store_view(&ctx, load_in, &act), ERR_OK);
	return act.account;
}

static enum err
ask_in(struct txn *txn, void *arg)
{
	struct act *act = arg;
	enum err err = load_in(txn, act);
	const struct reset_new wanted = {act->account, act->proven, act->staff, "factor-lost", "INC-1"};

	return err == ERR_OK ? reset_ask(txn, &wanted, &act->verdict) : err;
}

static enum reset_verdict
ask(unsigned proven)
{
	struct act act = {.proven = proven, .staff = "S-AAAAAA"};

	house_do(&ctx, ask_in, &act);
	return act.verdict;
}

static enum err
approve_in(struct txn *txn, void *arg)
{
	struct act *act = arg;
	enum err err = load_in(txn, act);

	return err == ERR_OK ? reset_approve(txn, act->account, act->staff, &act->verdict) : err;
}

static enum reset_verdict
approve(const char *staff)
{
	struct act act = {.staff = staff};

	house_do(&ctx, approve_in, &act);
	return act.verdict;
}

static enum err
stop_in(struct txn *txn, void *arg)
{
	struct act *act = arg;
	enum err err = load_in(txn, act);

	return err == ERR_OK ? reset_stop(txn, act->account, act->why, "S-CCCCCC") : err;
}

static enum err
due_in(struct txn *txn, void *arg)
{
	(void)arg;
	return reset_due(txn, record_bytes(journey.account->id));
}

static void
due(void)
{
	house_do(&ctx, due_in, NULL);
}

static enum err
open_in(struct txn *txn, void *arg)
{
	struct act *act = arg;

	return reset_load(txn, record_bytes(journey.account->id), &act->reset);
}

static struct ResetRecord *
open_reset(void)
{
	struct act act = {.count = 0};
	enum err err = store_view(&ctx, open_in, &act);

	assert_true(err == ERR_OK || err == ERR_NOT_FOUND);
	return err == ERR_OK ? act.reset : NULL;
}

static enum err
count_mail(void *arg, struct bytes key, const struct MailRecord *mail)
{
	struct act *act = arg;

	(void)key;
	if (strcmp(mail->kind, act->kind) != 0)
		return ERR_OK;
	assert_string_equal(mail->to, ADDRESS);
	if (act->mail == NULL)
		act->mail = mail; /* the newest */
	act->count++;
	return ERR_OK;
}

static enum err
mails_in(struct txn *txn, void *arg)
{
	return outbox_walk_account(txn, record_bytes(journey.account->id), count_mail, arg);
}

static unsigned
mails(const char *kind)
{
	struct act act = {.kind = kind};

	assert_int_equal(store_view(&ctx, mails_in, &act), ERR_OK);
	return act.count;
}

/* A value of the newest mail of that kind. */
static const char *
mail_value_of(const char *kind, const char *name)
{
	struct act act = {.kind = kind};

	assert_int_equal(store_view(&ctx, mails_in, &act), ERR_OK);
	assert_non_null(act.mail);
	for (size_t i = 0; i < act.mail->n_names; i++) {
		if (strcmp(act.mail->names[i], name) == 0)
			return act.mail->values[i];
	}
	return NULL;
}

static enum err
note_event(void *arg, uint64_t sequence, const struct AuditRecord *record)
{
	struct act *act = arg;

	(void)sequence;
	if (strcmp(record->event, act->event) == 0) {
		act->count++;
		act->field = record->n_values > 0 ? record->values[0] : "";
	}
	return ERR_OK;
}

static enum err
events_in(struct txn *txn, void *arg)
{
	return audit_walk(txn, 1, 10000, note_event, arg);
}

/* The first field of the newest event of that name; NULL: there is none. */
static const char *
event_field(const char *event)
{
	struct act act = {.event = event};

	assert_int_equal(store_view(&ctx, events_in, &act), ERR_OK);
	return act.field;
}

static struct journey
sign_in(enum step step)
{
	pending = house_request(&ctx, "health");
	return house_journey(&ctx, pending, house_arrive(&ctx, pending, "gckey", "anna"), step);
}

static void
test_what_the_caller_must_show(void **state)
{
	(void)state;
	assert_int_equal(ask(0), RESET_REFUSED_PROOF);
	assert_int_equal(ask(PAGE), RESET_REFUSED_PROOF); /* the password alone */
	assert_int_equal(ask(MANAGE), RESET_REFUSED_PROOF);
	assert_int_equal(ask(PAGE | MANAGE), RESET_REFUSED_PROOF);
	assert_int_equal(ask(MAIL), RESET_REFUSED_PROOF); /* the mailbox alone */
	assert_null(open_reset());
	assert_int_equal(mails("mail-reset-asked"), 0);
	assert_int_equal(ask(MANAGE | MAIL), RESET_ACCEPTED);
	assert_int_equal(ask(ENOUGH), RESET_REFUSED_OPEN);
	assert_int_equal(mails("mail-reset-asked"), 1);
	assert_string_equal(event_field("reset-asked"), "S-AAAAAA");
}

static void
test_two_people(void **state)
{
	(void)state;
	assert_int_equal(approve("S-BBBBBB"), RESET_REFUSED_NONE);
	assert_int_equal(ask(ENOUGH), RESET_ACCEPTED);
	assert_int_equal(approve("S-AAAAAA"), RESET_REFUSED_SAME);
	assert_string_equal(open_reset()->state, RESET_ASKED);
	assert_int_equal(approve("S-BBBBBB"), RESET_ACCEPTED);
	assert_string_equal(open_reset()->state, RESET_WAITING);
	assert_int_equal(open_reset()->due, ctx.now + HOURS(24));
	assert_int_equal(approve("S-CCCCCC"), RESET_REFUSED_NONE);
	assert_int_equal(mails("mail-reset-approved"), 1);
	assert_non_null(strstr(mail_value_of("mail-reset-approved", "not_me_url"), "/not-me?t="));
}

static enum err
freeze_in(struct txn *txn, void *arg)
{
	struct act *act = arg;
	enum err err = load_in(txn, act);

	return err == ERR_OK ? account_freeze(txn, act->account, "mail-recovery-used") : err;
}

static enum err
change_in(struct txn *txn, void *arg)
{
	struct act *act = arg;

	return account_save(txn, act->account);
}

static void
save_account(struct AccountRecord *record)
{
	struct act act = {.account = record};

	house_do(&ctx, change_in, &act);
}

static enum err
drop_address_in(struct txn *txn, void *arg)
{
	(void)arg;
	return address_drop(txn, record_bytes(journey.account->id), ADDRESS_NOTICE);
}

static void
test_accounts_that_cannot_be_reset(void **state)
{
	struct AccountRecord *record = account();
	struct act act = {.count = 0};

	(void)state;
	record->status = (char *)"closed";
	save_account(record);
	assert_int_equal(ask(ENOUGH), RESET_REFUSED_STATUS);
	record->status = (char *)"active";
	record->method = (char *)"";
	save_account(record);
	assert_int_equal(ask(ENOUGH), RESET_REFUSED_FACTOR);
	record->method = (char *)"totp";
	save_account(record);
	house.config.mail.url = NULL;
	assert_int_equal(ask(ENOUGH), RESET_REFUSED_ADDRESS);
	house.config.mail.url = "smtp://127.0.0.1:25";
	house_do(&ctx, drop_address_in, NULL);
	assert_int_equal(ask(ENOUGH), RESET_REFUSED_ADDRESS);
	house_do(&ctx, freeze_in, &act);
	assert_int_equal(ask(ENOUGH), RESET_REFUSED_FROZEN);
	assert_null(open_reset());
}

/* To the waiting period. */
static void
ask_and_approve(void)
{
	assert_int_equal(ask(ENOUGH), RESET_ACCEPTED);
	ctx.now += HOURS(1);
	assert_int_equal(approve("S-BBBBBB"), RESET_ACCEPTED);
}

static enum err
wear_out_in(struct txn *txn, void *arg)
{
	struct bytes id = record_bytes(journey.account->id);
	struct ThrottleRecord *row;
	enum err err = throttle_load(txn, id, arg, &row);

	for (unsigned i = 0; i < 50 && err == ERR_OK; i++)
		throttle_count(row, &txn_ctx(txn)->config->limits, txn_ctx(txn)->now, txn_ctx(txn)->arena);
	assert_true(row->disabled);
	return throttle_save(txn, id, arg, row);
}

struct left {
	const char *method;
	struct ThrottleRecord *row;
	struct RecoveryRecord *codes;
	struct FactorRecord *factor;
	enum err had_codes, had_app;
};

static enum err
left_in(struct txn *txn, void *arg)
{
	struct left *left = arg;
	struct bytes id = record_bytes(journey.account->id);

	left->had_codes = recovery_load(txn, id, &left->codes);
	left->had_app = factor_load(txn, id, "totp", &left->factor);
	return throttle_load(txn, id, left->method, &left->row);
}

/* F36: the password alone opens nothing afterwards, the old factor and the old codes are dead, and the owner enrols anew. */
static void
test_done(void **state)
{
	struct left left = {.method = "totp"};
	struct proof proof;
	struct mail_sending sending;
	struct journey now;

	(void)state;
	house_do(&ctx, wear_out_in, (void *)"totp");
	house_do(&ctx, wear_out_in, (void *)"recovery");
	ask_and_approve();
	ctx.now += HOURS(24) - 1;
	due();
	assert_string_equal(account()->method, "totp");
	ctx.now += 1;
	due();
	assert_null(open_reset());
	assert_int_equal(mails("mail-reset-done"), 1);
	assert_string_equal(event_field("reset-done"), "totp");
	assert_int_equal(store_view(&ctx, left_in, &left), ERR_OK);
	assert_int_equal(left.had_codes, ERR_NOT_FOUND);
	assert_int_equal(left.had_app, ERR_NOT_FOUND);
	assert_false(left.row->disabled);
	assert_int_equal(left.row->n_recent, 50); /* F14: stay counted */
	house_journey(&ctx, journey.pending, journey.token, STEP_CHOOSE_PROVIDER); /* the session is over */
	due(); /* twice is once */
	assert_int_equal(mails("mail-reset-done"), 1);

	now = sign_in(STEP_SECOND_FACTOR);
	assert_string_equal(now.account->method, "mail");
	assert_int_equal(enrol_begin(&ctx, &now, "totp"), ERR_REFUSED);
	assert_int_equal(prove_recovery(&ctx, &now, codes[0], &proof), ERR_OK);
	assert_int_not_equal(proof.answer.verdict, FACTOR_ACCEPTED);
	assert_int_equal(prove_send_first(&ctx, &now, &sending), ERR_OK);
	assert_int_equal(prove_factor(&ctx, &now, mail_value_of("mail-code", "code"), NULL, &proof), ERR_OK);
	assert_int_equal(proof.answer.verdict, FACTOR_ACCEPTED);
	now = house_journey(&ctx, pending, proof.token, STEP_ENROL);
	assert_false(journey_may_skip(&now));
	pending->acr_values = ACR_TOTP;
	assert_false(journey_may_skip(&now)); /* nobody goes on with the stand-in */
	pending->acr_values = "";
	house_enrol(&ctx, &now, &seed, codes);
	assert_string_equal(account()->method, "totp");
	assert_int_equal(account()->enrol_anew, 0);
	ctx.now += MINUTES(30);
	now = sign_in(STEP_SECOND_FACTOR);
	assert_int_equal(prove_factor(&ctx, &now, house_digits(&ctx, seed, ctx.now), NULL, &proof), ERR_OK);
	assert_int_equal(proof.answer.verdict, FACTOR_ACCEPTED);
	house_journey(&ctx, pending, proof.token, STEP_DONE);
}

/* Nothing is open, and the time that passes does nothing. */
static void
assert_stopped(const char *why)
{
	assert_null(open_reset());
	assert_string_equal(event_field("reset-stopped"), why);
	assert_string_equal(mail_value_of("mail-reset-stopped", "how"), why);
	ctx.now += DAYS(8);
	due();
	assert_string_equal(account()->method, "totp");
	assert_null(event_field("reset-done"));
}

static void
test_sign_in_stops(void **state)
{
	struct proof proof;
	struct journey now;

	(void)state;
	ask_and_approve();
	now = sign_in(STEP_SECOND_FACTOR); /* the credential alone stops nothing */
	assert_non_null(open_reset());
	assert_int_equal(prove_factor(&ctx, &now, "000000", NULL, &proof), ERR_OK);
	assert_non_null(open_reset());
	assert_int_equal(prove_factor(&ctx, &now, house_digits(&ctx, seed, ctx.now), NULL, &proof), ERR_OK);
	assert_int_equal(proof.answer.verdict, FACTOR_ACCEPTED);
	assert_stopped("stopped-by-sign-in");
}

static void
test_recovery_stops(void **state)
{
	struct proof proof;
	struct journey now;

	(void)state;
	assert_int_equal(ask(ENOUGH), RESET_ACCEPTED);
	now = sign_in(STEP_SECOND_FACTOR);
	assert_int_equal(prove_recovery(&ctx, &now, codes[3], &proof), ERR_OK);
	assert_int_equal(proof.answer.verdict, FACTOR_ACCEPTED);
	assert_stopped("stopped-by-sign-in");
}

static void
test_staff_stops(void **state)
{
	struct act act = {.why = RESET_END_STAFF};

	(void)state;
	ask_and_approve();
	house_do(&ctx, stop_in, &act);
	house_do(&ctx, stop_in, &act); /* twice is once */
	assert_int_equal(mails("mail-reset-stopped"), 1);
	assert_stopped("stopped-by-staff");
}

static enum err
link_in(struct txn *txn, void *arg)
{
	return link_make(txn, LINK_NOT_ME, record_bytes(journey.account->id), "mail-recovery-used", DAYS(30), arg);
}

static void
test_freeze_stops(void **state)
{
	struct frozen frozen;
	const char *token;

	(void)state;
	ask_and_approve();
	house_do(&ctx, link_in, &token);
	assert_int_equal(freeze_do(&ctx, token, &frozen), ERR_OK);
	assert_stopped("frozen");
	assert_int_equal(ask(ENOUGH), RESET_REFUSED_FROZEN);
}

/* The link stops the reset and nothing else; later it protects the account, as any other notice's does. */
static void
test_link_stops(void **state)
{
	struct frozen frozen;
	const char *first, *second;

	(void)state;
	ask_and_approve();
	first = strstr(mail_value_of("mail-reset-asked", "not_me_url"), "?t=") + 3;
	second = strstr(mail_value_of("mail-reset-approved", "not_me_url"), "?t=") + 3;
	assert_int_equal(freeze_look(&ctx, first, &frozen), ERR_OK);
	assert_int_equal(frozen.stops, FREEZE_RESET);
	assert_non_null(open_reset());
	assert_int_equal(freeze_do(&ctx, first, &frozen), ERR_OK);
	assert_false(account_frozen(account()));
	assert_int_equal(freeze_do(&ctx, first, &frozen), ERR_OK);
	assert_true(frozen.over); /* once */
	assert_int_equal(freeze_look(&ctx, second, &frozen), ERR_OK);
	assert_int_equal(frozen.stops, FREEZE_ACCOUNT);
	assert_stopped("stopped-by-link");
	assert_int_equal(freeze_do(&ctx, second, &frozen), ERR_OK);
	assert_true(account_frozen(account()));
}

static void
test_lapses(void **state)
{
	(void)state;
	assert_int_equal(ask(ENOUGH), RESET_ACCEPTED);
	ctx.now += DAYS(7) - 1;
	due();
	assert_non_null(open_reset());
	ctx.now += 1;
	due();
	assert_int_equal(approve("S-BBBBBB"), RESET_REFUSED_NONE);
	assert_stopped("not-approved");
}

static void
test_closed_meanwhile(void **state)
{
	struct AccountRecord *record;

	(void)state;
	ask_and_approve();
	record = account();
	record->status = (char *)"moved";
	save_account(record);
	ctx.now += HOURS(24);
	due();
	assert_stopped("account-changed");
}

/* A change on a proof from before the call: what the person has set up since is not taken away. */
static void
test_new_factor_stays(void **state)
{
	struct journey now = sign_in(STEP_SECOND_FACTOR);
	struct enrolment enrolment;
	struct proof proof;

	(void)state;
	assert_int_equal(prove_factor(&ctx, &now, house_digits(&ctx, seed, ctx.now), NULL, &proof), ERR_OK);
	now = house_journey(&ctx, pending, proof.token, STEP_DONE);
	assert_int_equal(enrol_begin(&ctx, &now, "totp"), ERR_OK);
	assert_int_equal(ask(ENOUGH), RESET_ACCEPTED);
	ctx.now += SECONDS(30);
	assert_int_equal(enrol_finish(&ctx, &now, house_digits(&ctx, record_bytes(now.session->pending_secret), ctx.now), &enrolment), ERR_OK);
	assert_int_equal(enrolment.verdict, ENROL_DONE);
	assert_int_equal(approve("S-BBBBBB"), RESET_ACCEPTED);
	ctx.now += HOURS(24);
	due();
	assert_stopped("account-changed");
}

static enum err
count_reset(void *arg, const struct ResetRecord *reset)
{
	struct act *act = arg;

	act->count++;
	assert_true(bytes_equal(record_bytes(reset->account), record_bytes(journey.account->id)));
	return ERR_OK;
}

static enum err
walk_in(struct txn *txn, void *arg)
{
	struct act *act = arg;

	return reset_walk(txn, act->proven, count_reset, act);
}

static void
test_list(void **state)
{
	struct act act = {.proven = 10};

	(void)state;
	house_do(&ctx, walk_in, &act);
	assert_int_equal(act.count, 0);
	assert_int_equal(ask(ENOUGH), RESET_ACCEPTED);
	house_do(&ctx, walk_in, &act);
	assert_int_equal(act.count, 1);
	act = (struct act){.proven = 1};
	house_do(&ctx, walk_in, &act);
	assert_int_equal(act.count, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_what_the_caller_must_show, begin, end),
	    cmocka_unit_test_setup_teardown(test_two_people, begin, end),
	    cmocka_unit_test_setup_teardown(test_accounts_that_cannot_be_reset, begin, end),
	    cmocka_unit_test_setup_teardown(test_done, begin, end),
	    cmocka_unit_test_setup_teardown(test_sign_in_stops, begin, end),
	    cmocka_unit_test_setup_teardown(test_recovery_stops, begin, end),
	    cmocka_unit_test_setup_teardown(test_staff_stops, begin, end),
	    cmocka_unit_test_setup_teardown(test_freeze_stops, begin, end),
	    cmocka_unit_test_setup_teardown(test_link_stops, begin, end),
	    cmocka_unit_test_setup_teardown(test_lapses, begin, end),
	    cmocka_unit_test_setup_teardown(test_closed_meanwhile, begin, end),
	    cmocka_unit_test_setup_teardown(test_new_factor_stays, begin, end),
	    cmocka_unit_test_setup_teardown(test_list, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
