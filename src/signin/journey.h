/* journey.h - one sign-in as a list of named steps: which page is this person's, now?
 *
 * Each step is a function that looks at (request, session, account) and either claims the person or passes them on; the order
 * of the table is the order of the journey.  Every page asks first, so that nobody skips a step or is lost in one; and every
 * transaction that moves a person on asks again, since another tab may have been faster. */
#ifndef SIGNIN_JOURNEY_H
#define SIGNIN_JOURNEY_H

#include "account/binding.h"
#include "factor/mail_code.h"
#include "signin/pending.h"
#include "signin/session.h"

enum step {
	STEP_CHOOSE_PROVIDER,		/* no fresh credential for this portal */
	STEP_CREDENTIAL_IN_USE,		/* exclusive, and bound to another portal */
	STEP_ENDED,			/* the account is refused, unlinked, moved or closed */
	STEP_ADMISSION,			/* a new credential at a portal that asks for an invitation, and none is at hand */
	STEP_ENROL,			/* choose the method of the second factor */
	STEP_ENROL_TOTP,
	STEP_ENROL_MAIL,		/* the address for e-mail codes */
	STEP_ENROL_MAIL_CODE,		/* a code has gone there */
	STEP_SECOND_FACTOR,
	STEP_RECOVERY_CODES,		/* made and not yet confirmed */
	STEP_NOTICE_ADDRESS,		/* offered once to who has no address here */
	STEP_WAITING,			/* for the portal's owner to let the person in */
	STEP_RELINK,			/* the account was made to claim an older one */
	STEP_DONE			/* back to the portal (or to manage) */
};

struct journey {
	const struct pending *pending;
	const struct portal_config *portal;
	const char *token;			/* session cookie, or NULL */
	struct SessionRecord *session;		/* NULL when there is none */
	struct AccountRecord *account;		/* NULL when there is none yet */
	enum binding_state binding;		/* of the session's credential; BINDING_NONE without one */
	bool invited;				/* session->invitation is this portal's, and open */
	bool mails;				/* a mail server is configured */
	int64_t now;				/* when it was found out */
	enum step step;
};

/* Find out where this person stands. cookie: value of __Host-vestibule or NULL. ERR_CONFIG: the portal is not configured any more. */
enum err journey_find(struct ctx *ctx, const struct pending *pending, const char *cookie, struct journey *ret_journey);
/* The same inside a transaction. */
enum err journey_load(struct txn *txn, const struct pending *pending, const char *cookie, struct journey *ret_journey);
/* The person has been here: put the idle end of the session off, at most once in a quarter of the idle time. */
enum err journey_touch(struct ctx *ctx, const struct journey *journey);
/* The session or the account in hand has changed: the step anew. */
void journey_again(struct journey *journey);
/* Is nothing left but to go back to the portal at once? Who manages, claims, has just recovered the account, or is to be told of
 * a claim that this sign-in has ended, stops before. */
bool journey_over(const struct journey *journey);
/* The path of a step's page: "/second-factor". */
const char *journey_path(enum step step);

/* Does this request ask for a second factor: by the portal's policy, or by a higher rung in acr_values (DESIGN.md 6.5)? */
bool journey_wants_factor(const struct portal_config *portal, const struct pending *pending, const char *provider);
/* Has the account a second factor? */
bool journey_has_factor(const struct journey *journey);
/* Is this method less than the request needs: not among those that the portal takes, or below every rung that acr_values asks for?  The
 * second does not count for who has said "not now", nor where the portal takes no method that would do better. */
bool journey_too_weak(const struct journey *journey, const struct second_factor *method);
/* May the person go on to the portal with the present method, although a stronger one was asked for?  Only acr_values asks; a policy demands. */
bool journey_may_skip(const struct journey *journey);
/* The method whose enrolment the session has begun, "" when none. */
const char *journey_enrolling(const struct journey *journey);
/* "This was not me" was said of a change: nothing may be changed until the help desk has looked. */
bool journey_frozen(const struct journey *journey);
/* Has the present factor, or a recovery code, been proven within the last 10 minutes: what a change of the factor asks for. */
bool journey_may_change(const struct ctx *ctx, const struct journey *journey);
/* What the e-mail codes of this session are sent for. */
struct mail_case journey_mail_case(const struct ctx *ctx, const struct journey *journey, enum mail_purpose purpose, const char *address);

#endif
