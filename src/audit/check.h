/* check.h - going along a history, in the store or in an export, and finding the first place where it is not what was written.
 *
 * Each event must continue the chain; each signed head must be signed by one of the keys and say what the chain is there; each head known from
 * outside (an anchor) must still be true; the history begins at event 1 or after a signed head that says that all before it was removed.
 * doc/AUDIT.md says what this can find, and what it cannot.
 *
 * Runs in:  vestibuled (before it removes old events), vestibulectl.
 */
#ifndef AUDIT_CHECK_H
#define AUDIT_CHECK_H

#include "audit/audit.h"
#include "audit/head.h"

/* What somebody knows of the history, from a place that nobody here can change. */
struct audit_anchor {
	uint64_t sequence;
	uint8_t chain[CHAIN_SIZE];
	bool met;		/* it was compared, and fits */
};

struct audit_check {
	struct chain_walk walk;		/* how far it is */
	struct audit_keys keys;
	struct audit_anchor *anchors;
	size_t anchor_count;
	struct arena *arena;		/* for the fault: lives as long as the check */
	uint64_t begins;		/* the history begins after this event: 0, or that of the head of what was removed */
	uint64_t heads;			/* sound ones seen */
	uint64_t vouched;		/* up to here a signed head vouches */
	const char *fault;		/* the first one: a sentence that names the place; NULL: none */
};

/* Each of these returns ERR_OK, or ERR_REFUSED and check->fault. */
void check_init(struct audit_check *check, struct arena *arena, const struct audit_keys *keys);
/* Where the chain begins: after this head (of what was removed, or NULL: before event 1). */
enum err check_begin(struct audit_check *check, const struct audit_head *head);
enum err check_event(struct audit_check *check, uint64_t sequence, const struct AuditRecord *record);
/* A head as it stands somewhere: jws, which must speak of the event that was just checked. */
enum err check_head(struct audit_check *check, uint64_t sequence, const char *jws);
/* Open a head that stands at `sequence` without comparing. */
enum err check_open(struct audit_check *check, uint64_t sequence, const char *jws, struct audit_head *ret_head);
/* The history ends here: are there anchors that speak of later events? */
enum err check_end(struct audit_check *check);
enum err check_fault(struct audit_check *check, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The whole history in the store of ctx, in several views, each in an arena of its own; a daemon may go on writing.
 * check: initialised.  ERR_OK: sound.  ERR_REFUSED: see check->fault.  Else what the store said. */
enum err check_store(struct ctx *ctx, struct audit_check *check);
/* One stretch of it: up to `most` events from where the check is, inside a view or an update.  fn (may be NULL) is called for each event before
 * it is checked, and ends the stretch by anything but ERR_OK, which is returned.  *ret_more: there may be more. */
enum err check_stretch(struct txn *txn, struct audit_check *check, unsigned most, audit_fn *fn, void *arg, bool *ret_more);

#endif
