/* code.h - the end of a sign-in: an authorization code and the way back to the portal (RFC 6749 section 4.1.2). */
#ifndef OIDC_CODE_H
#define OIDC_CODE_H

#include "oidc/reply.h"
#include "signin/journey.h"

/* Finish a journey whose step is STEP_DONE: in one transaction the request is marked used, the session is renewed (unless it had reached
 * its portal before, so that two tabs do not take the cookie from each other) and the code is written.
 * *ret_url: where the browser goes; *ret_token: the value of the session cookie from now on.
 * ERR_EXISTS: this request has been answered before. ERR_NOT_FOUND: the session ended meanwhile. */
enum err oidc_finish(struct ctx *ctx, const struct journey *journey, const char **ret_url, const char **ret_token);

#endif
