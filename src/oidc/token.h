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

/* POST /token: grant_type=authorization_code. The code is marked used, and the portal's assertion with it, before anything is signed;
 * a second use revokes what came of the first (RFC 6749 4.1.2).  A stranger without the portal's authentication burns nothing. */
enum err token_answer(struct ctx *ctx, const struct fields *form, const char *authorization, struct oidc_answer *ret_answer);

/* An error object of RFC 6749 5.2. */
void oidc_refuse(struct ctx *ctx, int status, const char *error, const char *description, struct oidc_answer *ret_answer);

#endif
