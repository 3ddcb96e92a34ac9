/* caller_check.h - judge the caller code that a person reads to an agent (account/caller.h).
 *
 * The codes of all grades and of the two windows that are good now are compared, always all of them.  A code is accepted once: it is marked
 * used in the caller's transaction.  Five wrong ones an hour and fifteen a day for an account, whoever typed them, and codes are not looked at
 * until the oldest of them is an hour, or a day, old: 450 tries in 30 days at six codes of a million succeed with a probability of 27 in 10,000, and
 * each shows in the audit.
 * Runs in: vestibuled, inside closures of store_update(). */
#ifndef SIGNIN_CALLER_CHECK_H
#define SIGNIN_CALLER_CHECK_H

#include "account/caller.h"
#include "factor/method.h"

#define CALLER_METHOD "caller" /* its row in the table THROTTLE */
#define CALLER_DIGITS 6
#define CALLER_WRONG_MOST 5
#define CALLER_WRONG_WITHIN HOURS(1)
#define CALLER_WRONG_MOST_DAY 15

/* typed: as the agent typed it; spaces and hyphens do not matter.  FACTOR_REFUSED_REQUIRED (NULL or empty), MALFORMED, WRONG (counted), USED, LOCKED with
 * its wait; *ret_grade only when FACTOR_ACCEPTED.  Return ERR_OK from the closure whatever the verdict, so that a failure is counted. */
enum err caller_check(struct txn *txn, struct bytes account, const char *typed, struct factor_answer *ret_answer, enum caller_grade *ret_grade);

#endif
