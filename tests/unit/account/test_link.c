/* Links in mails: found until they are over, used once. */
#include "../signin/house.h"

#include <string.h>

#include "account/link.h"

static struct house house;
static const uint8_t anna[16] = "account of anna";

static int
set_up(void **state)
{
	(void)state;
	house_open(&house, "lmdb");
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
	const char *kind, *token;
	struct LinkRecord *link;
};

static enum err
make_in(struct txn *txn, void *arg)
{
	struct act *act = arg;

	return link_make(txn, act->kind, BYTES(anna), "mail-factor-changed", DAYS(30), &act->token);
}

static enum err
load_in(struct txn *txn, void *arg)
{
	struct act *act = arg;

	return link_load(txn, act->kind, act->token, &act->link);
}

static enum err
use_in(struct txn *txn, void *arg)
{
	struct act *act = arg;

	return link_use(txn, act->kind, act->token, &act->link);
}

static void
test_once(void **state)
{
	struct ctx ctx = house_ctx(&house, HOUSE_NOW);
	struct act act = {.kind = LINK_NOT_ME}, second = act;

	(void)state;
	house_do(&ctx, make_in, &act);
	house_do(&ctx, make_in, &second);
	assert_string_not_equal(act.token, second.token);
	assert_int_equal(strlen(act.token), 43); /* 256 bits */
	ctx.now += DAYS(30) - 1;
	assert_int_equal(store_view(&ctx, load_in, &act), ERR_OK);
	assert_int_equal(act.link->used, 0);
	assert_int_equal(act.link->created, HOUSE_NOW);
	assert_string_equal(act.link->what, "mail-factor-changed");
	assert_true(bytes_equal(record_bytes(act.link->account), BYTES(anna)));
	assert_int_equal(store_update(&ctx, use_in, &act), ERR_OK);
	assert_int_equal(store_update(&ctx, use_in, &act), ERR_EXISTS);
	house_restart(&house);
	ctx.store = house.store;
	assert_int_equal(store_update(&ctx, use_in, &act), ERR_EXISTS);
	assert_int_equal(store_view(&ctx, load_in, &act), ERR_OK);
	assert_int_equal(act.link->used, ctx.now);
	assert_int_equal(store_update(&ctx, use_in, &second), ERR_OK);
	ctx.now++;
	assert_int_equal(store_view(&ctx, load_in, &act), ERR_NOT_FOUND);
	assert_int_equal(store_update(&ctx, use_in, &second), ERR_NOT_FOUND);
	house_ctx_done(&ctx);
}

static void
test_unknown(void **state)
{
	struct ctx ctx = house_ctx(&house, HOUSE_NOW);
	struct act act = {.kind = LINK_NOT_ME}, other;
	char *many = arena_alloc(ctx.arena, 100001);

	(void)state;
	house_do(&ctx, make_in, &act);
	other = act;
	other.kind = "invitation";
	assert_int_equal(store_view(&ctx, load_in, &other), ERR_NOT_FOUND);
	assert_int_equal(store_update(&ctx, use_in, &other), ERR_NOT_FOUND);
	other = act;
	other.token = arena_printf(ctx.arena, "%.42s%c", act.token, act.token[42] == 'A' ? 'B' : 'A');
	assert_int_equal(store_view(&ctx, load_in, &other), ERR_NOT_FOUND);
	other.token = arena_printf(ctx.arena, "%s=", act.token);
	assert_int_equal(store_view(&ctx, load_in, &other), ERR_NOT_FOUND);
	other.token = "";
	assert_int_equal(store_view(&ctx, load_in, &other), ERR_NOT_FOUND);
	memset(many, 'a', 100000);
	other.token = many;
	assert_int_equal(store_view(&ctx, load_in, &other), ERR_NOT_FOUND);
	house_ctx_done(&ctx);
}

int
main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {TEST(test_once), TEST(test_unknown)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
