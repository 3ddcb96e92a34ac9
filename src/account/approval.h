/* approval.h - accounts that wait for the portal's owner to let the person in, or not.
 *
 * Runs in: vestibuled, vestibulectl, inside closures of store_update().
 */
#ifndef ACCOUNT_APPROVAL_H
#define ACCOUNT_APPROVAL_H

#include "store/records.h"

/* The account (STATUS_WAITING) begins to wait: the list, the end of waiting (limits.approval_lifetime), the audit. */
enum err approval_ask(struct txn *txn, const struct AccountRecord *account);
/* The owner has decided: status, list, notice, audit.  ERR_REFUSED: it does not wait (nor was it refused, for a late yes). by: "api" or "operator". */
enum err approval_decide(struct txn *txn, struct AccountRecord *account, bool approved, const char *by);
/* It does not wait any more (decided, closed, taken over by a claim): off the list. ERR_OK also when it is not on it. */
enum err approval_drop(struct txn *txn, const struct AccountRecord *account);
/* AGENDA_APPROVAL: nobody has decided: closed (CHANGE_CLOSED_UNDECIDED), the person is told. */
enum err approval_due(struct txn *txn, struct bytes account);
/* Who waits at a portal, longest first, from after that account (NULL: from the start), at most `most`, until fn returns anything but ERR_OK. */
typedef enum err approval_fn(void *arg, const struct AccountRecord *account);
enum err approval_walk(struct txn *txn, const char *portal, const struct AccountRecord *after, unsigned most, approval_fn *fn, void *arg);

#endif
