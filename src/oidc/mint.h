/* mint.h - ID tokens (OpenID Connect Core 2) and access tokens (RFC 9068). */
#ifndef OIDC_MINT_H
#define OIDC_MINT_H

#include "config/config.h"
#include "store/records.h"

/* Both signed with the portal's algorithm.  Claims: DESIGN.md 6.5. */
enum err mint_id_token(struct ctx *ctx, const struct portal_config *portal, const struct CodeRecord *code, const char **ret_token);
enum err mint_access_token(struct ctx *ctx, const struct portal_config *portal, const struct CodeRecord *code, const char **ret_token);

/* A portal's own token for /api/v1 (client_credentials): sub and client_id are the portal's id, aud is the issuer followed by "/api/v1", scope is
 * SCOPE_ACCOUNTS.  No person and no session is in it.  The two kinds of token have different audiences (RFC 9068 section 4), and each check
 * takes its own only: what a person's sign-in gave never reaches the API, nor the portal's own token UserInfo. */
#define SCOPE_ACCOUNTS "accounts"
#define API_PATH "/api/v1"
enum err mint_api_token(struct ctx *ctx, const struct portal_config *portal, const char **ret_token);
/* Whose is it?  Signature, type, issuer, audience, times, scope; the portal is still configured, and still one that signs.
 * ERR_FORMAT or ERR_CRYPTO (not ours, not for this), ERR_TIMEOUT (expired). */
enum err mint_check_api(struct ctx *ctx, const char *token, const struct portal_config **ret_portal);

struct access_claims {
	const char *client, *sub, *sid, *jti, *scope, *locale;
};
/* Check an access token of ours that a person's sign-in gave: signature, type, issuer, audience, times. ERR_FORMAT or ERR_CRYPTO or ERR_TIMEOUT (expired). */
enum err mint_check_access(struct ctx *ctx, const char *token, struct access_claims *ret_claims);

#endif
