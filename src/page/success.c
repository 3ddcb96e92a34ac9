#include "page/success.h"

#include <string.h>

#include "page/change.h"
#include "page/leave.h"
#include "page/page.h"
#include "signin/prove.h"

/* Only words depend on it: what was really done stands in the session. */
static const char *
outcome(const struct page *page)
{
	const char *said = request_query(page->request, "outcome");

	if (said != NULL && strcmp(said, "changed") == 0)
		return "changed";
	return strcmp(page->journey.session->factor, SESSION_RECOVERED) == 0 ? "recovered" : "managing";
}

static enum err
show(struct page *page)
{
	unsigned left = 0;
	enum err err = prove_codes_left(page->ctx, &page->journey, &left);

	view_text(page->view, "outcome", outcome(page));
	view_number(page->view, "codes_left", left);
	view_flag(page->view, "codes_low", journey_has_factor(&page->journey) && left <= CHANGE_CODES_LOW);
	view_flag(page->view, "claim_stopped", page->journey.session->claim_stopped != 0);
	view_flag(page->view, "can_continue", page_has_portal(page));
	view_text(page->view, "manage_url", page_path(page, "/manage"));
	return err;
}

static const struct action actions[] = {
    {"continue", change_done}, {"change", change_factor}, {"new-codes", change_codes}, {"sign-out", leave}, {NULL, NULL}};
static const struct screen screen = {
    .name = "success",
    .path = "/success",
    .steps = STEP_BIT(STEP_DONE),
    .show = show,
    .actions = actions,
};

enum err
page_success(struct ctx *ctx, const struct request *request, struct response *response)
{
	return page_serve(ctx, request, response, &screen);
}
