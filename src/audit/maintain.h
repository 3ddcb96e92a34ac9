/* maintain.h - what the audit needs from time to time: signed heads, and the end of old events.
 *
 * Runs in:  vestibuled, once a minute.
 */
#ifndef AUDIT_MAINTAIN_H
#define AUDIT_MAINTAIN_H

#include "audit/head.h"

/* A head is signed when so many events, or so much time with at least one, have passed since the last one. */
#define HEAD_EVENTS 1000
#define HEAD_TIME HOURS(1)
/* Old events go in pieces of this size, one transaction each, at most so many pieces a call. */
#define REMOVE_PIECE 500
#define REMOVE_PIECES 20

struct audit_maintained {
	bool signed_head;
	struct audit_head head;	/* the newest one that was signed */
	unsigned removed;	/* events */
	const char *fault;	/* why old events were not removed: the history is not what was written (audit/check.h) */
};

/* Sign a head when it is time, and remove events that are older than retention.audit: from the first on, so that the rest stays a chain, each
 * piece with a signed head that stands for it, in one transaction, after a check of it and of all that vouches for it.  Damaged history is
 * not removed, so that it can be looked into.  Nothing is removed for ten minutes after the wall clock has jumped forward, nor while ctx has no
 * configuration.  Each head and each fault is a line of the log.  *ret_done may be NULL; its texts are in the arena of ctx.
 * ERR_OK also where a fault was found; else what the store says. */
enum err audit_maintain(struct ctx *ctx, struct audit_maintained *ret_done);

#endif
