/* approval.h - accounts that wait for the portal's owner to let the person in, or not.
 *
 * An account waits from its making on (the event ACCOUNT_CREATED says so), for limits.approval_lifetime.  Its sessions go on meanwhile and
 * afterwards: they open nothing but the page that says how it stands.
 *
 * Runs in: vestibuled, vestibulectl, inside closures of store_update().
 */
#ifndef ACCOUNT_APPROVAL_H
#define ACCOUNT_APPROVAL_H

#include "store/records.h"

/* The new account (STATUS_WAITING) begins to wait: the list, and the end of waiting. */
enum err approval_ask(struct txn *txn, const struct AccountRecord *account);
/* The owner has decided: status, list, notice, audit; a no ends the person's open claims.  ERR_REFUSED: it does not wait (nor was it refused,
 * for a late yes). by: "api" or "operator". */
enum err approval_decide(struct txn *txn, struct AccountRecord *account, bool approved, const char *by);
/* It does not wait any more (closed, taken over by a claim): off the list. ERR_OK also when it is not on it. */
enum err approval_drop(struct txn *txn, const struct AccountRecord *account);
/* AGENDA_APPROVAL: nobody has decided: closed (CHANGE_CLOSED_UNDECIDED), the person is told. */
enum err approval_due(struct txn *txn, struct bytes account);
/* Who waits at a portal, longest first, from after that account (NULL: from the start), at most `most`, until fn returns anything but ERR_OK,
 * which is then returned. */
typedef enum err approval_fn(void *arg, const struct AccountRecord *account);
enum err approval_walk(struct txn *txn, const char *portal, const struct AccountRecord *after, unsigned most, approval_fn *fn, void *arg);

#endif
