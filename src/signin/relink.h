/* relink.h - a person at a new account claims an older one of the same portal: named, proven as far as can be, opened; then completed,
 * or stopped; or undone (DESIGN.md section 3, moving accounts; account/claim.h has the rules and the record).
 *
 * Until it is opened a claim is a draft in the claimant's session: which account is meant, and what was proven for it here.  Nothing of it
 * touches the old account's own throttle: there are budgets apart, so that a claimant cannot lock the owner out, nor guess more than
 * RELINK_PROOFS times in 30 days.  Nobody learns from a wrong name whether such an account exists: unknown, another portal's, closed or
 * moved is one answer, and a day has RELINK_NAMES tries.
 *
 * A completed claim is one transaction: the new account gets the old one's `sub`, the old one is "moved", all sessions of both end with
 * what was issued from them, and every address of both is told.  Undoing it is one too.
 *
 * Runs in:  vestibuled, any handler thread and the agenda's; vestibulectl.
 */
#ifndef SIGNIN_RELINK_H
#define SIGNIN_RELINK_H

#include "account/claim.h"
#include "factor/mail_code.h"
#include "signin/journey.h"

#define RELINK_NAMES 5			/* tries of a claimant a day to name an account */
#define RELINK_PROOFS 10		/* wrong codes for an old account in 30 days, whoever types them */
#define RELINK_PROOFS_DRAFT 5		/* of these, in one draft */
#define RELINK_OPENS 5			/* claims of a claimant in 30 days */
#define RELINK_PROVEN MINUTES(30)	/* so long a proof counts for the draft, unless the old account's owner signs in */

/* Is claiming this person's business: an account of a status that may claim, with its own factor proven? */
bool relink_allowed(const struct journey *journey);
/* Must the own second factor be proven again before anything is claimed: more than 10 minutes ago? */
bool relink_unproven(const struct ctx *ctx, const struct journey *journey);

/* What the page shows. */
struct relink {
	const struct ClaimRecord *claim;	/* the newest that this account has made; NULL: none */
	const struct AccountRecord *old;	/* that the draft is about; NULL: none (any more) */
	bool credential_proven;
	const char *factor_proven;		/* "totp", "mail", "recovery"; "": neither */
	const char *method;			/* whose code can be asked for now: "totp", or "mail" once the credential is proven; "": none */
	const char *address;			/* method "mail": where its codes go */
	struct mail_code_state mail;
	bool exhausted;				/* no more tries in this draft */
};
enum err relink_load(struct ctx *ctx, const struct journey *journey, struct relink *ret_relink);

enum relink_verdict {
	RELINK_DONE,
	RELINK_REFUSED,		/* no account that can be claimed from this one */
	RELINK_LIMITED,		/* see wait */
	RELINK_UNPROVEN,	/* the own second factor first: relink_unproven() */
	RELINK_FROZEN,		/* the own account is frozen */
	RELINK_MOVED		/* the journey, the draft or the claim is not what the page saw: look again */
};
struct relink_answer {
	enum relink_verdict verdict;
	int64_t wait;			/* RELINK_LIMITED: ms */
};
/* Name the old account by its support reference (as account_reference_parse() gives it). */
enum err relink_name(struct ctx *ctx, const struct journey *journey, const char *reference, struct relink_answer *ret_answer);
/* A code of the old account's second factor, or a recovery code of it. A verdict of the code is in *ret_code when RELINK_DONE; `disabled`: no other
 * code may be tried in this draft. */
enum err relink_prove(struct ctx *ctx, const struct journey *journey, const char *typed, struct relink_answer *ret_answer, struct factor_answer *ret_code);
enum err relink_prove_recovery(struct ctx *ctx, const struct journey *journey, const char *typed, struct relink_answer *ret_answer,
    struct factor_answer *ret_code);
/* Send a code to the address of the old account's second factor: only once its credential is proven. */
enum err relink_send(struct ctx *ctx, const struct journey *journey, struct relink_answer *ret_answer, struct mail_sending *ret_sending);
/* Forget the draft. */
enum err relink_forget(struct ctx *ctx, const struct journey *journey);
/* Open the claim with what is proven. */
enum err relink_open(struct ctx *ctx, const struct journey *journey, struct relink_answer *ret_answer);
/* The claimant takes the open claim back. */
enum err relink_cancel(struct ctx *ctx, const struct journey *journey, struct relink_answer *ret_answer);

/* The second leg: the browser leaves for a provider to prove the old credential.  What comes back is a cross-site POST without the
 * browser's own cookie, so the request itself says, sealed, whose session it is for: account and sid, which outlive a new token. */
const char *relink_leave(struct ctx *ctx, const struct journey *journey);
/* A provider has vouched for this credential (arrive_claim()): note it in that session's draft. *ret_noted: false when the credential opens no
 * account that can be claimed by it, whatever the reason; nothing is noted then. */
enum err relink_credential(struct txn *txn, const struct pending *pending, struct bytes credential, enum separation separation, bool *ret_noted);
/* The old account was signed in to, with its second factor or a recovery code: its owner is there, and open claims to it end.  Notes it
 * in the session (not yet saved), which tells the person. */
enum err relink_signed_in(struct txn *txn, struct journey *journey);

/* AGENDA_CLAIM: remind, complete, or let it lapse; nothing when the claim's own `due` is later. */
enum err relink_due(struct txn *txn, struct bytes claim);
/* Move the account: for a claim whose waiting period is over.  One whose accounts cannot take part any more ends; while one of them is frozen
 * it waits again, until it lapses. */
enum err relink_complete(struct txn *txn, struct ClaimRecord *claim);
/* Take it back: both accounts are as they were, but that a claimant's or waiting account, which opened nothing, is closed.
 * ERR_REFUSED: not completed, over CLAIM_UNDO ago, or the account has moved on since. by: "operator". */
enum err relink_undo(struct txn *txn, struct ClaimRecord *claim, const char *by);
/* Of a completed claim that can be undone: the account that has the sub now. ERR_REFUSED as above. */
enum err relink_taker(struct txn *txn, const struct ClaimRecord *claim, struct AccountRecord **ret_account);

#endif
