/* Undoing claims when one of the accounts has met something else meanwhile: a later claim, its provider, its end.  DESIGN.md section 3. */
#include "claimants.h"

#include <string.h>

#include "signin/life.h"
#include "signin/terminate.h"

#define PERIOD HOURS(24)

static enum err
undo(struct txn *txn, struct ClaimRecord *claim)
{
	return relink_undo(txn, claim, "operator");
}

struct change {
	const struct person *person;
	enum status_change change;
	struct AccountRecord *found;
	const char *sub;
};

static enum err
find_in(struct txn *txn, void *arg)
{
	struct change *find = arg;
	enum err err = account_find_subject(txn, "health", find->sub, &find->found);

	if (err == ERR_NOT_FOUND)
		find->found = NULL;
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

/* Whose files this sub is about. */
static bool
sub_is_of(const char *sub, const struct person *person)
{
	struct change find = {.sub = sub};

	assert_int_equal(store_view(&ctx, find_in, &find), ERR_OK);
	return find.found != NULL && bytes_equal(record_bytes(find.found->id), person->id);
}

static enum err
close_in(struct txn *txn, void *arg)
{
	const struct change *close = arg;
	struct AccountRecord *account;
	enum err err = account_load(txn, close->person->id, &account);

	return err == ERR_OK ? life_close(txn, account, close->change) : err;
}

static void
close_by(enum status_change change, const struct person *person)
{
	struct change close = {person, change, NULL, NULL};

	house_do(&ctx, close_in, &close);
}

static enum err
terminate_in(struct txn *txn, void *arg)
{
	const struct person *person = arg;

	return terminate_credential(txn, credential_hash(&ctx, "gckey", "idp", "sp", person->name), &(unsigned){0});
}

static struct ClaimRecord *
moved(struct person *claimant, struct person *old)
{
	struct ClaimRecord *claim;

	assert_int_equal(person_sign_in(claimant, false), FACTOR_ACCEPTED);
	claim = claim_by(claimant, old, "cf");
	until(claim->opened + PERIOD);
	assert_string_equal(claim_now(claim)->state, "completed");
	return claim;
}

/* An account that has moved on stays where it is, also when the one between was closed: no two accounts may ever have one sub. */
static void
test_the_one_between_was_closed(void **state)
{
	struct person old = person_new("health", "old"), middle = person_new("health", "middle"), last = person_with_status("last", STATUS_CLAIMANT);
	const char *sub = person_account(&old)->sub;
	struct ClaimRecord *first = moved(&middle, &old), *second = moved(&last, &middle);

	(void)state;
	close_by(CHANGE_CLOSED_BY_OPERATOR, &middle);
	assert_int_equal(in_update(undo, first), ERR_REFUSED);
	assert_true(sub_is_of(sub, &last));
	assert_string_equal(person_account(&old)->status, "moved");
	/* Nor does the later one bring a closed account back. */
	assert_int_equal(in_update(undo, second), ERR_REFUSED);
	assert_int_equal(person_sign_in(&last, false), FACTOR_ACCEPTED);
}

/* What its provider has ended opens nothing when it comes back, but can be claimed anew. */
static void
test_the_old_credential_was_ended(void **state)
{
	struct person old = person_new("health", "old"), claimant = person_with_status("new", STATUS_CLAIMANT);
	struct ClaimRecord *claim = moved(&claimant, &old);

	(void)state;
	house_do(&ctx, terminate_in, &old);
	assert_string_equal(person_account(&old)->status, "moved");
	assert_int_equal(in_update(undo, claim), ERR_OK);
	assert_string_equal(person_account(&old)->status, "unlinked");
	assert_string_equal(person_account(&claimant)->status, "closed");
}

/* An account that opened nothing before is no account to claim after it, whatever has become of its credential. */
static void
test_the_new_credential_was_ended(void **state)
{
	struct person old = person_new("health", "old"), claimant = person_with_status("new", STATUS_CLAIMANT);
	struct ClaimRecord *claim = moved(&claimant, &old);

	(void)state;
	house_do(&ctx, terminate_in, &claimant);
	assert_string_equal(person_account(&claimant)->status, "unlinked");
	assert_int_equal(in_update(undo, claim), ERR_OK);
	assert_string_equal(person_account(&old)->status, "active");
	assert_string_equal(person_account(&claimant)->status, "closed");
}

/* Whoever has taken an account over cannot have it removed, sub and all, before it could be given back. */
static void
test_the_new_account_was_closed(void **state)
{
	struct person old = person_new("health", "old"), claimant = person_with_status("new", STATUS_CLAIMANT);
	const char *sub = person_account(&old)->sub;
	struct ClaimRecord *claim;

	(void)state;
	house.config.retention.closed_accounts = DAYS(1);
	claim = moved(&claimant, &old);
	close_by(CHANGE_CLOSED_BY_PERSON, &claimant);
	until(claim_now(claim)->ended + CLAIM_UNDO - 1);
	assert_int_equal(in_update(undo, claim), ERR_OK);
	assert_true(sub_is_of(sub, &old));
	assert_string_equal(person_account(&old)->status, "active");
	assert_int_equal(person_sign_in(&old, false), FACTOR_ACCEPTED);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, claimants_begin, claimants_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_the_one_between_was_closed),
	    TEST(test_the_old_credential_was_ended),
	    TEST(test_the_new_credential_was_ended),
	    TEST(test_the_new_account_was_closed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
