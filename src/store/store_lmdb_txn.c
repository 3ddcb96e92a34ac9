/* Transactions on LMDB, and the pairs in them. */
#include <errno.h>
#include <stdlib.h>
#include <sys/statvfs.h>

#include "store/store_lmdb.h"

#define POOL_MAX 64

static MDB_val
val_of(struct bytes bytes)
{
	return (MDB_val){bytes.len, (void *)bytes.data};
}

static struct bytes
bytes_of_val(MDB_val val)
{
	return bytes_make(val.mv_data, val.mv_size);
}

/* --- transactions --- */

static struct raw_txn *
pool_take(struct raw *raw)
{
	struct raw_txn *txn;

	pthread_mutex_lock(&raw->pool_lock);
	txn = raw->pool;
	if (txn != NULL) {
		raw->pool = txn->next;
		raw->pooled--;
	}
	pthread_mutex_unlock(&raw->pool_lock);
	return txn;
}

static bool
pool_give(struct raw_txn *txn)
{
	struct raw *raw = txn->raw;
	bool room;

	pthread_mutex_lock(&raw->pool_lock);
	room = raw->pooled < POOL_MAX;
	if (room) {
		txn->next = raw->pool;
		raw->pool = txn;
		raw->pooled++;
	}
	pthread_mutex_unlock(&raw->pool_lock);
	return room;
}

void
store_lmdb_drain_pool(struct raw *raw)
{
	struct raw_txn *txn, *next;

	for (txn = raw->pool; txn != NULL; txn = next) {
		next = txn->next;
		mdb_txn_abort(txn->txn);
		free(txn);
	}
	raw->pool = NULL;
	raw->pooled = 0;
}

static struct raw_txn *
txn_new(struct raw *raw, bool write)
{
	struct raw_txn *txn = calloc(1, sizeof(*txn));

	must(txn != NULL);
	txn->raw = raw;
	txn->write = write;
	return txn;
}

static int
try_read(struct raw *raw, struct raw_txn **ret_txn)
{
	struct raw_txn *txn = pool_take(raw);
	int rc;

	if (txn != NULL) {
		rc = mdb_txn_renew(txn->txn);
		if (rc != 0)
			mdb_txn_abort(txn->txn);
	} else {
		txn = txn_new(raw, false);
		rc = mdb_txn_begin(raw->env, NULL, MDB_RDONLY, &txn->txn);
	}
	if (rc != 0) {
		free(txn);
		return rc;
	}
	*ret_txn = txn;
	return 0;
}

static int
try_write(struct raw *raw, struct raw_txn **ret_txn)
{
	struct raw_txn *txn = txn_new(raw, true);
	int rc;

	rc = mdb_txn_begin(raw->env, NULL, 0, &txn->txn);
	if (rc == 0) {
		rc = store_lmdb_stretch_file(raw);
		if (rc != 0)
			mdb_txn_abort(txn->txn);
	}
	if (rc != 0) {
		free(txn);
		return rc;
	}
	*ret_txn = txn;
	return 0;
}

/* Once more after what can be mended. */
enum err
store_lmdb_begin(struct raw *raw, bool write, struct raw_txn **ret_txn)
{
	int rc = MDB_PANIC;

	for (int i = 0; i < 3; i++) {
		must(pthread_rwlock_rdlock(&raw->map) == 0);
		rc = MDB_PANIC;
		if (raw->env != NULL)
			rc = write ? try_write(raw, ret_txn) : try_read(raw, ret_txn);
		if (rc == 0)
			return ERR_OK; /* the lock is held until the end of the transaction */
		must(pthread_rwlock_unlock(&raw->map) == 0);
		if (rc == MDB_MAP_RESIZED)
			rc = store_lmdb_adopt_map(raw);
		else if (rc == MDB_PANIC && write)
			rc = store_lmdb_reopen(raw);
		else
			break;
		if (rc != 0)
			break;
	}
	return write ? store_lmdb_failed(raw, rc) : store_lmdb_err(rc);
}

/* LMDB says EIO where the kernel wrote a part and then had no room for the rest. */
static int
tell_full_from_broken(struct raw *raw, int rc)
{
	struct statvfs disk;

	if (rc == EIO && statvfs(raw->directory, &disk) == 0 && disk.f_bavail < 16)
		return ENOSPC;
	return rc;
}

enum err
store_lmdb_commit(struct raw_txn *txn)
{
	struct raw *raw = txn->raw;
	int rc = tell_full_from_broken(raw, mdb_txn_commit(txn->txn));

	must(pthread_rwlock_unlock(&raw->map) == 0);
	free(txn);
	return rc == 0 ? ERR_OK : store_lmdb_failed(raw, rc);
}

void
store_lmdb_abort(struct raw_txn *txn)
{
	struct raw *raw = txn->raw;

	if (txn->write) {
		mdb_txn_abort(txn->txn);
		free(txn);
	} else {
		mdb_txn_reset(txn->txn);
		if (!pool_give(txn)) {
			mdb_txn_abort(txn->txn);
			free(txn);
		}
	}
	must(pthread_rwlock_unlock(&raw->map) == 0);
}

/* --- pairs --- */

/* NOT_FOUND is an answer; other failures of the writer are kept. */
static enum err
result(struct raw_txn *txn, int rc)
{
	if (rc == 0)
		return ERR_OK;
	if (rc != MDB_NOTFOUND && txn->write)
		return store_lmdb_failed(txn->raw, rc);
	return store_lmdb_err(rc);
}

enum err
store_lmdb_get(struct raw_txn *txn, unsigned table, struct bytes key, struct bytes *ret_value)
{
	MDB_val k = val_of(key), v;
	int rc;

	if (txn->raw->tables[table] == NO_TABLE)
		return ERR_NOT_FOUND;
	rc = mdb_get(txn->txn, txn->raw->tables[table], &k, &v);
	if (rc == 0)
		*ret_value = bytes_of_val(v);
	return result(txn, rc);
}

static int
seek(MDB_cursor *cursor, struct bytes from, bool after, MDB_val *ret_key, MDB_val *ret_value)
{
	int rc;

	*ret_key = val_of(from);
	/* An empty key is none to LMDB. */
	rc = mdb_cursor_get(cursor, ret_key, ret_value, from.len > 0 ? MDB_SET_RANGE : MDB_FIRST);
	if (rc == 0 && after && bytes_equal(bytes_of_val(*ret_key), from))
		rc = mdb_cursor_get(cursor, ret_key, ret_value, MDB_NEXT);
	return rc;
}

enum err
store_lmdb_seek(struct raw_txn *txn, unsigned table, struct bytes from, bool after, struct bytes *ret_key,
    struct bytes *ret_value)
{
	MDB_cursor *cursor;
	MDB_val k, v;
	int rc;

	if (txn->raw->tables[table] == NO_TABLE)
		return ERR_NOT_FOUND;
	rc = mdb_cursor_open(txn->txn, txn->raw->tables[table], &cursor);
	if (rc != 0)
		return result(txn, rc);
	rc = seek(cursor, from, after, &k, &v);
	mdb_cursor_close(cursor);
	if (rc == 0) {
		*ret_key = bytes_of_val(k);
		*ret_value = bytes_of_val(v);
	}
	return result(txn, rc);
}

enum err
store_lmdb_put(struct raw_txn *txn, unsigned table, struct bytes key, struct bytes value)
{
	MDB_val k = val_of(key), v = val_of(value);

	return result(txn, mdb_put(txn->txn, txn->raw->tables[table], &k, &v, 0));
}

enum err
store_lmdb_del(struct raw_txn *txn, unsigned table, struct bytes key)
{
	MDB_val k = val_of(key);

	return result(txn, mdb_del(txn->txn, txn->raw->tables[table], &k, NULL));
}
