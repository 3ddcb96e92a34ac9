/* caller.h - the caller code: six digits that a person reads to an agent of the help desk, to show whose account it is.
 *
 * Where the person has it from tells what it proves, so each place has a code of its own (the grade).  It is derived from account, grade and
 * time, and stands nowhere: two neighbouring windows of five minutes are good at any moment, so a code lives five to ten minutes
 * (DESIGN.md section 5).  All sessions of an account show the same one.  signin/caller_check.h judges one.
 * Runs in: vestibuled, any handler thread.
 */
#ifndef ACCOUNT_CALLER_H
#define ACCOUNT_CALLER_H

#include "store/records.h"

#define CALLER_WINDOW MINUTES(5)

enum caller_grade {
	CALLER_CREDENTIAL,	/* page second-factor: the credential, and nothing more */
	CALLER_FACTOR,		/* page manage: the credential and the second factor */
	CALLER_MAIL,		/* a mail to a proven address of the account */
	CALLER_GRADE_COUNT
};

struct caller_code {
	const char *digits;
	int64_t expires;
};
struct caller_code caller_code(const struct ctx *ctx, struct bytes account, enum caller_grade grade);

#endif
