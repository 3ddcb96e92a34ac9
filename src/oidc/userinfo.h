/* userinfo.h - UserInfo (OpenID Connect Core 5.3): what an access token still says. */
#ifndef OIDC_USERINFO_H
#define OIDC_USERINFO_H

#include "oidc/token.h"

/* GET or POST /userinfo with a bearer token in the Authorization header (RFC 6750 2.1) or, by POST, in the form (2.2); one of them.
 * A token whose session has ended, or that was revoked, is refused although its signature is good. */
enum err userinfo_answer(struct ctx *ctx, const struct fields *form, const char *authorization, struct oidc_answer *ret_answer);

#endif
