#include "room.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "audit/internal.h"
#include "store/internal.h"

/* --- the bytes --- */

/* Computed apart, with Python's hashlib, after what audit/chain.h says. */
static void
the_chain_is_what_its_header_says(void **state)
{
	struct room *room = *state;
	char reason[] = "reason", provider[] = "provider", audience[] = "audience", gckey[] = "gckey";
	char *names[] = {reason, provider}, *values[] = {audience, gckey};
	struct AuditRecord record = AUDIT_RECORD__INIT;
	uint8_t zeros[CHAIN_SIZE] = {0}, chain[CHAIN_SIZE];

	record.time = 1790000000123;
	record.event = (char *)"credential-refused";
	record.account = record_data(ROOM_ACCOUNT);
	record.portal = (char *)"health";
	record.request = (char *)"k3v9";
	record.n_names = record.n_values = 2;
	record.names = names;
	record.values = values;
	assert_int_equal(chain_next(room->arena, zeros, 1, &record, chain), ERR_OK);
	assert_string_equal(hex_print(room->arena, BYTES(chain)), "42a4e4f8db30aae9c02882a34c03c765b6f6640bd58fb263f2b44224eeda08c8");
	assert_int_equal(chain_next(room->arena, chain, 2, &record, chain), ERR_OK);
	assert_string_equal(hex_print(room->arena, BYTES(chain)), "f29884092ec3cc4fbec017f66c0868dd40ae1182351237322c08d5b7034fe040");
	names[0] = provider;
	assert_int_equal(chain_next(room->arena, chain, 3, &record, chain), ERR_FORMAT);
	names[0] = reason;
	record.n_values = 1;
	assert_int_equal(chain_next(room->arena, chain, 3, &record, chain), ERR_FORMAT);
}

/* --- heads --- */

static void
heads_are_signed_when_it_is_time(void **state)
{
	struct room *room = *state;
	struct audit_maintained done;

	assert_int_equal(audit_maintain(&room->ctx, &done), ERR_OK);
	assert_false(done.signed_head);	/* of nothing */
	room_append(room, 1);
	assert_int_equal(audit_maintain(&room->ctx, &done), ERR_OK);
	assert_true(done.signed_head);
	assert_int_equal(done.head.sequence, 1);
	room_append(room, 1);
	room->ctx.now += HEAD_TIME - 1;
	assert_int_equal(audit_maintain(&room->ctx, &done), ERR_OK);
	assert_false(done.signed_head);
	room->ctx.now += 1;
	assert_int_equal(audit_maintain(&room->ctx, &done), ERR_OK);
	assert_true(done.signed_head);
	assert_int_equal(done.head.sequence, 2);
	/* no news */
	room->ctx.now += 2 * HEAD_TIME;
	assert_int_equal(audit_maintain(&room->ctx, &done), ERR_OK);
	assert_false(done.signed_head);
	room->ctx.now -= 2 * HEAD_TIME;
	room_append(room, HEAD_EVENTS - 1);
	assert_int_equal(audit_maintain(&room->ctx, &done), ERR_OK);
	assert_false(done.signed_head);
	room_append(room, 1);
	assert_int_equal(audit_maintain(&room->ctx, &done), ERR_OK);
	assert_true(done.signed_head);
	assert_int_equal(done.head.sequence, 2 + HEAD_EVENTS);
	assert_string_equal(room_check(room, NULL, 0), "");
}

/* --- the end of old events --- */

static unsigned
records(struct room *room, enum table table)
{
	struct store_stat stat;

	assert_int_equal(store_stat(room->ctx.store, &stat), ERR_OK);
	return (unsigned)stat.records[table];
}

static void
old_events_are_removed_from_the_first_on(void **state)
{
	struct room *room = *state;
	struct audit_maintained done;

	room_append(room, 1203);
	room->ctx.now = T0 + DAYS(20);
	room_append(room, 4);
	room->ctx.now = T0 + DAYS(30);
	assert_int_equal(audit_maintain(&room->ctx, &done), ERR_OK);
	assert_int_equal(done.removed, 0);
	room->ctx.now = T0 + DAYS(30) + 1;
	assert_int_equal(audit_maintain(&room->ctx, &done), ERR_OK);
	assert_int_equal(done.removed, 1203);
	assert_int_equal(records(room, TABLE_AUDIT), 4);
	assert_int_equal(records(room, TABLE_AUDIT_OF), 2);
	/* of 1 to 1203, and of all so far */
	assert_int_equal(records(room, TABLE_AUDIT_HEAD), 2);
	assert_string_equal(room_check(room, NULL, 0), "");
	/* the last ones go as well, and the numbers go on */
	room->ctx.now = T0 + DAYS(60);
	assert_int_equal(audit_maintain(&room->ctx, &done), ERR_OK);
	assert_int_equal(records(room, TABLE_AUDIT), 0);
	assert_string_equal(room_check(room, NULL, 0), "");
	room_append(room, 1);
	assert_string_equal(room_check(room, NULL, 0), "");
}

/* Events that were removed before a head had spoken of them: the head that stands for them stays the one of that event. */
static void
the_head_of_what_is_removed_stays(void **state)
{
	struct room *room = *state;

	room_append(room, 1);
	room->ctx.now = T0 + DAYS(31);
	assert_int_equal(audit_maintain(&room->ctx, NULL), ERR_OK);
	room->ctx.now = T0;
	room_append(room, 5);
	room->ctx.now = T0 + DAYS(31) + MINUTES(1);
	assert_int_equal(audit_maintain(&room->ctx, NULL), ERR_OK);
	assert_int_equal(records(room, TABLE_AUDIT), 0);
	room->ctx.now += 2 * HEAD_TIME;
	assert_int_equal(audit_maintain(&room->ctx, NULL), ERR_OK);
	room_append(room, 1);
	assert_string_equal(room_check(room, NULL, 0), "");
}

struct stretches {
	struct audit_check check;
	bool more;
};

static enum err
check_some(struct txn *txn, void *arg)
{
	struct stretches *stretches = arg;

	return check_stretch(txn, &stretches->check, 10, NULL, NULL, &stretches->more);
}

/* Whoever is checking goes on after them. */
static void
old_events_may_go_during_a_check(void **state)
{
	struct room *room = *state;
	struct audit_keys keys = {.own = room->keys};
	struct stretches stretches;

	room_append(room, 60);
	check_init(&stretches.check, room->arena, &keys);
	assert_int_equal(store_view(&room->ctx, check_some, &stretches), ERR_OK);
	assert_int_equal(stretches.check.walk.sequence, 10);
	room->ctx.now = T0 + DAYS(30);
	room_append(room, 5);
	room->ctx.now = T0 + DAYS(31);
	assert_int_equal(audit_maintain(&room->ctx, NULL), ERR_OK);
	assert_int_equal(store_view(&room->ctx, check_some, &stretches), ERR_OK);
	assert_false(stretches.more);
	assert_int_equal(stretches.check.begins, 60);
	assert_int_equal(stretches.check.walk.sequence, 65);
}

static enum err
alter_in(struct txn *txn, void *arg)
{
	struct AuditRecord *record;
	uint8_t key[SEQUENCE_SIZE];

	(void)arg;
	assert_int_equal(record_load(txn, TABLE_AUDIT, sequence_key(4, key), &audit_record__descriptor, &record), ERR_OK);
	record->time++;
	return record_save(txn, TABLE_AUDIT, sequence_key(4, key), record, NEVER);
}

/* It can then still be looked into. */
static void
damaged_history_is_not_removed(void **state)
{
	struct room *room = *state;
	struct audit_maintained done;

	room_append(room, 10);
	assert_int_equal(store_update(&room->ctx, alter_in, NULL), ERR_OK);
	room->ctx.now = T0 + DAYS(31);
	assert_int_equal(audit_maintain(&room->ctx, &done), ERR_OK);
	assert_int_equal(done.removed, 0);
	assert_non_null(done.fault);
	assert_non_null(strstr(done.fault, "event 4 does not fit the chain"));
	assert_int_equal(records(room, TABLE_AUDIT), 10);
}

/* A year ahead, and corrected by a minute since: it is not the time yet. */
static void
a_clock_that_ran_ahead_removes_nothing(void **state)
{
	struct room *room = *state;
	struct watch *watch = &room->ctx.store->watch;
	struct audit_maintained done;

	room_append(room, 10);
	room->ctx.now = T0 + DAYS(365);
	watch->jumps = 2;
	watch->jump = -MINUTES(1);
	watch->jumped = watch->counted;
	watch->quiet_until = INT64_MAX;
	assert_int_equal(audit_maintain(&room->ctx, &done), ERR_OK);
	assert_int_equal(done.removed, 0);
	watch->quiet_until = INT64_MIN;
	assert_int_equal(audit_maintain(&room->ctx, &done), ERR_OK);
	assert_int_equal(done.removed, 10);
}

/* --- many at once --- */

struct crowd {
	struct room *room;
	atomic_bool over;
};

static void *
append_many(void *arg)
{
	struct crowd *crowd = arg;
	struct room own = *crowd->room;

	own.ctx.arena = arena_new((size_t)64 << 20);
	room_append(&own, 100);
	arena_free(&own.ctx.arena);
	return NULL;
}

static void *
maintain_always(void *arg)
{
	struct crowd *crowd = arg;
	struct ctx ctx = crowd->room->ctx;

	ctx.arena = arena_new((size_t)64 << 20);
	while (!atomic_load(&crowd->over)) {
		ctx.now += HOURS(1);
		must(audit_maintain(&ctx, NULL) == ERR_OK);
		arena_reset(ctx.arena);
	}
	arena_free(&ctx.arena);
	return NULL;
}

static void
the_chain_holds_while_many_write(void **state)
{
	struct crowd crowd = {.room = *state};
	pthread_t threads[5];

	assert_int_equal(pthread_create(&threads[4], NULL, maintain_always, &crowd), 0);
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, append_many, &crowd), 0);
	for (unsigned i = 0; i < 10; i++)
		assert_string_equal(room_check(*state, NULL, 0), "");
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	atomic_store(&crowd.over, true);
	assert_int_equal(pthread_join(threads[4], NULL), 0);
	assert_string_equal(room_check(*state, NULL, 0), "");
}

int
main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, room_setup, room_teardown)
	const struct CMUnitTest tests[] = {
	    TEST(the_chain_is_what_its_header_says),
	    TEST(heads_are_signed_when_it_is_time),
	    TEST(old_events_are_removed_from_the_first_on),
		    TEST(the_head_of_what_is_removed_stays),
	    TEST(old_events_may_go_during_a_check),
	    TEST(damaged_history_is_not_removed),
	    TEST(a_clock_that_ran_ahead_removes_nothing),
	    TEST(the_chain_holds_while_many_write),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
