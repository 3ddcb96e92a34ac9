#include "page/change.h"

#include <string.h>

#include "page/error.h"
#include "signin/enrol.h"
#include "signin/prove.h"

void
change_visit(struct page *page, bool closing)
{
	if (page->pending->manage && page->pending->closing == closing)
		return;
	page->pending->manage = true;
	page->pending->closing = closing;
	page->reseal = true;
}

bool
change_frozen(struct page *page)
{
	if (!journey_frozen(&page->journey))
		return false;
	error_page_frozen(page->ctx, page->request, page->journey.account->support_reference,
	    page->journey.step == STEP_DONE ? page_path(page, "/manage") : NULL, page->response);
	return true;
}

enum err
change_prove_first(struct page *page)
{
	enum err err = prove_again(page->ctx, &page->journey);

	change_visit(page, page->pending->closing);
	return err == ERR_OK ? page_go_on(page) : err;
}

enum err
change_factor(struct page *page)
{
	if (change_frozen(page))
		return ERR_OK;
	change_visit(page, false);
	if (journey_has_factor(&page->journey) && !journey_may_change(page->ctx, &page->journey))
		return change_prove_first(page);
	return page_go(page, "/enrol");
}

enum err
change_codes(struct page *page)
{
	enum err err;

	if (change_frozen(page))
		return ERR_OK;
	if (!journey_has_factor(&page->journey))
		return page_go_on(page);
	change_visit(page, false);
	if (!journey_may_change(page->ctx, &page->journey))
		return change_prove_first(page);
	err = codes_renew(page->ctx, &page->journey);
	return err == ERR_OK || err == ERR_REFUSED ? page_go_on(page) : err;
}

enum err
change_made(struct page *page)
{
	const char *path;
	enum err err = page_next(page, &path);

	if (err != ERR_OK)
		return err;
	return page_go(page, strcmp(path, PAGE_SUCCESS) == 0 ? PAGE_SUCCESS "?outcome=changed" : path);
}

enum err
change_done(struct page *page)
{
	if (!page_has_portal(page)) {
		error_page(page->ctx, page->request, 400, "bad-request", page->response);
		return ERR_OK;
	}
	return page_end(page);
}
