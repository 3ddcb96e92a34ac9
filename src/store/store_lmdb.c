/* The store on LMDB 0.9: one environment, one writer thread, readers in any thread.
 *
 * LMDB has no checksums and reads through a memory map, so what it would trust blindly is looked at first
 * (store_lmdb_file.c).  Locks: `map` is held for reading by every transaction and for writing while the map changes its
 * size or the environment is opened again, since LMDB asks that no transaction be active then. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <lmdb.h>

#include "store/internal.h"
#include "store/store_lmdb_file.h"

#define MAP_START ((size_t)64 << 20)
#define READERS_MAX 1022
#define POOL_MAX 64
#define NO_TABLE UINT32_MAX

struct raw {
	MDB_env *env;
	char *directory;
	bool read_only;
	pthread_rwlock_t map;
	MDB_dbi tables[RAW_COUNT]; /* NO_TABLE: a store of an older release lacks it */
	pthread_mutex_t pool_lock;
	struct raw_txn *pool; /* reset read transactions, ready to be renewed */
	unsigned pooled;
	size_t map_size; /* to open the environment again with */
	uint64_t file_size; /* the file is at least this long; the writer's */
	bool map_full; /* why the writer's last operation found no room */
	int cause; /* LMDB's or errno of the writer's last failure */
};

struct raw_txn {
	struct raw_txn *next; /* in the pool */
	struct raw *raw;
	MDB_txn *txn;
	bool write;
};

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

static enum err
err_of(int rc)
{
	switch (rc) {
	case MDB_SUCCESS:
		return ERR_OK;
	case MDB_NOTFOUND:
		return ERR_NOT_FOUND;
	case MDB_MAP_FULL:
	case ENOSPC:
	case EDQUOT:
	case EFBIG:
		return ERR_FULL;
	case MDB_READERS_FULL:
		return ERR_BUSY;
	default:
		return ERR_STORE;
	}
}

/* The writer failed: keep why. */
static enum err
write_failed(struct raw *raw, int rc)
{
	raw->cause = rc;
	raw->map_full = rc == MDB_MAP_FULL;
	return err_of(rc);
}

static const char *
lmdb_cause(struct raw *raw)
{
	if (raw->cause == ENOSPC || raw->cause == EDQUOT)
		return "the disk of state_directory is full; make room on it";
	return mdb_strerror(raw->cause);
}

/* --- the environment --- */

static void
env_close(MDB_env **env)
{
	if (*env != NULL)
		mdb_env_close(*env);
	*env = NULL;
}

static enum err
env_open(const char *directory, bool read_only, size_t map_size, MDB_env **ret_env, int *ret_cause)
{
	CLEANUP(env_close)
	MDB_env *env = NULL;
	int dead, rc;

	rc = read_only ? 0 : store_lmdb_file_allot_readers(directory, READERS_MAX);
	if (rc == 0)
		rc = mdb_env_create(&env);
	if (rc == 0)
		rc = mdb_env_set_mapsize(env, map_size);
	if (rc == 0)
		rc = mdb_env_set_maxdbs(env, RAW_COUNT + 16);
	if (rc == 0)
		rc = mdb_env_set_maxreaders(env, READERS_MAX);
	if (rc == 0)
		rc = mdb_env_open(env, directory, MDB_NOTLS | (read_only ? MDB_RDONLY : 0), 0600);
	if (rc == 0 && !read_only)
		rc = mdb_reader_check(env, &dead);
	*ret_cause = rc;
	if (rc != 0)
		return err_of(rc);
	store_lmdb_file_close_on_exec(directory);
	*ret_env = env;
	env = NULL;
	return ERR_OK;
}

/* Find the tables that are there.  A table's handle lasts as long as the environment. */
static int
open_tables(struct raw *raw, bool create)
{
	MDB_txn *txn;
	int rc;

	rc = mdb_txn_begin(raw->env, NULL, create ? 0 : MDB_RDONLY, &txn);
	if (rc != 0)
		return rc;
	for (unsigned i = 0; i < RAW_COUNT; i++) {
		rc = mdb_dbi_open(txn, raw_table_name(i), create ? MDB_CREATE : 0, &raw->tables[i]);
		if (rc == MDB_NOTFOUND) {
			raw->tables[i] = NO_TABLE;
		} else if (rc != 0) {
			mdb_txn_abort(txn);
			return rc;
		}
	}
	return mdb_txn_commit(txn);
}

static enum err
lmdb_make_tables(struct raw *raw)
{
	for (unsigned i = 0; i < RAW_COUNT; i++) {
		if (raw->tables[i] == NO_TABLE)
			return write_failed(raw, open_tables(raw, true));
	}
	return ERR_OK;
}

static const char *
open_reason(struct arena *arena, const char *directory, int cause)
{
	const char *remedy = "check the disk and the directory's owner and mode";

	if (cause == EROFS || cause == EACCES || cause == EPERM)
		remedy = "make the directory writable for the user that the service runs as";
	else if (cause == ENOSPC || cause == EDQUOT)
		remedy = "make room on its disk";
	else if (cause == MDB_INVALID || cause == MDB_VERSION_MISMATCH || cause == MDB_CORRUPTED ||
		 cause == MDB_PAGE_NOTFOUND)
		remedy = "the file is damaged: restore a backup";
	return arena_printf(arena, "%s: the store cannot be opened (%s); %s", directory,
	    mdb_strerror(cause), remedy);
}

static struct raw *
raw_new(const char *directory, bool read_only)
{
	struct raw *raw = calloc(1, sizeof(*raw));
	pthread_rwlockattr_t attributes;

	must(raw != NULL);
	raw->directory = strdup(directory);
	must(raw->directory != NULL);
	raw->read_only = read_only;
	must(pthread_mutex_init(&raw->pool_lock, NULL) == 0);
	/* Growing must not wait for ever behind readers that never all pause. */
	must(pthread_rwlockattr_init(&attributes) == 0);
	must(pthread_rwlockattr_setkind_np(
		 &attributes, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP) == 0);
	must(pthread_rwlock_init(&raw->map, &attributes) == 0);
	pthread_rwlockattr_destroy(&attributes);
	return raw;
}

static void
drain_pool(struct raw *raw)
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

static void
lmdb_close(struct raw *raw)
{
	drain_pool(raw);
	env_close(&raw->env);
	pthread_rwlock_destroy(&raw->map);
	pthread_mutex_destroy(&raw->pool_lock);
	free(raw->directory);
	free(raw);
}

static void
raw_free(struct raw **raw)
{
	if (*raw != NULL)
		lmdb_close(*raw);
}

static enum err
lmdb_open(const struct store_options *options, struct arena *arena, struct raw **ret_raw,
    const char **ret_reason)
{
	CLEANUP(raw_free)
	struct raw *raw = raw_new(options->directory, options->read_only);
	struct store_lmdb_file file;
	size_t size = MAP_START;
	int cause;
	enum err err;

	err = store_lmdb_file_check(options, arena, &file, ret_reason);
	if (err == ERR_OK && !options->read_only)
		err = store_lmdb_file_room(options->directory, arena, ret_reason);
	if (err != ERR_OK)
		return err;
	while (size < file.map_size || size / 2 < file.used)
		size *= 2;
	err = env_open(options->directory, options->read_only, size, &raw->env, &cause);
	if (err == ERR_OK) {
		cause = open_tables(raw, false);
		err = err_of(cause);
	}
	if (err != ERR_OK) {
		*ret_reason = open_reason(arena, options->directory, cause);
		return err == ERR_STORE ? ERR_IO : err;
	}
	*ret_raw = raw;
	raw = NULL;
	return ERR_OK;
}

/* --- the map --- */

/* Another process has made the map bigger: take its size.  No transaction of this thread may be open. */
static int
adopt_map(struct raw *raw)
{
	int rc;

	must(pthread_rwlock_wrlock(&raw->map) == 0);
	rc = mdb_env_set_mapsize(raw->env, 0);
	must(pthread_rwlock_unlock(&raw->map) == 0);
	return rc;
}

static enum err
lmdb_grow(struct raw *raw)
{
	MDB_envinfo info;
	int rc;

	/* The disk is full, not the map. */
	if (!raw->map_full)
		return ERR_FULL;
	must(pthread_rwlock_wrlock(&raw->map) == 0);
	rc = mdb_env_info(raw->env, &info);
	if (rc == 0 && info.me_mapsize > SIZE_MAX / 2)
		rc = MDB_MAP_FULL;
	if (rc == 0)
		rc = mdb_env_set_mapsize(raw->env, info.me_mapsize * 2);
	must(pthread_rwlock_unlock(&raw->map) == 0);
	return rc == 0 ? ERR_OK : write_failed(raw, rc);
}

/* The file is kept as long as the map (the rest is a hole): a shorter one has been cut, and the next opening can tell.  Done
 * under LMDB's own lock, so that no other process is writing there. */
static int
stretch_file(struct raw *raw)
{
	MDB_envinfo info;
	struct stat file;
	int fd, rc;

	rc = mdb_env_info(raw->env, &info);
	if (rc != 0 || raw->file_size >= info.me_mapsize)
		return rc;
	rc = mdb_env_get_fd(raw->env, &fd);
	if (rc != 0)
		return rc;
	if (fstat(fd, &file) != 0)
		return errno;
	if ((uint64_t)file.st_size < info.me_mapsize && ftruncate(fd, (off_t)info.me_mapsize) != 0)
		return errno;
	raw->file_size = info.me_mapsize;
	return 0;
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
		rc = stretch_file(raw);
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

/* LMDB shuts an environment for good when it could not write its root page (MDB_PANIC): start again with a new one. */
static int
reopen(struct raw *raw)
{
	MDB_envinfo info;
	int rc = 0;

	must(pthread_rwlock_wrlock(&raw->map) == 0);
	drain_pool(raw);
	if (raw->env != NULL && mdb_env_info(raw->env, &info) == 0)
		raw->map_size = info.me_mapsize;
	/* Never two environments of one file in one process: closing one drops the locks of both. */
	env_close(&raw->env);
	(void)env_open(raw->directory, raw->read_only, raw->map_size, &raw->env, &rc);
	if (rc == 0)
		rc = open_tables(raw, false);
	raw->file_size = 0;
	must(pthread_rwlock_unlock(&raw->map) == 0);
	return rc;
}

/* Once more after what can be mended. */
static enum err
lmdb_begin(struct raw *raw, bool write, struct raw_txn **ret_txn)
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
			rc = adopt_map(raw);
		else if (rc == MDB_PANIC && write)
			rc = reopen(raw);
		else
			break;
		if (rc != 0)
			break;
	}
	return write ? write_failed(raw, rc) : err_of(rc);
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

static enum err
lmdb_commit(struct raw_txn *txn)
{
	struct raw *raw = txn->raw;
	int rc = tell_full_from_broken(raw, mdb_txn_commit(txn->txn));

	must(pthread_rwlock_unlock(&raw->map) == 0);
	free(txn);
	return rc == 0 ? ERR_OK : write_failed(raw, rc);
}

static void
lmdb_abort(struct raw_txn *txn)
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
		return write_failed(txn->raw, rc);
	return err_of(rc);
}

static enum err
lmdb_get(struct raw_txn *txn, unsigned table, struct bytes key, struct bytes *ret_value)
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

static enum err
lmdb_seek(struct raw_txn *txn, unsigned table, struct bytes from, bool after, struct bytes *ret_key,
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

static enum err
lmdb_put(struct raw_txn *txn, unsigned table, struct bytes key, struct bytes value)
{
	MDB_val k = val_of(key), v = val_of(value);

	return result(txn, mdb_put(txn->txn, txn->raw->tables[table], &k, &v, 0));
}

static enum err
lmdb_del(struct raw_txn *txn, unsigned table, struct bytes key)
{
	MDB_val k = val_of(key);

	return result(txn, mdb_del(txn->txn, txn->raw->tables[table], &k, NULL));
}

/* --- looking after it --- */

static void
lmdb_maintain(struct raw *raw)
{
	int dead;

	must(pthread_rwlock_rdlock(&raw->map) == 0);
	if (raw->env != NULL)
		(void)mdb_reader_check(raw->env, &dead);
	must(pthread_rwlock_unlock(&raw->map) == 0);
}

static enum err
lmdb_room(struct raw *raw)
{
	return store_lmdb_file_room(raw->directory, NULL, NULL);
}

static enum err
lmdb_stat(struct raw *raw, uint64_t records[RAW_COUNT], uint64_t *ret_used, uint64_t *ret_size)
{
	struct raw_txn *txn;
	MDB_envinfo info;
	MDB_stat stat = {0};
	int rc = 0;
	enum err err;

	err = lmdb_begin(raw, false, &txn);
	if (err != ERR_OK)
		return err;
	memset(records, 0, RAW_COUNT * sizeof(records[0]));
	for (unsigned i = 0; rc == 0 && i < RAW_COUNT; i++) {
		if (raw->tables[i] == NO_TABLE)
			continue;
		rc = mdb_stat(txn->txn, raw->tables[i], &stat);
		records[i] = stat.ms_entries;
	}
	if (rc == 0)
		rc = mdb_env_stat(raw->env, &stat);
	if (rc == 0)
		rc = mdb_env_info(raw->env, &info);
	lmdb_abort(txn);
	if (rc != 0)
		return err_of(rc);
	*ret_used = (info.me_last_pgno + 1) * stat.ms_psize;
	*ret_size = info.me_mapsize;
	return ERR_OK;
}

const struct raw_ops store_lmdb_ops = {
    .name = "lmdb",
    .open = lmdb_open,
    .close = lmdb_close,
    .make_tables = lmdb_make_tables,
    .begin = lmdb_begin,
    .commit = lmdb_commit,
    .abort = lmdb_abort,
    .get = lmdb_get,
    .seek = lmdb_seek,
    .put = lmdb_put,
    .del = lmdb_del,
    .grow = lmdb_grow,
    .maintain = lmdb_maintain,
    .room = lmdb_room,
    .stat = lmdb_stat,
    .cause = lmdb_cause,
};
