#include "page/continue.h"

#include "page/change.h"
#include "page/page.h"

/* Managing ends on `success`, or on `close-account`, which lead on from there. */
static enum err
show(struct page *page)
{
	if (page->pending->manage || !page_has_portal(page))
		return page_go(page, page->pending->closing ? PAGE_CLOSE : PAGE_SUCCESS);
	return change_done(page);
}

static const struct action actions[] = {{"continue", change_done}, {NULL, NULL}};
static const struct screen screen = {
    .name = "continue",
    .path = "/continue",
    .steps = STEP_BIT(STEP_DONE),
    .show = show,
    .actions = actions,
};

enum err
page_continue(struct ctx *ctx, const struct request *request, struct response *response)
{
	return page_serve(ctx, request, response, &screen);
}
