/* caller.h - the caller code: six digits that a person reads to an agent of the help desk, to show whose account it is.
 *
 * It is derived from the account and the time, and stands nowhere: two neighbouring windows of five minutes are good at any moment, so a
 * code lives five to ten minutes (DESIGN.md section 5).  All sessions of an account show the same one.
 * Runs in: vestibuled, any handler thread.
 */
#ifndef ACCOUNT_CALLER_H
#define ACCOUNT_CALLER_H

#include "store/records.h"

#define CALLER_WINDOW MINUTES(5)

struct caller_code {
	const char *digits;
	int64_t expires;
};
struct caller_code caller_code(const struct ctx *ctx, struct bytes account);

#endif
