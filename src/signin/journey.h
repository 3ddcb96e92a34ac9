/* journey.h - one sign-in as a list of named steps: which page is this person's, now?
 *
 * Each step is a function that looks at (request, session, account) and either claims the person or passes them on; the order
 * of the table is the order of the journey.  Every page asks first, so that nobody skips a step or is lost in one. */
#ifndef SIGNIN_JOURNEY_H
#define SIGNIN_JOURNEY_H

#include "signin/pending.h"
#include "signin/session.h"

enum step {
	STEP_CHOOSE_PROVIDER,		/* no fresh credential for this portal */
	STEP_CREDENTIAL_IN_USE,		/* exclusive, and bound to another portal */
	STEP_ADMISSION,			/* a new credential at a portal that does not admit everyone */
	STEP_ENROL,			/* choose the method of the second factor */
	STEP_ENROL_TOTP,
	STEP_SECOND_FACTOR,
	STEP_RECOVERY_CODES,		/* made and not yet confirmed */
	STEP_DONE			/* back to the portal (or to manage) */
};

struct journey {
	const struct pending *pending;
	const struct portal_config *portal;
	const char *token;			/* session cookie, or NULL */
	struct SessionRecord *session;		/* NULL when there is none */
	struct AccountRecord *account;		/* NULL when there is none yet */
	enum step step;
};

/* Find out where this person stands. cookie: value of __Host-vestibule or NULL. */
enum err journey_find(struct ctx *ctx, const struct pending *pending, const char *cookie, struct journey *ret_journey);
/* The path of a step's page: "/second-factor". */
const char *journey_path(enum step step);

#endif
