/* desk_arrive.h - the staff provider has vouched for a member of staff: the one transaction that begins a session at the desk.
 *
 * Runs in: vestibuled, any handler thread. */
#ifndef HELPDESK_DESK_ARRIVE_H
#define HELPDESK_DESK_ARRIVE_H

#include "helpdesk/desk_login.h"
#include "helpdesk/roles.h"
#include "saml/saml.h"

/* Exactly one value, which is one of the four names.  Else false, and *ret_reason is a word of the audit: "role-missing", "role-several",
 * "role-unknown". */
bool desk_arrive_role(const struct texts *values, enum role *ret_role, const char **ret_reason);

/* Mark request and assertion as used, make the member of staff at the first sign-in, begin the session with this role: *ret_token.  A role other
 * than the one that the provider named before ends the sessions that were begun with that one.
 * ERR_EXISTS: the request or the assertion was used before; nothing has changed. */
enum err desk_arrive(struct ctx *ctx, const struct desk_login *login, const struct credential *credential, enum role role,
    const char **ret_token);
/* It vouched for somebody without a role here: request and assertion are used up by it, the sessions of who had one before end, and the audit
 * keeps the reason. ERR_EXISTS as above. */
enum err desk_arrive_without_role(struct ctx *ctx, const struct desk_login *login, const struct credential *credential, const char *reason);
/* A signed answer that is refused (signin/arrive.h, arrive_refused()): its request is used up. ERR_EXISTS as above. */
enum err desk_arrive_refused(struct ctx *ctx, const struct desk_login *login, const char *provider, const char *reason);

#endif
