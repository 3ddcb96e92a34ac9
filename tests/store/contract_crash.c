/* What a crash, another process and a growing map may not lose. */
#include "contract.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/random.h"

static void
reopening_finds_everything(void **state)
{
	struct room *room = *state;

	for (unsigned i = 0; i < 50; i++)
		assert_int_equal(
		    room_put(room, arena_printf(room->arena, "%02u", i), "x", NEVER), ERR_OK);
	room_store_close(room);
	room_store_open(room);
	assert_int_equal(strlen(room_keys(room, "")), 150);
	assert_int_equal(room_insert(room, "07", "x", NEVER), ERR_EXISTS);
}

/* --- kill -9 --- */

#define KILLS 30
#define KILL_WRITERS 4

struct ack {
	uint32_t cycle, thread, number;
};

struct acker {
	struct room *room;
	pthread_t thread;
	struct ack ack;
	int journal;
};

/* Both or none: the second one fails the closure now and then, after the first was written. */
static enum err
put_pair(struct txn *txn, void *arg)
{
	const struct ack *ack = arg;
	struct arena *arena = txn_ctx(txn)->arena;
	const char *name = arena_printf(arena, "%u/%u/%u", ack->cycle, ack->thread, ack->number);

	(void)txn_insert(txn, TABLE_USED, bytes_of(name), bytes_of(name), NEVER);
	(void)txn_insert(txn, TABLE_TOKEN, bytes_of(name), bytes_of(name), T0 + DAYS(1));
	return ack->number % 5 == 4 ? ERR_REFUSED : ERR_OK;
}

static void *
write_and_acknowledge(void *arg)
{
	struct acker *acker = arg;
	struct hand hand;
	enum err err;

	hand_open(&hand, acker->room->store, acker->room->keys);
	for (;; acker->ack.number++) {
		err = store_update(&hand.ctx, put_pair, &acker->ack);
		must(err == (acker->ack.number % 5 == 4 ? ERR_REFUSED : ERR_OK));
		if (err == ERR_OK)
			must(write(acker->journal, &acker->ack, sizeof(acker->ack)) ==
			     sizeof(acker->ack));
		arena_reset(hand.arena);
	}
	return NULL;
}

static void
be_killed(struct room *room, uint32_t cycle, int journal)
{
	struct acker ackers[KILL_WRITERS];

	room_store_open(room);
	for (uint32_t i = 0; i < KILL_WRITERS; i++) {
		ackers[i] = (struct acker){room, 0, {cycle, i, 0}, journal};
		must(pthread_create(&ackers[i].thread, NULL, write_and_acknowledge, &ackers[i]) ==
		     0);
	}
	for (;;)
		pause();
}

static struct bytes
read_all(struct room *room, int fd)
{
	struct buf buf;
	uint8_t chunk[4096];
	ssize_t len;

	buf_init(&buf, room->arena, (size_t)8 << 20);
	while ((len = read(fd, chunk, sizeof(chunk))) > 0)
		buf_put(&buf, chunk, (size_t)len);
	assert_false(buf.failed);
	return buf_bytes(&buf);
}

static enum err
check_acks(struct txn *txn, void *arg)
{
	const struct bytes *journal = arg;
	struct ack ack;
	struct bytes value;
	const char *name;

	for (size_t i = 0; i + sizeof(ack) <= journal->len; i += sizeof(ack)) {
		memcpy(&ack, journal->data + i, sizeof(ack));
		name = arena_printf(
		    txn_ctx(txn)->arena, "%u/%u/%u", ack.cycle, ack.thread, ack.number);
		assert_int_equal(txn_get(txn, TABLE_USED, bytes_of(name), &value), ERR_OK);
		assert_true(bytes_equal(value, bytes_of(name)));
		assert_int_equal(txn_get(txn, TABLE_TOKEN, bytes_of(name), &value), ERR_OK);
	}
	return ERR_OK;
}

/* Nothing stands there by half, and nothing that was refused. */
static enum err
check_pair(void *arg, struct bytes key, struct bytes value)
{
	struct txn *txn = arg;
	const char *number = strrchr(arena_text_of(txn_ctx(txn)->arena, key), '/') + 1;

	assert_true(strtoul(number, NULL, 10) % 5 != 4);
	return txn_get(txn, TABLE_TOKEN, key, &value);
}

static enum err
check_pairs(struct txn *txn, void *arg)
{
	(void)arg;
	return txn_walk(txn, TABLE_USED, bytes_of(NULL), check_pair, txn);
}

static unsigned
kill_once(struct room *room, uint32_t cycle)
{
	struct bytes journal;
	struct store_stat stat;
	unsigned char random;
	int fds[2];
	pid_t child;

	assert_int_equal(pipe(fds), 0);
	child = fork();
	if (child == 0) {
		close(fds[0]);
		be_killed(room, cycle, fds[1]);
	}
	close(fds[1]);
	random_bytes(&random, 1);
	usleep(3000 + random * 200);
	kill(child, SIGKILL);
	journal = read_all(room, fds[0]);
	close(fds[0]);
	assert_int_equal(waitpid(child, NULL, 0), child);
	room_store_open(room);
	assert_int_equal(store_view(&room->ctx, check_acks, &journal), ERR_OK);
	assert_int_equal(store_view(&room->ctx, check_pairs, NULL), ERR_OK);
	assert_int_equal(store_stat(room->store, &stat), ERR_OK);
	assert_int_equal(stat.records[TABLE_USED], stat.records[TABLE_TOKEN]);
	room_store_close(room);
	arena_reset(room->arena);
	return (unsigned)(journal.len / sizeof(struct ack));
}

static void
kill_9_loses_nothing_acknowledged(void **state)
{
	struct room *room = *state;
	struct room copy;
	unsigned acknowledged = 0;

	/* The arena is emptied after each cycle; the key ring must survive that. */
	copy = *room;
	copy.arena = arena_new((size_t)256 << 20);
	for (uint32_t i = 0; i < KILLS; i++)
		acknowledged += kill_once(&copy, i);
	arena_free(&copy.arena);
	print_message("             %u updates acknowledged over %d kills\n", acknowledged, KILLS);
	assert_true(acknowledged > 0);
}

/* --- two processes --- */

#define EACH 100

static enum err
count_up(struct txn *txn, void *arg)
{
	uint32_t number = 0;
	struct bytes value;

	(void)arg;
	if (txn_get(txn, TABLE_USED, bytes_of("counter"), &value) == ERR_OK)
		memcpy(&number, value.data, sizeof(number));
	number++;
	return txn_put(txn, TABLE_USED, bytes_of("counter"), BYTES((&number)), NEVER);
}

static enum err
get_counter(struct txn *txn, void *arg)
{
	struct bytes value;
	enum err err;

	err = txn_get(txn, TABLE_USED, bytes_of("counter"), &value);
	if (err == ERR_OK)
		memcpy(arg, value.data, sizeof(uint32_t));
	return err;
}

static void
wait_for_child(pid_t child)
{
	int status;

	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void
two_processes_share_a_store(void **state)
{
	struct room *room = *state;
	uint32_t number = 0;
	pid_t child;

	room_store_open(room);
	room_store_close(room);
	child = fork();
	room_store_open(room);
	for (unsigned i = 0; i < EACH; i++)
		must(store_update(&room->ctx, count_up, NULL) == ERR_OK);
	if (child == 0) {
		room_store_close(room);
		_exit(0);
	}
	wait_for_child(child);
	assert_int_equal(store_view(&room->ctx, get_counter, &number), ERR_OK);
	assert_int_equal(number, 2 * EACH);
}

/* --- growing --- */

#define BIG 60000

struct load {
	unsigned first, count;
	struct bytes value;
};

static enum err
put_load(struct txn *txn, void *arg)
{
	const struct load *load = arg;

	for (unsigned i = load->first; i < load->first + load->count; i++) {
		uint8_t key[2] = {(uint8_t)(i >> 8), (uint8_t)i};

		(void)txn_put(txn, TABLE_TOKEN, BYTES(key), load->value, NEVER);
	}
	return ERR_OK;
}

static void
put_megabytes(struct room *room, unsigned from, unsigned megabytes)
{
	struct hand hand;
	struct load load = {0, 16, {NULL, 0}};

	hand_open(&hand, room->store, room->keys);
	load.value = bytes_make(arena_alloc(hand.arena, BIG), BIG);
	for (unsigned i = from; i < from + megabytes; i++) {
		load.first = i * 16;
		must(store_update(&hand.ctx, put_load, &load) == ERR_OK);
	}
	hand_close(&hand);
}

static void *
read_on(void *arg)
{
	struct room *room = arg;
	struct step step = {TABLE_USED, bytes_of("small"), {NULL, 0}, 0, {NULL, 0}};
	struct hand hand;

	hand_open(&hand, room->store, room->keys);
	for (;;) {
		must(store_view(&hand.ctx, step_get, &step) == ERR_OK);
		if (bytes_equal(step.got, bytes_of("stop")))
			break;
		arena_reset(hand.arena);
	}
	hand_close(&hand);
	return NULL;
}

static void
the_map_grows_while_readers_read(void **state)
{
	struct room *room = *state;
	struct store_stat stat;
	pthread_t readers[3];

	assert_int_equal(room_put(room, "small", "x", NEVER), ERR_OK);
	assert_int_equal(store_stat(room->store, &stat), ERR_OK);
	assert_int_equal(stat.map_size, (uint64_t)64 << 20);
	for (int i = 0; i < 3; i++)
		assert_int_equal(pthread_create(&readers[i], NULL, read_on, room), 0);
	put_megabytes(room, 0, 140);
	assert_int_equal(room_put(room, "small", "stop", NEVER), ERR_OK);
	for (int i = 0; i < 3; i++)
		pthread_join(readers[i], NULL);
	assert_int_equal(store_stat(room->store, &stat), ERR_OK);
	assert_int_equal(stat.map_size, (uint64_t)256 << 20);
	assert_int_equal(stat.records[TABLE_TOKEN], 140 * 16);
	room_store_close(room);
	room_store_open(room);
	assert_string_equal(room_get(room, "small"), "stop");
}

/* The other process has a small map when ours outgrows it; then it must both read and write. */
static void
be_outgrown(struct room *room, int begin, int ready)
{
	char byte = 0;

	room_store_open(room);
	must(room_put(room, "mine", "x", NEVER) == ERR_OK);
	must(room_get(room, "mine") != NULL);
	must(write(ready, &byte, 1) == 1 && read(begin, &byte, 1) == 1);
	must(room_get(room, "yours") != NULL);
	must(room_put(room, "mine", "y", NEVER) == ERR_OK);
	put_megabytes(room, 100, 1);
	room_store_close(room);
	_exit(0);
}

static void
a_map_grown_elsewhere_is_adopted(void **state)
{
	struct room *room = *state;
	int begin[2], ready[2];
	char byte = 0;
	pid_t child;

	room_store_open(room);
	room_store_close(room);
	assert_int_equal(pipe(begin) | pipe(ready), 0);
	child = fork();
	if (child == 0)
		be_outgrown(room, begin[0], ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	room_store_open(room);
	put_megabytes(room, 0, 70);
	assert_int_equal(room_put(room, "yours", "x", NEVER), ERR_OK);
	assert_int_equal(write(begin[1], &byte, 1), 1);
	wait_for_child(child);
	assert_string_equal(room_get(room, "mine"), "y");
	close(begin[0]);
	close(begin[1]);
	close(ready[0]);
	close(ready[1]);
}

#define OPEN(fn) cmocka_unit_test_setup_teardown(fn, room_open, room_close)
#define CLOSED(fn) cmocka_unit_test_setup_teardown(fn, room_open_closed, room_close)
const struct CMUnitTest contract_crash_tests[] = {
    OPEN(reopening_finds_everything),
    CLOSED(kill_9_loses_nothing_acknowledged),
    CLOSED(two_processes_share_a_store),
    OPEN(the_map_grows_while_readers_read),
    CLOSED(a_map_grown_elsewhere_is_adopted),
};
const size_t contract_crash_count = sizeof(contract_crash_tests) / sizeof(contract_crash_tests[0]);
