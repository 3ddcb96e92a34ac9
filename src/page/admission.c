#include "page/admission.h"

#include "page/leave.h"
#include "page/page.h"

static enum err
show(struct page *page)
{
	(void)page;
	return ERR_OK;
}

/* Invitations cannot be issued yet, so that no code is right: the page is closed, and says so in its own words. */
static enum err
invite(struct page *page)
{
	const char *typed = request_form(page->request, "invitation");

	page_fail(page, "invitation", typed == NULL || *typed == '\0' ? "required" : "wrong", 0);
	return page_show(page);
}

static const struct action admission_actions[] = {{"continue", invite}, {"sign-out", leave}, {NULL, NULL}};
static const struct screen admission = {
    .name = "admission",
    .path = "/admission",
    .steps = STEP_BIT(STEP_ADMISSION),
    .show = show,
    .actions = admission_actions,
};

static const struct action waiting_actions[] = {{"continue", page_go_on}, {"sign-out", leave}, {NULL, NULL}};
static const struct screen waiting = {
    .name = "waiting-approval",
    .path = "/waiting",
    .steps = STEP_BIT(STEP_WAITING),
    .show = show,
    .actions = waiting_actions,
};

enum err
page_admission(struct ctx *ctx, const struct request *request, struct response *response)
{
	return page_serve(ctx, request, response, &admission);
}

enum err
page_waiting(struct ctx *ctx, const struct request *request, struct response *response)
{
	return page_serve(ctx, request, response, &waiting);
}
