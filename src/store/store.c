#include "store/store.h"

#include <stdlib.h>
#include <string.h>

#include "crypto/seal.h"
#include "store/internal.h"

/* What this release writes.  A store with a higher number is refused; raise it when records change their meaning. */
#define SCHEMA 1
#define CHECK_PURPOSE "store/check"
#define CHECK_TEXT "vestibule"

static const struct raw_ops *const back_ends[] = {&store_lmdb_ops, &store_mem_ops};

static const struct raw_ops *
find_back_end(const char *name)
{
	for (size_t i = 0; i < sizeof(back_ends) / sizeof(back_ends[0]); i++) {
		if (strcmp(back_ends[i]->name, name) == 0)
			return back_ends[i];
	}
	return NULL;
}

/* --- who the store belongs to --- */

struct label {
	unsigned schema; /* 0: it has none */
	const char *key_id;
	bool ours;
};

static struct bytes
get_text(struct store *store, struct raw_txn *txn, const char *name, struct arena *arena)
{
	struct bytes value;

	if (store->ops->get(txn, RAW_STORE, bytes_of(name), &value) != ERR_OK)
		return bytes_make("", 0);
	return bytes_copy(arena, value);
}

/* The number of the schema comes first: what else is there in a newer store is not ours to know. */
static enum err
label_load(struct store *store, struct arena *arena, struct label *ret_label)
{
	struct raw_txn *txn;
	struct bytes schema, check;
	enum err err;

	err = store->ops->begin(store->raw, false, &txn);
	if (err != ERR_OK)
		return err;
	schema = get_text(store, txn, "schema", arena);
	check = get_text(store, txn, "key-check", arena);
	watch_load(store, txn);
	ret_label->key_id = arena_text_of(arena, get_text(store, txn, "key-id", arena));
	store->ops->abort(txn);
	ret_label->schema = 0;
	for (size_t i = 0; schema.len == 4 && i < 4; i++)
		ret_label->schema = ret_label->schema << 8 | schema.data[i];
	ret_label->ours = seal_open(store->keys, CHECK_PURPOSE, bytes_of("store"), check, arena,
			      &check) == ERR_OK;
	return ERR_OK;
}

static enum err
label_save(struct store *store, struct arena *arena)
{
	const uint8_t schema[4] = {
	    SCHEMA >> 24 & 255, SCHEMA >> 16 & 255, SCHEMA >> 8 & 255, SCHEMA & 255};
	const struct {
		const char *name;
		struct bytes value;
	} rows[] = {
	    {"schema", BYTES(schema)},
	    {"key-id", bytes_of(keyring_store_key_id(store->keys))},
	    {"key-check",
		seal(store->keys, CHECK_PURPOSE, bytes_of("store"), bytes_of(CHECK_TEXT), arena)},
	};
	struct raw_txn *txn;
	enum err err;

	err = store->ops->begin(store->raw, true, &txn);
	if (err != ERR_OK)
		return err;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		err = store->ops->put(txn, RAW_STORE, bytes_of(rows[i].name), rows[i].value);
		if (err != ERR_OK) {
			store->ops->abort(txn);
			return err;
		}
	}
	return store->ops->commit(txn);
}

static bool
is_empty(struct store *store)
{
	uint64_t records[RAW_COUNT], used, size;

	if (store->ops->stat(store->raw, records, &used, &size) != ERR_OK)
		return false;
	for (unsigned i = 0; i < RAW_COUNT; i++) {
		if (records[i] > 0)
			return false;
	}
	return true;
}

/* Is it a store of ours that this release understands?  Changes nothing. */
static enum err
label_check(struct store *store, const struct store_options *options, const struct label *label,
    struct arena *arena, const char **ret_reason)
{
	const char *directory = options->directory != NULL ? options->directory : "memory";

	if (label->schema == 0) {
		if (options->create && !options->read_only && is_empty(store))
			return ERR_OK;
		*ret_reason = arena_printf(arena,
		    "%s: what is there is no store of Vestibule's, or an unfinished one; check "
		    "state_directory, or move it away to start with a new one",
		    directory);
		return is_empty(store) ? ERR_NOT_FOUND : ERR_FORMAT;
	}
	if (label->schema > SCHEMA) {
		*ret_reason = arena_printf(arena,
		    "%s: the store was written by a newer release (schema %u; this one knows %u); "
		    "install that release again, or restore a backup made before it",
		    directory, label->schema, SCHEMA);
		return ERR_CONFIG;
	}
	if (!label->ours) {
		*ret_reason = arena_printf(arena,
		    "%s: the store is sealed under another key (%s; the key directory has %s); put "
		    "back the key directory that belongs to it",
		    directory, label->key_id, keyring_store_key_id(store->keys));
		return ERR_CRYPTO;
	}
	return ERR_OK;
}

/* A store that is new, or whose key ring has a newer key, gets its label. */
static enum err
label_update(
    struct store *store, const struct label *label, struct arena *arena, const char **ret_reason)
{
	enum err err = ERR_OK;

	if (store->read_only)
		return ERR_OK;
	err = store->ops->make_tables(store->raw);
	if (err == ERR_OK && (label->schema != SCHEMA ||
				 strcmp(label->key_id, keyring_store_key_id(store->keys)) != 0))
		err = label_save(store, arena);
	if (err != ERR_OK)
		*ret_reason = arena_printf(arena,
		    "the store cannot be written (%s); make room, or check the disk",
		    store->ops->cause(store->raw));
	return err;
}

static enum err
label_open(struct store *store, const struct store_options *options, struct arena *arena,
    const char **ret_reason)
{
	struct label label;
	enum err err;

	err = label_load(store, arena, &label);
	if (err != ERR_OK) {
		*ret_reason = arena_printf(
		    arena, "the store cannot be read (%s)", store->ops->cause(store->raw));
		return err;
	}
	err = label_check(store, options, &label, arena, ret_reason);
	return err == ERR_OK ? label_update(store, &label, arena, ret_reason) : err;
}

/* --- opening and closing --- */

static enum err
start_threads(struct store *store, const char **ret_reason)
{
	enum err err;

	if (store->read_only)
		return ERR_OK;
	err = writer_init(store);
	if (err == ERR_OK)
		err = sweeper_init(store);
	if (err != ERR_OK)
		*ret_reason = "the store's threads could not be started; raise the limit of "
			      "processes (ulimit -u)";
	return err;
}

enum err
store_open(const struct store_options *options, struct arena *arena, struct store **ret_store,
    const char **ret_reason)
{
	CLEANUP(store_close)
	struct store *store = calloc(1, sizeof(*store));
	enum err err;

	must(store != NULL);
	ready_init(&store->ready);
	watch_init(&store->watch);
	store->keys = options->keys;
	store->read_only = options->read_only;
	store->ops = find_back_end(options->backend);
	if (store->ops == NULL) {
		*ret_reason = arena_printf(
		    arena, "\"%s\" is no store back end; use lmdb or mem", options->backend);
		return ERR_CONFIG;
	}
	err = store->ops->open(options, arena, &store->raw, ret_reason);
	if (err == ERR_OK)
		err = label_open(store, options, arena, ret_reason);
	if (err == ERR_OK)
		err = start_threads(store, ret_reason);
	if (err != ERR_OK)
		return err;
	*ret_store = store;
	store = NULL;
	return ERR_OK;
}

void
store_close(struct store **store)
{
	if (*store == NULL)
		return;
	sweeper_done(*store);
	writer_done(*store);
	if ((*store)->raw != NULL)
		(*store)->ops->close((*store)->raw);
	watch_done(&(*store)->watch);
	ready_done(&(*store)->ready);
	free(*store);
	*store = NULL;
}

/* --- looking at it as a whole --- */

enum err
store_stat(struct store *store, struct store_stat *ret_stat)
{
	uint64_t records[RAW_COUNT];
	struct store_stat stat = {.schema = SCHEMA};
	enum err err;

	err = store->ops->stat(store->raw, records, &stat.bytes_used, &stat.map_size);
	if (err != ERR_OK)
		return err;
	memcpy(stat.records, records, sizeof(stat.records));
	stat.commits = atomic_load(&store->writer.commits);
	stat.updates = atomic_load(&store->writer.updates);
	*ret_stat = stat;
	return ERR_OK;
}
