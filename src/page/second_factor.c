#include "page/second_factor.h"

#include "page/leave.h"
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
	struct proof proof;
	enum err err = prove_factor(page->ctx, &page->journey, request_form(page->request, "code"), &proof);

	if (err != ERR_OK)
		return err;
	if (!proof.moved && proof.answer.verdict != FACTOR_ACCEPTED) {
		page_fail_factor(page, "code", &proof.answer);
		return page_show(page);
	}
	if (!proof.moved)
		page_set_token(page, proof.token);
	return page_go_on(page);
}

static enum err
recover(struct page *page)
{
	return page_go(page, "/recover");
}

static const struct action actions[] = {{"continue", prove}, {"recover", recover}, {"sign-out", leave}, {NULL, NULL}};
static const struct screen screen = {
    .name = "second-factor",
    .path = "/second-factor",
    .steps = STEP_BIT(STEP_SECOND_FACTOR),
    .show = show,
    .actions = actions,
};

enum err
page_second_factor(struct ctx *ctx, const struct request *request, struct response *response)
{
	return page_serve(ctx, request, response, &screen);
}
