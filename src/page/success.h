/* success.h - page success: after recovery, after a change, and on the way to managing. */
#ifndef PAGE_SUCCESS_H
#define PAGE_SUCCESS_H

#include "web/router.h"

/* GET, POST /success?r=HANDLE */
handler_fn page_success;

#endif
