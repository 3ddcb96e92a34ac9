/* The life of an account as statuses.def has it: every status with every change, the API's names, and what follows by itself. */
#include "../signin/house.h"

#include <string.h>

#include "account/account.h"

static struct house house;

struct try {
	enum status from;
	enum status_change change;
	struct AccountRecord *account;
	enum err err;
};

static enum err
try_in(struct txn *txn, void *arg)
{
	struct try *try = arg;
	enum err err = account_create(txn, "health", "gckey", try->from, &try->account);

	if (err != ERR_OK)
		return err;
	txn_ctx(txn)->now += 1;
	try->err = status_change(txn, try->account, try->change);
	return account_load(txn, record_bytes(try->account->id), &try->account);
}

/* The row decides, and nothing else: what leads somewhere does, what does not is refused and changes nothing. */
static void
test_pairs(void **state)
{
	struct ctx ctx;
	unsigned allowed = 0;

	(void)state;
	house_open(&house, "mem");
	ctx = house_ctx(&house, HOUSE_NOW);
	for (unsigned i = 0; i < STATUS_COUNT * CHANGE_COUNT; i++) {
		struct try try = {.from = i / CHANGE_COUNT, .change = i % CHANGE_COUNT};
		enum status to;
		bool leads = status_leads(try.from, try.change, &to);

		house_do(&ctx, try_in, &try);
		assert_int_equal(try.err, leads ? ERR_OK : ERR_REFUSED);
		assert_true(status_is(try.account, leads ? to : try.from));
		assert_string_equal(try.account->status_why, leads ? status_change_name(try.change) : "");
		allowed += leads;
	}
	assert_int_equal(allowed, 33); /* who adds a change counts it here, and thinks of doc/ACCOUNTS.md */
	house_ctx_done(&ctx);
	house_close(&house);
}

/* Closed is the end: no change leads out of it.  Only an open account admits. */
static void
test_ends(void **state)
{
	enum status to;

	(void)state;
	for (unsigned i = 0; i < CHANGE_COUNT; i++)
		assert_false(status_leads(STATUS_CLOSED, i, &to));
	for (unsigned i = 0; i < STATUS_COUNT; i++)
		assert_int_equal(status_admits(i), i == STATUS_ACTIVE);
}

/* What happens by itself follows from the status alone. */
static void
test_plan(void **state)
{
	struct try closed = {.from = STATUS_ACTIVE, .change = CHANGE_CLOSED_BY_PERSON}, moved = {.from = STATUS_ACTIVE, .change = CHANGE_TAKEN_OVER},
		   unlinked = {.from = STATUS_ACTIVE, .change = CHANGE_CREDENTIAL_ENDED};
	struct ctx ctx;

	(void)state;
	house_open(&house, "mem");
	ctx = house_ctx(&house, HOUSE_NOW);
	house_do(&ctx, try_in, &closed);
	assert_int_equal(closed.account->purge_due, ctx.now + DAYS(90));
	assert_int_equal(closed.account->unused_due, 0);
	house_do(&ctx, try_in, &moved);
	assert_int_equal(moved.account->purge_due, ctx.now + DAYS(730));
	house_do(&ctx, try_in, &unlinked);
	assert_int_equal(unlinked.account->purge_due, 0);
	assert_int_equal(unlinked.account->unused_due, ctx.now + ACCOUNT_LOOKED_AT);
	house_ctx_done(&ctx);
	house_close(&house);
}

/* A status of a newer release opens nothing. */
static void
test_unknown(void **state)
{
	struct AccountRecord account = ACCOUNT_RECORD__INIT;

	(void)state;
	account.status = (char *)"something-new";
	assert_int_equal(status_of(&account), STATUS_CLOSED);
	account.status = (char *)"";
	assert_int_equal(status_of(&account), STATUS_CLOSED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_pairs), cmocka_unit_test(test_ends), cmocka_unit_test(test_plan),
	    cmocka_unit_test(test_unknown)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
