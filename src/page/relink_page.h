/* relink_page.h - page relink: a person who lost a sign-in, or its second factor, moves the old account to the one in use now.
 *
 * It goes through name, prove, review, and then tells how the claim stands.  What is proven and what was opened stands in the session and
 * the store; the address only says which of these is looked at. */
#ifndef PAGE_RELINK_PAGE_H
#define PAGE_RELINK_PAGE_H

#include "web/router.h"

/* GET, POST /relink?r=HANDLE; why=credential, cancelled, used: how the leg to a provider ended. */
handler_fn page_relink;
/* GET, POST /relink/review?r=HANDLE: before the claim is opened. */
handler_fn page_relink_review;

#endif
