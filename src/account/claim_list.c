/* Claims as they are stored and found: by id, by either account, by portal. */
#include "account/claim.h"

#include <string.h>

#include "config/config.h"

/* What a row of CLAIM_OF holds once its claim is over: whoever looks for open ones need not open the others, however many there were. */
#define ENDED "ended"
/* So many of the claims of an account are looked at for one that it has made. */
#define LOOKS_MOST 100

static void
put_time(uint8_t *key, int64_t time)
{
	uint64_t number = time > 0 ? (uint64_t)time : 0;

	for (int i = 7; i >= 0; i--, number >>= 8)
		key[i] = (uint8_t)number;
}

/* prefix | opened (8) | claim id: in the order of time, and the id at the end. */
static struct bytes
list_key(struct arena *arena, struct bytes prefix, const struct ClaimRecord *claim)
{
	size_t len = prefix.len + 8 + CLAIM_ID_SIZE;
	uint8_t *key = arena_alloc(arena, len);

	must(claim->id.len == CLAIM_ID_SIZE);
	memcpy(key, prefix.data, prefix.len);
	put_time(key + prefix.len, claim->opened);
	memcpy(key + prefix.len + 8, claim->id.data, CLAIM_ID_SIZE);
	return bytes_make(key, len);
}

/* With the NUL: no portal's list is the beginning of another one's. */
static struct bytes
portal_prefix(const char *portal)
{
	return bytes_make(portal, strlen(portal) + 1);
}

enum err
claim_load(struct txn *txn, struct bytes id, struct ClaimRecord **ret_claim)
{
	return record_load(txn, TABLE_CLAIM, id, &claim_record__descriptor, ret_claim);
}

enum err
claim_save(struct txn *txn, const struct ClaimRecord *claim)
{
	struct ctx *ctx = txn_ctx(txn);
	bool open = claim_is_open(claim);
	int64_t end = open ? NEVER : claim->ended + ctx->config->retention.claims;
	struct bytes of[] = {record_bytes(claim->account), record_bytes(claim->old)}, nothing = bytes_make("", 0);
	enum err err = record_save(txn, TABLE_CLAIM, record_bytes(claim->id), claim, end);

	for (size_t i = 0; i < 2 && err == ERR_OK; i++)
		err = txn_put(txn, TABLE_CLAIM_OF, list_key(ctx->arena, of[i], claim), open ? nothing : bytes_of(ENDED), end);
	return err == ERR_OK ? txn_put(txn, TABLE_CLAIM_AT, list_key(ctx->arena, portal_prefix(claim->portal), claim), nothing, end) : err;
}

const char *
claim_id_print(struct arena *arena, const struct ClaimRecord *claim)
{
	return hex_print(arena, record_bytes(claim->id));
}

enum err
claim_id_parse(struct arena *arena, const char *text, struct bytes *ret_id)
{
	struct bytes id;
	enum err err = strlen(text) == (size_t)2 * CLAIM_ID_SIZE ? hex_parse(arena, text, &id) : ERR_FORMAT;

	if (err == ERR_OK)
		*ret_id = id;
	return err;
}

/* The ids of a list, collected before any claim is looked at: a walk must not write to its table, and fn may. */
struct ids {
	struct arena *arena;
	struct bytes but; /* this key is left out */
	bool open; /* only those of open claims */
	unsigned most;
	struct bytes *items;
	unsigned count, room;
};

static void
add(struct ids *ids, struct bytes id)
{
	unsigned room = ids->room > 0 ? 2 * ids->room : 16;

	if (ids->count == ids->room) {
		ids->items = arena_grow(ids->arena, ids->items, ids->room * sizeof(*ids->items), room * sizeof(*ids->items));
		ids->room = room;
	}
	ids->items[ids->count++] = bytes_copy(ids->arena, id);
}

static enum err
collect(void *arg, struct bytes key, struct bytes value)
{
	struct ids *ids = arg;

	if (bytes_equal(key, ids->but) || (ids->open && value.len > 0))
		return ERR_OK;
	if (ids->count == ids->most)
		return ERR_EXISTS;
	add(ids, bytes_make(key.data + key.len - CLAIM_ID_SIZE, CLAIM_ID_SIZE));
	return ERR_OK;
}

/* One that has expired since is passed over. */
static enum err
visit(struct txn *txn, struct bytes id, bool open, claim_fn *fn, void *arg)
{
	struct ClaimRecord *claim;
	enum err err = claim_load(txn, id, &claim);

	if (err == ERR_NOT_FOUND)
		return ERR_OK;
	if (err != ERR_OK || (open && !claim_is_open(claim)))
		return err;
	return fn(arg, claim);
}

/* Newest first. */
static enum err
walk_account(struct txn *txn, struct bytes account, bool open, unsigned most, claim_fn *fn, void *arg)
{
	struct ids ids = {.arena = txn_ctx(txn)->arena, .open = open, .most = UINT32_MAX};
	enum err err = txn_walk(txn, TABLE_CLAIM_OF, account, collect, &ids);

	for (unsigned i = ids.count; i > 0 && most > 0 && err == ERR_OK; i--, most--)
		err = visit(txn, ids.items[i - 1], open, fn, arg);
	return err;
}

enum err
claim_walk_open(struct txn *txn, struct bytes account, claim_fn *fn, void *arg)
{
	return walk_account(txn, account, true, UINT32_MAX, fn, arg);
}

enum err
claim_walk_portal(struct txn *txn, const char *portal, const struct ClaimRecord *after, unsigned most, claim_fn *fn, void *arg)
{
	struct arena *arena = txn_ctx(txn)->arena;
	struct bytes prefix = portal_prefix(portal), first = after != NULL ? list_key(arena, prefix, after) : prefix;
	struct ids ids = {.arena = arena, .but = after != NULL ? first : bytes_make("", 0), .most = most};
	enum err err = txn_walk_from(txn, TABLE_CLAIM_AT, prefix, first, collect, &ids);

	if (err == ERR_EXISTS)
		err = ERR_OK;
	for (unsigned i = 0; i < ids.count && err == ERR_OK; i++)
		err = visit(txn, ids.items[i], false, fn, arg);
	return err;
}

struct made {
	struct bytes account;
	struct ClaimRecord *claim;
};

static enum err
is_made(void *arg, const struct ClaimRecord *claim)
{
	struct made *made = arg;

	if (!bytes_equal(record_bytes(claim->account), made->account))
		return ERR_OK;
	made->claim = (struct ClaimRecord *)claim;
	return ERR_EXISTS;
}

enum err
claim_find_made(struct txn *txn, struct bytes account, struct ClaimRecord **ret_claim)
{
	struct made made = {.account = account};
	enum err err = walk_account(txn, account, true, UINT32_MAX, is_made, &made);

	if (err == ERR_OK)
		err = walk_account(txn, account, false, LOOKS_MOST, is_made, &made);
	if (err != ERR_OK && err != ERR_EXISTS)
		return err;
	if (made.claim == NULL)
		return ERR_NOT_FOUND;
	*ret_claim = made.claim;
	return ERR_OK;
}
