/* arrive.h - a credential provider has vouched for somebody: the one transaction that begins a session (DESIGN.md section 2.4).
 *
 * Runs in: vestibuled, any handler thread. */
#ifndef SIGNIN_ARRIVE_H
#define SIGNIN_ARRIVE_H

#include "signin/journey.h"

/* What was vouched for, every fact of it judged (saml/); texts are never NULL. */
struct arrival {
	const struct pending *pending;
	const struct provider_config *provider;
	const char *name_qualifier, *sp_name_qualifier, *name_id;
	const char *session_index;
	int64_t session_until;		/* ms: when the provider's session ends, or NEVER */
	const char *level;		/* AuthnContextClassRef */
	const char *assertion_id;
	int64_t assertion_until;	/* ms: as long as it would be believed */
};

/* Mark request and assertion as used, begin the session, look the binding up; make the account where no second factor is asked for and
 * the portal admits everyone (else it is made together with its factor, and for a credential in use nothing is made at all).
 * *ret_token: the new session's token.  ERR_EXISTS: the request or the assertion was used before; nothing has changed. */
enum err arrive(struct ctx *ctx, const struct arrival *arrival, const char **ret_token);
/* The same for a second leg, in which the person proves the credential of an account that is claimed (pending->claimant, signin/relink.h): no
 * session begins; the claimant's notes what was proven. *ret_noted: relink_credential(). */
enum err arrive_claim(struct ctx *ctx, const struct arrival *arrival, bool *ret_noted);
/* A provider vouched for something that we refuse, under its own signature: the request is used up by it, as by an accepted answer, and
 * the audit keeps the reason.  ERR_EXISTS: the request was used before; nothing has changed.
 *
 * Not for what anybody could have posted, since nothing is written for a stranger: an answer whose signature was not verified leaves its
 * request as it was.  That gives a forger no tries: the request stands in this browser's sealed cookie, so that each one costs a
 * cookie that fits; and no oracle, since everything that fails before the signature is verified (padding, key, form) looks alike. */
enum err arrive_refused(struct ctx *ctx, const struct pending *pending, const char *reason);

/* The browser comes back with its own cookie (or NULL): bring its other sessions to the one that has arrived.  *ret_token: what its
 * cookie must be from now on; NULL when `arrived` is not there any more and the cookie stays as it is. */
enum err arrive_join(struct ctx *ctx, const struct pending *pending, const char *cookie, const char **ret_token);

#endif
