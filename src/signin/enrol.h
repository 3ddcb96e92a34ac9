/* enrol.h - set up, or change, the second factor, and the recovery codes with it.
 *
 * The account, its tie to the credential, the proven factor and the set of recovery codes come into being in one transaction: there is no
 * account with half a factor.  A change works in the same way: the present factor serves until the new one is proven, and dies in that
 * transaction, with the old codes and the account's other sessions.  The codes stay, sealed, in the session until the person says that
 * they are kept.
 * Runs in: vestibuled, any handler thread.
 * Secrets:  the seed being enrolled and the codes. */
#ifndef SIGNIN_ENROL_H
#define SIGNIN_ENROL_H

#include "factor/mail_code.h"
#include "signin/journey.h"

/* A seed that nobody has proven within this time is replaced by a new one. */
#define ENROL_WITHIN MINUTES(30)

/* Is setting a factor up this person's business now: the journey asks for it, or it was proven recently and is to be changed?  Nothing of a
 * frozen account is. */
bool enrol_allowed(const struct ctx *ctx, const struct journey *journey);
/* May this method be chosen: does the portal allow it, can mails be sent, and does it reach what is asked for? */
bool enrol_offers(const struct ctx *ctx, const struct journey *journey, const char *method);

/* Begin with a method: the session holds what is being enrolled, an app's new seed or the e-mail address that is yet to come.
 * journey->session is brought up to date. ERR_REFUSED when it is not this person's business, or the method is not offered. */
enum err enrol_begin(struct ctx *ctx, struct journey *journey, const char *method);
/* Give up: what was begun is forgotten. */
enum err enrol_cancel(struct ctx *ctx, const struct journey *journey);
/* Method "mail": a code goes to this address (mailbox_parse()), or with NULL once more to the one that was given; "" takes that back.
 * journey->session is brought up to date.  When the limits do not allow a mail (MAIL_LIMITED) the address stays what it was.
 * ERR_REFUSED as above. */
enum err enrol_send(struct ctx *ctx, struct journey *journey, const char *address, struct mail_sending *ret_sending);

/* What became of the code there. For a session that holds an address. */
enum err enrol_sent(struct ctx *ctx, const struct journey *journey, struct mail_code_state *ret_state);

enum enrol_verdict {
	ENROL_DONE,
	ENROL_REFUSED,		/* see answer */
	ENROL_MOVED,		/* not this person's step any more: ask the journey again */
	ENROL_IN_USE		/* the credential was bound to another portal meanwhile: the journey says so */
};
struct enrolment {
	enum enrol_verdict verdict;
	struct factor_answer answer;	/* ENROL_REFUSED; of an app, EXPIRED means that there is a new seed */
	const char *token;		/* ENROL_DONE: the session cookie from now on */
};
/* The person typed a code of what is being enrolled. journey->session is brought up to date when the seed was replaced. */
enum err enrol_finish(struct ctx *ctx, struct journey *journey, const char *typed, struct enrolment *ret_enrolment);

/* ---- recovery codes ---- */

/* The codes to be shown: those that wait in the session, or a new set when the last one was never confirmed.  *journey is brought up to
 * date and session->pending_codes holds them; when its step is not STEP_RECOVERY_CODES any more (another browser has made and kept a newer
 * set), there is nothing to show. */
enum err codes_show(struct ctx *ctx, struct journey *journey);
/* Make a new set, on request; the old one dies at once.  ERR_REFUSED without a recent proof. */
enum err codes_renew(struct ctx *ctx, struct journey *journey);
/* The person has kept them: wiped from the session. */
enum err codes_confirm(struct ctx *ctx, const struct journey *journey);

#endif
