/* throttle.h - how often one may guess: failures of one method of one account, and the waits that they cost.
 *
 * The rules of DESIGN.md section 4: waits of 30 s, 1, 2, 5, 15, 30, 60 min from the 5th failure in a row on; the method is
 * disabled after limits.failures_disable in a row or limits.failures_month in any 30 days.  With 3 of a million codes good at a time
 * (one step to each side), 100 guesses a month succeed with a probability of 3 in 10,000; all ways together, with a method that is bound anew each
 * day, stay under 1 in 1,000 (ATTACKS F14; tests/unit/factor/test_guess plays and prints it).
 * The row belongs to the account, not to a session, an address or a browser: other sessions, restarts and new codes change nothing
 * (NIST SP 800-63B-4 section 3.2.2).
 */
#ifndef FACTOR_THROTTLE_H
#define FACTOR_THROTTLE_H

#include "config/config.h"
#include "factor/method.h"

/* From this failure in a row on there is a wait. */
#define THROTTLE_FREE 5
#define THROTTLE_LONGEST MINUTES(60)

enum throttle_verdict { THROTTLE_OPEN, THROTTLE_WAIT, THROTTLE_DISABLED };

/* May one try now?  Asked before a code is looked at, so that a wait tells nothing about a code.  *ret_wait: ms, when THROTTLE_WAIT;
 * never over THROTTLE_LONGEST, even when the clock was set back. */
enum throttle_verdict throttle_judge(const struct ThrottleRecord *record, int64_t now, int64_t *ret_wait);
/* One more failure at `now`. */
void throttle_count(struct ThrottleRecord *record, const struct limits_config *limits, int64_t now, struct arena *arena);
/* Is the failure that was counted just now one to tell the person about?  The first that costs a wait, and the one that disables the
 * method: not each of fifty. */
bool throttle_alarming(const struct ThrottleRecord *record);
/* A success: nothing in a row any more.  The failures of the last 30 days stay counted. */
void throttle_forgive(struct ThrottleRecord *record);

/* The row of an account and a method; a new, empty one when there is none. */
enum err throttle_load(struct txn *txn, struct bytes account, const char *method, struct ThrottleRecord **ret_record);
enum err throttle_save(struct txn *txn, struct bytes account, const char *method, const struct ThrottleRecord *record);
/* The method was bound anew, with another secret, by someone who had proven who they are: it is enabled, without a wait and with at
 * least THROTTLE_FREE tries.  The failures of the last 30 days stay counted all the same: who binds again and again does not
 * lend a guesser a hundred guesses each time. */
enum err throttle_renew(struct txn *txn, struct bytes account, const char *method);

/* The two halves of judging a code, around the method's own.  First, whether one may try now: FACTOR_ACCEPTED, or LOCKED with its wait,
 * or EXHAUSTED and disabled.  Nothing is changed: fit for a view as well. */
enum err throttle_gate(struct txn *txn, struct bytes account, const char *method, struct ThrottleRecord **ret_row,
    struct factor_answer *ret_answer);
/* Then, what the verdict does to the row: FACTOR_REFUSED_WRONG is counted, FACTOR_ACCEPTED forgives, anything else leaves it. */
enum err throttle_settle(struct txn *txn, struct bytes account, const char *method, struct ThrottleRecord *row,
    enum factor_verdict verdict);

/* A budget instead of waits, for what must not touch the rows that guard a sign-in: at most `most` (up to 100) in any `period` (up to 30 days).
 * Its row stands under the account and a name of its own.  *ret_wait: ms until one more may be spent; 0: now. */
struct throttle_budget {
	const char *name;
	unsigned most;
	int64_t period;
};
enum err throttle_budget_wait(struct txn *txn, struct bytes account, const struct throttle_budget *budget, int64_t *ret_wait);
/* One more, now. */
enum err throttle_budget_spend(struct txn *txn, struct bytes account, const struct throttle_budget *budget);

/* The key of (account, method) in the tables "factor" and "throttle". */
struct bytes factor_key(struct arena *arena, struct bytes account, const char *method);

#endif
