/* signed_out.h - page signed-out. */
#ifndef PAGE_SIGNED_OUT_H
#define PAGE_SIGNED_OUT_H

#include "web/router.h"

/* GET /signed-out?r=HANDLE */
handler_fn page_signed_out;

#endif
