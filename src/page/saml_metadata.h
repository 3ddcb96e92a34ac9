/* saml_metadata.h - what credential providers must know of us, as XML. */
#ifndef PAGE_SAML_METADATA_H
#define PAGE_SAML_METADATA_H

#include "web/router.h"

/* GET /saml/metadata */
handler_fn page_saml_metadata;

#endif
