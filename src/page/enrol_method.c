#include "page/enrol_method.h"

#include <string.h>

#include "page/change.h"
#include "page/page.h"
#include "signin/enrol.h"

/* The methods that may be chosen, in order of preference. */
static const struct second_factor *
offered(const struct page *page, size_t index)
{
	const struct second_factor *method;

	for (size_t i = 0; (method = method_row(i)) != NULL; i++) {
		if (enrol_offers(page->ctx, &page->journey, method->name) && index-- == 0)
			return method;
	}
	return NULL;
}

static enum err
show(struct page *page)
{
	const char *sent = request_form(page->request, "method");
	bool only = offered(page, 1) == NULL;
	bool anew = journey_has_factor(&page->journey) && page->journey.account->enrol_anew != 0;
	const struct second_factor *method;

	if (page->journey.step == STEP_ENROL && change_frozen(page))
		return ERR_OK;
	view_flag(page->view, "changing", page->journey.step == STEP_DONE && journey_has_factor(&page->journey));
	view_flag(page->view, "anew", anew);
	view_flag(page->view, "upgrading", page->journey.step != STEP_DONE && journey_has_factor(&page->journey) && !anew);
	view_flag(page->view, "can_skip", journey_may_skip(&page->journey));
	view_flag(page->view, "choice", !only);
	for (size_t i = 0; (method = offered(page, i)) != NULL; i++) {
		struct view *item = view_item(page->view, "methods");
		view_text(item, "id", method->name);
		view_flag(item, "checked", only || (sent != NULL && strcmp(sent, method->name) == 0));
	}
	return ERR_OK;
}

static enum err
choose(struct page *page)
{
	const char *name = request_form(page->request, "method");
	const struct second_factor *method = name != NULL ? method_find(name) : NULL;
	enum err err;

	if (method == NULL || !enrol_offers(page->ctx, &page->journey, name)) {
		page_fail(page, "method", "required", 0);
		return page_show(page);
	}
	err = enrol_begin(page->ctx, &page->journey, method->name);
	if (err == ERR_REFUSED)
		return page_go_on(page);
	return err == ERR_OK ? page_go(page, method->enrol_path) : err;
}

static enum err
cancel(struct page *page)
{
	enum err err = enrol_cancel(page->ctx, &page->journey);

	/* "Not now": the portal learns what was reached. */
	if (journey_may_skip(&page->journey))
		page->pending->not_stronger = page->reseal = true;
	return err == ERR_OK ? page_go_on(page) : err;
}

static bool
allows(const struct page *page)
{
	/* A better method is asked for and may not be set up: this page says so, there is no other place. */
	return enrol_allowed(page->ctx, &page->journey) || (page->journey.step == STEP_ENROL && journey_frozen(&page->journey));
}

static const struct action actions[] = {{"continue", choose}, {"cancel", cancel}, {NULL, NULL}};
static const struct screen screen = {
    .name = "enrol",
    .path = "/enrol",
    /* Also from the pages of a method, by their button Back. */
    .steps = STEP_BIT(STEP_ENROL) | STEP_BIT(STEP_ENROL_TOTP) | STEP_BIT(STEP_ENROL_MAIL) | STEP_BIT(STEP_ENROL_MAIL_CODE) | STEP_BIT(STEP_DONE),
    .allows = allows,
    .show = show,
    .actions = actions,
};

enum err
page_enrol(struct ctx *ctx, const struct request *request, struct response *response)
{
	return page_serve(ctx, request, response, &screen);
}
