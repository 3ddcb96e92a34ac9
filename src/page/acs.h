/* acs.h - where credential providers' answers arrive, as a form posted by the browser (SAML bindings 3.5). */
#ifndef PAGE_ACS_H
#define PAGE_ACS_H

#include "web/router.h"

/* POST /saml/acs: SAMLResponse, RelayState */
handler_fn page_acs;

#endif
