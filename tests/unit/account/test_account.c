/* Accounts and what leads to them. */
#include "../signin/house.h"

#include <string.h>

#include "account/account.h"
#include "audit/audit.h"

static struct house house;

static int
set_up(void **state)
{
	(void)state;
	house_open(&house, "mem");
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	house_close(&house);
	return 0;
}

static enum err
create_in(struct txn *txn, void *arg)
{
	return account_create(txn, "health", "gckey", STATUS_ACTIVE, arg);
}

struct find {
	const char *portal, *sub, *reference;
	struct AccountRecord *account;
};

static enum err
find_in(struct txn *txn, void *arg)
{
	struct find *find = arg;

	if (find->reference != NULL)
		return account_find_reference(txn, find->reference, &find->account);
	return account_find_subject(txn, find->portal, find->sub, &find->account);
}

static void
test_create(void **state)
{
	struct ctx ctx = house_ctx(&house, HOUSE_NOW);
	struct AccountRecord *account, *other;
	struct find find = {.portal = "health"};

	(void)state;
	house_do(&ctx, create_in, &account);
	house_do(&ctx, create_in, &other);
	assert_string_not_equal(account->sub, other->sub);
	assert_string_not_equal(account->support_reference, other->support_reference);
	assert_int_equal(strlen(account->support_reference), 12);
	assert_int_equal(strlen(account->sub), 22); /* 128 bits */

	find.sub = account->sub;
	assert_int_equal(store_view(&ctx, find_in, &find), ERR_OK);
	assert_true(bytes_equal(record_bytes(find.account->id), record_bytes(account->id)));
	find.portal = "work"; /* pairwise: the same sub means nobody elsewhere */
	assert_int_equal(store_view(&ctx, find_in, &find), ERR_NOT_FOUND);
	find.reference = account->support_reference;
	assert_int_equal(store_view(&ctx, find_in, &find), ERR_OK);
	assert_true(bytes_equal(record_bytes(find.account->id), record_bytes(account->id)));
	house_ctx_done(&ctx);
}

static void
test_reference(void **state)
{
	static const char *const good[] = {"VB-0123-4XYZ", "vb01234xyz", "VB 0i23 4xyz", "vb-ol23-4xyz"};
	static const char *const bad[] = {"", "VB", "VB-0123-4XY", "VB-0123-4XYZZ", "XX-0123-4XYZ", "VB-0123-4XYU", "VB-0123-4XY!", "0123456789012345678901234567890"};
	struct arena *arena = arena_new(1 << 20);
	const char *reference;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(account_reference_parse(arena, good[i], &reference), ERR_OK);
		assert_string_equal(reference, "VB-0123-4XYZ");
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(account_reference_parse(arena, bad[i], &reference), ERR_FORMAT);
	arena_free(&arena);
}

static void
test_sign_ins(void **state)
{
	struct ctx ctx = house_ctx(&house, HOUSE_NOW);
	struct AccountRecord *account;

	(void)state;
	house_do(&ctx, create_in, &account);
	for (unsigned i = 0; i < 25; i++) {
		ctx.now += 1000;
		account_signed_in(&ctx, account);
	}
	assert_int_equal(account->n_sign_ins, 10);
	assert_int_equal(account->sign_ins[0], ctx.now);
	assert_int_equal(account->sign_ins[9], ctx.now - 9000);
	house_ctx_done(&ctx);
}

static enum err
freeze_in(struct txn *txn, void *arg)
{
	return account_freeze(txn, arg, "mail-factor-changed");
}

static enum err
unfreeze_in(struct txn *txn, void *arg)
{
	return account_unfreeze(txn, arg);
}

static enum err
note_event(void *arg, uint64_t sequence, const struct AuditRecord *record)
{
	char *events = arg;

	(void)sequence;
	strcat(events, record->event);
	if (record->n_values > 0)
		strcat(strcat(events, " "), record->values[0]);
	strcat(events, "\n");
	return ERR_OK;
}

static enum err
events_in(struct txn *txn, void *arg)
{
	return audit_walk(txn, 1, 10, note_event, arg);
}

static void
test_frozen(void **state)
{
	struct ctx ctx = house_ctx(&house, HOUSE_NOW);
	struct AccountRecord *account;
	struct find find = {.portal = "health"};
	char events[200] = "";

	(void)state;
	house_do(&ctx, create_in, &account);
	assert_false(account_frozen(account));
	assert_int_equal(store_update(&ctx, unfreeze_in, account), ERR_EXISTS);
	house_do(&ctx, freeze_in, account);
	ctx.now += DAYS(1);
	house_do(&ctx, freeze_in, account); /* by another mail: frozen since the first */
	find.sub = account->sub;
	assert_int_equal(store_view(&ctx, find_in, &find), ERR_OK);
	assert_true(account_frozen(find.account));
	assert_int_equal(find.account->frozen, HOUSE_NOW);
	assert_true(status_admits(status_of(find.account)));
	house_do(&ctx, unfreeze_in, account);
	assert_int_equal(store_view(&ctx, find_in, &find), ERR_OK);
	assert_false(account_frozen(find.account));
	assert_int_equal(store_view(&ctx, events_in, events), ERR_OK);
	assert_string_equal(events, "account-frozen mail-factor-changed\naccount-frozen mail-factor-changed\naccount-unfrozen\n");
	house_ctx_done(&ctx);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_frozen), cmocka_unit_test(test_create), cmocka_unit_test(test_reference),
	    cmocka_unit_test(test_sign_ins)};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
