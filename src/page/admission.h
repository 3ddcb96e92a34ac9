/* admission.h - pages admission and waiting-approval, and the error page of accounts that open nothing: portals that do not admit everyone. */
#ifndef PAGE_ADMISSION_H
#define PAGE_ADMISSION_H

#include "web/router.h"

/* GET, POST /admission?r=HANDLE */
handler_fn page_admission;
/* GET, POST /waiting?r=HANDLE */
handler_fn page_waiting;
/* GET /account-ended?r=HANDLE */
handler_fn page_account_ended;

#endif
