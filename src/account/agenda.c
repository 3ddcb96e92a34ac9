#include "account/agenda.h"

#include <string.h>

#define ID_MAX 64

static const char *const names[AGENDA_COUNT] = {
#define AGENDA(id, name) name,
#include "account/agenda.def"
#undef AGENDA
};

const char *
agenda_name(enum agenda kind)
{
	must((unsigned)kind < AGENDA_COUNT);
	return names[kind];
}

/* due (8, big endian) | name NUL id */
static struct bytes
row_key(struct arena *arena, enum agenda kind, struct bytes id, int64_t due)
{
	size_t name_len = strlen(agenda_name(kind)) + 1, len = 8 + name_len + id.len;
	uint8_t *key = arena_alloc(arena, len);
	uint64_t number = due > 0 ? (uint64_t)due : 0;

	must(id.len > 0 && id.len <= ID_MAX);
	for (int i = 7; i >= 0; i--, number >>= 8)
		key[i] = (uint8_t)number;
	memcpy(key + 8, names[kind], name_len);
	memcpy(key + 8 + name_len, id.data, id.len);
	return bytes_make(key, len);
}

enum err
agenda_put(struct txn *txn, enum agenda kind, struct bytes id, int64_t due)
{
	return txn_put(txn, TABLE_AGENDA, row_key(txn_ctx(txn)->arena, kind, id, due), bytes_make("", 0), NEVER);
}

enum err
agenda_drop(struct txn *txn, enum agenda kind, struct bytes id, int64_t due)
{
	enum err err = txn_delete(txn, TABLE_AGENDA, row_key(txn_ctx(txn)->arena, kind, id, due));

	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static bool
parse(struct arena *arena, struct bytes key, struct agenda_row *row)
{
	uint64_t due = 0;

	if (key.len < 8)
		return false;
	for (size_t i = 0; i < 8; i++)
		due = due << 8 | key.data[i];
	row->due = (int64_t)due;
	for (unsigned i = 0; i < AGENDA_COUNT; i++) {
		size_t len = strlen(names[i]) + 1;
		if (key.len <= 8 + len || memcmp(key.data + 8, names[i], len) != 0)
			continue;
		row->kind = (enum agenda)i;
		row->id = bytes_copy(arena, bytes_make(key.data + 8 + len, key.len - 8 - len));
		return true;
	}
	return false;
}

struct first {
	struct arena *arena;
	struct agenda_row *row;
};

/* A row of a kind that this release does not know stays for the one that does. */
static enum err
take(void *arg, struct bytes key, struct bytes value)
{
	struct first *first = arg;

	(void)value;
	return parse(first->arena, key, first->row) ? ERR_EXISTS : ERR_OK;
}

enum err
agenda_first(struct txn *txn, struct agenda_row *ret_row)
{
	struct first first = {txn_ctx(txn)->arena, ret_row};
	enum err err = txn_walk(txn, TABLE_AGENDA, bytes_make("", 0), take, &first);

	if (err == ERR_EXISTS)
		return ERR_OK;
	return err == ERR_OK ? ERR_NOT_FOUND : err;
}
