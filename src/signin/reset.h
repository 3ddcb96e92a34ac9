/* reset.h - a second factor reset by the help desk, for a person who can prove the credential and the mailbox but neither the factor nor a
 * recovery code (DESIGN.md section 5; NIST SP 800-63B-4 section 4.2).
 *
 * One member of staff asks, when the caller has read out a code of a page and a code of a mail; another one approves within RESET_LAPSES; then
 * limits.reset_period passes.  All addresses are told at each of these moments, with a link that stops it.  A sign-in with the second
 * factor or a recovery code, the freezing of the account and the staff stop it as well.
 *
 * No single stolen thing is enough.  Who has the password alone reads a page's code but no mail; who has the mailbox alone gets no page's code.
 * And when the reset is done the account is not open to whoever comes with the password first: its factor is a code by e-mail to the
 * address that it has, and the person sets up a new method, with new recovery codes, behind that (journey.c, AccountRecord.enrol_anew).
 * The help desk never knows or sets a secret.  The failures of the last 30 days stay counted.
 *
 * Runs in: vestibuled, vestibulectl, inside closures of store_update().
 */
#ifndef SIGNIN_RESET_H
#define SIGNIN_RESET_H

#include "account/status.h"

/* How long a reset that was asked for waits for the second member of staff. */
#define RESET_LAPSES DAYS(7)
#define RESET_ASKED "asked"
#define RESET_WAITING "waiting"

/* Everything but RESET_ACCEPTED changes nothing. */
enum reset_verdict {
	RESET_ACCEPTED,
	RESET_REFUSED_PROOF,	/* the caller has not shown both: a code of a page, and one of a mail */
	RESET_REFUSED_STATUS,	/* the account is not in use: closed, moved, refused, ... */
	RESET_REFUSED_FACTOR,	/* it has no second factor */
	RESET_REFUSED_FROZEN,
	RESET_REFUSED_ADDRESS,	/* it has no e-mail address, or no mail can be sent: nobody could be told, and no factor would be left */
	RESET_REFUSED_OPEN,	/* one is open already */
	RESET_REFUSED_NONE,	/* none is open that could be approved */
	RESET_REFUSED_SAME	/* who has asked cannot approve */
};
/* A word for views and the ticketing tool: "proof", "same", ...; "" for RESET_ACCEPTED. */
const char *reset_verdict_print(enum reset_verdict verdict);

/* How one ends; the name stands in the audit. */
enum reset_end {
	RESET_END_LINK,		/* in a notice */
	RESET_END_SIGN_IN,	/* with the second factor or a recovery code */
	RESET_END_STAFF,
	RESET_END_FROZEN,
	RESET_END_LAPSED,	/* nobody approved */
	RESET_END_ACCOUNT	/* the account is not in use any more, has another factor or no address */
};

/* Is an account of this status in use, so that a reset is of use? */
bool reset_possible(enum status status);

struct reset_new {
	struct AccountRecord *account;
	unsigned proven;	/* bit set of (1 << enum caller_grade) */
	const char *staff;	/* code */
	const char *reason;	/* of a fixed list */
	const char *ticket;
};
enum err reset_ask(struct txn *txn, const struct reset_new *wanted, enum reset_verdict *ret_verdict);
/* staff: code of the second one. The waiting period begins. */
enum err reset_approve(struct txn *txn, const struct AccountRecord *account, const char *staff, enum reset_verdict *ret_verdict);
/* End it, with audit and notice; ERR_OK also when none is open. staff: the code of who did it with RESET_END_STAFF, else "". */
enum err reset_stop(struct txn *txn, const struct AccountRecord *account, enum reset_end why, const char *staff);

/* ERR_NOT_FOUND: none is open. */
enum err reset_load(struct txn *txn, struct bytes account, struct ResetRecord **ret_reset);
/* The open ones, at most `most`, until fn returns anything but ERR_OK, which is then returned. */
typedef enum err reset_fn(void *arg, const struct ResetRecord *reset);
enum err reset_walk(struct txn *txn, unsigned most, reset_fn *fn, void *arg);

/* AGENDA_RESET: it lapses, or is done: factor, recovery codes, waits, sessions and what was issued from them end, the person is told. */
enum err reset_due(struct txn *txn, struct bytes account);

#endif
