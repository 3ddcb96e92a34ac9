/* audit.h - what happened to whom, kept for those who must answer for it: appended in the transaction that did it.
 *
 * Audit is not the log: an event exists exactly if what it tells was made durable.  events.def has one row an event; which
 * fields an event carries, and what they may hold, stands there and is checked.  An account is named by its pseudonymous id.
 * The events are a chain (audit/chain.h), whose head is signed from time to time (audit/head.h); audit/verify.h finds what was tampered with.
 *
 * Runs in:  vestibuled, vestibulectl; inside closures of store_update() and store_view().
 */
#ifndef AUDIT_AUDIT_H
#define AUDIT_AUDIT_H

#include "audit/field.h"
#include "store/records.h"

/* EVENT(SIGNIN_FINISHED, ...) of events.def gives AUDIT_SIGNIN_FINISHED. */
enum audit_event {
#define EVENT(id, name, fields, en, fr) AUDIT_##id,
#include "audit/events.def"
#undef EVENT
	AUDIT_EVENT_COUNT
};

/* Append one event under the next sequence number (1, 2, 3...; no gaps, never reused, also after old ones have been removed).
 *
 * account: its id (16 bytes), or no bytes where there is none.  portal: its id, or NULL.  Then pairs of texts, name and value, and
 * NULL: the names are fields of that event in events.def, each at most once (must); a value that is NULL counts as "".  A value that does not
 * fit its field's type is kept as "?" and an error is logged, without the value: the event is not lost, and nothing gets in that does not
 * belong there.  The time is txn_now(), the request that of the ctx.
 * Kept for retention.audit.
 * Returns ERR_OK or what the store says (sticky, so it may be ignored: the commit then fails).
 *
 *   audit_append(txn, AUDIT_CREDENTIAL_REFUSED, no_account, portal->id, "provider", provider->id, "reason", name, NULL);
 */
enum err audit_append(struct txn *txn, enum audit_event event, struct bytes account,
    const char *portal, ...) __attribute__((sentinel));

/* Call fn for each event from sequence number `first` on, oldest first, at most `most` of them, until it returns
 * something else than ERR_OK, which is then returned.  Records live in the arena of the ctx: read long histories in
 * several views. */
typedef enum err audit_fn(void *arg, uint64_t sequence, const struct AuditRecord *record);
enum err audit_walk(struct txn *txn, uint64_t first, unsigned most, audit_fn *fn, void *arg);

/* The events of one account, newest first, in the same way. */
struct audit_of {
	struct bytes account;
	/* Only those that happened at this portal; NULL: all.  A credential of the account's that is turned away elsewhere tells of another
	 * portal, which who answers for this one must not see: give the account's portal there. */
	const char *portal;
	uint64_t before;	/* only older ones than this sequence number; 0: from the newest on */
	unsigned most;
};
enum err audit_walk_account(struct txn *txn, const struct audit_of *of, audit_fn *fn, void *arg);

/* The sequence number of the newest event; 0 when there was none yet. */
enum err audit_newest(struct txn *txn, uint64_t *ret_sequence);

/* An event in words: its sentence, filled in, in the arena of ctx.  For an event that this release does not know, its name. */
const char *audit_tell(const struct ctx *ctx, const struct AuditRecord *record, enum language language);
/* The same for who answers the phone: without ids of records and URIs of levels. */
const char *audit_tell_plain(const struct ctx *ctx, const struct AuditRecord *record, enum language language);

/* What an event is called in records ("signin-finished"), and its sentence for people with the places of its fields (events.def). */
const char *audit_name(enum audit_event event);
const char *audit_sentence(enum audit_event event, enum language language);
/* The fields of an event; one without name ends them. */
const struct audit_field *audit_fields(enum audit_event event);
/* ERR_NOT_FOUND for a name that this release does not know. */
enum err audit_parse(const char *name, enum audit_event *ret_event);

#endif
