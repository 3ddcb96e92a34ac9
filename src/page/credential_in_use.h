/* credential_in_use.h - page credential-in-use: an exclusive credential that already opens another portal. */
#ifndef PAGE_CREDENTIAL_IN_USE_H
#define PAGE_CREDENTIAL_IN_USE_H

#include "web/router.h"

/* GET, POST /credential-in-use?r=HANDLE */
handler_fn page_credential_in_use;

#endif
