#include <string.h>

#include "crypto/seal.h"
#include "store/internal.h"

#define EXPIRES_SIZE TIME_SIZE
#define NAME_MAX_ 32

/* Each table seals with a key of its own. */
static const struct {
	const char *name, *purpose;
} tables[RAW_COUNT] = {
#define TABLE(id, name) [TABLE_##id] = {name, "store/" name},
#include "store/tables.def"
#undef TABLE
    [RAW_EXPIRY] = {"expiry", NULL},
    [RAW_STORE] = {"store", NULL},
};

const char *
raw_table_name(unsigned table)
{
	must(table < RAW_COUNT);
	return tables[table].name;
}

int64_t
txn_now(const struct txn *txn)
{
	return txn->ctx->now;
}

struct ctx *
txn_ctx(const struct txn *txn)
{
	return txn->ctx;
}

static enum err
fail(struct txn *txn, enum err err)
{
	if (txn->failed == ERR_OK)
		txn->failed = err;
	return txn->failed;
}

/* The back end failed: nothing in its transaction can be trusted any more. */
static enum err
break_txn(struct txn *txn, enum err err)
{
	txn->broken = err;
	return fail(txn, err);
}

/* --- the envelope --- */

void
time_put(uint8_t data[TIME_SIZE], int64_t time)
{
	uint64_t bits = (uint64_t)time;

	for (int i = EXPIRES_SIZE - 1; i >= 0; i--, bits >>= 8)
		data[i] = (uint8_t)bits;
}

int64_t
time_get(const uint8_t data[TIME_SIZE])
{
	uint64_t bits = 0;

	for (int i = 0; i < EXPIRES_SIZE; i++)
		bits = bits << 8 | data[i];
	return (int64_t)bits;
}

/* Table, key and expiry: a record that is moved, or given a longer life, does not open. */
static struct bytes
associated(unsigned table, struct bytes key, const uint8_t *expires,
    uint8_t data[NAME_MAX_ + STORE_KEY_MAX + EXPIRES_SIZE])
{
	size_t len = strlen(tables[table].name) + 1;

	memcpy(data, tables[table].name, len);
	memcpy(data + len, key.data, key.len);
	memcpy(data + len + key.len, expires, EXPIRES_SIZE);
	return bytes_make(data, len + key.len + EXPIRES_SIZE);
}

static struct bytes
envelope_print(
    struct txn *txn, unsigned table, struct bytes key, struct bytes value, int64_t expires)
{
	uint8_t *data = arena_alloc(txn->scratch, EXPIRES_SIZE + value.len + SEAL_OVERHEAD);
	uint8_t space[NAME_MAX_ + STORE_KEY_MAX + EXPIRES_SIZE];
	struct bytes sealed;

	time_put(data, expires);
	sealed = seal(txn->store->keys, tables[table].purpose, associated(table, key, data, space),
	    value, txn->scratch);
	memcpy(data + EXPIRES_SIZE, sealed.data, sealed.len);
	return bytes_make(data, EXPIRES_SIZE + sealed.len);
}

static enum err
envelope_parse(
    struct txn *txn, unsigned table, struct bytes key, struct bytes raw, struct bytes *ret_value)
{
	uint8_t space[NAME_MAX_ + STORE_KEY_MAX + EXPIRES_SIZE];

	return seal_open(txn->store->keys, tables[table].purpose,
	    associated(table, key, raw.data, space),
	    bytes_make(raw.data + EXPIRES_SIZE, raw.len - EXPIRES_SIZE), txn->ctx->arena,
	    ret_value);
}

/* --- changes that can be taken back --- */

static void
remember(struct txn *txn, unsigned table, struct bytes key, const struct bytes *old)
{
	struct undo *undo = arena_new_object(txn->scratch, struct undo);

	undo->table = table;
	undo->key = bytes_copy(txn->scratch, key);
	undo->existed = old != NULL;
	if (old != NULL)
		undo->old = bytes_copy(txn->scratch, *old);
	undo->next = txn->undo;
	txn->undo = undo;
}

static enum err
raw_change(struct txn *txn, unsigned table, struct bytes key, const struct bytes *value)
{
	const struct raw_ops *ops = txn->store->ops;

	return value != NULL ? ops->put(txn->raw, table, key, *value)
			     : ops->del(txn->raw, table, key);
}

/* old: what stands there, as the caller has read it; its bytes are not valid afterwards. */
static enum err
change(struct txn *txn, unsigned table, struct bytes key, const struct bytes *old,
    const struct bytes *value)
{
	enum err err;

	remember(txn, table, key, old);
	err = raw_change(txn, table, key, value);
	return err == ERR_OK ? ERR_OK : break_txn(txn, err == ERR_NOT_FOUND ? ERR_STORE : err);
}

enum err
txn_undo(struct txn *txn)
{
	enum err err;

	for (; txn->undo != NULL; txn->undo = txn->undo->next) {
		const struct undo *undo = txn->undo;

		err = raw_change(txn, undo->table, undo->key, undo->existed ? &undo->old : NULL);
		/* Where the change itself had failed there is nothing to delete. */
		if (err != ERR_OK && err != ERR_NOT_FOUND)
			return err;
	}
	return ERR_OK;
}

static enum err
raw_get(struct txn *txn, unsigned table, struct bytes key, struct bytes *ret_value)
{
	enum err err = txn->store->ops->get(txn->raw, table, key, ret_value);

	return err == ERR_OK || err == ERR_NOT_FOUND ? err : break_txn(txn, err);
}

enum err
txn_put_raw(struct txn *txn, unsigned table, struct bytes key, const struct bytes *value)
{
	struct bytes old;
	enum err err;

	if (txn->failed != ERR_OK)
		return txn->failed;
	err = raw_get(txn, table, key, &old);
	if (err == ERR_NOT_FOUND)
		return value == NULL ? ERR_NOT_FOUND : change(txn, table, key, NULL, value);
	return err == ERR_OK ? change(txn, table, key, &old, value) : err;
}

/* --- the index of what expires --- */

/* Until when a record stays, and stands in the way of txn_insert(). */
static int64_t
stays_until(unsigned table, int64_t expires)
{
	return table == TABLE_USED && expires < NEVER - USED_GRACE ? expires + USED_GRACE : expires;
}

static struct bytes
index_key(unsigned table, struct bytes key, int64_t expires, uint8_t data[RAW_KEY_MAX])
{
	size_t len = strlen(tables[table].name) + 1;

	time_put(data, stays_until(table, expires));
	memcpy(data + EXPIRES_SIZE, tables[table].name, len);
	memcpy(data + EXPIRES_SIZE + len, key.data, key.len);
	return bytes_make(data, EXPIRES_SIZE + len + key.len);
}

static enum err
index_put(struct txn *txn, unsigned table, struct bytes key, int64_t expires)
{
	uint8_t space[RAW_KEY_MAX];
	struct bytes empty = bytes_make("", 0);

	if (expires == NEVER)
		return ERR_OK;
	return change(txn, RAW_EXPIRY, index_key(table, key, expires, space), NULL, &empty);
}

static enum err
index_remove(struct txn *txn, unsigned table, struct bytes key, int64_t expires)
{
	uint8_t space[RAW_KEY_MAX];
	struct bytes empty = bytes_make("", 0);

	if (expires == NEVER)
		return ERR_OK;
	return change(txn, RAW_EXPIRY, index_key(table, key, expires, space), &empty, NULL);
}

/* --- records --- */

/* What every call asks first. */
static enum err
check(struct txn *txn, enum table table, struct bytes key)
{
	must((unsigned)table < TABLE_COUNT);
	if (txn->failed != ERR_OK)
		return txn->failed;
	return key.len >= 1 && key.len <= STORE_KEY_MAX ? ERR_OK : fail(txn, ERR_TOO_BIG);
}

/* The pair as it stands, expired or not. */
static enum err
find(struct txn *txn, unsigned table, struct bytes key, struct bytes *ret_raw, int64_t *ret_expires)
{
	enum err err = raw_get(txn, table, key, ret_raw);

	if (err != ERR_OK)
		return err;
	if (ret_raw->len < EXPIRES_SIZE)
		return fail(txn, ERR_CRYPTO);
	*ret_expires = time_get(ret_raw->data);
	return ERR_OK;
}

enum err
txn_get(struct txn *txn, enum table table, struct bytes key, struct bytes *ret_value)
{
	struct bytes raw;
	int64_t expires;
	enum err err;

	err = check(txn, table, key);
	if (err == ERR_OK)
		err = find(txn, table, key, &raw, &expires);
	if (err != ERR_OK)
		return err;
	if (expires <= txn_now(txn))
		return ERR_NOT_FOUND;
	err = envelope_parse(txn, table, key, raw, ret_value);
	return err == ERR_OK ? ERR_OK : fail(txn, err);
}

/* old: NULL when there is none. */
static enum err
replace(struct txn *txn, unsigned table, struct bytes key, const struct bytes *old,
    int64_t old_expires, struct bytes value, int64_t expires)
{
	struct bytes envelope = envelope_print(txn, table, key, value, expires);
	enum err err;

	err = change(txn, table, key, old, &envelope);
	if (old != NULL && old_expires == expires)
		return err;
	if (err == ERR_OK && old != NULL)
		err = index_remove(txn, table, key, old_expires);
	return err == ERR_OK ? index_put(txn, table, key, expires) : err;
}

static enum err
put(struct txn *txn, enum table table, struct bytes key, struct bytes value, int64_t expires,
    bool only_new)
{
	struct bytes old;
	int64_t old_expires = 0;
	enum err err;

	must(txn->write);
	err = check(txn, table, key);
	if (err != ERR_OK)
		return err;
	if (value.len > STORE_VALUE_MAX)
		return fail(txn, ERR_TOO_BIG);
	err = find(txn, table, key, &old, &old_expires);
	if (err != ERR_OK && err != ERR_NOT_FOUND)
		return err;
	if (only_new && err == ERR_OK && stays_until(table, old_expires) > txn_now(txn))
		return ERR_EXISTS;
	return replace(txn, table, key, err == ERR_OK ? &old : NULL, old_expires, value, expires);
}

enum err
txn_put(struct txn *txn, enum table table, struct bytes key, struct bytes value, int64_t expires)
{
	return put(txn, table, key, value, expires, false);
}

enum err
txn_insert(struct txn *txn, enum table table, struct bytes key, struct bytes value, int64_t expires)
{
	return put(txn, table, key, value, expires, true);
}

enum err
txn_delete(struct txn *txn, enum table table, struct bytes key)
{
	struct bytes old;
	int64_t expires;
	enum err err;

	must(txn->write);
	err = check(txn, table, key);
	if (err == ERR_OK)
		err = find(txn, table, key, &old, &expires);
	if (err == ERR_OK)
		err = change(txn, table, key, &old, NULL);
	if (err == ERR_OK)
		err = index_remove(txn, table, key, expires);
	if (err != ERR_OK)
		return err;
	return expires > txn_now(txn) ? ERR_OK : ERR_NOT_FOUND;
}

/* --- walking --- */

static bool
has_prefix(struct bytes key, struct bytes prefix)
{
	return key.len >= prefix.len &&
	       (prefix.len == 0 || memcmp(key.data, prefix.data, prefix.len) == 0);
}

/* One live record: its key in the arena, its value opened. */
static enum err
visit(
    struct txn *txn, unsigned table, struct bytes key, struct bytes raw, txn_walk_fn *fn, void *arg)
{
	struct bytes value;
	enum err err;

	if (raw.len < EXPIRES_SIZE)
		return fail(txn, ERR_CRYPTO);
	if (time_get(raw.data) <= txn_now(txn))
		return ERR_OK;
	err = envelope_parse(txn, table, key, raw, &value);
	if (err != ERR_OK)
		return fail(txn, err);
	err = fn(arg, bytes_copy(txn->ctx->arena, key), value);
	return txn->failed != ERR_OK ? txn->failed : err;
}

/* Each step looks for the next key anew: no cursor is held while fn runs, so fn may change what it likes. */
enum err
txn_walk_from(struct txn *txn, enum table table, struct bytes prefix, struct bytes first,
    txn_walk_fn *fn, void *arg)
{
	uint8_t space[STORE_KEY_MAX];
	struct bytes from = first, key, raw;
	bool after = false;
	enum err err;

	must((unsigned)table < TABLE_COUNT);
	for (;;) {
		if (txn->failed != ERR_OK)
			return txn->failed;
		err = txn->store->ops->seek(txn->raw, table, from, after, &key, &raw);
		if (err == ERR_NOT_FOUND || (err == ERR_OK && !has_prefix(key, prefix)))
			return ERR_OK;
		if (err != ERR_OK)
			return break_txn(txn, err);
		if (key.len > sizeof(space))
			return fail(txn, ERR_STORE);
		memcpy(space, key.data, key.len);
		from = bytes_make(space, key.len);
		after = true;
		err = visit(txn, table, from, raw, fn, arg);
		if (err != ERR_OK)
			return err;
	}
}

enum err
txn_walk(struct txn *txn, enum table table, struct bytes prefix, txn_walk_fn *fn, void *arg)
{
	return txn_walk_from(txn, table, prefix, prefix, fn, arg);
}

/* --- sweeping --- */

static unsigned
table_of(const char *name)
{
	unsigned table;

	for (table = 0; table < TABLE_COUNT && strcmp(tables[table].name, name) != 0; table++)
		;
	return table;
}

/* Remove what one entry of the index points to, unless the record lives longer by now; and the entry. */
static enum err
sweep_entry(struct txn *txn, struct bytes entry, int64_t until)
{
	const char *name = (const char *)entry.data + EXPIRES_SIZE;
	size_t name_len = strnlen(name, entry.len - EXPIRES_SIZE);
	struct bytes key, old;
	int64_t record_expires;
	unsigned table;
	enum err err = ERR_NOT_FOUND;

	if (EXPIRES_SIZE + name_len >= entry.len)
		return fail(txn, ERR_STORE);
	table = table_of(name);
	key = bytes_make(name + name_len + 1, entry.len - EXPIRES_SIZE - name_len - 1);
	if (table < TABLE_COUNT)
		err = find(txn, table, key, &old, &record_expires);
	/* Stores from before USED_GRACE have entries without it. */
	if (err == ERR_OK && (stays_until(table, record_expires) == until || record_expires == until))
		err = change(txn, table, key, &old, NULL);
	if (err != ERR_OK && err != ERR_NOT_FOUND)
		return err;
	return txn_put_raw(txn, RAW_EXPIRY, entry, NULL);
}

enum err
txn_sweep(struct txn *txn, int64_t now, unsigned most, unsigned *ret_removed)
{
	uint8_t space[RAW_KEY_MAX];
	struct bytes entry, ignored;
	unsigned removed;
	enum err err;

	for (removed = 0; removed < most; removed++) {
		err = txn->store->ops->seek(
		    txn->raw, RAW_EXPIRY, bytes_make("", 0), false, &entry, &ignored);
		if (err == ERR_NOT_FOUND)
			break;
		if (err != ERR_OK)
			return break_txn(txn, err);
		if (entry.len < EXPIRES_SIZE || entry.len > sizeof(space))
			return fail(txn, ERR_STORE);
		if (time_get(entry.data) > now)
			break;
		memcpy(space, entry.data, entry.len);
		err = sweep_entry(txn, bytes_make(space, entry.len), time_get(space));
		if (err != ERR_OK)
			return err;
	}
	*ret_removed = removed;
	return ERR_OK;
}
