/* mail_code.h - one-time codes by e-mail: six digits that prove that a person reads an address, for one purpose of one session.
 *
 * A code is good for limits.mail_code_lifetime, once, for limits.mail_code_tries wrong tries, and only with the session, the purpose,
 * the owner and the address that it was sent for (ATTACKS F21).  Sending again repeats the code that is alive, which then lives no
 * longer for it; there is a new one when the last one is spent, too old, or went to another address.
 *
 * Sends are limited to limits.mail_sends_hour and limits.mail_sends_day (F22): for signing in per account alone, so that nobody who
 * types a stranger's address into an enrolment can keep that stranger out; for proving an address per account (or credential at
 * this portal, before there is one) and per address; for claiming an account in a row of its own.  The counts stand in the store.
 *
 * A sign-in is guarded by the account's throttle row of the method "mail" besides: one guess in 1,000,000 is right, and new codes, other
 * sessions and restarts leave the row as it is.  Proving an address has no row: a guess there opens nobody's account.
 * Nor has a claim, whose guesses signin/relink.h counts in a budget of its own.
 *
 * Runs in:  vestibuled, any handler thread, inside store transactions.
 * Secrets:  the code stands sealed in the store, and in the mail until that is sent.
 */
#ifndef FACTOR_MAIL_CODE_H
#define FACTOR_MAIL_CODE_H

#include "config/config.h"
#include "factor/method.h"

#define MAIL_METHOD "mail"
#define MAIL_CODE_DIGITS 6

enum mail_purpose {
	MAIL_FOR_SIGN_IN,
	MAIL_FOR_ENROLMENT,
	MAIL_FOR_NOTICE,
	MAIL_FOR_CLAIM	/* to the factor's address of an account that is claimed: in a session of another account */
};

/* What a code is for. */
struct mail_case {
	enum mail_purpose purpose;
	const char *sid;
	struct bytes account;		/* empty before there is one */
	struct bytes credential;	/* session.credential; asked for only where there is no account */
	const char *address;		/* from mailbox_parse(); "" when it is yet to come: nothing can be sent then, and no code fits */
	const struct portal_config *portal;
	enum language language;
};

enum mail_send_verdict {
	MAIL_QUEUED,		/* a new code */
	MAIL_REPEATED,		/* the one that is alive, once more */
	MAIL_LIMITED		/* nothing was sent: too many were */
};

struct mail_sending {
	enum mail_send_verdict verdict;
	int64_t wait;		/* ms until the next send, when MAIL_LIMITED; at most a day */
};

/* Queue a mail of the kind "mail-code" in the caller's transaction. */
enum err mail_code_send(struct txn *txn, const struct mail_case *which, struct mail_sending *ret_sending);

/* Judge typed digits in the caller's transaction, which must go on to ERR_OK whatever the verdict.  FACTOR_REFUSED_EXPIRED: no code is
 * alive here, so nothing was compared; EXHAUSTED: it was tried too often, unless `disabled` says that the method is. */
enum err mail_code_check(struct txn *txn, const struct mail_case *which, const char *typed, struct factor_answer *ret_answer);

/* What has become of the code, for the page that waits for it. */
enum mail_delivery {
	MAIL_UNKNOWN,		/* no mail, or its record is gone */
	MAIL_ON_ITS_WAY,
	MAIL_HANDED_OVER,	/* the mail server has it */
	MAIL_UNDELIVERED	/* given up */
};

struct mail_code_state {
	bool alive;		/* the right digits would be accepted */
	unsigned sends;		/* of this code; 0: none was made */
	int64_t sent;		/* the last time */
	int64_t until;		/* its end */
	enum mail_delivery delivery;	/* of the last mail */
};
enum err mail_code_state(struct txn *txn, const struct mail_case *which, struct mail_code_state *ret_state);

/* The row "mail" of method.h: sign-in codes to the address of the account's factor.  ERR_NOT_FOUND when it has none. */
enum err mail_code_case(struct txn *txn, const struct factor_case *which, struct mail_case *ret_case);
enum err mail_check(struct txn *txn, const struct factor_case *which, const char *typed, struct factor_answer *ret_answer);
enum err mail_send(struct txn *txn, const struct factor_case *which, struct mail_sending *ret_sending);

#endif
