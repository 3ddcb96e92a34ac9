/* link.h - links in mails: a random token that acts for an account once, without a sign-in.
 *
 * The store knows only the token's SHA-256: who reads the store cannot follow a link.  Looking at a link changes nothing, since mail
 * servers and browsers look at links before people do; using it is a step of its own.
 *
 * Runs in:  vestibuled, inside store transactions.
 * Secrets:  the token; in plain text only in the mail.
 */
#ifndef ACCOUNT_LINK_H
#define ACCOUNT_LINK_H

#include "store/records.h"

#define LINK_NOT_ME "not-me"	/* freezes the account; what: the kind of the notice */
#define LINK_CLAIM "claim"	/* stops a claim to the account (account/claim.h); what: its id in hex */
#define LINK_RESET "reset"	/* stops a supervised reset (signin/reset.h); what: the kind of the notice */

/* Make one that is good for `life` ms.  what: what it stands for in words of ours (the kind of a notice).  *ret_token: 43 characters that need
 * no escaping in a URL. */
enum err link_make(struct txn *txn, const char *kind, struct bytes account, const char *what, int64_t life, const char **ret_token);
/* ERR_NOT_FOUND: unknown, of another kind, or over.  A used one is found: its `used` is not 0.  token: as it came, of any length. */
enum err link_load(struct txn *txn, const char *kind, const char *token, struct LinkRecord **ret_link);
/* Use it up: ERR_EXISTS when it was used before, ERR_NOT_FOUND as above. *ret_link: as it is now. */
enum err link_use(struct txn *txn, const char *kind, const char *token, struct LinkRecord **ret_link);

/* An account is removed: its links with it. */
enum err link_forget(struct txn *txn, struct bytes account);

#endif
