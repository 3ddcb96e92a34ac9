/* manage.h - page manage: the second factor, codes, sessions and sign-ins of the account; the address to bookmark. */
#ifndef PAGE_MANAGE_H
#define PAGE_MANAGE_H

#include "web/router.h"

/* GET, POST /manage?r=HANDLE; GET /manage?portal=ID begins a visit of its own. */
handler_fn page_manage;

#endif
