/* internal.h - what the files of store/ share: the small interface of a back end.
 *
 * A back end keeps ordered byte keys in numbered tables and knows nothing of sealing, expiry or closures: store.c does.
 * One writer at a time (store.c's writer thread), readers in any thread.  What fails is told as enum err; raw_cause()
 * says why in words, for the log of the writer thread.
 */
#ifndef STORE_INTERNAL_H
#define STORE_INTERNAL_H

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>

#include "store/store.h"

/* Hidden tables follow those of tables.def.
 * EXPIRY: expires (8 bytes, big endian) | table's name | NUL | key -> empty.
 * STORE: "schema" -> 4 bytes, big endian; "key-id" -> text; "key-check" -> sealed constant; "ready" -> 8 bytes; "clock" -> the
 * wall clock at a commit of the last minute (8 bytes, big endian).
 * The other tables: expires (8 bytes, big endian) | seal. */
enum { RAW_EXPIRY = TABLE_COUNT, RAW_STORE, RAW_COUNT };
/* The name of any of them: what LMDB knows it by. */
const char *raw_table_name(unsigned table);
#define RAW_KEY_MAX 500 /* LMDB takes 511 */

struct raw; /* an open back end */
struct raw_txn; /* a snapshot, or the one transaction that writes */

struct raw_ops {
	const char *name;
	/* Finds no store: makes one if options->create, else ERR_NOT_FOUND.  Changes nothing that is there. */
	enum err (*open)(const struct store_options *options, struct arena *arena,
	    struct raw **ret_raw, const char **ret_reason);
	void (*close)(struct raw *raw);
	/* Make the tables that an older release did not have; called once the schema is known to be ours. */
	enum err (*make_tables)(struct raw *raw);
	enum err (*begin)(struct raw *raw, bool write, struct raw_txn **ret_txn);
	/* Make it durable; ends the transaction whatever comes out.  ERR_FULL: nothing was changed; ERR_STORE: unknown. */
	enum err (*commit)(struct raw_txn *txn);
	/* Forget it.  Before a writing one is forgotten its changes were undone, unless an operation has failed. */
	void (*abort)(struct raw_txn *txn);
	/* The bytes stay valid until the next change or the end of the transaction. ERR_NOT_FOUND. */
	enum err (*get)(
	    struct raw_txn *txn, unsigned table, struct bytes key, struct bytes *ret_value);
	/* The first pair whose key is >= from, or > from when `after`. ERR_NOT_FOUND at the end. */
	enum err (*seek)(struct raw_txn *txn, unsigned table, struct bytes from, bool after,
	    struct bytes *ret_key, struct bytes *ret_value);
	/* ERR_FULL: the map or the disk; the transaction is lost then. */
	enum err (*put)(struct raw_txn *txn, unsigned table, struct bytes key, struct bytes value);
	enum err (*del)(struct raw_txn *txn, unsigned table, struct bytes key); /* ERR_NOT_FOUND */
	/* After ERR_FULL with no transaction open in this thread: ERR_OK when there is more room now. */
	enum err (*grow)(struct raw *raw);
	/* Once a minute: clear away what killed processes left. */
	void (*maintain)(struct raw *raw);
	/* ERR_FULL: what is left of the disk would not see much more through.  NULL: always enough. */
	enum err (*room)(struct raw *raw);
	enum err (*stat)(
	    struct raw *raw, uint64_t records[RAW_COUNT], uint64_t *ret_used, uint64_t *ret_size);
	/* Why the last operation of the writer failed; a constant. */
	const char *(*cause)(struct raw *raw);
};

/* One closure's changes, newest first: what stood there before. */
struct undo {
	struct undo *next;
	unsigned table;
	struct bytes key, old;
	bool existed;
};

struct txn {
	struct store *store;
	struct ctx *ctx;
	struct raw_txn *raw;
	bool write;
	enum err failed; /* sticky */
	enum err broken; /* the back end failed: the whole batch is lost */
	struct undo *undo;
	struct arena *scratch; /* of the writer; lasts as long as the closure */
};

/* --- store_txn.c --- */

/* Take back what the closure did; ERR_OK or what the back end said. */
enum err txn_undo(struct txn *txn);
/* Put a pair as it is (value NULL: delete it) and remember what was there.  For hidden tables. */
enum err txn_put_raw(struct txn *txn, unsigned table, struct bytes key, const struct bytes *value);
/* Remove up to `most` records that have expired; the number of index entries gone. */
enum err txn_sweep(struct txn *txn, int64_t now, unsigned most, unsigned *ret_removed);

/* A single-use mark stays longer than the thing itself could be believed: a clock that is set back cannot make both fresh again.  As long
 * as it stays txn_insert() says ERR_EXISTS. */
#define USED_GRACE HOURS(24)
#define TIME_SIZE 8
/* A time as it stands in keys and envelopes: 8 bytes, big endian. */
void time_put(uint8_t data[TIME_SIZE], int64_t time);
int64_t time_get(const uint8_t data[TIME_SIZE]);

/* --- store_writer.c --- */

#define QUEUE_MAX 1024
#define BATCH_MAX 64

struct job {
	struct job *next;
	struct ctx *ctx;
	store_fn *fn;
	void *arg;
	enum err err;
	sem_t done;
};

struct writer {
	pthread_t thread;
	bool running;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct job *first, **last; /* those that wait */
	atomic_uint waiting;
	bool stop;
	struct arena *scratch;
	atomic_uint_fast64_t commits, updates;
};

enum err writer_init(struct store *store);
/* Run what waits, then end. */
void writer_done(struct store *store);

/* --- store_sweeper.c --- */

struct sweeper {
	pthread_t thread;
	bool running;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool stop;
};
enum err sweeper_init(struct store *store);
void sweeper_done(struct store *store);

/* --- store_ready.c --- */

#define READY_FRESH SECONDS(5)

/* What the last attempt to make something durable came to. */
struct readiness {
	pthread_mutex_t lock;
	enum err last;
	int64_t tried;	/* when; clock_monotonic() */
	bool probing;	/* a probe waits for its commit */
	int64_t began;	/* since when */
};
void ready_init(struct readiness *ready);
void ready_done(struct readiness *ready);
/* The writer: a commit was tried, or a batch failed before it. */
void ready_note(struct readiness *ready, enum err err);

/* --- store_clock.c --- */

#define WATCH_JUMP SECONDS(30) /* less is what a time service may correct */
#define WATCH_QUIET MINUTES(10)
#define WATCH_SAVE MINUTES(1)

/* All but `saved` under the lock. */
struct watch {
	pthread_mutex_t lock;
	void (*read)(int64_t *ret_wall, int64_t *ret_counted); /* tests move it */
	int64_t wall, counted; /* at the last look */
	int64_t saved;	       /* in the store; the writer's */
	int64_t quiet_until;   /* counted: the sweeper waits */
	uint64_t jumps;
	int64_t jump, jumped; /* the last one, and when (counted) */
};
void watch_init(struct watch *watch);
void watch_done(struct watch *watch);
/* While the store is opened: a start before the last commit is a jump back, told at the first look. */
void watch_load(struct store *store, struct raw_txn *txn);
/* The writer, in a transaction that is committed anyway. */
enum err watch_save(struct store *store, struct raw_txn *txn);
/* Has the wall clock moved otherwise than time has passed?  Told in the log, once. */
void watch_look(struct watch *watch);
bool watch_quiet(struct watch *watch);

struct store {
	const struct raw_ops *ops;
	struct raw *raw;
	const struct keyring *keys;
	bool read_only;
	struct writer writer;
	struct sweeper sweeper;
	struct readiness ready;
	struct watch watch;
};

/* --- the back ends --- */

extern const struct raw_ops store_mem_ops;
extern const struct raw_ops store_lmdb_ops;

#endif
