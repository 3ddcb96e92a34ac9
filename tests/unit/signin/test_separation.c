/* One GCKey, one portal: whatever became of its account there, it opens nothing at another one, and nothing is made; once that account is removed, it
 * is new everywhere. */
#include "house.h"

#include <string.h>

#include "account/account.h"
#include "account/binding.h"
#include "signin/entry.h"
#include "signin/life.h"

static struct house house;
static struct ctx ctx;

static int
set_up(void **state)
{
	(void)state;
	house_open(&house, "mem");
	ctx = house_ctx(&house, HOUSE_NOW);
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

struct elsewhere {
	enum status status;
	const char *name_id;
	struct bytes account;
};

static enum err
make_in(struct txn *txn, void *arg)
{
	struct elsewhere *elsewhere = arg;
	struct AccountRecord *account;
	enum err err = account_create(txn, "health", "gckey", elsewhere->status, &account);

	if (err != ERR_OK)
		return err;
	elsewhere->account = record_bytes(account->id);
	return binding_save(txn, credential_hash(txn_ctx(txn), "gckey", "idp", "sp", elsewhere->name_id), "health", SEPARATION_EXCLUSIVE, "gckey",
	    elsewhere->account);
}

/* What stands in the store for people; sessions and the audit grow. */
static uint64_t
things(void)
{
	static const enum table tables[] = {TABLE_ACCOUNT, TABLE_BINDING, TABLE_BINDING_OF, TABLE_SUBJECT, TABLE_REFERENCE, TABLE_FACTOR, TABLE_RECOVERY,
	    TABLE_APPROVAL, TABLE_SESSION_OF, TABLE_AGENDA, TABLE_AUDIT_OF};
	struct store_stat stat;
	uint64_t count = 0;

	assert_int_equal(store_stat(house.store, &stat), ERR_OK);
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		count += stat.records[tables[i]];
	return count;
}

static enum err
open_in(struct txn *txn, void *arg)
{
	struct journey *journey = arg;
	struct AccountRecord *account;

	return entry_open(txn, journey->portal, journey->session, &account);
}

static void
test_statuses(void **state)
{
	static const enum admission admissions[] = {ADMISSION_OPEN, ADMISSION_INVITATION, ADMISSION_APPROVAL};
	struct pending *work = house_request(&ctx, "work");

	(void)state;
	for (enum status status = 0; status < STATUS_COUNT; status++) {
		struct elsewhere elsewhere = {.status = status, .name_id = status_name(status)};
		uint64_t before;

		house_do(&ctx, make_in, &elsewhere);
		before = things();
		for (size_t i = 0; i < 3; i++) {
			struct journey journey;
			house.portals[1].admission = admissions[i];
			journey = house_journey(&ctx, work, house_arrive(&ctx, work, "gckey", elsewhere.name_id), STEP_CREDENTIAL_IN_USE);
			assert_null(journey.account);
			/* whoever gets past the page */
			assert_int_equal(store_update(&ctx, open_in, &journey), ERR_REFUSED);
		}
		/* nor where no second factor stands before the account */
		house.portals[1].admission = ADMISSION_OPEN;
		house.portals[1].required_for.count = 0;
		house_journey(&ctx, work, house_arrive(&ctx, work, "gckey", elsewhere.name_id), STEP_CREDENTIAL_IN_USE);
		house.portals[1].required_for.count = 2;
		assert_int_equal(things(), before);
	}
}

static enum err
close_in(struct txn *txn, void *arg)
{
	struct elsewhere *elsewhere = arg;
	struct AccountRecord *account;
	enum err err = account_load(txn, elsewhere->account, &account);

	return err == ERR_OK ? life_close(txn, account, CHANGE_CLOSED_BY_OPERATOR) : err;
}

static enum err
purge_in(struct txn *txn, void *arg)
{
	return purge_due(txn, ((struct elsewhere *)arg)->account);
}

static void
test_removed(void **state)
{
	struct elsewhere elsewhere = {.status = STATUS_ACTIVE, .name_id = "anna"};
	struct pending *work = house_request(&ctx, "work");

	(void)state;
	house_do(&ctx, make_in, &elsewhere);
	house_do(&ctx, close_in, &elsewhere);
	ctx.now += house.config.retention.closed_accounts - 1;
	house_do(&ctx, purge_in, &elsewhere);
	work = house_request(&ctx, "work");
	house_journey(&ctx, work, house_arrive(&ctx, work, "gckey", "anna"), STEP_CREDENTIAL_IN_USE);
	ctx.now += 1;
	house_do(&ctx, purge_in, &elsewhere);
	house_journey(&ctx, work, house_arrive(&ctx, work, "gckey", "anna"), STEP_ENROL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test_setup_teardown(test_statuses, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_removed, set_up, tear_down)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
