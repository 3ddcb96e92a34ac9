/* reply.h - where the browser goes with the answer for a portal: its redirect URI with parameters, by query. */
#ifndef OIDC_REPLY_H
#define OIDC_REPLY_H

#include "signin/pending.h"

/* With code, state and iss (RFC 6749 4.1.2, RFC 9207). */
const char *oidc_code_url(struct ctx *ctx, const struct pending *pending, const char *code);
/* The portal's redirect URI with error, error_description, state and iss (RFC 6749 4.1.2.1, RFC 9207). description: ASCII without " and \. */
const char *oidc_error_url(struct ctx *ctx, const struct pending *pending, const char *error, const char *description);

#endif
