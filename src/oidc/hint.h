/* hint.h - id_token_hint: an ID token of ours, perhaps expired, that names a person (OpenID Connect Core 3.1.2.1). */
#ifndef OIDC_HINT_H
#define OIDC_HINT_H

#include "base/ctx.h"

/* ERR_FORMAT or ERR_CRYPTO unless it is an ID token that we made for this client. *ret_sub: its subject. */
enum err hint_check(struct ctx *ctx, const char *token, const char *client, const char **ret_sub);

#endif
