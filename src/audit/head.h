/* head.h - signed heads: a statement, signed with the key of our tokens, of what the chain of the audit was at an event.
 *
 * Whoever keeps one where nobody here can change it can tell, years later, whether the history before it is still the same, and whether
 * it was cut back to before it.  A head also stands for events that were removed in time: the chain then begins after it.
 *
 * A JWS (RFC 7515) of type "audit-head+jwt", ES256, with the claims iss, iat, sequence, chain (hex) and removed.  An export ends with a seal: the
 * same, of type "audit-export+jwt", with from, before (the chain before the first event) and heads (their count) in addition.
 *
 * Runs in:  vestibuled, vestibulectl.
 */
#ifndef AUDIT_HEAD_H
#define AUDIT_HEAD_H

#include "audit/chain.h"
#include "crypto/jws.h"

struct audit_head {
	uint64_t sequence;	/* of the event whose chain it is; 0 only in the seal of an empty export */
	uint8_t chain[CHAIN_SIZE];
	int64_t time;		/* when it was signed, ms (whole seconds) */
	bool removed;		/* all events up to it are removed */
	bool seal;		/* of an export; then */
	uint64_t from;		/* the first event in it, or that would follow */
	uint64_t heads;		/* how many heads are in it */
	uint8_t before[CHAIN_SIZE];
};

/* Who may have signed one: our own ring, or a set of keys given from outside.  Exactly one of the two. */
struct audit_keys {
	const struct keyring *own;
	const struct jws_set *set;
};

/* Sign with the newest key of ctx->keys. */
enum err head_sign(const struct ctx *ctx, const struct audit_head *head, const char **ret_jws);
/* ERR_FORMAT: not a head; ERR_CRYPTO: none of these keys has signed it. */
enum err head_open(const struct audit_keys *keys, bool seal, const char *jws, struct arena *arena, struct audit_head *ret_head);
/* Lower-case hex, exactly 64 digits. */
enum err chain_parse(struct arena *arena, const char *text, uint8_t ret_chain[CHAIN_SIZE]);

#endif
