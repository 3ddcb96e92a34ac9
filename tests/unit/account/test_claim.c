/* Claims as they are stored and listed; what opens one is played in tests/unit/signin/test_relink*. */
#include "../signin/claimants.h"

#include <string.h>

#include "account/claim.h"

#define MOST 16

struct list {
	struct txn *txn;
	const char *portal;
	struct bytes account;
	const struct ClaimRecord *after;
	unsigned most;
	const struct ClaimRecord *claims[MOST];
	unsigned count;
};

static enum err
note(void *arg, const struct ClaimRecord *claim)
{
	struct list *list = arg;

	assert_true(list->count < MOST);
	list->claims[list->count++] = claim;
	return ERR_OK;
}

static enum err
portal_in(struct txn *txn, void *arg)
{
	struct list *list = arg;

	list->count = 0;
	return claim_walk_portal(txn, list->portal, list->after, list->most, note, list);
}

static enum err
account_in(struct txn *txn, void *arg)
{
	struct list *list = arg;

	list->count = 0;
	return claim_walk_open(txn, list->account, note, list);
}

static void
test_lists(void **state)
{
	struct person old = person_new("health", "old"), foreign = person_new("work", "abroad"), people[3];
	struct list list = {.portal = "health", .most = 2};
	struct ClaimRecord *claims[3];

	(void)state;
	(void)foreign;
	for (size_t i = 0; i < 3; i++) {
		people[i] = person_with_status(arena_printf(ctx.arena, "new-%zu", i), STATUS_CLAIMANT);
		claims[i] = claim_by(&people[i], &old, "");
		ctx.now += MINUTES(1);
	}
	/* Oldest first, in pieces; another portal has none. */
	assert_int_equal(store_view(&ctx, portal_in, &list), ERR_OK);
	assert_int_equal(list.count, 2);
	assert_true(bytes_equal(record_bytes(list.claims[0]->id), record_bytes(claims[0]->id)));
	list.after = list.claims[1];
	assert_int_equal(store_view(&ctx, portal_in, &list), ERR_OK);
	assert_int_equal(list.count, 1);
	assert_true(bytes_equal(record_bytes(list.claims[0]->id), record_bytes(claims[2]->id)));
	list = (struct list){.portal = "work", .most = 10};
	assert_int_equal(store_view(&ctx, portal_in, &list), ERR_OK);
	assert_int_equal(list.count, 0);
	/* Newest first, on either side. */
	list.account = old.id;
	assert_int_equal(store_view(&ctx, account_in, &list), ERR_OK);
	assert_int_equal(list.count, 3);
	assert_true(bytes_equal(record_bytes(list.claims[0]->id), record_bytes(claims[2]->id)));
	list.account = people[1].id;
	assert_int_equal(store_view(&ctx, account_in, &list), ERR_OK);
	assert_int_equal(list.count, 1);
}

static enum err
cancel(struct txn *txn, struct ClaimRecord *claim)
{
	return claim_end(txn, claim, CLAIM_END_DESK);
}

static void
test_ended_ones_stay_for_their_retention(void **state)
{
	struct person old = person_new("health", "old"), claimant = person_with_status("new", STATUS_CLAIMANT);
	struct ClaimRecord *claim = claim_by(&claimant, &old, "");
	struct list list = {.portal = "health", .most = 10, .account = old.id};

	(void)state;
	assert_int_equal(in_update(cancel, claim), ERR_OK);
	assert_string_equal(claim_now(claim)->why, "cancelled-by-help-desk");
	assert_int_equal(in_update(cancel, claim), ERR_REFUSED);
	assert_int_equal(store_view(&ctx, account_in, &list), ERR_OK);
	assert_int_equal(list.count, 0);
	ctx.now += house.config.retention.claims - 1;
	assert_int_equal(store_view(&ctx, portal_in, &list), ERR_OK);
	assert_int_equal(list.count, 1);
	ctx.now += 1;
	assert_int_equal(store_view(&ctx, portal_in, &list), ERR_OK);
	assert_int_equal(list.count, 0);
}

struct both {
	struct person old, claimant;
};

static enum err
open_and_end(struct txn *txn, void *arg)
{
	const struct both *both = arg;
	struct claim_new wanted = {.factor_proven = ""};
	struct ClaimRecord *claim;
	enum err err = account_load(txn, both->old.id, &wanted.old);

	if (err == ERR_OK)
		err = account_load(txn, both->claimant.id, &wanted.account);
	if (err == ERR_OK)
		err = claim_open(txn, &wanted, &claim);
	return err == ERR_OK ? claim_end(txn, claim, CLAIM_END_CANCELLED) : err;
}

/* Claims are kept for years, and who is claimed again and again must still be able to sign in, within the memory of a request. */
static void
test_ended_ones_are_no_burden(void **state)
{
	struct both both = {person_new("health", "old"), person_with_status("new", STATUS_CLAIMANT)};
	size_t before;

	(void)state;
	house.config.mail.url = NULL;
	for (unsigned i = 0; i < 400; i++) {
		struct ctx own = house_ctx(&house, ++ctx.now);
		house_do(&own, open_and_end, &both);
		house_ctx_done(&own);
	}
	before = arena_used(ctx.arena);
	assert_int_equal(person_sign_in(&both.old, false), FACTOR_ACCEPTED);
	assert_in_range(arena_used(ctx.arena) - before, 0, 1 << 18);
	before = arena_used(ctx.arena);
	assert_int_equal(person_sign_in(&both.claimant, false), FACTOR_ACCEPTED);
	assert_string_equal(claim_by(&both.claimant, &both.old, "")->state, "waiting-decision");
	assert_in_range(arena_used(ctx.arena) - before, 0, 1 << 19);
}

static void
test_names_and_ids(void **state)
{
	struct ClaimRecord claim = CLAIM_RECORD__INIT;
	uint8_t id[CLAIM_ID_SIZE] = {0xab, 1, 2};
	struct bytes parsed;
	const char *text;

	(void)state;
	claim.id = record_data(BYTES(id));
	text = claim_id_print(ctx.arena, &claim);
	assert_string_equal(text, "ab010200000000000000000000000000");
	assert_int_equal(claim_id_parse(ctx.arena, text, &parsed), ERR_OK);
	assert_true(bytes_equal(parsed, BYTES(id)));
	assert_int_equal(claim_id_parse(ctx.arena, "ab01", &parsed), ERR_FORMAT);
	assert_int_equal(claim_id_parse(ctx.arena, "AB010200000000000000000000000000", &parsed), ERR_FORMAT);
	assert_int_equal(claim_id_parse(ctx.arena, "ab0102000000000000000000000000000", &parsed), ERR_FORMAT);
	/* A state that this release does not know: nothing comes of it. */
	claim.state = (char *)"levitating";
	assert_int_equal(claim_state(&claim), CLAIM_ENDED);
	assert_false(claim_is_open(&claim));
	claim.factor_proven = (char *)"totp";
	assert_int_equal(claim_kind(&claim), 'b');
	claim.credential_proven = true;
	assert_int_equal(claim_kind(&claim), 'a');
}

static void
test_only_so_many_at_once(void **state)
{
	struct person old = person_new("health", "old"), late = person_with_status("late", STATUS_CLAIMANT);
	struct relink_answer answer;

	(void)state;
	for (unsigned i = 0; i < CLAIM_CONTEST_MOST; i++) {
		struct person claimant = person_with_status(arena_printf(ctx.arena, "new-%u", i), STATUS_CLAIMANT);
		claim_by(&claimant, &old, "");
	}
	assert_int_equal(person_sign_in(&late, false), FACTOR_ACCEPTED);
	draft_of(&late, &old);
	assert_int_equal(relink_open(&ctx, &late.journey, &answer), ERR_OK);
	assert_int_equal(answer.verdict, RELINK_REFUSED);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, claimants_begin, claimants_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_lists),
	    TEST(test_ended_ones_stay_for_their_retention),
	    TEST(test_ended_ones_are_no_burden),
	    TEST(test_names_and_ids),
	    TEST(test_only_so_many_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
