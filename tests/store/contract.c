/* What every back end promises: keys, closures, seals and records.  What has to do with time is in contract_time.c. */
#include "contract.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

static void
keys_come_in_order(void **state)
{
	struct room *room = *state;
	const char *const keys[] = {"b", "a", "ab", "aa", "c", "\x7f", "abc", "B"};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		assert_int_equal(room_put(room, keys[i], "x", NEVER), ERR_OK);
	assert_string_equal(room_keys(room, ""), "B a aa ab abc b c \x7f ");
}

static void
many_keys_come_in_order(void **state)
{
	struct room *room = *state;
	const char *last = "", *text;
	size_t count = 0;

	for (unsigned i = 0; i < 500; i++)
		assert_int_equal(
		    room_put(room, arena_printf(room->arena, "%03u", i * 7919 % 500), "x", NEVER),
		    ERR_OK);
	for (unsigned i = 0; i < 500; i += 2)
		assert_int_equal(room_delete(room, arena_printf(room->arena, "%03u", i)), ERR_OK);
	text = room_keys(room, "");
	for (; *text != '\0'; text += 4, count++) {
		assert_true(strncmp(text, last, 3) > 0);
		last = text;
	}
	assert_int_equal(count, 250);
}

static void
a_walk_keeps_to_its_prefix(void **state)
{
	struct room *room = *state;
	const char *const keys[] = {"a", "ab", "ab1", "ab2", "ac", "b"};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		assert_int_equal(room_put(room, keys[i], "x", i == 3 ? T0 : NEVER), ERR_OK);
	assert_string_equal(room_keys(room, "ab"), "ab ab1 ");
	assert_string_equal(room_keys(room, "ad"), "");
	assert_string_equal(room_keys(room, "z"), "");
}

static enum err
stop_at_second(void *arg, struct bytes key, struct bytes value)
{
	unsigned *count = arg;

	assert_true(key.len > 0 && value.len == 1);
	return ++*count == 2 ? ERR_EXISTS : ERR_OK;
}

static enum err
walk_from_c(struct txn *txn, void *arg)
{
	return txn_walk_from(txn, TABLE_USED, bytes_of("x"), bytes_of("xc"), stop_at_second, arg);
}

static void
a_walk_begins_and_ends_where_asked(void **state)
{
	struct room *room = *state;
	const char *const keys[] = {"xa", "xb", "xc", "xd", "xe"};
	unsigned count = 0;

	for (size_t i = 0; i < 5; i++)
		assert_int_equal(room_put(room, keys[i], "x", NEVER), ERR_OK);
	assert_int_equal(store_view(&room->ctx, walk_from_c, &count), ERR_EXISTS);
	assert_int_equal(count, 2);
	assert_int_equal(room_delete(room, "xd"), ERR_OK);
	assert_int_equal(room_delete(room, "xe"), ERR_OK);
	count = 0;
	assert_int_equal(store_view(&room->ctx, walk_from_c, &count), ERR_OK);
	assert_int_equal(count, 1);
}

struct gather {
	struct bytes keys[8];
	size_t count;
};

static enum err
gather_key(void *arg, struct bytes key, struct bytes value)
{
	struct gather *gather = arg;

	(void)value;
	gather->keys[gather->count++] = key;
	return ERR_OK;
}

static enum err
delete_what_was_walked(struct txn *txn, void *arg)
{
	struct gather *gather = arg;
	enum err err;

	gather->count = 0;
	err = txn_walk(txn, TABLE_USED, bytes_of("k"), gather_key, gather);
	for (size_t i = 0; err == ERR_OK && i < gather->count; i++)
		err = txn_delete(txn, TABLE_USED, gather->keys[i]);
	return err;
}

static void
what_was_walked_can_be_deleted(void **state)
{
	struct room *room = *state;
	struct gather gather;
	const char *const keys[] = {"j", "k1", "k2", "k3", "l"};

	for (size_t i = 0; i < 5; i++)
		assert_int_equal(room_put(room, keys[i], "x", T0 + 1000), ERR_OK);
	assert_int_equal(store_update(&room->ctx, delete_what_was_walked, &gather), ERR_OK);
	assert_string_equal(room_keys(room, ""), "j l ");
}

static void
bounds_are_kept(void **state)
{
	struct room *room = *state;
	struct step step = {TABLE_USED, {NULL, 0}, {NULL, 0}, NEVER, {NULL, 0}};
	uint8_t *big = arena_alloc(room->arena, STORE_VALUE_MAX + 1);

	assert_int_equal(store_update(&room->ctx, step_put, &step), ERR_TOO_BIG);
	assert_int_equal(store_view(&room->ctx, step_get, &step), ERR_TOO_BIG);
	memset(big, 'k', STORE_VALUE_MAX + 1);
	step.key = bytes_make(big, STORE_KEY_MAX + 1);
	assert_int_equal(store_update(&room->ctx, step_put, &step), ERR_TOO_BIG);
	assert_int_equal(store_view(&room->ctx, step_get, &step), ERR_TOO_BIG);
	step.key.len = STORE_KEY_MAX;
	step.value = bytes_make(big, STORE_VALUE_MAX + 1);
	assert_int_equal(store_update(&room->ctx, step_put, &step), ERR_TOO_BIG);
	step.value.len = STORE_VALUE_MAX;
	step.expires = T0 + 1;
	assert_int_equal(store_update(&room->ctx, step_put, &step), ERR_OK);
	assert_int_equal(store_view(&room->ctx, step_get, &step), ERR_OK);
	assert_true(bytes_equal(step.got, step.value));
}

static void
put_replaces(void **state)
{
	struct room *room = *state;

	assert_null(room_get(room, "k"));
	assert_int_equal(room_put(room, "k", "one", NEVER), ERR_OK);
	assert_string_equal(room_get(room, "k"), "one");
	assert_int_equal(room_put(room, "k", "a longer two", T0 + 5), ERR_OK);
	assert_string_equal(room_get(room, "k"), "a longer two");
	assert_int_equal(room_put(room, "k", "", NEVER), ERR_OK);
	assert_string_equal(room_get(room, "k"), "");
	assert_int_equal(room_delete(room, "k"), ERR_OK);
	assert_null(room_get(room, "k"));
	assert_int_equal(room_delete(room, "k"), ERR_NOT_FOUND);
}

/* --- closures and what is taken back --- */

static enum err
change_much_then_refuse(struct txn *txn, void *arg)
{
	struct bytes value;

	(void)arg;
	assert_int_equal(txn_put(txn, TABLE_USED, bytes_of("new"), bytes_of("x"), T0 + 7), ERR_OK);
	assert_int_equal(
	    txn_put(txn, TABLE_USED, bytes_of("old"), bytes_of("changed"), T0 + 7), ERR_OK);
	assert_int_equal(
	    txn_put(txn, TABLE_USED, bytes_of("old"), bytes_of("again"), T0 + 9), ERR_OK);
	assert_int_equal(txn_delete(txn, TABLE_USED, bytes_of("gone")), ERR_OK);
	assert_int_equal(txn_get(txn, TABLE_USED, bytes_of("old"), &value), ERR_OK);
	assert_true(bytes_equal(value, bytes_of("again")));
	assert_int_equal(txn_get(txn, TABLE_USED, bytes_of("gone"), &value), ERR_NOT_FOUND);
	return ERR_REFUSED;
}

static void
a_refusing_closure_leaves_nothing(void **state)
{
	struct room *room = *state;
	unsigned removed;

	assert_int_equal(room_put(room, "old", "one", T0 + 5), ERR_OK);
	assert_int_equal(room_put(room, "gone", "two", T0 + 6), ERR_OK);
	assert_int_equal(store_update(&room->ctx, change_much_then_refuse, NULL), ERR_REFUSED);
	assert_string_equal(room_get(room, "old"), "one");
	assert_string_equal(room_get(room, "gone"), "two");
	assert_null(room_get(room, "new"));
	assert_int_equal(store_sweep(room->store, T0 + 100 + USED_GRACE, 100, &removed), ERR_OK);
	assert_int_equal(removed, 2); /* the index was taken back too */
}

static enum err
fail_and_go_on(struct txn *txn, void *arg)
{
	struct bytes value;

	(void)arg;
	assert_int_equal(txn_put(txn, TABLE_USED, bytes_of("a"), bytes_of("x"), NEVER), ERR_OK);
	assert_int_equal(txn_put(txn, TABLE_USED, bytes_of(""), bytes_of("x"), NEVER), ERR_TOO_BIG);
	assert_int_equal(
	    txn_put(txn, TABLE_USED, bytes_of("b"), bytes_of("x"), NEVER), ERR_TOO_BIG);
	assert_int_equal(txn_get(txn, TABLE_USED, bytes_of("a"), &value), ERR_TOO_BIG);
	assert_int_equal(txn_delete(txn, TABLE_USED, bytes_of("a")), ERR_TOO_BIG);
	return ERR_OK;
}

static void
failure_is_sticky(void **state)
{
	struct room *room = *state;

	assert_int_equal(store_update(&room->ctx, fail_and_go_on, NULL), ERR_TOO_BIG);
	assert_string_equal(room_keys(room, ""), "");
}

/* A closure that holds the writer until it may go on: what comes meanwhile forms one batch. */
struct gate {
	struct room *room;
	sem_t entered, open;
	pthread_t thread;
};

static enum err
wait_at_gate(struct txn *txn, void *arg)
{
	struct gate *gate = arg;

	(void)txn;
	sem_post(&gate->entered);
	sem_wait(&gate->open);
	return ERR_OK;
}

static void *
hold_gate(void *arg)
{
	struct gate *gate = arg;
	struct hand hand;

	hand_open(&hand, gate->room->store, gate->room->keys);
	assert_int_equal(store_update(&hand.ctx, wait_at_gate, gate), ERR_OK);
	hand_close(&hand);
	return NULL;
}

static void
gate_close(struct gate *gate, struct room *room)
{
	gate->room = room;
	assert_int_equal(sem_init(&gate->entered, 0, 0), 0);
	assert_int_equal(sem_init(&gate->open, 0, 0), 0);
	assert_int_equal(pthread_create(&gate->thread, NULL, hold_gate, gate), 0);
	sem_wait(&gate->entered);
}

static void
gate_open(struct gate *gate)
{
	sem_post(&gate->open);
	pthread_join(gate->thread, NULL);
	sem_destroy(&gate->entered);
	sem_destroy(&gate->open);
}

struct writer_thread {
	struct room *room;
	pthread_t thread;
	unsigned number;
	const char *key;
	store_fn *fn;
	enum err err;
};

static enum err
insert_own(struct txn *txn, void *arg)
{
	const struct writer_thread *mine = arg;

	return txn_insert(txn, TABLE_USED, bytes_of(mine->key), BYTES(&mine->number), T0 + 100);
}

/* Each third one writes, and then wants it undone. */
static enum err
put_or_refuse(struct txn *txn, void *arg)
{
	const struct writer_thread *mine = arg;
	const char *key = arena_printf(txn_ctx(txn)->arena, "%02u", mine->number);

	(void)txn_put(txn, TABLE_USED, bytes_of("shared"), bytes_of(key), T0 + mine->number + 1);
	(void)txn_put(txn, TABLE_USED, bytes_of(key), bytes_of("x"), NEVER);
	return mine->number % 3 == 0 ? ERR_REFUSED : ERR_OK;
}

static void *
run_writer(void *arg)
{
	struct writer_thread *mine = arg;
	struct hand hand;

	hand_open(&hand, mine->room->store, mine->room->keys);
	mine->err = store_update(&hand.ctx, mine->fn, mine);
	hand_close(&hand);
	return NULL;
}

static unsigned
run_writers(struct room *room, struct writer_thread *threads, unsigned count, const char *key,
    store_fn *fn, enum err counted)
{
	pthread_attr_t attributes;
	unsigned found = 0;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, 256 * 1024);
	for (unsigned i = 0; i < count; i++) {
		threads[i] = (struct writer_thread){room, 0, i, key, fn, ERR_IO};
		assert_int_equal(
		    pthread_create(&threads[i].thread, &attributes, run_writer, &threads[i]), 0);
	}
	pthread_attr_destroy(&attributes);
	for (unsigned i = 0; i < count; i++)
		pthread_join(threads[i].thread, NULL);
	for (unsigned i = 0; i < count; i++)
		found += threads[i].err == counted;
	return found;
}

static void
a_batch_loses_only_who_refuses(void **state)
{
	struct room *room = *state;
	struct writer_thread threads[30];
	struct gate gate;
	const char *keys;

	gate_close(&gate, room);
	for (unsigned i = 0; i < 30; i++) {
		threads[i] = (struct writer_thread){room, 0, i, NULL, put_or_refuse, ERR_IO};
		assert_int_equal(
		    pthread_create(&threads[i].thread, NULL, run_writer, &threads[i]), 0);
	}
	gate_open(&gate);
	for (unsigned i = 0; i < 30; i++) {
		pthread_join(threads[i].thread, NULL);
		assert_int_equal(threads[i].err, i % 3 == 0 ? ERR_REFUSED : ERR_OK);
	}
	keys = room_keys(room, "");
	assert_string_equal(
	    keys, "01 02 04 05 07 08 10 11 13 14 16 17 19 20 22 23 25 26 28 29 shared ");
	assert_true((strtol(room_get(room, "shared"), NULL, 10)) % 3 != 0);
}

static void
of_fifty_inserts_one_wins(void **state)
{
	struct room *room = *state;
	struct writer_thread threads[50];

	for (unsigned round = 0; round < 10; round++) {
		const char *key = arena_printf(room->arena, "code %u", round);

		assert_int_equal(run_writers(room, threads, 50, key, insert_own, ERR_OK), 1);
		for (unsigned i = 0; i < 50; i++)
			assert_true(threads[i].err == ERR_OK || threads[i].err == ERR_EXISTS);
	}
}

static void
waiting_updates_share_a_commit(void **state)
{
	struct room *room = *state;
	static struct writer_thread threads[64];
	struct store_stat before, after;
	struct gate gate;

	assert_int_equal(store_stat(room->store, &before), ERR_OK);
	gate_close(&gate, room);
	for (unsigned i = 0; i < 64; i++) {
		threads[i] = (struct writer_thread){
		    room, 0, i, arena_printf(room->arena, "k%u", i), insert_own, ERR_IO};
		assert_int_equal(
		    pthread_create(&threads[i].thread, NULL, run_writer, &threads[i]), 0);
	}
	while (atomic_load(&room->store->writer.waiting) < 64)
		sched_yield();
	gate_open(&gate);
	for (unsigned i = 0; i < 64; i++) {
		pthread_join(threads[i].thread, NULL);
		assert_int_equal(threads[i].err, ERR_OK);
	}
	assert_int_equal(store_stat(room->store, &after), ERR_OK);
	assert_int_equal(after.updates - before.updates, 65);
	assert_int_equal(after.commits - before.commits, 1);
}

static void
a_full_queue_says_busy(void **state)
{
	struct room *room = *state;
	struct writer_thread *threads = arena_array(room->arena, QUEUE_MAX, sizeof(*threads));
	struct writer_thread one = {room, 0, 0, "late", insert_own, ERR_IO};
	struct gate gate;
	pthread_attr_t attributes;

	gate_close(&gate, room);
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, 256 * 1024);
	for (unsigned i = 0; i < QUEUE_MAX; i++) {
		threads[i] = (struct writer_thread){room, 0, i, "same", insert_own, ERR_IO};
		assert_int_equal(
		    pthread_create(&threads[i].thread, &attributes, run_writer, &threads[i]), 0);
	}
	pthread_attr_destroy(&attributes);
	while (atomic_load(&room->store->writer.waiting) < QUEUE_MAX)
		sched_yield();
	run_writer(&one);
	assert_int_equal(one.err, ERR_BUSY);
	gate_open(&gate);
	for (unsigned i = 0; i < QUEUE_MAX; i++)
		pthread_join(threads[i].thread, NULL);
	assert_null(room_get(room, "late"));
	assert_non_null(room_get(room, "same"));
}

static enum err
view_inside(struct txn *txn, void *arg)
{
	return store_view(txn_ctx(txn), step_get, arg);
}

static void
call_view_inside(void *arg)
{
	struct room *room = arg;
	struct step step = {TABLE_USED, bytes_of("k"), {NULL, 0}, 0, {NULL, 0}};

	store_view(&room->ctx, view_inside, &step);
}

static void
a_call_inside_a_closure_is_a_mistake(void **state)
{
	assert_true(unit_aborts(call_view_inside, *state));
}

/* --- seals --- */

struct move {
	unsigned to_table;
	const char *to_key;
	bool longer;
};

/* What somebody does who can write the file and has no key. */
static enum err
move_record(struct txn *txn, void *arg)
{
	const struct move *move = arg;
	struct bytes raw;
	uint8_t *copy;

	assert_int_equal(txn->store->ops->get(txn->raw, TABLE_USED, bytes_of("k"), &raw), ERR_OK);
	copy = arena_alloc(txn_ctx(txn)->arena, raw.len);
	memcpy(copy, raw.data, raw.len);
	if (move->longer)
		copy[6]++;
	raw.data = copy;
	return txn_put_raw(txn, move->to_table, bytes_of(move->to_key), &raw);
}

static void
a_moved_record_does_not_open(void **state)
{
	struct room *room = *state;
	struct move moves[] = {
	    {TABLE_USED, "other", false}, {TABLE_TOKEN, "k", false}, {TABLE_USED, "k", true}};
	struct step step;

	assert_int_equal(room_put(room, "k", "secret", T0 + 1000), ERR_OK);
	for (size_t i = 0; i < 3; i++) {
		step = (struct step){(enum table)moves[i].to_table, bytes_of(moves[i].to_key),
		    {NULL, 0}, 0, {NULL, 0}};
		assert_int_equal(store_update(&room->ctx, move_record, &moves[i]), ERR_OK);
		assert_int_equal(store_view(&room->ctx, step_get, &step), ERR_CRYPTO);
	}
}

static enum err
look_raw(struct txn *txn, void *arg)
{
	struct bytes raw;

	(void)arg;
	assert_int_equal(txn->store->ops->get(txn->raw, TABLE_USED, bytes_of("k"), &raw), ERR_OK);
	assert_null(memmem(raw.data, raw.len, "secret", 6));
	return ERR_OK;
}

static void
values_are_sealed(void **state)
{
	struct room *room = *state;

	assert_int_equal(room_put(room, "k", "a secret here", NEVER), ERR_OK);
	assert_int_equal(store_view(&room->ctx, look_raw, NULL), ERR_OK);
}

/* --- records --- */

static enum err
save_account(struct txn *txn, void *arg)
{
	AccountRecord account = ACCOUNT_RECORD__INIT;
	int64_t times[] = {3, 2, 1};

	account.id = record_data(bytes_of("0123456789abcdef"));
	account.portal = arg;
	account.sign_ins = times;
	account.n_sign_ins = 3;
	return record_save(txn, TABLE_ACCOUNT, bytes_of("0123456789abcdef"), &account, NEVER);
}

static enum err
load_account(struct txn *txn, void *arg)
{
	return record_load(
	    txn, TABLE_ACCOUNT, bytes_of("0123456789abcdef"), &account_record__descriptor, arg);
}

static void
records_come_back(void **state)
{
	struct room *room = *state;
	struct AccountRecord *account = NULL;
	struct step step = {
	    TABLE_ACCOUNT, bytes_of("0123456789abcdef"), bytes_of("\xff\xff"), NEVER, {NULL, 0}};

	assert_int_equal(store_view(&room->ctx, load_account, &account), ERR_NOT_FOUND);
	assert_int_equal(store_update(&room->ctx, save_account, (void *)"health"), ERR_OK);
	assert_int_equal(store_view(&room->ctx, load_account, &account), ERR_OK);
	assert_string_equal(account->portal, "health");
	assert_string_equal(account->status, "");
	assert_int_equal(account->n_sign_ins, 3);
	assert_int_equal(account->sign_ins[0], 3);
	assert_true(bytes_equal(record_bytes(account->id), bytes_of("0123456789abcdef")));
	assert_int_equal(store_update(&room->ctx, step_put, &step), ERR_OK);
	assert_int_equal(store_view(&room->ctx, load_account, &account), ERR_FORMAT);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, room_open, room_close)
const struct CMUnitTest contract_tests[] = {
    TEST(keys_come_in_order),
    TEST(many_keys_come_in_order),
    TEST(a_walk_keeps_to_its_prefix),
    TEST(a_walk_begins_and_ends_where_asked),
    TEST(what_was_walked_can_be_deleted),
    TEST(bounds_are_kept),
    TEST(put_replaces),
    TEST(a_refusing_closure_leaves_nothing),
    TEST(failure_is_sticky),
    TEST(a_batch_loses_only_who_refuses),
    TEST(of_fifty_inserts_one_wins),
    TEST(waiting_updates_share_a_commit),
    TEST(a_full_queue_says_busy),
    TEST(a_call_inside_a_closure_is_a_mistake),
    TEST(a_moved_record_does_not_open),
    TEST(values_are_sealed),
    TEST(records_come_back),
};
const size_t contract_count = sizeof(contract_tests) / sizeof(contract_tests[0]);
