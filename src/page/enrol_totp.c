#include "page/enrol_totp.h"

#include <string.h>

#include "factor/totp.h"
#include "factor/totp_show.h"
#include "page/page.h"
#include "signin/enrol.h"

static enum err
show(struct page *page)
{
	struct ctx *ctx = page->ctx;

	return totp_show(ctx->arena, record_bytes(page->journey.session->pending_secret), page_name(ctx, &ctx->config->service_name),
	    page_name(ctx, &page->journey.portal->name), page->view);
}

static enum err
prove(struct page *page)
{
	struct enrolment enrolment;
	enum err err = enrol_finish(page->ctx, &page->journey, request_form(page->request, "code"), &enrolment);

	if (err != ERR_OK)
		return err == ERR_REFUSED ? page_go_on(page) : err;
	switch (enrolment.verdict) {
	case ENROL_DONE:
		page_set_token(page, enrolment.token);
		return page_go_on(page);
	case ENROL_REFUSED:
		page_fail_factor(page, "code", "code", &enrolment.answer);
		return page_show(page);
	case ENROL_MOVED:
	case ENROL_IN_USE:
		break;
	}
	return page_go_on(page);
}

static enum err
back(struct page *page)
{
	return page_go(page, "/enrol");
}

static bool
allows(const struct page *page)
{
	return enrol_allowed(page->ctx, &page->journey) && strcmp(journey_enrolling(&page->journey), TOTP_METHOD) == 0;
}

static const struct action actions[] = {{"continue", prove}, {"cancel", back}, {NULL, NULL}};
static const struct screen screen = {
    .name = "enrol-totp",
    .path = "/enrol/app",
    .steps = STEP_BIT(STEP_ENROL_TOTP) | STEP_BIT(STEP_DONE),
    .allows = allows,
    .show = show,
    .actions = actions,
};

enum err
page_enrol_totp(struct ctx *ctx, const struct request *request, struct response *response)
{
	return page_serve(ctx, request, response, &screen);
}
