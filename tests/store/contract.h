/* contract.h - what the files of the store's contract test share. */
#ifndef TESTS_STORE_CONTRACT_H
#define TESTS_STORE_CONTRACT_H

#include "tests/unit/unit.h"

#include "crypto/keyring.h"
#include "store/internal.h"
#include "store/records.h"

#define T0 ((int64_t)1790000000000)

struct room {
	const char *backend;
	char *directory;
	struct arena *arena;
	struct keyring *keys;
	struct store *store;
	struct ctx ctx; /* of the test's own thread */
};

/* cmocka's setup and teardown: a new store of the back end named by the initial state. */
int room_open(void **state);
int room_close(void **state);
/* The same without an open store: for tests that fork first. */
int room_open_closed(void **state);
/* Open the room's directory; fails the test when that does not work. */
void room_store_open(struct room *room);
void room_store_close(struct room *room);
/* Opening must fail so, with a reason that holds `words`. */
void room_store_refused(struct room *room, enum err err, const char *words);

/* One thing to do in a closure, and what came out. */
struct step {
	enum table table;
	struct bytes key, value;
	int64_t expires;
	struct bytes got;
};
enum err step_put(struct txn *txn, void *step);
enum err step_insert(struct txn *txn, void *step);
enum err step_get(struct txn *txn, void *step);
enum err step_delete(struct txn *txn, void *step);
enum err room_put(struct room *room, const char *key, const char *value, int64_t expires);
enum err room_insert(struct room *room, const char *key, const char *value, int64_t expires);
/* The value as text; NULL when it is not there. */
const char *room_get(struct room *room, const char *key);
enum err room_delete(struct room *room, const char *key);
/* Keys of TABLE_USED with that prefix, each followed by a blank. */
const char *room_keys(struct room *room, const char *prefix);

/* A context of its own for one thread. */
struct hand {
	struct ctx ctx;
	struct arena *arena;
};
void hand_open(struct hand *hand, struct store *store, const struct keyring *keys);
void hand_close(struct hand *hand);

extern const struct CMUnitTest contract_tests[], contract_time_tests[], contract_crash_tests[], contract_damage_tests[];
extern const size_t contract_count, contract_time_count, contract_crash_count, contract_damage_count;

#endif
