/* token.h - the token endpoint (RFC 6749 3.2), as a function from parameters to an answer. */
#ifndef OIDC_TOKEN_H
#define OIDC_TOKEN_H

#include "base/ctx.h"
#include "base/fields.h"

struct oidc_answer {
	int status;
	const char *json;
	const char *authenticate;	/* WWW-Authenticate, or NULL */
};

/* POST /token: grant_type=authorization_code or client_credentials (oidc/grant.h).  What is single-use - a code, the portal's assertion - is marked
 * used before anything is signed.  A stranger without the portal's authentication burns nothing. */
enum err token_answer(struct ctx *ctx, const struct fields *form, const char *authorization, struct oidc_answer *ret_answer);

/* An error object of RFC 6749 5.2. */
void oidc_refuse(struct ctx *ctx, int status, const char *error, const char *description, struct oidc_answer *ret_answer);

#endif
