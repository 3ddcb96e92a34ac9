/* choose_portal.h - page choose-portal: for who comes without saying where to. */
#ifndef PAGE_CHOOSE_PORTAL_H
#define PAGE_CHOOSE_PORTAL_H

#include "web/router.h"

/* GET / */
handler_fn page_root;
/* The same list for GET /manage without a portal: each leads to /manage?portal=ID. */
enum err choose_portal_show(struct ctx *ctx, bool managing, struct response *response);

#endif
