#include "page/recover.h"

#include "page/page.h"
#include "signin/prove.h"

static enum err
show(struct page *page)
{
	unsigned left = 0;
	enum err err = prove_codes_left(page->ctx, &page->journey, &left);

	view_number(page->view, "codes_left", left);
	return err;
}

static enum err
prove(struct page *page)
{
	const char *typed = request_form(page->request, "recovery_code");
	struct proof proof;
	enum err err = prove_recovery(page->ctx, &page->journey, typed, &proof);

	if (err != ERR_OK)
		return err;
	if (!proof.moved && proof.answer.verdict != FACTOR_ACCEPTED) {
		/* What is no code at all may be corrected; a code is not repeated into a page. */
		if (proof.answer.verdict == FACTOR_REFUSED_MALFORMED)
			view_text(page->view, "recovery_code", typed);
		page_fail_factor(page, "recovery_code", "recovery_code", &proof.answer);
		return page_show(page);
	}
	if (!proof.moved)
		page_set_token(page, proof.token);
	return page_go_on(page);
}

static enum err
back(struct page *page)
{
	return page_go(page, "/second-factor");
}

static const struct action actions[] = {{"continue", prove}, {"cancel", back}, {NULL, NULL}};
static const struct screen screen = {
    .name = "recover",
    .path = "/recover",
    .steps = STEP_BIT(STEP_SECOND_FACTOR),
    .show = show,
    .actions = actions,
};

enum err
page_recover(struct ctx *ctx, const struct request *request, struct response *response)
{
	return page_serve(ctx, request, response, &screen);
}
