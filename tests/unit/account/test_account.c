/* Accounts and what leads to them. */
#include "../signin/house.h"

#include <string.h>

#include "account/account.h"

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
	return account_create(txn, "health", "gckey", arg);
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

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_create), cmocka_unit_test(test_reference), cmocka_unit_test(test_sign_ins)};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
