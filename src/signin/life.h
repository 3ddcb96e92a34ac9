/* life.h - the end of an account: closed on request or because nobody uses it, and removed when retention says so (doc/ACCOUNTS.md).
 *
 * Closing ends the account's sessions, and the claims that it takes part in; the person is told.  The account stays for
 * retention.closed_accounts: nobody signs in with it, and its credential opens nothing else at this portal meanwhile.  Then all that is
 * known of it goes, but for the audit, and for claims and invitations, which have a retention of their own.
 *
 * Runs in: vestibuled, vestibulectl, inside closures of store_update() unless said otherwise.
 */
#ifndef SIGNIN_LIFE_H
#define SIGNIN_LIFE_H

#include "account/status.h"
#include "signin/journey.h"

/* The person is told so long before an account is closed for not being used. */
#define LIFE_WARNED DAYS(30)

/* Close it by one of the changes that lead to STATUS_CLOSED.  ERR_REFUSED: not from its present status; nothing has changed. */
enum err life_close(struct txn *txn, struct AccountRecord *account, enum status_change change);

enum life_verdict {
	LIFE_CLOSED,
	LIFE_UNPROVEN,	/* the last proof is more than 10 minutes old: life_may_close() */
	LIFE_FROZEN,	/* nothing may be changed */
	LIFE_MOVED	/* the session or the account is not what the page saw; nothing was changed */
};
/* Has the person proven the second factor within the last 10 minutes?  Where the account has none, it is the credential. */
bool life_may_close(const struct ctx *ctx, const struct journey *journey);
/* The person closes the own account: judged and done in a transaction of its own. */
enum err life_close_own(struct ctx *ctx, const struct journey *journey, enum life_verdict *ret_verdict);

/* AGENDA_APPROVAL: approval_due(), with what closing an account means here. */
enum err undecided_due(struct txn *txn, struct bytes account);
/* AGENDA_UNUSED: tell the person, close the account, or look again later (at the latest in ACCOUNT_LOOKED_AT).  What counts is the last
 * sign-in, or the last change of status when that is later; not while a claim is open, after which the person is told anew. */
enum err unused_due(struct txn *txn, struct bytes account);
/* AGENDA_PURGE: a closed account is removed with all that hangs on it, a moved one closed.  When retention has become longer: later. */
enum err purge_due(struct txn *txn, struct bytes account);

#endif
