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
#include <unistd.h>

#include "store/store_lmdb.h"
#include "store/store_lmdb_file.h"

#define MAP_START ((size_t)64 << 20)
#define READERS_MAX 1022

enum err
store_lmdb_err(int rc)
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

enum err
store_lmdb_failed(struct raw *raw, int rc)
{
	raw->cause = rc;
	raw->map_full = rc == MDB_MAP_FULL;
	return store_lmdb_err(rc);
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
		return store_lmdb_err(rc);
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
			return store_lmdb_failed(raw, open_tables(raw, true));
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
lmdb_close(struct raw *raw)
{
	store_lmdb_drain_pool(raw);
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
		err = store_lmdb_err(cause);
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

int
store_lmdb_adopt_map(struct raw *raw)
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
	return rc == 0 ? ERR_OK : store_lmdb_failed(raw, rc);
}

int
store_lmdb_stretch_file(struct raw *raw)
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

int
store_lmdb_reopen(struct raw *raw)
{
	MDB_envinfo info;
	int rc = 0;

	must(pthread_rwlock_wrlock(&raw->map) == 0);
	store_lmdb_drain_pool(raw);
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

	err = store_lmdb_begin(raw, false, &txn);
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
	store_lmdb_abort(txn);
	if (rc != 0)
		return store_lmdb_err(rc);
	*ret_used = (info.me_last_pgno + 1) * stat.ms_psize;
	*ret_size = info.me_mapsize;
	return ERR_OK;
}

const struct raw_ops store_lmdb_ops = {
    .name = "lmdb",
    .open = lmdb_open,
    .close = lmdb_close,
    .make_tables = lmdb_make_tables,
    .begin = store_lmdb_begin,
    .commit = store_lmdb_commit,
    .abort = store_lmdb_abort,
    .get = store_lmdb_get,
    .seek = store_lmdb_seek,
    .put = store_lmdb_put,
    .del = store_lmdb_del,
    .grow = lmdb_grow,
    .maintain = lmdb_maintain,
    .room = lmdb_room,
    .stat = lmdb_stat,
    .cause = lmdb_cause,
};
