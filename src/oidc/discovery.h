/* discovery.h - what a portal's library asks first (OpenID Connect Discovery 1.0, RFC 8414). */
#ifndef OIDC_DISCOVERY_H
#define OIDC_DISCOVERY_H

#include "base/ctx.h"

/* JSON text; depends on the configuration only, never on the request's Host. */
const char *discovery_print(struct ctx *ctx);

#endif
