/* status.h - the status of an account, and the only way to change it: statuses.def is the table that code, documentation and tests read.
 *
 * Runs in: vestibuled, vestibulectl, inside closures of store_update().
 */
#ifndef ACCOUNT_STATUS_H
#define ACCOUNT_STATUS_H

#include "store/records.h"

/* STATUS(ACTIVE, ...) of statuses.def gives STATUS_ACTIVE. */
enum status {
#define STATUS(id, name, admits, claimable, en, fr) STATUS_##id,
#include "account/statuses.def"
	STATUS_COUNT
};

enum status_change {
#define CHANGE(id, name, from, to) CHANGE_##id,
#include "account/statuses.def"
	CHANGE_COUNT
};

/* The row that AccountRecord.status names; a name that this release does not know is STATUS_CLOSED: nothing opens. */
enum status status_of(const struct AccountRecord *account);
bool status_is(const struct AccountRecord *account, enum status status);
const char *status_name(enum status status);
/* May the person go on to the portal? */
bool status_admits(enum status status);
/* May another account claim it? */
bool status_claimable(enum status status);
/* For people: follows "The account ". */
const char *status_sentence(enum status status, enum language language);

const char *status_change_name(enum status_change change);
/* Where a change leads from this status; false: it is none of its changes. */
bool status_leads(enum status from, enum status_change change, enum status *ret_to);
/* Make the change: the account is changed, saved and the event ACCOUNT_STATUS written; what happens to it by itself from now on stands in the
 * agenda (a closed account is removed, a moved one closed, when retention says so; neither is closed for not being used).
 * ERR_REFUSED: not from its present status; nothing has changed.  Ending sessions and telling people is the caller's. */
enum err status_change(struct txn *txn, struct AccountRecord *account, enum status_change change);

/* When retention lets a closed account be removed, and a moved one closed; 0 in any other status. */
struct config;
int64_t status_purge_due(const struct config *config, const struct AccountRecord *account);
/* Its row of the agenda from now on (account->unused_due, account->purge_due); 0: none.  The account is not saved yet. */
enum err status_unused_at(struct txn *txn, struct AccountRecord *account, int64_t due);
enum err status_purge_at(struct txn *txn, struct AccountRecord *account, int64_t due);

#endif
