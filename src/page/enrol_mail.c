#include "page/enrol_mail.h"

#include <string.h>

#include "page/mail_sent.h"
#include "signin/enrol.h"

#define CODE_PATH "/enrol/mail/code"

static bool
allows(const struct page *page)
{
	return enrol_allowed(page->ctx, &page->journey) && strcmp(journey_enrolling(&page->journey), MAIL_METHOD) == 0;
}

static enum err
show(struct page *page)
{
	(void)page;
	return ERR_OK;
}

static enum err
give(struct page *page)
{
	const char *address = mail_sent_address(page);
	struct mail_sending sending;
	enum err err;

	if (address == NULL)
		return page_show(page);
	err = enrol_send(page->ctx, &page->journey, address, &sending);
	if (err != ERR_OK)
		return err == ERR_REFUSED ? page_go_on(page) : err;
	if (sending.verdict != MAIL_LIMITED)
		return page_go(page, CODE_PATH);
	page_fail(page, "email", "locked", sending.wait);
	return page_show(page);
}

static enum err
back(struct page *page)
{
	return page_go(page, "/enrol");
}

static const struct action actions[] = {{"continue", give}, {"cancel", back}, {NULL, NULL}};
static const struct screen screen = {
    .name = "enrol-mail",
    .path = "/enrol/mail",
    .steps = STEP_BIT(STEP_ENROL_MAIL) | STEP_BIT(STEP_ENROL_MAIL_CODE) | STEP_BIT(STEP_DONE),
    .allows = allows,
    .show = show,
    .actions = actions,
};

enum err
page_enrol_mail(struct ctx *ctx, const struct request *request, struct response *response)
{
	return page_serve(ctx, request, response, &screen);
}

/* ---- the code ---- */

static bool
allows_code(const struct page *page)
{
	return allows(page) && *page->journey.session->pending_address != '\0';
}

static enum err
show_code(struct page *page)
{
	struct mail_code_state state;
	enum err err = enrol_sent(page->ctx, &page->journey, &state);

	if (err == ERR_OK)
		mail_sent_show(page, page->journey.session->pending_address, &state);
	return err;
}

static enum err
prove(struct page *page)
{
	struct enrolment enrolment;
	enum err err = enrol_finish(page->ctx, &page->journey, request_form(page->request, "code"), &enrolment);

	if (err != ERR_OK)
		return err;
	switch (enrolment.verdict) {
	case ENROL_DONE:
		page_set_token(page, enrolment.token);
		return page_go_on(page);
	case ENROL_REFUSED:
		page_fail_factor(page, "code", MAIL_SENT_WORDS, &enrolment.answer);
		return page_show(page);
	case ENROL_MOVED:
	case ENROL_IN_USE:
		break;
	}
	return page_go_on(page);
}

static enum err
resend(struct page *page)
{
	struct mail_sending sending;
	enum err err = enrol_send(page->ctx, &page->journey, NULL, &sending);

	if (err != ERR_OK)
		return err == ERR_REFUSED ? page_go_on(page) : err;
	mail_sent_said(page, &sending);
	return page_show(page);
}

static enum err
other_address(struct page *page)
{
	struct mail_sending sending;
	enum err err = enrol_send(page->ctx, &page->journey, "", &sending);

	return err == ERR_OK || err == ERR_REFUSED ? page_go(page, "/enrol/mail") : err;
}

static const struct action code_actions[] = {{"continue", prove}, {"resend", resend}, {"cancel", other_address}, {NULL, NULL}};
static const struct screen code_screen = {
    .name = "enrol-mail-code",
    .path = CODE_PATH,
    .steps = STEP_BIT(STEP_ENROL_MAIL_CODE) | STEP_BIT(STEP_DONE),
    .allows = allows_code,
    .show = show_code,
    .actions = code_actions,
};

enum err
page_enrol_mail_code(struct ctx *ctx, const struct request *request, struct response *response)
{
	return page_serve(ctx, request, response, &code_screen);
}
