/* mint.h - ID tokens (OpenID Connect Core 2) and access tokens (RFC 9068). */
#ifndef OIDC_MINT_H
#define OIDC_MINT_H

#include "config/config.h"
#include "store/records.h"

/* Both signed with the portal's algorithm.  Claims: DESIGN.md 6.5. */
enum err mint_id_token(struct ctx *ctx, const struct portal_config *portal, const struct CodeRecord *code, const char **ret_token);
enum err mint_access_token(struct ctx *ctx, const struct portal_config *portal, const struct CodeRecord *code, const char **ret_token);

struct access_claims {
	const char *client, *sub, *sid, *jti, *scope, *locale;
};
/* Check an access token of ours: signature, type, issuer, audience, times. ERR_FORMAT or ERR_CRYPTO or ERR_TIMEOUT (expired). */
enum err mint_check_access(struct ctx *ctx, const char *token, struct access_claims *ret_claims);

#endif
