#include "contract.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARENA_CAP ((size_t)64 << 20)

int
room_open_closed(void **state)
{
	struct room *room = calloc(1, sizeof(*room));

	room->backend = *state;
	room->directory = unit_directory();
	room->arena = arena_new(ARENA_CAP);
	room->keys = unit_keys(room->arena);
	*state = room;
	return 0;
}

int
room_open(void **state)
{
	room_open_closed(state);
	room_store_open(*state);
	return 0;
}

int
room_close(void **state)
{
	struct room *room = *state;

	store_close(&room->store);
	keyring_free(&room->keys);
	arena_free(&room->arena);
	unit_directory_remove(&room->directory);
	free(room);
	return 0;
}

void
room_store_open(struct room *room)
{
	struct store_options options = {room->backend, room->directory, room->keys, false, true};
	const char *reason = "";

	if (store_open(&options, room->arena, &room->store, &reason) != ERR_OK)
		fail_msg("%s", reason);
	room->ctx =
	    (struct ctx){.arena = room->arena, .keys = room->keys, .store = room->store, .now = T0};
}

void
room_store_close(struct room *room)
{
	store_close(&room->store);
	room->ctx.store = NULL;
}

void
room_store_refused(struct room *room, enum err err, const char *words)
{
	struct store_options options = {room->backend, room->directory, room->keys, false, true};
	const char *reason = "";
	struct store *store = NULL;

	assert_int_equal(store_open(&options, room->arena, &store, &reason), err);
	assert_null(store);
	if (strstr(reason, words) == NULL)
		fail_msg("\"%s\" says nothing of \"%s\"", reason, words);
}

enum err
step_put(struct txn *txn, void *arg)
{
	const struct step *step = arg;

	return txn_put(txn, step->table, step->key, step->value, step->expires);
}

enum err
step_insert(struct txn *txn, void *arg)
{
	const struct step *step = arg;

	return txn_insert(txn, step->table, step->key, step->value, step->expires);
}

enum err
step_get(struct txn *txn, void *arg)
{
	struct step *step = arg;

	return txn_get(txn, step->table, step->key, &step->got);
}

enum err
step_delete(struct txn *txn, void *arg)
{
	const struct step *step = arg;

	return txn_delete(txn, step->table, step->key);
}

enum err
room_put(struct room *room, const char *key, const char *value, int64_t expires)
{
	struct step step = {TABLE_USED, bytes_of(key), bytes_of(value), expires, {NULL, 0}};

	return store_update(&room->ctx, step_put, &step);
}

enum err
room_insert(struct room *room, const char *key, const char *value, int64_t expires)
{
	struct step step = {TABLE_USED, bytes_of(key), bytes_of(value), expires, {NULL, 0}};

	return store_update(&room->ctx, step_insert, &step);
}

const char *
room_get(struct room *room, const char *key)
{
	struct step step = {TABLE_USED, bytes_of(key), {NULL, 0}, 0, {NULL, 0}};
	enum err err = store_view(&room->ctx, step_get, &step);

	if (err == ERR_NOT_FOUND)
		return NULL;
	assert_int_equal(err, ERR_OK);
	return arena_text_of(room->arena, step.got);
}

enum err
room_delete(struct room *room, const char *key)
{
	struct step step = {TABLE_USED, bytes_of(key), {NULL, 0}, 0, {NULL, 0}};

	return store_update(&room->ctx, step_delete, &step);
}

struct keys {
	struct arena *arena;
	const char *prefix, *text;
};

static enum err
add_key(void *arg, struct bytes key, struct bytes value)
{
	struct keys *keys = arg;

	(void)value;
	keys->text =
	    arena_printf(keys->arena, "%s%s ", keys->text, arena_text_of(keys->arena, key));
	return ERR_OK;
}

static enum err
walk_keys(struct txn *txn, void *arg)
{
	struct keys *keys = arg;

	return txn_walk(txn, TABLE_USED, bytes_of(keys->prefix), add_key, keys);
}

const char *
room_keys(struct room *room, const char *prefix)
{
	struct keys keys = {room->arena, prefix, ""};

	assert_int_equal(store_view(&room->ctx, walk_keys, &keys), ERR_OK);
	return keys.text;
}

void
hand_open(struct hand *hand, struct store *store, const struct keyring *keys)
{
	hand->arena = arena_new(ARENA_CAP);
	hand->ctx = (struct ctx){.arena = hand->arena, .keys = keys, .store = store, .now = T0};
}

void
hand_close(struct hand *hand)
{
	arena_free(&hand->arena);
}
