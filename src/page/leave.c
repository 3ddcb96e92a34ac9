#include "page/leave.h"

#include "page/page.h"
#include "signin/overview.h"

enum err
leave(struct page *page)
{
	enum err err = overview_leave(page->ctx, &page->journey);

	return err == ERR_OK ? page_go(page, "/signed-out") : err;
}

enum err
leave_to_start(struct page *page)
{
	enum err err = overview_leave(page->ctx, &page->journey);

	return err == ERR_OK ? page_go(page, "/sign-in") : err;
}
