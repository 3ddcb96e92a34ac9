/* What the stories of the interface cannot reach without waiting for days: claims from the owner's decision to their end, and whose sub is whose.
 * And that the two kinds of access token do not cross. */
#include "../signin/house.h"

#include <jansson.h>
#include <string.h>

#include "account/account.h"
#include "account/binding.h"
#include "account/claim.h"
#include "base/clock.h"
#include "oidc/mint.h"
#include "page/routes.h"
#include "signin/relink.h"
#include "signin/terminate.h"

static struct house house;
static struct ctx ctx;

static struct portal_config *
portal_of(unsigned index)
{
	return &house.portals[index];
}

/* One request of that portal's program; the answer's members are read from *ret_json, which the caller frees. */
static int
ask(unsigned portal, enum method method, const char *path, json_t **ret_json)
{
	const char *token;
	struct response response;
	struct field header;
	struct request request = {.method = method, .path = path, .headers = {&header, 1}, .raw_query = ""};

	assert_int_equal(mint_api_token(&ctx, portal_of(portal), &token), ERR_OK);
	header = (struct field){"Authorization", arena_printf(ctx.arena, "Bearer %s", token)};
	router_serve(&page_routes, &ctx, &request, &response);
	*ret_json = json_loads(buf_text(&response.body), 0, NULL);
	assert_non_null(*ret_json);
	return response.status;
}

/* A member of the answer by its path ("claimant.sub"); "" for null. */
static const char *
ask_text(unsigned portal, enum method method, const char *path, int status, const char *member)
{
	const char *dot = strchr(member, '.'), *text;
	json_t *json, *inner;

	assert_int_equal(ask(portal, method, path, &json), status);
	inner = dot == NULL ? json : json_object_get(json, arena_text_of(ctx.arena, bytes_make(member, (size_t)(dot - member))));
	inner = json_object_get(inner, dot == NULL ? member : dot + 1);
	assert_non_null(inner);
	text = arena_text(ctx.arena, json_is_null(inner) ? "" : json_string_value(inner));
	json_decref(json);
	return text;
}

struct pair {
	struct AccountRecord *old, *account;
	struct ClaimRecord *claim;
};

static enum err
make_claim(struct txn *txn, void *arg)
{
	struct pair *pair = arg;
	struct claim_new wanted = {.factor_proven = ""};

	assert_int_equal(account_create(txn, "health", "gckey", STATUS_ACTIVE, &pair->old), ERR_OK);
	assert_int_equal(account_create(txn, "health", "gckey", STATUS_CLAIMANT, &pair->account), ERR_OK);
	wanted.account = pair->account;
	wanted.old = pair->old;
	return claim_open(txn, &wanted, &pair->claim);
}

static enum err
complete(struct txn *txn, void *arg)
{
	struct pair *pair = arg;
	struct ClaimRecord *claim;
	enum err err = claim_load(txn, record_bytes(pair->claim->id), &claim);

	return err == ERR_OK ? relink_complete(txn, claim) : err;
}

static const char *
claim_path(const struct pair *pair, const char *more)
{
	return arena_printf(ctx.arena, "/api/v1/relink-claims/%s%s", claim_id_print(ctx.arena, pair->claim), more);
}

static const char *
account_path(const char *sub)
{
	return arena_printf(ctx.arena, "/api/v1/accounts/%s", sub);
}

static void
an_agreed_claim_moves_the_sub(void **state)
{
	struct pair pair;
	const char *own, *old;

	(void)state;
	house_do(&ctx, make_claim, &pair);
	own = pair.account->sub;
	old = pair.old->sub;
	assert_string_equal(ask_text(0, METHOD_GET, claim_path(&pair, ""), 200, "state"), "waiting-decision");
	assert_string_equal(ask_text(0, METHOD_GET, claim_path(&pair, ""), 200, "claimant.sub"), own);
	assert_string_equal(ask_text(0, METHOD_GET, claim_path(&pair, ""), 200, "claimed.sub"), old);
	assert_string_equal(ask_text(0, METHOD_GET, claim_path(&pair, ""), 200, "proven.second_factor"), "");
	assert_string_equal(ask_text(0, METHOD_POST, claim_path(&pair, "/approve"), 200, "state"), "waiting-period");
	assert_string_equal(ask_text(0, METHOD_POST, claim_path(&pair, "/approve"), 409, "type"), "urn:vestibule:problem:wrong-state");
	ctx.now += house.config.limits.claim_period + 1;
	house_do(&ctx, complete, &pair);
	assert_string_equal(ask_text(0, METHOD_GET, claim_path(&pair, ""), 200, "state"), "completed");
	assert_string_equal(ask_text(0, METHOD_GET, claim_path(&pair, ""), 200, "claimant.sub"), own);
	assert_string_equal(ask_text(0, METHOD_GET, claim_path(&pair, ""), 200, "claimed.sub"), old);
	/* both lead to the account that goes on */
	for (unsigned i = 0; i < 2; i++) {
		const char *path = account_path(i == 0 ? own : old);
		assert_string_equal(ask_text(0, METHOD_GET, path, 200, "sub"), old);
		assert_string_equal(ask_text(0, METHOD_GET, path, 200, "former_sub"), own);
		assert_string_equal(ask_text(0, METHOD_GET, path, 200, "status"), "active");
		assert_string_equal(ask_text(1, METHOD_GET, path, 404, "type"), "urn:vestibule:problem:not-found");
	}
}

static enum err
make_second_claim(struct txn *txn, void *arg)
{
	struct pair *pair = arg;
	struct claim_new wanted = {.factor_proven = "", .account = pair->account};
	enum err err = account_create(txn, "health", "gckey", STATUS_ACTIVE, &pair->old);

	wanted.old = pair->old;
	return err == ERR_OK ? claim_open(txn, &wanted, &pair->claim) : err;
}

/* What became of a claim's accounts since does not change whose files it was about. */
static void
an_older_claim_keeps_its_subs(void **state)
{
	struct pair first, second;
	const char *own, *old;

	(void)state;
	house_do(&ctx, make_claim, &first);
	own = first.account->sub;
	old = first.old->sub;
	assert_string_equal(ask_text(0, METHOD_POST, claim_path(&first, "/refuse"), 200, "why"), "refused");
	second = first;
	house_do(&ctx, make_second_claim, &second);
	assert_string_equal(ask_text(0, METHOD_POST, claim_path(&second, "/approve"), 200, "state"), "waiting-period");
	ctx.now += house.config.limits.claim_period + 1;
	house_do(&ctx, complete, &second);
	for (unsigned i = 0; i < 2; i++) {
		const char *path = claim_path(i == 0 ? &first : &second, "");
		assert_string_equal(ask_text(0, METHOD_GET, path, 200, "claimant.sub"), own);
		assert_string_equal(ask_text(0, METHOD_GET, path, 200, "claimed.sub"), i == 0 ? old : second.old->sub);
	}
}

static void
a_refused_claim_moves_nothing(void **state)
{
	struct pair pair;
	json_t *json;

	(void)state;
	house_do(&ctx, make_claim, &pair);
	/* another portal: not there, and nothing decided */
	assert_string_equal(ask_text(1, METHOD_GET, claim_path(&pair, ""), 404, "title"), "There is no such thing");
	assert_string_equal(ask_text(1, METHOD_POST, claim_path(&pair, "/refuse"), 404, "title"), "There is no such thing");
	assert_int_equal(ask(1, METHOD_GET, "/api/v1/relink-claims", &json), 200);
	assert_int_equal(json_array_size(json_object_get(json, "items")), 0);
	json_decref(json);
	assert_string_equal(ask_text(0, METHOD_GET, claim_path(&pair, ""), 200, "state"), "waiting-decision");
	assert_string_equal(ask_text(0, METHOD_POST, claim_path(&pair, "/refuse"), 200, "why"), "refused");
	assert_string_equal(ask_text(0, METHOD_POST, claim_path(&pair, "/refuse"), 409, "type"), "urn:vestibule:problem:wrong-state");
	assert_string_equal(ask_text(0, METHOD_GET, account_path(pair.old->sub), 200, "status"), "active");
	assert_string_equal(ask_text(0, METHOD_GET, account_path(pair.account->sub), 200, "sub"), pair.account->sub);
}

struct bank {
	struct AccountRecord *accounts[2];
	struct bytes credential;
};

/* One credential of the bank's that opens an account at each portal, one of them approved. */
static enum err
make_bank(struct txn *txn, void *arg)
{
	struct bank *bank = arg;

	bank->credential = credential_hash(txn_ctx(txn), "partner", "idp", "sp", "somebody");
	for (unsigned i = 0; i < 2; i++) {
		struct AccountRecord **account = &bank->accounts[i];
		assert_int_equal(account_create(txn, portal_of(i)->id, "partner", i == 0 ? STATUS_WAITING : STATUS_ACTIVE, account), ERR_OK);
		assert_int_equal(binding_save(txn, bank->credential, portal_of(i)->id, SEPARATION_SHARED, "partner", record_bytes((*account)->id)), ERR_OK);
	}
	txn_ctx(txn)->now += HOURS(1);
	return status_change(txn, bank->accounts[0], CHANGE_APPROVED);
}

static enum err
end_bank(struct txn *txn, void *arg)
{
	struct bank *bank = arg;
	unsigned ended;
	enum err err = terminate_credential(txn, bank->credential, &ended);

	assert_int_equal(ended, 2);
	return err;
}

static enum err
make_unlinked_again(struct txn *txn, void *arg)
{
	struct bank *bank = arg;
	struct AccountRecord *account;
	enum err err = account_load(txn, record_bytes(bank->accounts[1]->id), &account);

	if (err == ERR_OK)
		err = status_change(txn, account, CHANGE_TAKEN_OVER);
	txn_ctx(txn)->now += HOURS(1);
	return err == ERR_OK ? status_change(txn, account, CHANGE_CLAIM_UNDONE_UNLINKED) : err;
}

/* It ends everywhere in one moment, which would tell two portals that they have the same person. */
static void
no_portal_hears_that_a_credential_ended(void **state)
{
	json_t *before[2], *after;
	struct bank bank;
	const char *path;

	(void)state;
	house_do(&ctx, make_bank, &bank);
	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(ask(i, METHOD_GET, account_path(bank.accounts[i]->sub), &before[i]), 200);
	assert_string_equal(json_string_value(json_object_get(before[0], "status_why")), "approved");
	ctx.now += HOURS(1);
	house_do(&ctx, end_bank, &bank);
	for (unsigned i = 0; i < 2; i++) {
		path = account_path(bank.accounts[i]->sub);
		assert_int_equal(ask(i, METHOD_GET, path, &after), 200);
		assert_true(json_equal(before[i], after));
		json_decref(after);
		assert_string_equal(ask_text(i, METHOD_POST, arena_printf(ctx.arena, "%s/approve", path), 409, "type"), "urn:vestibule:problem:wrong-state");
		json_decref(before[i]);
	}
	/* what happens at one portal it is told */
	house_do(&ctx, make_unlinked_again, &bank);
	assert_string_equal(ask_text(1, METHOD_GET, path, 200, "status"), "active");
	assert_string_equal(ask_text(1, METHOD_GET, path, 200, "status_why"), "claim-undone");
	assert_string_equal(ask_text(1, METHOD_GET, path, 200, "status_since"), clock_print(ctx.arena, ctx.now));
}

static void
tokens_do_not_cross(void **state)
{
	struct CodeRecord code = CODE_RECORD__INIT;
	const struct portal_config *portal;
	struct access_claims claims;
	const char *own, *person;

	(void)state;
	code.sub = (char *)"health"; /* the worst case: a person whose sub is the portal's id */
	code.sid = (char *)"sid";
	code.scope = (char *)"accounts";
	code.access_jti = (char *)"jti";
	code.locale = (char *)"en-CA";
	assert_int_equal(mint_api_token(&ctx, portal_of(0), &own), ERR_OK);
	assert_int_equal(mint_access_token(&ctx, portal_of(0), &code, &person), ERR_OK);
	assert_int_equal(mint_check_api(&ctx, own, &portal), ERR_OK);
	assert_ptr_equal(portal, portal_of(0));
	assert_int_equal(mint_check_access(&ctx, person, &claims), ERR_OK);
	assert_int_equal(mint_check_api(&ctx, person, &portal), ERR_CRYPTO);
	assert_int_not_equal(mint_check_access(&ctx, own, &claims), ERR_OK);
	ctx.now += house.config.limits.token_lifetime;
	assert_int_equal(mint_check_api(&ctx, own, &portal), ERR_TIMEOUT);
	ctx.now -= house.config.limits.token_lifetime;
	/* the portal has gone over to a secret, or is not configured any more */
	house.portals[0].jwks_file = NULL;
	assert_int_equal(mint_check_api(&ctx, own, &portal), ERR_CRYPTO);
	house.portals[0].jwks_file = "health.jwks.json";
	house.portals[0].id = "another";
	assert_int_equal(mint_check_api(&ctx, own, &portal), ERR_CRYPTO);
	house.portals[0].id = "health";
}

static int
setup(void **state)
{
	(void)state;
	house_open(&house, "mem");
	house.portals[0].jwks_file = "health.jwks.json";
	house.portals[1].jwks_file = "work.jwks.json";
	ctx = house_ctx(&house, HOUSE_NOW);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	house_ctx_done(&ctx);
	house_close(&house);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(an_agreed_claim_moves_the_sub, setup, teardown),
	    cmocka_unit_test_setup_teardown(an_older_claim_keeps_its_subs, setup, teardown),
	    cmocka_unit_test_setup_teardown(a_refused_claim_moves_nothing, setup, teardown),
	    cmocka_unit_test_setup_teardown(no_portal_hears_that_a_credential_ended, setup, teardown),
	    cmocka_unit_test_setup_teardown(tokens_do_not_cross, setup, teardown),
	};

	return cmocka_run_group_tests_name("api", tests, NULL, NULL);
}
