/* enrol.h - a person sets a second factor up, and gets recovery codes with it.
 *
 * The account, its tie to the credential, the proven factor and the set of recovery codes come into being in one transaction: there is no
 * account with half a factor.  The codes stay, sealed, in the session until the person says that they are kept.
 * Runs in: vestibuled, any handler thread.
 * Secrets:  the seed being enrolled and the codes. */
#ifndef SIGNIN_ENROL_H
#define SIGNIN_ENROL_H

#include "factor/method.h"
#include "signin/journey.h"

/* A seed that nobody has proven within this time is replaced by a new one. */
#define ENROL_WITHIN MINUTES(30)

/* Is setting a factor up this person's business now: the journey asks for it, or it was proven recently and is to be changed? */
bool enrol_allowed(const struct ctx *ctx, const struct journey *journey);

/* Begin: the session holds a new seed.  journey->session is brought up to date. ERR_REFUSED when it is not this person's business. */
enum err enrol_begin(struct ctx *ctx, struct journey *journey);
/* Give up: the seed is forgotten. */
enum err enrol_cancel(struct ctx *ctx, const struct journey *journey);

enum enrol_verdict {
	ENROL_DONE,
	ENROL_REFUSED,		/* see factor */
	ENROL_MOVED,		/* not this person's step any more: ask the journey again */
	ENROL_IN_USE		/* the credential was bound to another portal meanwhile: the journey says so */
};
struct enrolment {
	enum enrol_verdict verdict;
	enum factor_verdict factor;	/* ENROL_REFUSED: REQUIRED, MALFORMED, WRONG or EXPIRED (then there is a new seed) */
	const char *token;		/* ENROL_DONE: the session cookie from now on */
};
/* The person typed a code of the seed in the session. journey->session is brought up to date when the seed was replaced. */
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
