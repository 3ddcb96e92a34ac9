/* The end of accounts, with the clock moved by years: told, closed, removed, and nothing left but the audit; a credential that its provider ends. */
#include "house.h"

#include <semaphore.h>
#include <string.h>

#include "account/account.h"
#include "account/address.h"
#include "account/agenda.h"
#include "account/binding.h"
#include "audit/audit.h"
#include "mail/outbox.h"
#include "signin/agenda_run.h"
#include "signin/life.h"
#include "signin/terminate.h"
#include "store/internal.h"

static struct house house;
static struct ctx ctx;
static struct pending *pending;
static struct journey journey;
static struct bytes id;

static enum err
address_in(struct txn *txn, void *arg)
{
	(void)arg;
	return address_put(txn, id, "anna@example.ca", ADDRESS_NOTICE);
}

static int
set_up(void **state)
{
	(void)state;
	house_open(&house, "mem");
	ctx = house_ctx(&house, HOUSE_NOW);
	pending = house_request(&ctx, "health");
	journey = house_journey(&ctx, pending, house_arrive(&ctx, pending, "gckey", "anna"), STEP_ENROL);
	house_enrol(&ctx, &journey, NULL, NULL);
	id = record_bytes(journey.account->id);
	house_do(&ctx, address_in, NULL);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	house_ctx_done(&ctx);
	house_close(&house);
	return 0;
}

static enum err
load_in(struct txn *txn, void *arg)
{
	return account_load(txn, id, arg);
}

static struct AccountRecord *
account(void)
{
	struct AccountRecord *account = NULL;
	enum err err = store_view(&ctx, load_in, &account);

	assert_true(err == ERR_OK || err == ERR_NOT_FOUND);
	return account;
}

static unsigned
run_agenda(void)
{
	unsigned ran;

	assert_int_equal(agenda_run(&ctx, 1000, &ran), ERR_OK);
	return ran;
}

/* Day by day, as the thread would, and the sweeper with it. */
static void
live(int64_t until)
{
	unsigned removed;

	for (; ctx.now < until; ctx.now += DAYS(1)) {
		run_agenda();
		assert_int_equal(store_sweep(house.store, ctx.now, 100000, &removed), ERR_OK);
	}
	ctx.now = until;
	run_agenda();
}

struct count {
	const char *what;
	unsigned found;
};

static enum err
count_mail(void *arg, struct bytes key, const struct MailRecord *mail)
{
	struct count *count = arg;

	(void)key;
	count->found += strcmp(mail->kind, count->what) == 0;
	return ERR_OK;
}

static enum err
mails_in(struct txn *txn, void *arg)
{
	return outbox_walk_account(txn, id, count_mail, arg);
}

static unsigned
mails(const char *kind)
{
	struct count count = {.what = kind};

	assert_int_equal(store_view(&ctx, mails_in, &count), ERR_OK);
	return count.found;
}

static enum err
count_event(void *arg, uint64_t sequence, const struct AuditRecord *record)
{
	struct count *count = arg;

	(void)sequence;
	count->found += strcmp(record->event, count->what) == 0;
	return ERR_OK;
}

static enum err
events_in(struct txn *txn, void *arg)
{
	return audit_walk(txn, 1, 1000, count_event, arg);
}

static unsigned
events(const char *name)
{
	struct count count = {.what = name};

	assert_int_equal(store_view(&ctx, events_in, &count), ERR_OK);
	return count.found;
}

/* --- what is left of an account, in any table --- */

static bool
holds(struct bytes where, struct bytes what)
{
	for (size_t i = 0; what.len > 0 && i + what.len <= where.len; i++) {
		if (memcmp(where.data + i, what.data, what.len) == 0)
			return true;
	}
	return false;
}

struct trace {
	const struct AccountRecord *account;
	unsigned found;
};

static enum err
look_for(void *arg, struct bytes key, struct bytes value)
{
	struct trace *trace = arg;
	const struct bytes marks[] = {id, bytes_of(trace->account->sub), bytes_of(trace->account->support_reference), bytes_of("anna@example.ca")};

	for (size_t i = 0; i < 4; i++)
		trace->found += holds(key, marks[i]) || holds(value, marks[i]);
	return ERR_OK;
}

static enum err
traces_in(struct txn *txn, void *arg)
{
	enum err err = ERR_OK;

	for (enum table table = 0; err == ERR_OK && table < TABLE_COUNT; table++) {
		if (table != TABLE_AUDIT && table != TABLE_AUDIT_OF)
			err = txn_walk(txn, table, bytes_make("", 0), look_for, arg);
	}
	return err;
}

static unsigned
traces(const struct AccountRecord *of)
{
	struct trace trace = {.account = of};

	assert_int_equal(store_view(&ctx, traces_in, &trace), ERR_OK);
	return trace.found;
}

/* --- not used --- */

static void
test_unused(void **state)
{
	struct AccountRecord *was = account();

	(void)state;
	live(HOUSE_NOW + DAYS(700) - 1);
	assert_int_equal(mails("mail-account-unused"), 0);
	assert_true(status_is(account(), STATUS_ACTIVE));
	live(HOUSE_NOW + DAYS(701));
	assert_int_equal(mails("mail-account-unused"), 1);
	assert_int_equal(events("account-unused"), 1);
	live(HOUSE_NOW + DAYS(729));
	assert_true(status_is(account(), STATUS_ACTIVE));
	live(HOUSE_NOW + DAYS(732));
	assert_true(status_is(account(), STATUS_CLOSED));
	assert_string_equal(account()->status_why, "closed-unused");
	assert_int_equal(mails("mail-account-closed"), 1);
	live(HOUSE_NOW + DAYS(819));
	assert_non_null(account());
	assert_true(traces(was) > 0);
	live(HOUSE_NOW + DAYS(824));
	assert_null(account());
	assert_int_equal(traces(was), 0);
	assert_int_equal(events("account-purged"), 1);
	/* The credential is new here. */
	pending = house_request(&ctx, "health");
	house_journey(&ctx, pending, house_arrive(&ctx, pending, "gckey", "anna"), STEP_ENROL);
}

static enum err
use_in(struct txn *txn, void *arg)
{
	struct AccountRecord *used;
	enum err err = account_load(txn, id, &used);

	(void)arg;
	if (err != ERR_OK)
		return err;
	account_signed_in(txn_ctx(txn), used);
	return account_save(txn, used);
}

/* Whoever signs in after being told keeps the account, and is told again two years later. */
static void
test_used_after_all(void **state)
{
	(void)state;
	live(HOUSE_NOW + DAYS(710));
	assert_int_not_equal(account()->unused_told, 0);
	house_do(&ctx, use_in, NULL);
	live(HOUSE_NOW + DAYS(760));
	assert_true(status_is(account(), STATUS_ACTIVE));
	assert_int_equal(account()->unused_told, 0);
	live(HOUSE_NOW + DAYS(710 + 735));
	assert_true(status_is(account(), STATUS_CLOSED));
}

/* No policy, no closing; a policy that is put in force later holds within a month, and nobody is closed without 30 days' notice. */
static void
test_policy(void **state)
{
	(void)state;
	house.config.retention.unused_accounts = 0;
	live(HOUSE_NOW + DAYS(1500));
	assert_true(status_is(account(), STATUS_ACTIVE));
	house.config.retention.unused_accounts = DAYS(730);
	live(HOUSE_NOW + DAYS(1531));
	assert_int_not_equal(account()->unused_told, 0);
	assert_true(status_is(account(), STATUS_ACTIVE));
	live(HOUSE_NOW + DAYS(1563));
	assert_true(status_is(account(), STATUS_CLOSED));
}

/* --- by the person --- */

static enum life_verdict
close_own(void)
{
	enum life_verdict verdict;

	assert_int_equal(life_close_own(&ctx, &journey, &verdict), ERR_OK);
	return verdict;
}

static void
test_close(void **state)
{
	(void)state;
	journey = house_journey(&ctx, pending, journey.token, STEP_DONE);
	ctx.now += MINUTES(10) + 1;
	assert_int_equal(close_own(), LIFE_UNPROVEN);
	assert_true(status_is(account(), STATUS_ACTIVE));
	ctx.now -= MINUTES(1);
	assert_int_equal(close_own(), LIFE_CLOSED);
	assert_string_equal(account()->status_why, "closed-by-person");
	assert_int_equal(mails("mail-account-closed"), 1);
	/* The session is gone with it: a second click changes nothing. */
	assert_int_equal(close_own(), LIFE_MOVED);
	assert_int_equal(mails("mail-account-closed"), 1);
}

static enum err
freeze_in(struct txn *txn, void *arg)
{
	struct AccountRecord *frozen;
	enum err err = account_load(txn, id, &frozen);

	(void)arg;
	return err == ERR_OK ? account_freeze(txn, frozen, "mail-factor-changed") : err;
}

static void
test_frozen(void **state)
{
	(void)state;
	house_do(&ctx, freeze_in, NULL);
	assert_int_equal(close_own(), LIFE_FROZEN);
	assert_true(status_is(account(), STATUS_ACTIVE));
}

/* Retention that has become longer holds for who is closed already. */
static void
test_longer(void **state)
{
	(void)state;
	assert_int_equal(close_own(), LIFE_CLOSED);
	house.config.retention.closed_accounts = DAYS(200);
	live(HOUSE_NOW + DAYS(199));
	assert_non_null(account());
	live(HOUSE_NOW + DAYS(202));
	assert_null(account());
}

/* --- ended by its provider --- */

static enum err
terminate_in(struct txn *txn, void *arg)
{
	return terminate_credential(txn, credential_hash(txn_ctx(txn), "gckey", "idp", "sp", "anna"), arg);
}

static void
test_terminate(void **state)
{
	unsigned ended;

	(void)state;
	house_do(&ctx, terminate_in, &ended);
	assert_int_equal(ended, 1);
	assert_true(status_is(account(), STATUS_UNLINKED));
	assert_int_equal(mails("mail-credential-ended"), 1);
	assert_int_equal(events("credential-ended"), 1);
	assert_int_equal(journey_find(&ctx, pending, journey.token, &journey), ERR_OK);
	assert_null(journey.session);
	house_do(&ctx, terminate_in, &ended);
	assert_int_equal(ended, 0);
	assert_int_equal(events("credential-ended"), 1);
}

static enum err
tie_in(struct txn *txn, void *arg)
{
	struct bytes credential = credential_hash(txn_ctx(txn), "gckey", "idp", "sp", "anna");
	enum err err = ERR_OK;

	(void)arg;
	for (unsigned i = 0; i < 100 && err == ERR_OK; i++)
		err = binding_save(txn, credential, arena_printf(ctx.arena, "portal-%u", i), SEPARATION_SHARED, "gckey", bytes_of("0123456789abcdef"));
	return err;
}

/* However many portals a shared credential opens. */
static void
test_terminate_everywhere(void **state)
{
	unsigned ended;

	(void)state;
	house_do(&ctx, tie_in, NULL);
	house_do(&ctx, terminate_in, &ended);
	assert_int_equal(ended, 101);
	assert_true(status_is(account(), STATUS_UNLINKED));
}

/* One message does it once, also when the account has come back since; a name that nobody has is no error. */
static void
test_terminate_order(void **state)
{
	struct termination order = {.provider = "gckey", .name_qualifier = "idp", .sp_name_qualifier = "sp", .name_id = "nobody", .order = "_1",
	    .order_until = HOUSE_NOW + MINUTES(11)};
	unsigned ended = 9;

	(void)state;
	assert_int_equal(terminate_order(&ctx, &order, &ended), ERR_OK);
	assert_int_equal(ended, 0);
	assert_true(status_is(account(), STATUS_ACTIVE));
	order.name_id = "anna";
	assert_int_equal(terminate_order(&ctx, &order, &ended), ERR_EXISTS);
	assert_true(status_is(account(), STATUS_ACTIVE));
	order.order = "_2";
	order.sp_name_qualifier = "other";
	assert_int_equal(terminate_order(&ctx, &order, &ended), ERR_OK);
	assert_true(status_is(account(), STATUS_ACTIVE));
	/* IDs are a provider's own. */
	order.order = "_1";
	order.provider = "partner";
	assert_int_equal(terminate_order(&ctx, &order, &ended), ERR_OK);
	order = (struct termination){.provider = "gckey", .name_qualifier = "idp", .sp_name_qualifier = "sp", .name_id = "anna", .order = "_3",
	    .order_until = HOUSE_NOW + MINUTES(11)};
	assert_int_equal(terminate_order(&ctx, &order, &ended), ERR_OK);
	assert_int_equal(ended, 1);
	assert_true(status_is(account(), STATUS_UNLINKED));
	assert_int_equal(terminate_order(&ctx, &order, &ended), ERR_EXISTS);
}

/* --- a row that fails --- */

static enum err
spoil_in(struct txn *txn, void *arg)
{
	enum err err = txn_put(txn, TABLE_ACCOUNT, bytes_of("0123456789abcdef"), bytes_of("\xff\xff\xff"), NEVER);

	(void)arg;
	return err == ERR_OK ? agenda_put(txn, AGENDA_PURGE, bytes_of("0123456789abcdef"), HOUSE_NOW) : err;
}

static void
test_failure(void **state)
{
	(void)state;
	assert_int_equal(close_own(), LIFE_CLOSED);
	house_do(&ctx, spoil_in, NULL);
	ctx.now = HOUSE_NOW + DAYS(91);
	/* The bad row is put off, the account behind it goes; then there is nothing to do for ten minutes. */
	assert_int_equal(run_agenda(), 2);
	assert_null(account());
	assert_int_equal(run_agenda(), 0);
	ctx.now += AGENDA_RUN_APART;
	assert_int_equal(run_agenda(), 1);
}

/* --- the thread --- */

static void
begin_turn(void *arg, struct ctx *turn)
{
	(void)arg;
	turn->config = ctx.config;
	turn->keys = ctx.keys;
	turn->store = ctx.store;
	turn->text = ctx.text;
}

static void
end_turn(void *arg, struct ctx *turn)
{
	(void)turn;
	assert_int_equal(sem_post(arg), 0);
}

static void
three_turns(void)
{
	struct agenda_thread *thread;
	sem_t turns;

	assert_int_equal(sem_init(&turns, 0, 0), 0);
	assert_int_equal(agenda_thread_open(&(struct agenda_thread_options){1, begin_turn, end_turn, &turns}, &thread), ERR_OK);
	for (int i = 0; i < 3; i++)
		assert_int_equal(sem_wait(&turns), 0);
	agenda_thread_close(&thread);
	assert_int_equal(sem_destroy(&turns), 0);
}

static enum err
long_due_in(struct txn *txn, void *arg)
{
	(void)arg;
	return agenda_put(txn, AGENDA_CLAIM, bytes_of("0123456789abcdef"), 1);
}

static enum err
first_in(struct txn *txn, void *arg)
{
	return agenda_first(txn, arg);
}

static int64_t
first_due(void)
{
	struct agenda_row row;

	assert_int_equal(store_view(&ctx, first_in, &row), ERR_OK);
	return row.due;
}

/* A year ahead, and corrected by a minute since: nothing happens by itself. */
static void
test_a_clock_that_ran_ahead(void **state)
{
	struct watch *watch = &house.store->watch;

	(void)state;
	house_do(&ctx, long_due_in, NULL);
	watch->jumps = 2;
	watch->jump = -MINUTES(1);
	watch->jumped = watch->counted;
	watch->quiet_until = INT64_MAX;
	three_turns();
	assert_int_equal(first_due(), 1);
	watch->quiet_until = INT64_MIN;
	three_turns();
	assert_int_not_equal(first_due(), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_unused, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_used_after_all, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_policy, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_close, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_frozen, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_longer, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_terminate, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_terminate_everywhere, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_terminate_order, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_failure, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_a_clock_that_ran_ahead, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
