/* look_up.h - find the account that a caller speaks of, by its support reference, and judge the caller code.
 *
 * A reference that no account has and one that is none any more get one answer on one path.  Each try is counted (helpdesk/looks.h) and audited in
 * the same transaction.
 * Runs in: vestibuled, inside closures of store_update(). */
#ifndef HELPDESK_LOOK_UP_H
#define HELPDESK_LOOK_UP_H

#include "factor/method.h"
#include "helpdesk/desk_case.h"
#include "store/records.h"

struct look_up {
	const char *reference;		/* as typed; NULL or "": nothing was */
	const char *code;		/* the caller code as typed; NULL or "": none was given */
};

enum look_up_verdict {
	LOOK_UP_FOUND,
	LOOK_UP_LIMITED,		/* `wait`: the staff's own limit; nothing was looked at */
	LOOK_UP_REQUIRED,		/* no reference */
	LOOK_UP_MALFORMED,		/* nothing like a reference: not counted */
	LOOK_UP_UNKNOWN,		/* no account has it */
	LOOK_UP_CODE_REFUSED		/* the reference is right, the caller code is not: `code` says why */
};

struct look_up_result {
	enum look_up_verdict verdict;
	struct AccountRecord *account;	/* LOOK_UP_FOUND */
	unsigned proven;		/* bit set of (1u << enum caller_grade) */
	int64_t wait;			/* LOOK_UP_LIMITED, ms */
	struct factor_answer code;
};

/* Saves staff.  Return ERR_OK from the closure whatever the verdict. */
enum err look_up(struct txn *txn, struct StaffRecord *staff, const struct look_up *typed, struct look_up_result *ret_result);
/* Judge a caller code within a case that is open: counted, audited and, when accepted, remembered in the case.  Saves staff.  LOCKED also when
 * the staff's own limit is reached. */
enum err look_up_prove(struct txn *txn, struct StaffRecord *staff, struct desk_case *which, const char *typed, struct factor_answer *ret_answer);

#endif
