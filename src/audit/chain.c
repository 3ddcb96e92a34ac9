#include "audit/chain.h"

#include <inttypes.h>
#include <string.h>

#include "audit/field.h"
#include "base/buf.h"
#include "crypto/seal.h"

#define DOMAIN "vestibule audit 1" /* its NUL is part of it */
#define EVENT_MAX ((size_t)16 * 1024)

struct bytes
sequence_key(uint64_t sequence, uint8_t key[SEQUENCE_SIZE])
{
	for (int i = SEQUENCE_SIZE - 1; i >= 0; i--, sequence >>= 8)
		key[i] = (uint8_t)sequence;
	return bytes_make(key, SEQUENCE_SIZE);
}

uint64_t
sequence_of(struct bytes key)
{
	uint64_t sequence = 0;

	if (key.len != SEQUENCE_SIZE)
		return 0;
	for (size_t i = 0; i < key.len; i++)
		sequence = sequence << 8 | key.data[i];
	return sequence;
}

static void
put_number(struct buf *out, uint64_t number, unsigned size)
{
	while (size > 0)
		buf_put_byte(out, (uint8_t)(number >> 8 * --size));
}

static void
put_piece(struct buf *out, struct bytes piece)
{
	put_number(out, piece.len, 4);
	buf_put_bytes(out, piece);
}

/* The pairs, by their names: order[i] is the index of the i-th. ERR_FORMAT when one comes twice. */
static enum err
sort_pairs(const struct AuditRecord *record, size_t order[AUDIT_FIELDS_MAX])
{
	size_t j;

	for (size_t i = 0; i < record->n_names; i++) {
		for (j = i; j > 0 && strcmp(record->names[order[j - 1]], record->names[i]) >= 0; j--) {
			if (strcmp(record->names[order[j - 1]], record->names[i]) == 0)
				return ERR_FORMAT;
			order[j] = order[j - 1];
		}
		order[j] = i;
	}
	return ERR_OK;
}

enum err
chain_next(struct arena *arena, const uint8_t before[CHAIN_SIZE], uint64_t sequence, const struct AuditRecord *record, uint8_t ret_chain[CHAIN_SIZE])
{
	size_t order[AUDIT_FIELDS_MAX];
	struct buf out;

	if (record->n_names != record->n_values || record->n_names > AUDIT_FIELDS_MAX || sort_pairs(record, order) != ERR_OK)
		return ERR_FORMAT;
	buf_init(&out, arena, EVENT_MAX);
	buf_put(&out, DOMAIN, sizeof(DOMAIN));
	buf_put(&out, before, CHAIN_SIZE);
	put_number(&out, sequence, 8);
	put_number(&out, (uint64_t)record->time, 8);
	put_piece(&out, bytes_of(record->event));
	put_piece(&out, record_bytes(record->account));
	put_piece(&out, bytes_of(record->portal));
	put_piece(&out, bytes_of(record->request));
	put_number(&out, record->n_names, 4);
	for (size_t i = 0; i < record->n_names; i++) {
		put_piece(&out, bytes_of(record->names[order[i]]));
		put_piece(&out, bytes_of(record->values[order[i]]));
	}
	if (out.failed)
		return ERR_FORMAT;
	sha256(buf_bytes(&out), ret_chain);
	return ERR_OK;
}

void
chain_begin(struct chain_walk *walk, struct arena *arena, uint64_t sequence, const uint8_t *chain)
{
	*walk = (struct chain_walk){.arena = arena, .sequence = sequence};
	if (chain != NULL)
		memcpy(walk->chain, chain, CHAIN_SIZE);
}

enum chain_verdict
chain_step(struct chain_walk *walk, uint64_t sequence, const struct AuditRecord *record)
{
	uint8_t chain[CHAIN_SIZE];

	if (sequence != walk->sequence + 1)
		return sequence > walk->sequence ? CHAIN_GAP : CHAIN_ORDER;
	if (chain_next(walk->arena, walk->chain, sequence, record, chain) != ERR_OK)
		return CHAIN_DAMAGED;
	if (record->chain.len == 0)
		return CHAIN_NONE;
	if (!bytes_equal(record_bytes(record->chain), BYTES(chain)))
		return CHAIN_ALTERED;
	walk->sequence = sequence;
	walk->events++;
	memcpy(walk->chain, chain, CHAIN_SIZE);
	return CHAIN_SOUND;
}

const char *
chain_verdict_print(struct arena *arena, enum chain_verdict verdict, const struct chain_walk *walk, uint64_t sequence)
{
	uint64_t last = walk->sequence;

	switch (verdict) {
	case CHAIN_SOUND:
		return arena_printf(arena, "event %" PRIu64 " is sound", sequence);
	case CHAIN_GAP:
		if (sequence == last + 2)
			return arena_printf(arena, "event %" PRIu64 " is missing: %" PRIu64 " follows on %" PRIu64, last + 1, sequence, last);
		return arena_printf(arena, "events %" PRIu64 " to %" PRIu64 " are missing: %" PRIu64 " follows on %" PRIu64, last + 1,
		    sequence - 1, sequence, last);
	case CHAIN_ORDER:
		return arena_printf(arena, "event %" PRIu64 " stands after event %" PRIu64 ": it was repeated or moved", sequence, last);
	case CHAIN_DAMAGED:
		return arena_printf(arena, "event %" PRIu64 " is damaged: no such event can have been written", sequence);
	case CHAIN_NONE:
		return arena_printf(arena, "event %" PRIu64 " has no chain: it was forged, or written before there were chains", sequence);
	case CHAIN_ALTERED:
		break;
	}
	return arena_printf(
	    arena, "event %" PRIu64 " does not fit the chain: it was altered, moved or forged, or the event before it was", sequence);
}
