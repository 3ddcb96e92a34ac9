/* client.h - portals as OAuth clients: their keys, and whether a caller is the portal that it says it is.
 *
 * private_key_jwt (RFC 7523; the issuer is the only audience), and client_secret_basic for portals with a secret file. One method a request. */
#ifndef OIDC_CLIENT_H
#define OIDC_CLIENT_H

#include "base/fields.h"
#include "config/config.h"
#include "store/records.h"

/* Parse every portal's JWK set once, when a configuration is read; ERR_CONFIG and one sentence when one is unfit. */
enum err clients_prepare(struct config *config, struct arena *arena, const char **ret_reason);

enum client_verdict {
	CLIENT_ACCEPTED,
	CLIENT_MALFORMED,	/* invalid_request: two methods at once, a broken header */
	CLIENT_REFUSED		/* invalid_client */
};

struct client_proof {
	const struct portal_config *portal;
	const char *jti;		/* of the assertion, to be marked used in the caller's transaction; NULL for a secret */
	int64_t jti_expires;
	const char *why;		/* refused: a constant for the log */
	bool basic;			/* the caller tried the Authorization header: answer with WWW-Authenticate */
};

/* authorization: the header's value, or NULL.  Everything but the single use of the assertion is judged here. */
enum client_verdict client_check(struct ctx *ctx, const struct fields *form, const char *authorization, struct client_proof *ret_proof);
/* Mark the assertion as used: ERR_EXISTS when it was (a replay); ERR_OK for a secret. */
enum err client_mark(struct txn *txn, const struct client_proof *proof);

#endif
