#include "shot.h"

#include <stdlib.h>
#include <string.h>

struct row {
	enum table table;
	struct bytes key, value;
};

struct shot {
	struct arena *arena;
	struct row *rows;
	size_t count, room;
	enum table table; /* of the walk */
};

static enum err
note(void *arg, struct bytes key, struct bytes value)
{
	struct shot *shot = arg;

	if (shot->count == shot->room) {
		shot->room = shot->room == 0 ? 256 : 2 * shot->room;
		shot->rows = realloc(shot->rows, shot->room * sizeof(*shot->rows));
		assert_non_null(shot->rows);
	}
	shot->rows[shot->count++] = (struct row){shot->table, bytes_copy(shot->arena, key), bytes_copy(shot->arena, value)};
	return ERR_OK;
}

static enum err
take_in(struct txn *txn, void *arg)
{
	struct shot *shot = arg;
	enum err err = ERR_OK;

	for (unsigned i = 0; err == ERR_OK && i < TABLE_COUNT; i++) {
		shot->table = (enum table)i;
		err = txn_walk(txn, shot->table, bytes_make("", 0), note, shot);
	}
	return err;
}

struct shot *
shot_take(struct house *house, int64_t now)
{
	struct shot *shot = calloc(1, sizeof(*shot));
	struct ctx ctx = house_ctx(house, now);

	assert_non_null(shot);
	shot->arena = arena_new(1 << 24);
	assert_int_equal(store_view(&ctx, take_in, shot), ERR_OK);
	house_ctx_done(&ctx);
	return shot;
}

void
shot_free(struct shot **shot)
{
	if (*shot == NULL)
		return;
	arena_free(&(*shot)->arena);
	free((*shot)->rows);
	free(*shot);
	*shot = NULL;
}

/* As the walks went: by table, then by key. */
static int
order(const struct row *a, const struct row *b)
{
	size_t len = a->key.len < b->key.len ? a->key.len : b->key.len;
	int by_bytes;

	if (a->table != b->table)
		return a->table < b->table ? -1 : 1;
	by_bytes = memcmp(a->key.data, b->key.data, len);
	return by_bytes != 0 ? by_bytes : (a->key.len > b->key.len) - (a->key.len < b->key.len);
}

typedef void pair_fn(void *arg, const struct row *before, const struct row *after);

static void
walk_pairs(const struct shot *before, const struct shot *after, pair_fn *fn, void *arg)
{
	size_t i = 0, j = 0;

	while (i < before->count || j < after->count) {
		int which = i == before->count ? 1 : j == after->count ? -1 : order(&before->rows[i], &after->rows[j]);
		const struct row *old = which <= 0 ? &before->rows[i++] : NULL, *new = which >= 0 ? &after->rows[j++] : NULL;
		if (old == NULL || new == NULL || !bytes_equal(old->value, new->value))
			fn(arg, old, new);
	}
}

struct telling {
	shot_fn *fn;
	void *arg;
};

static void
tell(void *arg, const struct row *before, const struct row *after)
{
	const struct telling *telling = arg;

	telling->fn(telling->arg, before != NULL ? before->table : after->table, before != NULL ? &before->value : NULL,
	    after != NULL ? &after->value : NULL);
}

void
shot_compare(const struct shot *before, const struct shot *after, shot_fn *fn, void *arg)
{
	struct telling telling = {fn, arg};

	walk_pairs(before, after, tell, &telling);
}

struct restoring {
	struct txn *txn;
	const struct shot *wanted, *present;
};

static void
put_back(void *arg, const struct row *present, const struct row *wanted)
{
	struct txn *txn = ((struct restoring *)arg)->txn;

	if (wanted == NULL)
		assert_int_equal(txn_delete(txn, present->table, present->key), ERR_OK);
	else
		assert_int_equal(txn_put(txn, wanted->table, wanted->key, wanted->value, NEVER), ERR_OK);
}

static enum err
restore_in(struct txn *txn, void *arg)
{
	struct restoring *restoring = arg;

	restoring->txn = txn;
	walk_pairs(restoring->present, restoring->wanted, put_back, restoring);
	return ERR_OK;
}

void
shot_restore(struct house *house, const struct shot *shot, int64_t now)
{
	struct ctx ctx = house_ctx(house, now);
	struct shot *present = shot_take(house, now);
	struct restoring restoring = {.wanted = shot, .present = present};

	house_do(&ctx, restore_in, &restoring);
	shot_free(&present);
	house_ctx_done(&ctx);
}

uint64_t
shot_updates(const struct house *house)
{
	struct store_stat stat;

	assert_int_equal(store_stat(house->store, &stat), ERR_OK);
	return stat.updates;
}
