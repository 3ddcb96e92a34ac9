#include "page/change.h"

#include "page/error.h"
#include "signin/enrol.h"
#include "signin/prove.h"

/* From now on this is a visit to the account: it ends on `success`, and goes to the portal from there. */
static void
manage_from_here(struct page *page)
{
	if (page->pending->manage)
		return;
	page->pending->manage = true;
	page->reseal = true;
}

static enum err
prove_first(struct page *page)
{
	enum err err = prove_again(page->ctx, &page->journey);

	return err == ERR_OK ? page_go_on(page) : err;
}

enum err
change_factor(struct page *page)
{
	manage_from_here(page);
	if (journey_has_factor(&page->journey) && !journey_may_change(page->ctx, &page->journey))
		return prove_first(page);
	return page_go(page, "/enrol");
}

enum err
change_codes(struct page *page)
{
	enum err err;

	if (!journey_has_factor(&page->journey))
		return page_go_on(page);
	manage_from_here(page);
	if (!journey_may_change(page->ctx, &page->journey))
		return prove_first(page);
	err = codes_renew(page->ctx, &page->journey);
	return err == ERR_OK || err == ERR_REFUSED ? page_go_on(page) : err;
}

bool
change_can_continue(const struct page *page)
{
	return *page->pending->redirect_uri != '\0';
}

enum err
change_done(struct page *page)
{
	if (!change_can_continue(page)) {
		error_page(page->ctx, page->request, 400, "bad-request", page->response);
		return ERR_OK;
	}
	/* A session cookie that is new in this answer goes first: the end may renew it once more. */
	if (page->token != NULL)
		response_cookie(page->response, SESSION_COOKIE, page->token, SAME_SITE_LAX, -1);
	page->token = NULL;
	page->reseal = false;
	return page_finish(page->ctx, &page->journey, page->response);
}
