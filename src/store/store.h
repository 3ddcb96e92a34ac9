/* store.h - the one place where anything is remembered: ordered byte keys in named tables, sealed records, transactions.
 *
 * What was acknowledged survives kill -9 and power loss; what is single-use is accepted once (DESIGN.md section 7):
 * store_update() returns only after its transaction is durable.  Updates of many threads share one commit: a writer
 * thread runs the waiting closures one after the other in one transaction, each in a nested one that can be taken back
 * on its own, and makes all of it durable once.
 *
 * Runs in:  vestibuled, vestibulectl (both at once on one store is fine).
 * Secrets:  records are sealed (AES-256-GCM) with the table's name and the key as associated data; keys that would name
 *           a person are keyed hashes made by the caller (mac()).
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "base/ctx.h"

struct store;
struct txn;

/* The tables, one row each in tables.def: TABLE(ACCOUNT, "account") gives TABLE_ACCOUNT. */
enum table {
#define TABLE(id, name) TABLE_##id,
#include "store/tables.def"
#undef TABLE
	TABLE_COUNT
};

/* Bounds: a key 1 to 400 bytes, a value 64 KiB, NEVER for what does not expire. */
#define STORE_KEY_MAX 400
#define STORE_VALUE_MAX 65536
#define NEVER INT64_MAX

struct store_options {
	const char *backend;		/* "lmdb" or "mem" */
	const char *directory;		/* lmdb: must exist, be ours and not be readable by others */
	const struct keyring *keys;	/* must outlive the store */
	bool read_only;			/* refuse updates: for tools */
	bool create;			/* make the store when the directory holds none */
};

/* Open.  On an error *ret_reason is one clear sentence with place and remedy: a newer schema, another key, a damaged or truncated
 * file (checked before it is mapped: no SIGBUS), a directory with the wrong owner or mode, no room.  The store is then untouched. */
enum err store_open(const struct store_options *options, struct arena *arena, struct store **ret_store, const char **ret_reason);
/* Finish what waits, stop the writer and sweeper threads, close. */
void store_close(struct store **store);

/* Change something: fn runs in the writer thread, may run again, and so has no effect outside its transaction and *arg.
 * Returning anything but ERR_OK takes back what fn did, and only that; store_update() then returns the same.
 * ERR_OK is returned after the commit is durable.  Further: ERR_BUSY (the queue is full: 1,024 waiting), ERR_FULL (disk or map), ERR_STORE.
 * now: the time against which expiry is judged.  The arena of the transaction is that of ctx. */
typedef enum err store_fn(struct txn *txn, void *arg);
enum err store_update(struct ctx *ctx, store_fn *fn, void *arg);

/* Look at a consistent snapshot in the calling thread.  Keep it short: an open snapshot keeps old pages alive. */
enum err store_view(struct ctx *ctx, store_fn *fn, void *arg);

/* The rest is called inside a closure.  Failure is sticky: after an error each call fails and so does the commit.
 * Values are opened copies in the arena of ctx.  What has expired at txn_now() is not there. */
int64_t txn_now(const struct txn *txn);
struct ctx *txn_ctx(const struct txn *txn);
/* ERR_NOT_FOUND is an answer, not a failure. */
enum err txn_get(struct txn *txn, enum table table, struct bytes key, struct bytes *ret_value);
/* Insert or replace.  expires: ms since 1970, or NEVER; the sweeper removes it then. */
enum err txn_put(struct txn *txn, enum table table, struct bytes key, struct bytes value, int64_t expires);
/* Put unless a live record is there: ERR_EXISTS (an answer). How a single-use thing is marked; in TABLE_USED a record is in the way for
 * a day after its end, so that a clock which jumps back does not make used things fresh. */
enum err txn_insert(struct txn *txn, enum table table, struct bytes key, struct bytes value, int64_t expires);
/* ERR_NOT_FOUND when nothing was there (an answer). */
enum err txn_delete(struct txn *txn, enum table table, struct bytes key);
/* Call fn for each live record whose key begins with prefix, in key order, until it returns non-zero... fn must not write to `table`.
 * fn returns ERR_OK to go on; anything else ends the walk and is returned (ERR_EXISTS: a handy "found"). */
typedef enum err txn_walk_fn(void *arg, struct bytes key, struct bytes value);
enum err txn_walk(struct txn *txn, enum table table, struct bytes prefix, txn_walk_fn *fn, void *arg);
/* The same, beginning at `first` (included, if it is there) instead of at the prefix: to go through long tables in pieces. */
enum err txn_walk_from(struct txn *txn, enum table table, struct bytes prefix, struct bytes first, txn_walk_fn *fn, void *arg);

/* Remove up to `most` expired records now; the number removed. The sweeper thread calls it once a minute; tests call it.  None for ten
 * minutes after the wall clock has jumped forward: who sets it right again has lost nothing. */
enum err store_sweep(struct store *store, int64_t now, unsigned most, unsigned *ret_removed);

struct store_stat {
	uint64_t records[TABLE_COUNT];
	uint64_t bytes_used, map_size;
	uint64_t commits, updates;	/* since open: updates/commits is the group factor */
	unsigned schema;
};
enum err store_stat(struct store *store, struct store_stat *ret_stat);
/* Jumps of the wall clock by more than 30 s, against a clock that only counts or, at the opening, back behind the last commit.  Each is
 * logged; none refuses anything.  recent: the last one (ms; negative: back) of the last ten minutes, or 0. */
struct store_clock {
	uint64_t jumps;		/* since open */
	int64_t recent;
	bool quiet;		/* less than ten minutes after a jump forward, also when one back followed: nothing goes by itself */
};
void store_clock(struct store *store, struct store_clock *ret_clock);
/* Can updates be made durable?  For /health/ready, however often it is asked: the answer is what the newest commit came to; when that is
 * 5 s old, one of its own finds out.  ERR_FULL while the disk has no room, ERR_TIMEOUT when a commit does not come back. */
enum err store_ready(struct store *store);

#endif
