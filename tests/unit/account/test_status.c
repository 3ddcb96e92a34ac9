/* The life of an account as statuses.def has it: every status with every change and with what makes it, and what follows by itself. */
#include "../signin/shot.h"

#include <stdio.h>
#include <string.h>

#include "account/account.h"
#include "account/approval.h"
#include "account/claim.h"
#include "signin/agenda_run.h"
#include "signin/life.h"
#include "signin/relink.h"
#include "signin/terminate.h"

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

/* ---- what follows shares a house, which is as empty at the beginning of each case ---- */

static struct shot *empty;

static int
share(void **state)
{
	(void)state;
	house_open(&house, "mem");
	empty = shot_take(&house, HOUSE_NOW);
	return 0;
}

static int
unshare(void **state)
{
	(void)state;
	shot_free(&empty);
	house_close(&house);
	return 0;
}

static struct ctx
begin_empty(void)
{
	shot_restore(&house, empty, HOUSE_NOW);
	return house_ctx(&house, HOUSE_NOW);
}

/* ---- an account in any status, by the changes that lead there ---- */

struct path {
	enum status_change changes[STATUS_COUNT];
	unsigned count;
};

static bool
find_path(enum status from, enum status to, unsigned visited, struct path *path)
{
	enum status next;

	for (unsigned i = 0; from != to && i < CHANGE_COUNT; i++) {
		if (!status_leads(from, i, &next) || (visited & 1u << next) != 0)
			continue;
		path->changes[path->count++] = i;
		if (find_path(next, to, visited | 1u << from, path))
			return true;
		path->count--;
	}
	return from == to;
}

/* Who adds a status without a row that leads to it makes it as these are. */
static const enum status beginnings[] = {STATUS_ACTIVE, STATUS_WAITING, STATUS_CLAIMANT};

static enum err
go(struct txn *txn, struct AccountRecord *account, const struct path *path)
{
	enum err err = ERR_OK;

	for (unsigned i = 0; err == ERR_OK && i < path->count; i++)
		err = status_change(txn, account, path->changes[i]);
	return err;
}

static enum err
make(struct txn *txn, enum status status, struct AccountRecord **ret_account)
{
	struct path path = {.count = 0};
	unsigned i = 0;
	enum err err;

	while (!find_path(beginnings[i], status, 0, &path))
		assert_true(++i < 3);
	err = account_create(txn, "health", "gckey", beginnings[i], ret_account);
	if (err == ERR_OK && beginnings[i] == STATUS_WAITING)
		err = approval_ask(txn, *ret_account);
	if (err == ERR_OK)
		err = binding_save(txn, credential_hash(txn_ctx(txn), "gckey", "idp", "sp", status_name(status)), "health", SEPARATION_EXCLUSIVE, "gckey",
		    record_bytes((*ret_account)->id));
	return err == ERR_OK ? go(txn, *ret_account, &path) : err;
}

/* ---- what people, owners and providers do, in every status ---- */

static enum err
approve(struct txn *txn, struct AccountRecord *account)
{
	return approval_decide(txn, account, true, "api");
}

static enum err
refuse(struct txn *txn, struct AccountRecord *account)
{
	return approval_decide(txn, account, false, "api");
}

static enum err
end_credential(struct txn *txn, struct AccountRecord *account)
{
	unsigned ended;

	return terminate_credential(txn, credential_hash(txn_ctx(txn), "gckey", "idp", "sp", account->status), &ended);
}

static enum err
nobody_decides(struct txn *txn, struct AccountRecord *account)
{
	return undecided_due(txn, record_bytes(account->id));
}

static enum err
close_person(struct txn *txn, struct AccountRecord *account)
{
	return life_close(txn, account, CHANGE_CLOSED_BY_PERSON);
}

static enum err
close_operator(struct txn *txn, struct AccountRecord *account)
{
	return life_close(txn, account, CHANGE_CLOSED_BY_OPERATOR);
}

static const struct deed {
	unsigned changes; /* that it may make */
	enum err (*run)(struct txn *txn, struct AccountRecord *account);
} deeds[] = {
    {1u << CHANGE_APPROVED, approve},
    {1u << CHANGE_REFUSED, refuse},
    {1u << CHANGE_CREDENTIAL_ENDED | 1u << CHANGE_CREDENTIAL_ENDED_EARLY, end_credential},
    {1u << CHANGE_CLOSED_UNDECIDED, nobody_decides},
    {1u << CHANGE_CLOSED_BY_PERSON, close_person},
    {1u << CHANGE_CLOSED_BY_OPERATOR, close_operator},
};

struct doing {
	enum status from;
	const struct deed *deed;
	struct AccountRecord *account;
};

static enum err
do_in(struct txn *txn, void *arg)
{
	struct doing *doing = arg;
	enum err err = make(txn, doing->from, &doing->account);

	if (err != ERR_OK)
		return err;
	err = doing->deed->run(txn, doing->account);
	if (err != ERR_OK && err != ERR_REFUSED)
		return err;
	return account_load(txn, record_bytes(doing->account->id), &doing->account);
}

/* The one of these changes that leads on from there; CHANGE_COUNT: none. */
static enum status_change
change_of(unsigned changes, enum status from, enum status *ret_to)
{
	for (unsigned i = 0; i < CHANGE_COUNT; i++) {
		if ((changes & 1u << i) != 0 && status_leads(from, i, ret_to))
			return i;
	}
	*ret_to = from;
	return CHANGE_COUNT;
}

static void
test_deeds(void **state)
{
	const unsigned count = sizeof(deeds) / sizeof(deeds[0]);

	(void)state;
	for (unsigned i = 0; i < STATUS_COUNT * count; i++) {
		struct doing doing = {.from = i / count, .deed = &deeds[i % count]};
		enum status to;
		enum status_change change = change_of(doing.deed->changes, doing.from, &to);
		struct ctx ctx;

		ctx = begin_empty();
		house_do(&ctx, do_in, &doing);
		assert_true(status_is(doing.account, to));
		if (change != CHANGE_COUNT)
			assert_string_equal(doing.account->status_why, status_change_name(change));
		house_ctx_done(&ctx);
	}
}

/* ---- claims, between accounts in any two statuses ---- */

struct pair {
	enum status account_status, old_status;	/* from then on */
	bool completed;				/* they change after the claim was completed, which is then to be undone */
	struct AccountRecord *account, *old;
	const char *own, *claimed;
	struct ClaimRecord *claim;
	bool possible;				/* is there a way to these two? */
	enum err err;
};

static enum err
open_in(struct txn *txn, struct pair *pair)
{
	struct claim_new wanted = {.credential_proven = true, .factor_proven = "totp"};
	enum err err = account_create(txn, "health", "gckey", STATUS_CLAIMANT, &wanted.account);

	if (err == ERR_OK)
		err = account_create(txn, "health", "gckey", STATUS_ACTIVE, &wanted.old);
	if (err == ERR_OK)
		err = claim_open(txn, &wanted, &pair->claim);
	pair->account = wanted.account;
	pair->old = wanted.old;
	pair->own = wanted.account->sub;
	pair->claimed = wanted.old->sub;
	return err;
}

static enum err
reload(struct txn *txn, struct pair *pair)
{
	enum err err = account_load(txn, record_bytes(pair->account->id), &pair->account);

	if (err == ERR_OK)
		err = account_load(txn, record_bytes(pair->old->id), &pair->old);
	return err == ERR_OK ? claim_load(txn, record_bytes(pair->claim->id), &pair->claim) : err;
}

static enum err
complete(struct txn *txn, struct pair *pair)
{
	txn_ctx(txn)->now = pair->claim->until;
	return relink_complete(txn, pair->claim);
}

static enum err
pair_in(struct txn *txn, void *arg)
{
	struct pair *pair = arg;
	struct path account = {.count = 0}, old = {.count = 0};
	enum err err = open_in(txn, pair);

	if (err == ERR_OK && pair->completed)
		err = complete(txn, pair);
	if (err == ERR_OK)
		err = reload(txn, pair);
	if (err != ERR_OK)
		return err;
	pair->possible = find_path(status_of(pair->account), pair->account_status, 0, &account) && find_path(status_of(pair->old), pair->old_status, 0, &old);
	if (!pair->possible)
		return ERR_OK;
	err = go(txn, pair->account, &account);
	if (err == ERR_OK)
		err = go(txn, pair->old, &old);
	if (err != ERR_OK)
		return err;
	pair->err = pair->completed ? relink_undo(txn, pair->claim, "operator") : complete(txn, pair);
	return reload(txn, pair);
}

static void
check_completed(const struct pair *pair)
{
	enum status to, moved;
	bool claimable = status_claimable(pair->old_status);
	bool may = claimable && status_leads(pair->account_status, CHANGE_CLAIM_COMPLETED, &to);

	assert_int_equal(pair->err, ERR_OK);
	assert_int_equal(claim_state(pair->claim), may ? CLAIM_COMPLETED : CLAIM_ENDED);
	if (!may)
		assert_string_equal(pair->claim->why, claim_end_name(claimable ? CLAIM_END_NEW_GONE : CLAIM_END_OLD_GONE));
	else
		assert_true(status_leads(pair->old_status, CHANGE_TAKEN_OVER, &moved)); /* what can be claimed can be taken over */
	assert_true(status_is(pair->account, may ? to : pair->account_status));
	assert_true(status_is(pair->old, may ? moved : pair->old_status));
	assert_string_equal(pair->account->sub, may ? pair->claimed : pair->own);
}

static void
check_undone(const struct pair *pair)
{
	bool may = pair->old_status == STATUS_MOVED && pair->account_status != STATUS_MOVED;
	enum status closed = pair->account_status, active = pair->old_status;

	assert_int_equal(pair->err, may ? ERR_OK : ERR_REFUSED);
	if (may)
		assert_true(status_leads(STATUS_MOVED, CHANGE_CLAIM_UNDONE, &active));
	if (may)
		(void)status_leads(pair->account_status, CHANGE_CLAIM_UNDONE_CLAIMANT, &closed);
	assert_true(status_is(pair->account, closed));
	assert_true(status_is(pair->old, active));
	assert_string_equal(pair->account->sub, may ? pair->own : pair->claimed);
}

static void
test_claims(void **state)
{
	unsigned tried = 0;

	(void)state;
	for (unsigned i = 0; i < 2 * STATUS_COUNT * STATUS_COUNT; i++) {
		struct pair pair = {.completed = i % 2 != 0, .account_status = i / 2 / STATUS_COUNT, .old_status = i / 2 % STATUS_COUNT};
		struct ctx ctx;

		ctx = begin_empty();
		house_do(&ctx, pair_in, &pair);
		if (pair.possible && pair.completed)
			check_undone(&pair);
		else if (pair.possible)
			check_completed(&pair);
		tried += pair.possible;
		house_ctx_done(&ctx);
	}
	assert_true(tried > STATUS_COUNT * STATUS_COUNT / 2);
}

/* ---- what happens by itself, in every status, until nothing is left ---- */

struct alone {
	enum status status;
	struct bytes id;
	char why[32];
};

static enum err
make_in(struct txn *txn, void *arg)
{
	struct alone *alone = arg;
	struct AccountRecord *account;
	enum err err = make(txn, alone->status, &account);

	alone->id = bytes_copy(house.arena, record_bytes(account->id));
	return err;
}

static enum err
look_in(struct txn *txn, void *arg)
{
	struct alone *alone = arg;
	struct AccountRecord *account;
	enum err err = account_load(txn, alone->id, &account);

	if (err != ERR_OK)
		return err;
	alone->status = status_of(account);
	snprintf(alone->why, sizeof(alone->why), "%s", account->status_why);
	return ERR_OK;
}

/* Day by day until its status is another one, or it is gone (false); at most ten years. */
static bool
wait_for_change(struct alone *alone, int64_t *now)
{
	enum status before = alone->status;
	enum err err = ERR_OK;

	for (unsigned day = 0; day < 3650 && err == ERR_OK && alone->status == before; day++) {
		struct ctx ctx = house_ctx(&house, *now += DAYS(1));
		unsigned ran;
		assert_int_equal(agenda_run(&ctx, 1000, &ran), ERR_OK);
		err = store_view(&ctx, look_in, alone);
		house_ctx_done(&ctx);
	}
	assert_true(err == ERR_NOT_FOUND || alone->status != before);
	return err == ERR_OK;
}

/* From each status one change that nobody makes leads on, and after the last one the account is removed. */
static void
test_alone(void **state)
{
	const unsigned changes = 1u << CHANGE_CLOSED_UNDECIDED | 1u << CHANGE_CLOSED_UNUSED | 1u << CHANGE_CLOSED_AFTER_MOVE;

	(void)state;
	for (unsigned i = 0; i < STATUS_COUNT; i++) {
		struct alone alone = {.status = i};
		int64_t now = HOUSE_NOW;
		struct ctx ctx;

		ctx = begin_empty();
		house_do(&ctx, make_in, &alone);
		house_ctx_done(&ctx);
		while (alone.status != STATUS_CLOSED) {
			enum status to;
			enum status_change change = change_of(changes, alone.status, &to);
			assert_int_not_equal(change, CHANGE_COUNT);
			assert_true(wait_for_change(&alone, &now));
			assert_int_equal(alone.status, to);
			assert_string_equal(alone.why, status_change_name(change));
		}
		assert_false(wait_for_change(&alone, &now));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_pairs), cmocka_unit_test(test_ends), cmocka_unit_test(test_plan),
	    cmocka_unit_test(test_unknown), cmocka_unit_test_setup_teardown(test_deeds, share, unshare),
	    cmocka_unit_test_setup_teardown(test_claims, share, unshare), cmocka_unit_test_setup_teardown(test_alone, share, unshare)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
