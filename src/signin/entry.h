/* entry.h - who may open an account at a portal: everyone, who is invited, or whom its owner lets in (DESIGN.md section 3); and the one place
 * that makes accounts.
 *
 * Runs in:  vestibuled, any handler thread.
 * Secrets:  the code that a person types; it is not kept, only the invitation's id.
 */
#ifndef SIGNIN_ENTRY_H
#define SIGNIN_ENTRY_H

#include "signin/journey.h"

/* Make the account of this session, which has none, tied to its credential; the session names it, and is saved by the caller.  It begins as
 * the portal's admission says: active; waiting for the owner; active while the invitation is used up; or, when the person goes on without an
 * invitation, as a claimant's, which opens nothing.
 * ERR_REFUSED: the credential is exclusive and bound elsewhere.  ERR_NOT_FOUND: neither an open invitation nor a claim: the step
 * STEP_ADMISSION was left out.  ERR_CONFIG: the provider is not configured any more. */
enum err entry_open(struct txn *txn, const struct portal_config *portal, struct SessionRecord *session, struct AccountRecord **ret_account);

/* What became of a typed code. */
enum invite {
	INVITE_ACCEPTED,
	INVITE_REQUIRED,	/* nothing was typed */
	INVITE_MALFORMED,
	INVITE_WRONG,		/* unknown */
	INVITE_FOREIGN,		/* another portal's: which one is not told */
	INVITE_USED,
	INVITE_EXPIRED,
	INVITE_REVOKED,		/* its owner has taken it back */
	INVITE_MOVED		/* the person's place is not here any more */
};
/* The name of a refusal in data-error (DESIGN.md 6.4): "required", "malformed", "wrong", "used", "expired"; NULL for the others. */
const char *invite_print(enum invite verdict);

/* May an invitation be given now?  Before there is an account, also when the person has begun to claim; and by a claimant's account. */
bool entry_takes(const struct journey *journey);
/* Give one (typed may be NULL).  Without an account, the session keeps it until the account is made; where no second factor is asked for, that
 * is now.  A claimant's account is opened with it. */
enum err entry_invite(struct ctx *ctx, const struct journey *journey, const char *typed, enum invite *ret_verdict);
/* Go on without one, to claim an account that was there before. */
enum err entry_claim(struct ctx *ctx, const struct journey *journey);
/* Why the invitation that the session keeps does not admit (any more); INVITE_ACCEPTED: it does, or there is none. */
enum err entry_lost(struct ctx *ctx, const struct journey *journey, enum invite *ret_why);

#endif
