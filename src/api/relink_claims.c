#include <string.h>

#include "account/account.h"
#include "account/claim.h"
#include "api/internal.h"

/* The two accounts of a claim; NULL: it is not there any more. */
struct sides {
	struct AccountRecord *account, *old;
};

static enum err
load_side(struct txn *txn, struct bytes id, struct AccountRecord **ret_account)
{
	enum err err = account_load(txn, id, ret_account);

	if (err == ERR_NOT_FOUND)
		*ret_account = NULL;
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

/* A sub names the same person's files before and after: the claimant's is the one that the account was made with, the claimed one is what the
 * claim is about, whichever account has it now. */
static json_t *
side_print(const struct AccountRecord *account, bool made_with)
{
	json_t *json;

	if (account == NULL)
		return json_null();
	json = json_object();
	json_object_set_new(json, "sub", json_string(made_with && *account->former_sub != '\0' ? account->former_sub : account->sub));
	json_object_set_new(json, "support_reference", json_string(account->support_reference));
	return json;
}

static json_t *
proven_print(const struct ClaimRecord *claim)
{
	json_t *json = json_object();

	json_object_set_new(json, "credential", json_boolean(claim->credential_proven));
	json_object_set_new(json, "second_factor", api_text(claim->factor_proven));
	return json;
}

static json_t *
print(struct ctx *ctx, const struct ClaimRecord *claim, const struct sides *sides)
{
	json_t *json = json_object();

	json_object_set_new(json, "id", json_string(claim_id_print(ctx->arena, claim)));
	json_object_set_new(json, "state", json_string(claim_state_name(claim_state(claim))));
	json_object_set_new(json, "why", api_text(claim->why));
	json_object_set_new(json, "proven", proven_print(claim));
	json_object_set_new(json, "contested", json_boolean(claim->contested));
	json_object_set_new(json, "opened", api_time(ctx, claim->opened));
	json_object_set_new(json, "decided", api_time(ctx, claim->decided));
	json_object_set_new(json, "due", api_time(ctx, claim_is_open(claim) ? claim->due : 0));
	json_object_set_new(json, "ended", api_time(ctx, claim->ended));
	json_object_set_new(json, "claimant", side_print(sides->account, true));
	json_object_set_new(json, "claimed", side_print(sides->old, false));
	return json;
}

static enum err
load_sides(struct txn *txn, const struct ClaimRecord *claim, struct sides *ret_sides)
{
	enum err err = load_side(txn, record_bytes(claim->account), &ret_sides->account);

	return err == ERR_OK ? load_side(txn, record_bytes(claim->old), &ret_sides->old) : err;
}

/* Another portal's claim is no claim at all. */
static enum err
find(struct txn *txn, const struct api_call *call, struct ClaimRecord **ret_claim)
{
	struct bytes id;
	enum err err = claim_id_parse(call->ctx->arena, call->request->segment, &id);

	if (err == ERR_FORMAT)
		return ERR_NOT_FOUND;
	err = claim_load(txn, id, ret_claim);
	if (err == ERR_OK && strcmp((*ret_claim)->portal, call->portal->id) != 0)
		return ERR_NOT_FOUND;
	return err;
}

static enum err
give(struct txn *txn, struct api_call *call, const struct ClaimRecord *claim)
{
	struct sides sides;
	enum err err = load_sides(txn, claim, &sides);

	return err == ERR_OK ? api_give(call, 200, print(call->ctx, claim, &sides)) : err;
}

static enum err
show(struct txn *txn, struct api_call *call)
{
	struct ClaimRecord *claim;
	enum err err = find(txn, call, &claim);

	if (err == ERR_NOT_FOUND)
		return api_refuse(call, PROBLEM_NOT_FOUND, NULL);
	return err == ERR_OK ? give(txn, call, claim) : err;
}

static enum err
decide(struct txn *txn, struct api_call *call, bool agreed)
{
	struct ClaimRecord *claim;
	enum err err = find(txn, call, &claim);

	if (err == ERR_NOT_FOUND)
		return api_refuse(call, PROBLEM_NOT_FOUND, NULL);
	if (err == ERR_OK)
		err = claim_decide(txn, claim, agreed, "api");
	if (err == ERR_REFUSED)
		return api_refuse(call, PROBLEM_STATE, "The claim does not wait for that decision.");
	return err == ERR_OK ? give(txn, call, claim) : err;
}

static enum err
approve(struct txn *txn, struct api_call *call)
{
	return decide(txn, call, true);
}

static enum err
refuse(struct txn *txn, struct api_call *call)
{
	return decide(txn, call, false);
}

/* --- the list.  A position: opened (8, big endian) | claim id. */
#define TIME_SIZE 8

static struct bytes
position_of(struct arena *arena, const struct ClaimRecord *claim)
{
	uint8_t *position = arena_alloc(arena, TIME_SIZE + CLAIM_ID_SIZE);
	uint64_t time = (uint64_t)claim->opened;

	for (size_t i = TIME_SIZE; i > 0; i--, time >>= 8)
		position[i - 1] = (uint8_t)time;
	memcpy(position + TIME_SIZE, claim->id.data, CLAIM_ID_SIZE);
	return bytes_make(position, TIME_SIZE + CLAIM_ID_SIZE);
}

/* Where the list goes on, also when that claim is not kept any more. */
static struct ClaimRecord *
stand_in(const struct api_page *page)
{
	struct ClaimRecord *claim = arena_new_object(page->call->ctx->arena, struct ClaimRecord);

	claim_record__init(claim);
	claim->portal = (char *)page->call->portal->id;
	for (size_t i = 0; i < TIME_SIZE; i++)
		claim->opened = claim->opened << 8 | page->after.data[i];
	claim->id = record_data(bytes_make(page->after.data + TIME_SIZE, CLAIM_ID_SIZE));
	return claim;
}

struct listing {
	struct api_page page;
	struct txn *txn;
};

static enum err
visit(void *arg, const struct ClaimRecord *claim)
{
	struct listing *listing = arg;
	struct ctx *ctx = listing->page.call->ctx;
	enum err err = api_page_look(&listing->page, position_of(ctx->arena, claim));
	struct sides sides;

	if (err != ERR_OK || !api_page_wants(&listing->page, claim_state_name(claim_state(claim))))
		return err;
	err = load_sides(listing->txn, claim, &sides);
	if (err == ERR_OK)
		json_array_append_new(listing->page.items, print(ctx, claim, &sides));
	return err;
}

static enum err
list(struct txn *txn, struct api_call *call)
{
	static const char *const states[] = {
#define CLAIM_STATE(id, name, open) name,
#include "account/claims.def"
	    NULL};
	struct listing listing = {.txn = txn};
	struct ClaimRecord *after = NULL;

	if (!api_page_begin(&listing.page, call, "relink-claims", states))
		return ERR_OK;
	if (listing.page.after.len == TIME_SIZE + CLAIM_ID_SIZE)
		after = stand_in(&listing.page);
	return api_page_end(&listing.page, claim_walk_portal(txn, call->portal->id, after, API_PAGE_LOOKS + 1, visit, &listing));
}

enum err
api_claims(struct ctx *ctx, const struct request *request, struct response *response)
{
	static const char *const query[] = {"limit", "cursor", "state", NULL};
	static const struct api_operation get = {.query = query, .run = list};

	return api_serve(ctx, request, &get, response);
}

enum err
api_claim(struct ctx *ctx, const struct request *request, struct response *response)
{
	static const struct api_operation get = {.run = show};

	return api_serve(ctx, request, &get, response);
}

enum err
api_claim_approve(struct ctx *ctx, const struct request *request, struct response *response)
{
	static const struct api_operation post = {.change = true, .run = approve};

	return api_serve(ctx, request, &post, response);
}

enum err
api_claim_refuse(struct ctx *ctx, const struct request *request, struct response *response)
{
	static const struct api_operation post = {.change = true, .run = refuse};

	return api_serve(ctx, request, &post, response);
}
