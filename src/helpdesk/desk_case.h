/* desk_case.h - a case: what one member of staff does for one caller, from the look-up on.
 *
 * Addresses name the case by its handle, never the account.  It belongs to one session and ends 15 minutes after it was used last, an hour after it
 * was opened, or when another one is opened in that session.  What the caller has proven (a bit for each grade of caller code) belongs to it:
 * looking up anew begins with nothing proven.
 * Runs in: vestibuled, inside closures.
 */
#ifndef HELPDESK_DESK_CASE_H
#define HELPDESK_DESK_CASE_H

#include "account/caller.h"

#define DESK_CASE_IDLE MINUTES(15)
#define DESK_CASE_LONGEST HOURS(1)

struct desk_case {
	const char *handle;		/* 32 hex digits: ?c= */
	struct DeskCaseRecord *record;
	struct AccountRecord *account;
	unsigned proven;		/* bit set of (1u << enum caller_grade) */
};

/* Open a case for the session, which remembers it: session_save is the caller's.  The one before it ends. */
enum err desk_case_open(struct txn *txn, struct DeskSessionRecord *session, const struct AccountRecord *account, unsigned proven,
    const char **ret_handle);
/* The session's open case of that handle, with its account as it is now.  ERR_NOT_FOUND: another one's, over, or never there. */
enum err desk_case_load(struct txn *txn, const struct DeskSessionRecord *session, const char *handle, struct desk_case *ret_case);
/* It has been used just now. */
enum err desk_case_touch(struct txn *txn, struct desk_case *which);
/* The caller has proven this grade: remembered in the case. helpdesk/look_up.h judges codes. */
enum err desk_case_note(struct txn *txn, struct desk_case *which, enum caller_grade grade);
/* The session's case ends. ERR_OK also when it has none. */
enum err desk_case_close(struct txn *txn, struct DeskSessionRecord *session);

/* How many different grades have been proven. */
unsigned desk_case_grades(unsigned proven);

#endif
