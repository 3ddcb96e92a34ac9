/* code.h - the end of a sign-in: an authorization code and the way back to the portal (RFC 6749 section 4.1.2). */
#ifndef OIDC_CODE_H
#define OIDC_CODE_H

#include "oidc/reply.h"
#include "signin/journey.h"

/* Finish a journey whose step is STEP_DONE: in one transaction the request is marked used, the session is renewed (unless it had reached
 * its portal before, so that two tabs do not take the cookie from each other) and the code is written.
 * ERR_EXISTS: this request has been answered before.  ERR_NOT_FOUND: the session ended meanwhile, or its step is another one by now. */
struct oidc_end {
	const char *code;	/* oidc_end_new() */
	const char *token;	/* the session cookie from now on */
	bool stepped_up;	/* a factor was proven just now: the session is renewed, whatever it had reached */
};
struct oidc_end *oidc_end_new(struct ctx *ctx);
enum err oidc_finish(struct ctx *ctx, struct journey *journey, struct oidc_end *end);

/* The same in a transaction that does more: the last proof and the end of the journey are one.  What is to be written stands in
 * journey->session already, and is saved here.  For struct prove_end; arg: the struct oidc_end. ERR_EXISTS: nothing has changed. */
enum err oidc_end_run(struct txn *txn, struct journey *journey, void *arg);
/* Once that transaction is durable: where the browser goes. */
const char *oidc_end_url(struct ctx *ctx, const struct journey *journey, const struct oidc_end *end);
/* Has this request been answered? */
enum err oidc_answered(struct ctx *ctx, const struct pending *pending, bool *ret_answered);

#endif
