/* store_lmdb.h - the one place that includes LMDB, and what the files of its back end share: the environment is store_lmdb.c's,
 * transactions and pairs are store_lmdb_txn.c's, what is looked at before LMDB maps a file is store_lmdb_file.c's. */
#ifndef STORE_STORE_LMDB_H
#define STORE_STORE_LMDB_H

#include <lmdb.h>

#include "store/internal.h"

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

/* --- store_lmdb.c --- */

/* LMDB's code or an errno as ours. */
enum err store_lmdb_err(int rc);
/* The same where the writer failed: its cause is kept. */
enum err store_lmdb_failed(struct raw *raw, int rc);
/* Another process has made the map bigger: take its size.  No transaction of this thread may be open. */
int store_lmdb_adopt_map(struct raw *raw);
/* The file is kept as long as the map (the rest is a hole): a shorter one has been cut, and the next opening can tell.  Done
 * under LMDB's own lock, so that no other process is writing there. */
int store_lmdb_stretch_file(struct raw *raw);
/* LMDB shuts an environment for good when it could not write its root page (MDB_PANIC): start again with a new one. */
int store_lmdb_reopen(struct raw *raw);

/* --- store_lmdb_txn.c: as struct raw_ops wants them --- */

enum err store_lmdb_begin(struct raw *raw, bool write, struct raw_txn **ret_txn);
enum err store_lmdb_commit(struct raw_txn *txn);
void store_lmdb_abort(struct raw_txn *txn);
enum err store_lmdb_get(struct raw_txn *txn, unsigned table, struct bytes key, struct bytes *ret_value);
enum err store_lmdb_seek(struct raw_txn *txn, unsigned table, struct bytes from, bool after, struct bytes *ret_key, struct bytes *ret_value);
enum err store_lmdb_put(struct raw_txn *txn, unsigned table, struct bytes key, struct bytes value);
enum err store_lmdb_del(struct raw_txn *txn, unsigned table, struct bytes key);
/* Before the environment is closed: end the read transactions that wait to be used again. */
void store_lmdb_drain_pool(struct raw *raw);

#endif
