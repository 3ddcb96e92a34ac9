/* grant.h - the grants of the token endpoint: one file each, one row each in token.c.  Only oidc/ includes this.
 *
 * A grant is called with a portal that has proven who it is, but for the single use of its assertion: each marks it (client_mark) in the
 * transaction that decides, before anything is signed. */
#ifndef OIDC_GRANT_H
#define OIDC_GRANT_H

#include "oidc/client.h"
#include "oidc/token.h"

/* authorization_code (RFC 6749 4.1.3): a code is used once; a second use revokes what came of the first. */
enum err grant_code(struct ctx *ctx, const struct client_proof *client, const struct fields *form, struct oidc_answer *ret_answer);
/* client_credentials (RFC 6749 4.4) for /api/: scope `accounts`, and only for portals that sign (private_key_jwt). */
enum err grant_client(struct ctx *ctx, const struct client_proof *client, const struct fields *form, struct oidc_answer *ret_answer);

/* The portal has not proven who it is: one answer for all reasons. verdict: CLIENT_MALFORMED or CLIENT_REFUSED. */
void grant_refuse_client(struct ctx *ctx, const struct client_proof *client, enum client_verdict verdict, struct oidc_answer *ret_answer);
/* The same when its assertion turns out to have been used before. */
void grant_refuse_replay(struct ctx *ctx, struct oidc_answer *ret_answer);
/* 200 with an access token (RFC 6749 5.1); id_token may be NULL. */
void grant_answer(struct ctx *ctx, const char *access_token, const char *scope, const char *id_token, struct oidc_answer *ret_answer);

#endif
