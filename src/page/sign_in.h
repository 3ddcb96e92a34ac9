/* sign_in.h - page choose-provider: which credential provider, and what going there means. */
#ifndef PAGE_SIGN_IN_H
#define PAGE_SIGN_IN_H

#include "web/router.h"

/* GET, POST /sign-in?r=HANDLE; why=cancelled or why=used: how the last try ended. */
handler_fn page_sign_in;

#endif
