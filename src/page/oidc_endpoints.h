/* oidc_endpoints.h - the OpenID Connect endpoints over HTTP; what they decide stands in oidc/. */
#ifndef PAGE_OIDC_ENDPOINTS_H
#define PAGE_OIDC_ENDPOINTS_H

#include "web/router.h"

/* GET, POST /authorize: a new journey, an answer at once (a live session, prompt=none), or an error; own_malformed. */
handler_fn page_authorize;
/* POST /token; own_malformed. */
handler_fn page_token;
/* GET, POST /userinfo; own_malformed. */
handler_fn page_userinfo;
/* GET /.well-known/openid-configuration and /.well-known/oauth-authorization-server */
handler_fn page_discovery;
/* GET /jwks.json */
handler_fn page_jwks;

#endif
