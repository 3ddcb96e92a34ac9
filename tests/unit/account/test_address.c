/* The addresses of an account: which one is for what, and who still gets notices. */
#include "../signin/house.h"

#include <string.h>

#include "account/address.h"

static struct house house;
static const uint8_t anna[16] = "account of anna", bert[16] = "account of bert";

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

struct act {
	struct bytes account;
	enum address_use use;
	const char *address;
	char told[200];
};

static enum err
put_in(struct txn *txn, void *arg)
{
	struct act *act = arg;

	return address_put(txn, act->account, act->address, act->use);
}

static enum err
drop_in(struct txn *txn, void *arg)
{
	struct act *act = arg;

	return address_drop(txn, act->account, act->use);
}

static enum err
find_in(struct txn *txn, void *arg)
{
	struct act *act = arg;

	return address_find(txn, act->account, act->use, &act->address);
}

static enum err
tell(void *arg, const struct AddressRecord *address)
{
	struct act *act = arg;

	strcat(act->told, address->address);
	strcat(act->told, " ");
	return ERR_OK;
}

static enum err
walk_in(struct txn *txn, void *arg)
{
	struct act *act = arg;

	return address_walk(txn, act->account, tell, act);
}

static void
put(struct ctx *ctx, enum address_use use, const char *address)
{
	struct act act = {.account = BYTES(anna), .use = use, .address = address};

	house_do(ctx, put_in, &act);
}

static void
drop(struct ctx *ctx, enum address_use use)
{
	struct act act = {.account = BYTES(anna), .use = use};

	house_do(ctx, drop_in, &act);
}

/* NULL: none. */
static const char *
find(struct ctx *ctx, enum address_use use)
{
	struct act act = {.account = BYTES(anna), .use = use};
	enum err err = store_view(ctx, find_in, &act);

	assert_true(err == ERR_OK || err == ERR_NOT_FOUND);
	return err == ERR_OK ? act.address : NULL;
}

/* Are these the ones that are told, in any order? */
static void
assert_told(struct ctx *ctx, const char *const *addresses)
{
	struct act act = {.account = BYTES(anna)};
	size_t len = 0;

	assert_int_equal(store_view(ctx, walk_in, &act), ERR_OK);
	for (; *addresses != NULL; addresses++) {
		char *word = arena_printf(ctx->arena, "%s ", *addresses);
		if (strstr(act.told, word) == NULL)
			fail_msg("%s is not told, but %s", *addresses, act.told);
		len += strlen(word);
	}
	assert_int_equal(strlen(act.told), len);
}
#define ASSERT_TOLD(ctx, ...) assert_told((ctx), (const char *const[]){__VA_ARGS__ __VA_OPT__(,) NULL})

static void
test_uses(void **state)
{
	struct ctx ctx = house_ctx(&house, HOUSE_NOW);
	struct act other = {.account = BYTES(bert)};

	(void)state;
	assert_null(find(&ctx, ADDRESS_FACTOR));
	drop(&ctx, ADDRESS_FACTOR);
	ASSERT_TOLD(&ctx);
	put(&ctx, ADDRESS_NOTICE, "a@example.ca");
	assert_null(find(&ctx, ADDRESS_FACTOR));
	assert_string_equal(find(&ctx, ADDRESS_NOTICE), "a@example.ca");
	/* The same mailbox for both, written otherwise: one address, told once. */
	put(&ctx, ADDRESS_FACTOR, "A@example.ca");
	assert_string_equal(find(&ctx, ADDRESS_NOTICE), "A@example.ca");
	assert_string_equal(find(&ctx, ADDRESS_FACTOR), "A@example.ca");
	ASSERT_TOLD(&ctx, "A@example.ca");
	drop(&ctx, ADDRESS_NOTICE);
	assert_string_equal(find(&ctx, ADDRESS_FACTOR), "A@example.ca");
	put(&ctx, ADDRESS_NOTICE, "b@example.ca");
	ASSERT_TOLD(&ctx, "A@example.ca", "b@example.ca");
	assert_int_equal(store_view(&ctx, walk_in, &other), ERR_OK);
	assert_string_equal(other.told, "");
	house_ctx_done(&ctx);
}

static void
test_replaced(void **state)
{
	struct ctx ctx = house_ctx(&house, HOUSE_NOW);
	struct store_stat stat;
	unsigned swept;

	(void)state;
	put(&ctx, ADDRESS_FACTOR, "a@example.ca");
	ctx.now += DAYS(400);
	put(&ctx, ADDRESS_FACTOR, "b@example.ca");
	assert_string_equal(find(&ctx, ADDRESS_FACTOR), "b@example.ca");
	ASSERT_TOLD(&ctx, "a@example.ca", "b@example.ca");
	ctx.now += DAYS(20);
	drop(&ctx, ADDRESS_FACTOR);
	assert_null(find(&ctx, ADDRESS_FACTOR));
	ASSERT_TOLD(&ctx, "a@example.ca", "b@example.ca");
	ctx.now += DAYS(10) - 1;
	ASSERT_TOLD(&ctx, "a@example.ca", "b@example.ca");
	ctx.now++;
	ASSERT_TOLD(&ctx, "b@example.ca");
	/* What is not needed any more is not kept. */
	assert_int_equal(store_sweep(house.store, ctx.now, 100, &swept), ERR_OK);
	assert_int_equal(store_stat(house.store, &stat), ERR_OK);
	assert_int_equal(stat.records[TABLE_ADDRESS], 1);
	/* Taken up again: it stays. */
	put(&ctx, ADDRESS_NOTICE, "b@example.ca");
	ctx.now += DAYS(400);
	ASSERT_TOLD(&ctx, "b@example.ca");
	/* Proving the same one again does not replace it. */
	put(&ctx, ADDRESS_NOTICE, "b@example.ca");
	ctx.now += DAYS(400);
	ASSERT_TOLD(&ctx, "b@example.ca");
	house_ctx_done(&ctx);
}

/* As many as somebody can prove: the account goes on working. */
static void
test_many(void **state)
{
	struct ctx ctx = house_ctx(&house, HOUSE_NOW);

	(void)state;
	for (unsigned i = 0; i < 300; i++)
		put(&ctx, ADDRESS_NOTICE, arena_printf(ctx.arena, "a%u@example.ca", i));
	assert_string_equal(find(&ctx, ADDRESS_NOTICE), "a299@example.ca");
	house_ctx_done(&ctx);
}

int
main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {TEST(test_uses), TEST(test_replaced), TEST(test_many)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
