/* leave.h - the button sign-out of several pages. */
#ifndef PAGE_LEAVE_H
#define PAGE_LEAVE_H

#include "web/router.h"

struct page;
/* End this session and show `signed-out`. */
enum err leave(struct page *page);
/* End it and choose another credential for the same request. */
enum err leave_to_start(struct page *page);

#endif
