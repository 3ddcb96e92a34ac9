/* chain.h - what makes the audit a chain: each event carries a hash of itself and of the hash before it.
 *
 * So whoever knows the chain of one event, from a place that nobody here can change (a signed head, audit/head.h), can tell whether any event
 * up to it was altered, left out, put in or moved.
 *
 * chain(n) = SHA-256( "vestibule audit 1" NUL | chain(n-1), 32 bytes; zeros before event 1 | n, 8 bytes big endian | time in ms, 8 bytes |
 *     event | account | portal | request | count of pairs, 4 bytes | each pair's name and value, in the order of the names' bytes )
 * where each of the last is its length (4 bytes, big endian) and its bytes: no two events have the same bytes.  What else a record may hold
 * (its chain, members of a later release) is not part of it.  An export says the same in JSON, so that anybody can compute it again.
 *
 * Runs in:  vestibuled, vestibulectl.
 */
#ifndef AUDIT_CHAIN_H
#define AUDIT_CHAIN_H

#include "store/records.h"

#define CHAIN_SIZE 32

/* ERR_FORMAT: no such event can have been written (more than 6 pairs, a name twice, a name without value). */
enum err chain_next(struct arena *arena, const uint8_t before[CHAIN_SIZE], uint64_t sequence, const struct AuditRecord *record,
    uint8_t ret_chain[CHAIN_SIZE]);

/* Going along a chain. */
struct chain_walk {
	struct arena *arena;		/* what a step takes is given back by its caller */
	uint64_t sequence;		/* of the last event that was found sound; 0: none */
	uint8_t chain[CHAIN_SIZE];	/* its chain */
	uint64_t events;		/* seen */
};
/* Begin before event 1, or after the event `sequence` whose chain is known. */
void chain_begin(struct chain_walk *walk, struct arena *arena, uint64_t sequence, const uint8_t *chain);

enum chain_verdict {
	CHAIN_SOUND,
	CHAIN_GAP,		/* events are missing before this one */
	CHAIN_ORDER,		/* it comes a second time, or too late */
	CHAIN_DAMAGED,		/* it is no event */
	CHAIN_NONE,		/* it has no chain */
	CHAIN_ALTERED		/* its chain is not what this event makes of the chain before */
};
/* One step.  The walk goes on only where CHAIN_SOUND. */
enum chain_verdict chain_step(struct chain_walk *walk, uint64_t sequence, const struct AuditRecord *record);
/* What a verdict says of an event, a sentence with its number. */
const char *chain_verdict_print(struct arena *arena, enum chain_verdict verdict, const struct chain_walk *walk, uint64_t sequence);

/* The key of an event, and of a signed head, in the store. */
#define SEQUENCE_SIZE 8
struct bytes sequence_key(uint64_t sequence, uint8_t key[SEQUENCE_SIZE]);
/* 0 for what is no such key. */
uint64_t sequence_of(struct bytes key);

#endif
