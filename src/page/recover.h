/* recover.h - page recover: a recovery code instead of the second factor. */
#ifndef PAGE_RECOVER_H
#define PAGE_RECOVER_H

#include "web/router.h"

/* GET, POST /recover?r=HANDLE */
handler_fn page_recover;

#endif
