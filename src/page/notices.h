/* notices.h - the page notice-address (where a person is told what happens to the account), and the page not-me behind a notice's link. */
#ifndef PAGE_NOTICES_H
#define PAGE_NOTICES_H

#include "web/router.h"

/* GET, POST /notice-address?r=HANDLE */
handler_fn page_notice_address;
/* GET, POST /not-me?t=TOKEN: belongs to no sign-in. */
handler_fn page_not_me;

#endif
