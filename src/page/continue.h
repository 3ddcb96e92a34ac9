/* continue.h - the end of the journey: back to the portal, once; and what stands there for who comes back. */
#ifndef PAGE_CONTINUE_H
#define PAGE_CONTINUE_H

#include "web/router.h"

/* GET, POST /continue?r=HANDLE */
handler_fn page_continue;

#endif
