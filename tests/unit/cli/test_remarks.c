/* What a changed configuration means for accounts that are there: each remark of policies.def, and nothing of accounts that it does not concern. */
#include "../signin/house.h"

#include <stdlib.h>
#include <string.h>

#include "account/account.h"
#include "account/approval.h"
#include "account/binding.h"
#include "account/claim.h"
#include "account/invitation.h"
#include "cli/remarks.h"

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

struct making {
	const char *portal, *provider, *status, *method, *name_id;
	bool reset;
	struct AccountRecord *account;
};

static enum err
make_in(struct txn *txn, void *arg)
{
	struct making *making = arg;
	enum status status = 0;
	enum err err;

	while (strcmp(status_name(status), making->status) != 0)
		status++;
	err = account_create(txn, making->portal, making->provider, status, &making->account);
	if (err != ERR_OK)
		return err;
	making->account->method = (char *)making->method;
	making->account->enrol_anew = making->reset ? ctx.now : 0;
	err = account_save(txn, making->account);
	if (err != ERR_OK || making->name_id == NULL)
		return err;
	/* as if it were allowed, as it may have been */
	return binding_save(txn, credential_hash(txn_ctx(txn), making->provider, "idp", "sp", making->name_id), making->portal, SEPARATION_SHARED,
	    making->provider, record_bytes(making->account->id));
}

static struct AccountRecord *
make(struct making making)
{
	if (making.method == NULL)
		making.method = "totp";
	if (making.provider == NULL)
		making.provider = "gckey";
	if (making.portal == NULL)
		making.portal = "health";
	if (making.status == NULL)
		making.status = "active";
	house_do(&ctx, make_in, &making);
	return making.account;
}

static json_t *
look(void)
{
	json_t *remarks = NULL;

	assert_int_equal(remarks_look(&ctx, &remarks), ERR_OK);
	assert_non_null(remarks);
	return remarks;
}

static void
silent(void)
{
	json_t *remarks = look();
	char *said = json_dumps(remarks, 0);

	assert_string_equal(said, "[]");
	free(said);
	json_decref(remarks);
}

/* One remark, with these members; its list holds this alone. */
static void
says_at(size_t i, size_t of, const char *check, const char *policy, const char *list, const char *only)
{
	json_t *remarks = look(), *remark = json_array_get(remarks, i);

	assert_int_equal(json_array_size(remarks), of);
	assert_string_equal(json_string_value(json_object_get(remark, "check")), check);
	assert_string_equal(json_string_value(json_object_get(remark, "policy")), policy);
	assert_string_equal(json_string_value(json_object_get(remark, "result")), "note");
	assert_true(json_string_length(json_object_get(remark, "remedy")) > 20);
	assert_int_equal(json_integer_value(json_object_get(remark, "count")), 1);
	assert_int_equal(json_integer_value(json_object_get(remark, "more")), 0);
	assert_int_equal(json_array_size(json_object_get(remark, list)), 1);
	assert_string_equal(json_string_value(json_array_get(json_object_get(remark, list), 0)), only);
	json_decref(remarks);
}

static void
says(const char *check, const char *policy, const struct AccountRecord *account)
{
	says_at(0, 1, check, policy, "accounts", account->support_reference);
}

/* People whom no change of these tests is about. */
static void
add_others(void)
{
	for (enum status status = STATUS_ACTIVE; status < STATUS_COUNT; status++)
		make((struct making){.portal = "work", .provider = "partner", .status = status_name(status), .name_id = status_name(status)});
	make((struct making){.status = "moved", .method = "mail"});
	make((struct making){.status = "closed", .method = ""});
	make((struct making){.status = "refused", .method = ""});
	silent();
}

static void
says_gone(const char *check)
{
	json_t *remarks = look(), *remark = json_array_get(remarks, 0);

	assert_int_equal(json_array_size(remarks), 1);
	assert_string_equal(json_string_value(json_object_get(remark, "check")), check);
	assert_string_equal(json_string_value(json_object_get(remark, "policy")), "portal-gone");
	assert_string_equal(json_string_value(json_object_get(remark, "portal")), "work");
	assert_true(json_is_null(json_object_get(remark, "about")));
	json_decref(remarks);
}

static void
test_portal(void **state)
{
	(void)state;
	add_others();
	house.config.portal_count = 1;
	/* the active, the refused and the unlinked one */
	says_gone("3 accounts of work: the portal is not configured any more");
}

static void
test_provider(void **state)
{
	struct AccountRecord *account = make((struct making){.name_id = "one"});

	(void)state;
	add_others();
	house.providers[0].id = "other";
	house.portals[0].methods.count = 0; /* of one that nobody can sign in to no more is said */
	says("1 account of health: no way to sign in, since there is no provider gckey", "provider-gone", account);
}

static void
test_provider_left(void **state)
{
	static const char *left[] = {"partner"};
	struct AccountRecord *account;

	(void)state;
	house.portals[0].admission = ADMISSION_APPROVAL;
	account = make((struct making){.status = "waiting-approval"});
	add_others();
	house.portals[0].admission = ADMISSION_OPEN;
	house.portals[0].providers = house.portals[1].providers = (struct texts){left, 1};
	says("1 account of health: no way to sign in, since the portal does not take gckey", "provider-left", account);
}

static void
test_entity(void **state)
{
	struct AccountRecord *account;

	(void)state;
	account = make((struct making){.name_id = "one"});
	make((struct making){.name_id = "over", .status = "closed"});
	silent();
	house.config.entity_id = "https://other.example/saml/metadata";
	make((struct making){.name_id = "two"});
	make((struct making){.name_id = NULL});
	says("1 account of health: no way to sign in, since entity_id was another one at the first visit with gckey", "entity-changed", account);
}

static void
test_several(void **state)
{
	static const char *const over[] = {"refused", "unlinked", "moved", "closed"};
	struct AccountRecord *health, *work;

	(void)state;
	for (size_t i = 0; i < sizeof(over) / sizeof(over[0]); i++) {
		make((struct making){.name_id = over[i]});
		make((struct making){.portal = "work", .name_id = over[i], .status = over[i]});
		make((struct making){.provider = "partner", .name_id = over[i]});
	}
	silent();
	health = make((struct making){.provider = "partner", .name_id = "two"});
	work = make((struct making){.portal = "work", .provider = "partner", .name_id = "two"});
	silent();
	house.providers[1].separation = SEPARATION_EXCLUSIVE;
	says_at(0, 2, "1 account of health: opened by a credential that opens another portal too, which is not allowed (any more) with partner",
	    "several-portals", "accounts", health->support_reference);
	says_at(1, 2, "1 account of work: opened by a credential that opens another portal too, which is not allowed (any more) with partner",
	    "several-portals", "accounts", work->support_reference);
	house.config.portal_count = 1; /* what is gone opens nothing */
	says_gone("3 accounts of work: the portal is not configured any more");
}

static void
test_admission(void **state)
{
	struct AccountRecord *waiting, *claimant;

	(void)state;
	waiting = make((struct making){.status = "waiting-approval"});
	claimant = make((struct making){.portal = "work", .status = "waiting-claim"});
	house.portals[0].admission = ADMISSION_APPROVAL;
	house.portals[1].admission = ADMISSION_INVITATION;
	add_others();
	house.portals[0].admission = ADMISSION_INVITATION;
	says("1 account of health: waiting for the portal's owner, though its admission is not approval", "waiting-unasked", waiting);
	house.portals[0].admission = ADMISSION_APPROVAL;
	house.portals[1].admission = ADMISSION_OPEN;
	says("1 account of work: made to claim an older one for want of an invitation, though the portal's admission is not invitation",
	    "claimant-unasked", claimant);
}

static void
test_methods(void **state)
{
	static const char *both[] = {"totp", "mail"};
	struct AccountRecord *mail;

	(void)state;
	house.portals[0].methods = (struct texts){both, 2};
	mail = make((struct making){.method = "mail"});
	make((struct making){.method = "mail", .reset = true});
	add_others();
	house.portals[0].methods.count = 1;
	says("1 account of health: another second factor is to be set up at the next sign-in, since the portal does not take mail", "method-left", mail);
	house.portals[0].required_for.count = 0;
	says("1 account of health: signed in to with a second factor that the portal does not take any more: mail", "method-kept", mail);
}

static void
test_required(void **state)
{
	struct AccountRecord *without;

	(void)state;
	house.portals[0].required_for.count = 0;
	without = make((struct making){.method = ""});
	add_others();
	house.portals[0].required_for.count = 1;
	says("1 account of health: a second factor is to be set up at the next sign-in, since it is required with gckey", "method-missing", without);
}

static enum err
invite_in(struct txn *txn, void *arg)
{
	const struct invitation_new wanted = {.portal = "health", .note = "", .by = "operator"};
	const char *code;

	return invitation_create(txn, &wanted, &code, arg);
}

static enum err
revoke_in(struct txn *txn, void *arg)
{
	struct InvitationRecord *other;

	return invitation_revoke(txn, "health", ((struct InvitationRecord *)arg)->id, "operator", &other);
}

static void
test_invitations(void **state)
{
	struct InvitationRecord *open, *revoked;

	(void)state;
	house.portals[0].admission = ADMISSION_INVITATION;
	house_do(&ctx, invite_in, &open);
	house_do(&ctx, invite_in, &revoked);
	house_do(&ctx, revoke_in, revoked);
	silent();
	house.portals[0].admission = ADMISSION_OPEN;
	says_at(0, 1, "1 invitation of health: open, though the portal's admission is not invitation", "invited-unasked", "invitations", open->id);
	ctx.now += DAYS(14);
	silent();
}

static enum err
claim_in(struct txn *txn, void *arg)
{
	struct ClaimRecord *claim;

	return claim_open(txn, arg, &claim);
}

static void
test_claims(void **state)
{
	struct claim_new claim = {.factor_proven = ""};
	json_t *remarks, *remark;

	(void)state;
	claim.old = make((struct making){.portal = "work"});
	claim.account = make((struct making){.portal = "work"});
	house_do(&ctx, claim_in, &claim);
	silent();
	house.config.portal_count = 1;
	remarks = look();
	assert_int_equal(json_array_size(remarks), 2);
	remark = json_array_get(remarks, 1);
	assert_string_equal(json_string_value(json_object_get(remark, "check")), "1 claim of work: open, though the portal is not configured any more");
	assert_int_equal(strlen(json_string_value(json_array_get(json_object_get(remark, "claims"), 0))), 2 * CLAIM_ID_SIZE);
	json_decref(remarks);
}

struct order {
	struct bytes last;
	json_t *expected;
};

static enum err
note_order(void *arg, const struct AccountRecord *account)
{
	struct order *order = arg;

	assert_true(order->last.len == 0 || memcmp(order->last.data, account->id.data, account->id.len) < 0);
	order->last = record_bytes(account->id);
	if (strcmp(account->portal, "work") == 0 && json_array_size(order->expected) < REMARKS_LISTED)
		json_array_append_new(order->expected, json_string(account->support_reference));
	return ERR_OK;
}

static enum err
order_in(struct txn *txn, void *arg)
{
	return account_walk(txn, NULL, UINT32_MAX, note_order, arg);
}

/* More than the pieces of the walk hold: each counts once, and the first are listed in the order of random ids, not of their credentials. */
static void
test_many(void **state)
{
	struct order order = {.expected = json_array()};
	json_t *remarks, *remark;

	(void)state;
	for (unsigned i = 0; i < 1250; i++) {
		const char *name_id = arena_printf(ctx.arena, "person %u", i);
		make((struct making){.name_id = name_id});
		make((struct making){.portal = "work", .name_id = name_id});
	}
	remarks = look();
	assert_int_equal(json_array_size(remarks), 2);
	for (size_t i = 0; i < 2; i++) {
		remark = json_array_get(remarks, i);
		assert_int_equal(json_integer_value(json_object_get(remark, "count")), 1250);
		assert_int_equal(json_integer_value(json_object_get(remark, "more")), 1250 - REMARKS_LISTED);
		assert_int_equal(json_array_size(json_object_get(remark, "accounts")), REMARKS_LISTED);
	}
	assert_int_equal(store_view(&ctx, order_in, &order), ERR_OK);
	assert_true(json_equal(order.expected, json_object_get(json_array_get(remarks, 1), "accounts")));
	json_decref(order.expected);
	json_decref(remarks);
}

/* Exactly a piece, and what follows on it. */
static void
test_edges(void **state)
{
	json_t *remarks;

	(void)state;
	silent();
	house.portals[0].required_for.count = 0;
	for (unsigned i = 0; i < 500; i++)
		make((struct making){.method = ""});
	house.portals[0].required_for.count = 2;
	for (unsigned i = 500; i < 502; i++) {
		remarks = look();
		assert_int_equal(json_integer_value(json_object_get(json_array_get(remarks, 0), "count")), i);
		json_decref(remarks);
		make((struct making){.method = ""});
	}
}

int
main(void)
{
#define IN_A_HOUSE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {IN_A_HOUSE(test_portal), IN_A_HOUSE(test_provider), IN_A_HOUSE(test_provider_left), IN_A_HOUSE(test_entity),
	    IN_A_HOUSE(test_several), IN_A_HOUSE(test_admission), IN_A_HOUSE(test_methods), IN_A_HOUSE(test_required), IN_A_HOUSE(test_invitations),
	    IN_A_HOUSE(test_claims), IN_A_HOUSE(test_many), IN_A_HOUSE(test_edges)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
