/* What every back end promises of time: what expires, what stays used, who is told that the clock jumps; and readiness. */
#include "contract.h"

#include <string.h>

static void
insert_works_once(void **state)
{
	struct room *room = *state;

	assert_int_equal(room_insert(room, "k", "one", T0 + 10), ERR_OK);
	assert_int_equal(room_insert(room, "k", "two", T0 + 10), ERR_EXISTS);
	assert_string_equal(room_get(room, "k"), "one");
	/* Not there any more, and yet in the way: a clock may have jumped. */
	room->ctx.now = T0 + 10;
	assert_null(room_get(room, "k"));
	assert_int_equal(room_insert(room, "k", "three", T0 + 20), ERR_EXISTS);
	room->ctx.now = T0 + 9 + USED_GRACE;
	assert_int_equal(room_insert(room, "k", "three", T0 + 20), ERR_EXISTS);
	room->ctx.now = T0 + 10 + USED_GRACE;
	assert_int_equal(room_insert(room, "k", "three", T0 + 20 + USED_GRACE), ERR_OK);
	assert_string_equal(room_get(room, "k"), "three");
}

static void
what_has_expired_is_not_there(void **state)
{
	struct room *room = *state;

	assert_int_equal(room_put(room, "k", "x", T0 + 10), ERR_OK);
	room->ctx.now = T0 + 9;
	assert_string_equal(room_get(room, "k"), "x");
	room->ctx.now = T0 + 10;
	assert_null(room_get(room, "k"));
	assert_string_equal(room_keys(room, ""), "");
	assert_int_equal(room_delete(room, "k"), ERR_NOT_FOUND);
}

static uint64_t
records_of(struct room *room, enum table table)
{
	struct store_stat stat;

	assert_int_equal(store_stat(room->store, &stat), ERR_OK);
	return stat.records[table];
}

static void
sweeping_removes_what_expired_and_nothing_else(void **state)
{
	struct room *room = *state;
	unsigned removed = 99;

	for (unsigned i = 0; i < 600; i++)
		assert_int_equal(
		    room_put(room, arena_printf(room->arena, "old%u", i), "x", T0 + i), ERR_OK);
	assert_int_equal(room_put(room, "never", "x", NEVER), ERR_OK);
	assert_int_equal(room_put(room, "later", "x", T0 + 5), ERR_OK);
	assert_int_equal(room_put(room, "later", "x", T0 + 5000), ERR_OK);
	assert_int_equal(room_put(room, "forever", "x", T0 + 5), ERR_OK);
	assert_int_equal(room_put(room, "forever", "x", NEVER), ERR_OK);
	assert_int_equal(records_of(room, TABLE_USED), 603);
	assert_int_equal(store_sweep(room->store, T0 + 99 + USED_GRACE, 10, &removed), ERR_OK);
	assert_int_equal(removed, 10);
	assert_int_equal(records_of(room, TABLE_USED), 593);
	assert_int_equal(store_sweep(room->store, T0 + 4999 + USED_GRACE, 100000, &removed), ERR_OK);
	assert_int_equal(removed, 590);
	assert_string_equal(room_keys(room, ""), "forever later never ");
	assert_int_equal(store_sweep(room->store, T0 + 5000 + USED_GRACE, 100000, &removed), ERR_OK);
	assert_int_equal(removed, 1);
	assert_int_equal(store_sweep(room->store, INT64_MAX - 1, 100000, &removed), ERR_OK);
	assert_int_equal(removed, 0);
	assert_string_equal(room_keys(room, ""), "forever never ");
}

static enum err
mark(struct txn *txn, void *arg)
{
	return used_mark(txn, "saml-request", arg, T0 + 10);
}

static void
a_used_mark_works_once(void **state)
{
	struct room *room = *state;
	char *longer = arena_alloc(room->arena, 5001);

	memset(longer, 'i', 5000);
	assert_int_equal(store_update(&room->ctx, mark, (void *)"id"), ERR_OK);
	assert_int_equal(store_update(&room->ctx, mark, (void *)"id"), ERR_EXISTS);
	assert_int_equal(store_update(&room->ctx, mark, longer), ERR_OK);
	assert_int_equal(store_update(&room->ctx, mark, longer), ERR_EXISTS);
	longer[4999] = 'j';
	assert_int_equal(store_update(&room->ctx, mark, longer), ERR_OK);
}

/* --- readiness --- */

static void
it_is_ready(void **state)
{
	struct room *room = *state;
	struct store_stat stat;

	assert_int_equal(store_ready(room->store), ERR_OK);
	assert_int_equal(store_stat(room->store, &stat), ERR_OK);
	assert_int_equal(stat.schema, 1);
	assert_true(stat.commits >= 1);
}

static uint64_t
commits_of(struct room *room)
{
	struct store_stat stat;

	assert_int_equal(store_stat(room->store, &stat), ERR_OK);
	return stat.commits;
}

/* However often it is asked: one commit in five seconds, and none while others write. */
static void
asking_costs_little(void **state)
{
	struct room *room = *state;
	uint64_t before = commits_of(room);

	for (unsigned i = 0; i < 1000; i++)
		assert_int_equal(store_ready(room->store), ERR_OK);
	assert_int_equal(commits_of(room) - before, 1);
	room->store->ready.tried -= READY_FRESH;
	assert_int_equal(store_ready(room->store), ERR_OK);
	assert_int_equal(commits_of(room) - before, 2);
	room->store->ready.tried -= READY_FRESH;
	assert_int_equal(room_put(room, "k", "x", NEVER), ERR_OK);
	assert_int_equal(store_ready(room->store), ERR_OK);
	assert_int_equal(commits_of(room) - before, 3);
}

/* A failure is told until a commit, somebody's or a probe's own, has worked again; one that hangs is told by those who ask meanwhile. */
static void
a_failure_is_told_until_it_is_over(void **state)
{
	struct room *room = *state;

	ready_note(&room->store->ready, ERR_STORE);
	assert_int_equal(store_ready(room->store), ERR_STORE);
	room->store->ready.tried -= READY_FRESH;
	assert_int_equal(store_ready(room->store), ERR_OK);
	ready_note(&room->store->ready, ERR_FULL);
	assert_int_equal(store_ready(room->store), ERR_FULL);
	assert_int_equal(room_put(room, "k", "x", NEVER), ERR_OK);
	assert_int_equal(store_ready(room->store), ERR_OK);
	room->store->ready.probing = true;
	room->store->ready.began = clock_monotonic();
	assert_int_equal(store_ready(room->store), ERR_OK);
	room->store->ready.began -= READY_FRESH;
	assert_int_equal(store_ready(room->store), ERR_TIMEOUT);
	room->store->ready.probing = false;
}

/* --- clocks that jump --- */

static int64_t wall, counted;

static void
read_moved(int64_t *ret_wall, int64_t *ret_counted)
{
	*ret_wall = wall;
	*ret_counted = counted;
}

/* From here on the store reads these two; the closures' own time goes with the wall. */
static void
take_clocks(struct room *room)
{
	struct watch *watch = &room->store->watch;

	wall = room->ctx.now = watch->wall = T0;
	counted = watch->counted = 1000;
	watch->read = read_moved;
}

/* So much time passes, and the wall clock makes a jump. */
static void
move_clocks(struct room *room, int64_t passes, int64_t jump)
{
	counted += passes;
	wall += passes + jump;
	room->ctx.now = wall;
}

static uint64_t
jumps_of(struct room *room, int64_t *ret_recent)
{
	struct store_clock clock;

	store_clock(room->store, &clock);
	*ret_recent = clock.recent;
	return clock.jumps;
}

static bool
is_quiet(struct room *room)
{
	struct store_clock clock;

	store_clock(room->store, &clock);
	return clock.quiet;
}

static void
jumps_are_counted_and_told(void **state)
{
	struct room *room = *state;
	int64_t recent;

	take_clocks(room);
	assert_int_equal(jumps_of(room, &recent), 0);
	for (unsigned i = 0; i < 100; i++) {
		move_clocks(room, HOURS(1), i % 2 == 0 ? SECONDS(20) : -SECONDS(20));
		assert_int_equal(jumps_of(room, &recent), 0);
		assert_int_equal(recent, 0);
	}
	assert_false(is_quiet(room));
	move_clocks(room, SECONDS(1), HOURS(1));
	assert_int_equal(room_put(room, "k", "x", NEVER), ERR_OK);
	assert_int_equal(jumps_of(room, &recent), 1);
	assert_int_equal(recent, HOURS(1));
	/* A small correction makes a clock that is far ahead no better. */
	move_clocks(room, SECONDS(1), -SECONDS(40));
	assert_int_equal(jumps_of(room, &recent), 2);
	assert_int_equal(recent, -SECONDS(40));
	assert_true(is_quiet(room));
	move_clocks(room, WATCH_QUIET - SECONDS(2), 0);
	assert_int_equal(jumps_of(room, &recent), 2);
	assert_int_equal(recent, -SECONDS(40));
	assert_true(is_quiet(room));
	move_clocks(room, SECONDS(1), 0);
	assert_int_equal(recent, -SECONDS(40));
	assert_false(is_quiet(room));
	move_clocks(room, SECONDS(1), 0);
	assert_int_equal(jumps_of(room, &recent), 2);
	assert_int_equal(recent, 0);
}

/* Ten years ahead and, nine minutes later, back: nothing was lost, and what was used is used. */
static void
a_jump_forward_loses_nothing(void **state)
{
	struct room *room = *state;
	struct step session = {TABLE_SESSION, bytes_of("s"), bytes_of("x"), T0 + HOURS(1), {NULL, 0}};
	unsigned removed = 99;

	take_clocks(room);
	assert_int_equal(store_update(&room->ctx, step_put, &session), ERR_OK);
	assert_int_equal(room_insert(room, "mark", "x", T0 + MINUTES(5)), ERR_OK);
	move_clocks(room, SECONDS(10), DAYS(3650));
	assert_int_equal(store_sweep(room->store, wall, 100, &removed), ERR_OK);
	assert_int_equal(removed, 0);
	move_clocks(room, MINUTES(9), 0);
	assert_int_equal(store_sweep(room->store, wall, 100, &removed), ERR_OK);
	assert_int_equal(removed, 0);
	move_clocks(room, 0, -DAYS(3650));
	assert_int_equal(store_view(&room->ctx, step_get, &session), ERR_OK);
	assert_int_equal(room_insert(room, "mark", "x", wall + MINUTES(5)), ERR_EXISTS);
	/* The quiet ends, and the sweeper goes by the right time. */
	move_clocks(room, MINUTES(52), 0);
	assert_int_equal(store_sweep(room->store, wall, 100, &removed), ERR_OK);
	assert_int_equal(removed, 1);
	assert_int_equal(room_insert(room, "mark", "x", wall + MINUTES(5)), ERR_EXISTS);
}

/* What was used an hour ago, and swept as far as it ever is, stays used when the hour comes again. */
static void
a_jump_back_makes_nothing_fresh(void **state)
{
	struct room *room = *state;
	unsigned removed = 99;

	take_clocks(room);
	assert_int_equal(room_insert(room, "mark", "x", T0 + MINUTES(5)), ERR_OK);
	move_clocks(room, HOURS(1), 0);
	assert_int_equal(store_sweep(room->store, wall, 100, &removed), ERR_OK);
	assert_int_equal(removed, 0);
	move_clocks(room, SECONDS(1), -HOURS(1));
	assert_int_equal(room_insert(room, "mark", "x", wall + MINUTES(5)), ERR_EXISTS);
	/* And nobody is refused: what is new is new. */
	assert_int_equal(room_insert(room, "other", "x", wall + MINUTES(5)), ERR_OK);
	assert_string_equal(room_get(room, "other"), "x");
}

static enum err
get_clock(struct txn *txn, void *arg)
{
	struct bytes raw;
	enum err err = txn->store->ops->get(txn->raw, RAW_STORE, bytes_of("clock"), &raw);

	if (err == ERR_OK && raw.len == TIME_SIZE)
		*(int64_t *)arg = time_get(raw.data);
	return err;
}

static int64_t
saved_clock(struct room *room)
{
	int64_t time = -1;

	assert_int_equal(store_view(&room->ctx, get_clock, &time), ERR_OK);
	return time;
}

static void
the_time_is_written_along(void **state)
{
	struct room *room = *state;

	take_clocks(room);
	assert_int_equal(room_put(room, "k", "1", NEVER), ERR_OK);
	assert_int_equal(saved_clock(room), T0);
	move_clocks(room, SECONDS(59), 0);
	assert_int_equal(room_put(room, "k", "2", NEVER), ERR_OK);
	assert_int_equal(saved_clock(room), T0);
	move_clocks(room, SECONDS(1), 0);
	assert_int_equal(room_put(room, "k", "3", NEVER), ERR_OK);
	assert_int_equal(saved_clock(room), T0 + MINUTES(1));
	move_clocks(room, SECONDS(1), -HOURS(1));
	assert_int_equal(room_put(room, "k", "4", NEVER), ERR_OK);
	assert_int_equal(saved_clock(room), wall);
}

/* The clock ran ahead, the service was stopped, the clock was set right: told once, and everything works. */
static void
a_start_before_the_last_commit_is_told(void **state)
{
	struct room *room = *state;
	int64_t recent;

	take_clocks(room);
	wall = clock_now() + HOURS(5);
	assert_int_equal(room_put(room, "k", "x", NEVER), ERR_OK);
	if (strcmp(room->backend, "mem") == 0)
		return; /* remembers nothing */
	for (unsigned i = 0; i < 2; i++) {
		room_store_close(room);
		room_store_open(room);
		assert_int_equal(jumps_of(room, &recent), i == 0 ? 1 : 0);
		assert_true(i == 0 ? recent < -HOURS(4) : recent == 0);
		assert_int_equal(room_put(room, "k", "y", NEVER), ERR_OK);
	}
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, room_open, room_close)
const struct CMUnitTest contract_time_tests[] = {
    TEST(insert_works_once),
    TEST(what_has_expired_is_not_there),
    TEST(sweeping_removes_what_expired_and_nothing_else),
    TEST(a_used_mark_works_once),
    TEST(it_is_ready),
    TEST(asking_costs_little),
    TEST(a_failure_is_told_until_it_is_over),
    TEST(jumps_are_counted_and_told),
    TEST(a_jump_forward_loses_nothing),
    TEST(a_jump_back_makes_nothing_fresh),
    TEST(the_time_is_written_along),
    TEST(a_start_before_the_last_commit_is_told),
};
const size_t contract_time_count = sizeof(contract_time_tests) / sizeof(contract_time_tests[0]);
