/* What somebody who has the store and its keys may do to the history, and what is found of it. */
#include "room.h"

#include <string.h>

#include "audit/internal.h"
#include "crypto/jws.h"

static struct bytes
key_of(struct arena *arena, uint64_t sequence)
{
	return sequence_key(sequence, arena_alloc(arena, SEQUENCE_SIZE));
}

static struct AuditRecord *
event_at(struct txn *txn, uint64_t sequence)
{
	struct AuditRecord *record;

	assert_int_equal(
	    record_load(txn, TABLE_AUDIT, key_of(txn_ctx(txn)->arena, sequence), &audit_record__descriptor, &record), ERR_OK);
	return record;
}

static void
put_at(struct txn *txn, uint64_t sequence, const struct AuditRecord *record)
{
	assert_int_equal(record_save(txn, TABLE_AUDIT, key_of(txn_ctx(txn)->arena, sequence), record, NEVER), ERR_OK);
}

static void
drop_at(struct txn *txn, enum table table, uint64_t sequence)
{
	assert_int_equal(txn_delete(txn, table, key_of(txn_ctx(txn)->arena, sequence)), ERR_OK);
}

/* As whoever wrote the program would do it: every chain from here on anew, and what counts the events too. */
static void
chain_anew(struct txn *txn, uint64_t from, uint64_t to)
{
	struct arena *arena = txn_ctx(txn)->arena;
	struct AuditHeadRecord state;
	struct AuditRecord *record;
	uint8_t *chain = arena_alloc(arena, CHAIN_SIZE);

	memcpy(chain, event_at(txn, from - 1)->chain.data, CHAIN_SIZE);
	for (uint64_t i = from; i <= to; i++) {
		record = event_at(txn, i);
		assert_int_equal(chain_next(arena, chain, i, record, chain), ERR_OK);
		record->chain = record_data(bytes_make(chain, CHAIN_SIZE));
		put_at(txn, i, record);
	}
	assert_int_equal(audit_state_load(txn, &state), ERR_OK);
	state.sequence = to;
	state.chain = record_data(bytes_make(chain, CHAIN_SIZE));
	assert_int_equal(audit_state_save(txn, &state), ERR_OK);
}

static void
end_at(struct txn *txn, uint64_t last)
{
	for (uint64_t i = last + 1; i <= 35; i++)
		drop_at(txn, TABLE_AUDIT, i);
	chain_anew(txn, last, last);
}

static void
alter(struct txn *txn, uint64_t sequence)
{
	struct AuditRecord *record = event_at(txn, sequence);

	record->values[1] = (char *)(strcmp(record->values[1], "wrong") == 0 ? "used" : "stale");
	put_at(txn, sequence, record);
}

static struct AuditSignedHeadRecord *
head_at(struct txn *txn, uint64_t sequence)
{
	struct AuditSignedHeadRecord *record;

	assert_int_equal(
	    record_load(txn, TABLE_AUDIT_HEAD, key_of(txn_ctx(txn)->arena, sequence), &audit_signed_head_record__descriptor, &record), ERR_OK);
	return record;
}

static void
put_head(struct txn *txn, uint64_t sequence, const char *jws)
{
	struct AuditSignedHeadRecord record = AUDIT_SIGNED_HEAD_RECORD__INIT;

	record.jws = (char *)jws;
	assert_int_equal(record_save(txn, TABLE_AUDIT_HEAD, key_of(txn_ctx(txn)->arena, sequence), &record, NEVER), ERR_OK);
}

/* --- the crimes --- */

static void delete_event(struct txn *txn) { drop_at(txn, TABLE_AUDIT, 20); }
static void delete_three(struct txn *txn)
{
	for (uint64_t i = 20; i <= 22; i++)
		drop_at(txn, TABLE_AUDIT, i);
}
static void delete_first(struct txn *txn) { drop_at(txn, TABLE_AUDIT, 11); }
static void delete_last(struct txn *txn) { drop_at(txn, TABLE_AUDIT, 35); }
static void cut_the_end(struct txn *txn) { end_at(txn, 25); }
static void cut_to_the_head(struct txn *txn) { end_at(txn, 30); }
static void cut_the_front(struct txn *txn)
{
	for (uint64_t i = 11; i <= 13; i++)
		drop_at(txn, TABLE_AUDIT, i);
	drop_at(txn, TABLE_AUDIT_HEAD, 10);
}
static void alter_event(struct txn *txn) { alter(txn, 20); }
static void alter_time(struct txn *txn)
{
	struct AuditRecord *record = event_at(txn, 20);

	record->time++;
	put_at(txn, 20, record);
}
static void alter_account(struct txn *txn)
{
	struct AuditRecord *record = event_at(txn, 21);

	record->account = record_data(bytes_of("0123456789abcdeF"));
	put_at(txn, 21, record);
}
static void move_a_border(struct txn *txn)
{
	struct AuditRecord *record = event_at(txn, 20);

	/* the same letters, told apart in another place */
	record->portal = (char *)"healthk";
	record->request = (char *)"3v9";
	put_at(txn, 20, record);
}
static void alter_and_chain(struct txn *txn)
{
	alter(txn, 20);
	chain_anew(txn, 20, 35);
}
static void alter_the_rest_and_chain(struct txn *txn)
{
	alter(txn, 33);
	chain_anew(txn, 33, 35);
}
static void swap_events(struct txn *txn)
{
	struct AuditRecord *a = event_at(txn, 20), *b = event_at(txn, 21);

	put_at(txn, 20, b);
	put_at(txn, 21, a);
}
static void repeat_event(struct txn *txn) { put_at(txn, 36, event_at(txn, 20)); }
static void forge_without_chain(struct txn *txn)
{
	struct AuditRecord record = *event_at(txn, 20);

	record.chain.len = 0;
	put_at(txn, 36, &record);
}
static void forge_with_chain(struct txn *txn)
{
	struct AuditHeadRecord state;

	assert_int_equal(audit_state_load(txn, &state), ERR_OK);
	put_at(txn, 36, event_at(txn, 20));
	chain_anew(txn, 36, 36);
	assert_int_equal(audit_state_save(txn, &state), ERR_OK);
}
static void put_before_the_beginning(struct txn *txn) { put_at(txn, 5, event_at(txn, 11)); }
static void garbage(struct txn *txn)
{
	assert_int_equal(txn_put(txn, TABLE_AUDIT, key_of(txn_ctx(txn)->arena, 20), bytes_of("\xff\xff"), NEVER), ERR_OK);
}
static void alter_the_count(struct txn *txn)
{
	struct AuditHeadRecord state;

	assert_int_equal(audit_state_load(txn, &state), ERR_OK);
	state.chain.data[0] ^= 1;
	assert_int_equal(audit_state_save(txn, &state), ERR_OK);
}
static void drop_the_count(struct txn *txn) { assert_int_equal(txn_delete(txn, TABLE_META, bytes_of("audit-head")), ERR_OK); }
static void delete_head(struct txn *txn) { drop_at(txn, TABLE_AUDIT_HEAD, 30); }
static void delete_removed_head(struct txn *txn) { drop_at(txn, TABLE_AUDIT_HEAD, 10); }
static void alter_head(struct txn *txn)
{
	char *jws = head_at(txn, 30)->jws, *at = strrchr(jws, '.') + 5;

	*at = *at == 'A' ? 'B' : 'A';
	put_head(txn, 30, jws);
}
static void garbage_head(struct txn *txn) { put_head(txn, 30, "no head"); }
static void move_head(struct txn *txn)
{
	put_head(txn, 29, head_at(txn, 30)->jws);
	drop_at(txn, TABLE_AUDIT_HEAD, 30);
}
static void repeat_head(struct txn *txn) { put_head(txn, 20, head_at(txn, 10)->jws); }
/* A token of ours that says the same, but is no head. */
static void forge_head(struct txn *txn)
{
	struct ctx *ctx = txn_ctx(txn);
	struct bytes payload;
	const char *jws;

	assert_int_equal(jws_verify_own(ctx->keys, "audit-head+jwt", head_at(txn, 30)->jws, ctx->arena, &payload), ERR_OK);
	assert_int_equal(jws_sign(ctx->keys, JWS_ES256, "JWT", payload, ctx->arena, &jws), ERR_OK);
	put_head(txn, 30, jws);
}
/* An ordinary head where one that says "removed" must stand. */
static void swap_heads(struct txn *txn)
{
	put_head(txn, 10, head_at(txn, 30)->jws);
}
static void hide_from_account(struct txn *txn)
{
	uint8_t key[AUDIT_OF_KEY_SIZE];

	assert_int_equal(txn_delete(txn, TABLE_AUDIT_OF, audit_of_key(ROOM_ACCOUNT, 21, key)), ERR_OK);
}

static const struct crime {
	const char *name;
	void (*commit)(struct txn *txn);
	const char *found;	/* "": only with what is known from outside */
} crimes[] = {
    {"delete", delete_event, "event 20 is missing: 21 follows on 19"},
    {"delete three", delete_three, "events 20 to 22 are missing: 23 follows on 19"},
    {"delete the first", delete_first, "event 11 is missing: 12 follows on 10"},
    {"delete the last", delete_last, "event 35 is missing at the end"},
    {"cut the end", cut_the_end, "the head at event 30 vouches for more than is there: the events after 25 are missing"},
    {"cut to the head", cut_to_the_head, ""},
    {"cut the front", cut_the_front, "events 1 to 13 are missing: 14 follows on 0"},
    {"alter", alter_event, "event 20 does not fit the chain"},
    {"alter the time", alter_time, "event 20 does not fit the chain"},
    {"alter the account", alter_account, "event 21 does not fit the chain"},
    {"move a border", move_a_border, "event 20 does not fit the chain"},
    {"alter and chain", alter_and_chain, "the head at event 30 says otherwise: an event from 11 to 30 was altered"},
    {"alter what no head vouches for", alter_the_rest_and_chain, ""},
    {"swap", swap_events, "event 20 does not fit the chain"},
    {"repeat", repeat_event, "event 36 does not fit the chain"},
    {"forge without chain", forge_without_chain, "event 36 has no chain"},
    {"forge with chain", forge_with_chain, "the next event would not continue event 36"},
    {"put before the beginning", put_before_the_beginning, "event 5 stands after event 10"},
    {"garbage", garbage, "what follows on event 19 is damaged"},
    {"alter the count", alter_the_count, "the next event would not continue event 35"},
    {"drop the count", drop_the_count, "the next event would not continue event 35"},
    {"delete a head", delete_head, "the head at event 30 is missing"},
    {"delete the head of what was removed", delete_removed_head, "events 1 to 10 are missing: 11 follows on 0"},
    {"alter a head", alter_head, "the head at event 30 is not signed by any of the keys"},
    {"garbage as a head", garbage_head, "the head at event 30 is damaged"},
    {"move a head", move_head, "the head at event 29 speaks of event 30"},
    {"repeat a head", repeat_head, "the head at event 20 speaks of event 10"},
    {"forge a head", forge_head, "the head at event 30 is not signed by any of the keys"},
    {"swap heads", swap_heads, "the head at event 10 speaks of event 30"},
    {"hide from an account", hide_from_account, "event 21 is missing in the list of its account's events"},
};

static enum err
commit_in(struct txn *txn, void *arg)
{
	const struct crime *crime = arg;

	crime->commit(txn);
	return ERR_OK;
}

static enum err
note_in(struct txn *txn, void *arg)
{
	struct audit_anchor *anchor = arg;

	memcpy(anchor->chain, event_at(txn, anchor->sequence)->chain.data, CHAIN_SIZE);
	return ERR_OK;
}

static void
every_crime_is_found(void **state)
{
	for (size_t i = 0; i < sizeof(crimes) / sizeof(crimes[0]); i++) {
		struct audit_anchor anchor = {.sequence = 35};
		const char *found;
		struct room *room;

		assert_int_equal(room_setup(state), 0);
		room = *state;
		room_history(room);
		assert_string_equal(room_check(room, NULL, 0), "");
		assert_int_equal(store_view(&room->ctx, note_in, &anchor), ERR_OK);
		assert_int_equal(store_update(&room->ctx, commit_in, (void *)&crimes[i]), ERR_OK);
		found = room_check(room, NULL, 0);
		if (strncmp(found, crimes[i].found, strlen(crimes[i].found)) != 0 || (*crimes[i].found == '\0' && *found != '\0'))
			fail_msg("%s: \"%s\"", crimes[i].name, found);
		/* whoever knows the newest head finds all of it */
		if (*room_check(room, &anchor, 1) == '\0' && crimes[i].commit != forge_with_chain)
			fail_msg("%s: not found with a head known from outside", crimes[i].name);
		room_teardown(state);
	}
}

static void
what_is_known_from_outside_decides(void **state)
{
	struct room *room;
	struct audit_anchor anchors[] = {{.sequence = 30}, {.sequence = 35}, {.sequence = 3}};

	assert_int_equal(room_setup(state), 0);
	room = *state;
	room_history(room);
	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(store_view(&room->ctx, note_in, &anchors[i]), ERR_OK);
	assert_string_equal(room_check(room, anchors, 3), "");
	assert_true(anchors[0].met && anchors[1].met);
	/* the event is removed: nothing to compare with */
	assert_false(anchors[2].met);
	assert_int_equal(store_update(&room->ctx, commit_in, &(struct crime){.commit = cut_to_the_head}), ERR_OK);
	assert_string_equal(room_check(room, anchors, 1), "");
	assert_string_equal(
	    room_check(room, anchors, 2), "a head known from outside speaks of event 35, but the history ends at 30: its end was cut off");
	room_teardown(state);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_crime_is_found),
	    cmocka_unit_test(what_is_known_from_outside_decides),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
