#include "page/second_factor.h"

#include "page/leave.h"
#include "page/mail_sent.h"
#include "page/page.h"
#include "signin/prove.h"

/* Has this session no code to wait for: none was sent yet, or the last one was accepted, is too old, or went elsewhere?  A reload while it is
 * alive sends nothing, nor does a form that failed. */
static bool
is_first(const struct page *page, const struct mail_code_state *state)
{
	return state->sends == 0 || (!state->alive && page->request->method == METHOD_GET);
}

static enum err
send_first(struct page *page, struct mail_code_state *state)
{
	struct mail_sending sending;
	enum err err = prove_send_first(page->ctx, &page->journey, &sending);

	if (err != ERR_OK)
		return err == ERR_REFUSED ? ERR_OK : err;
	if (sending.verdict == MAIL_LIMITED)
		mail_sent_none(page, sending.wait);
	state->delivery = MAIL_ON_ITS_WAY;
	return ERR_OK;
}

static enum err
show_sent(struct page *page)
{
	struct mail_code_state state = {0};
	const char *address = NULL;
	enum err err = prove_sent(page->ctx, &page->journey, &address, &state);

	if (err != ERR_OK || address == NULL)
		return err;
	if (is_first(page, &state))
		err = send_first(page, &state);
	mail_sent_show(page, mailbox_mask(page->ctx->arena, address), &state);
	return err;
}

static enum err
show(struct page *page)
{
	unsigned left = 0;
	enum err err = prove_codes_left(page->ctx, &page->journey, &left);

	view_number(page->view, "codes_left", left);
	view_text(page->view, "method", page->journey.account->method);
	page_show_caller(page);
	return err == ERR_OK ? show_sent(page) : err;
}

static bool
is_by_mail(const struct page *page)
{
	const struct second_factor *method = method_find(page->journey.account->method);

	return method != NULL && method->send != NULL;
}

static enum err
prove(struct page *page)
{
	struct oidc_end *end = oidc_end_new(page->ctx);
	const struct prove_end ending = {oidc_end_run, end};
	struct proof proof;
	enum err err;

	end->stepped_up = true;
	err = prove_factor(page->ctx, &page->journey, request_form(page->request, "code"), &ending, &proof);
	if (err != ERR_OK)
		return err;
	if (proof.finished)
		return page_ended(page, end);
	if (!proof.moved && proof.answer.verdict != FACTOR_ACCEPTED) {
		view_flag(page->view, "clock_hint", proof.answer.clock);
		page_fail_factor(page, "code", is_by_mail(page) ? MAIL_SENT_WORDS : "code", &proof.answer);
		return page_show(page);
	}
	if (!proof.moved)
		page_set_token(page, proof.token);
	return page_go_on(page);
}

static enum err
resend(struct page *page)
{
	struct mail_sending sending;
	enum err err = prove_send(page->ctx, &page->journey, &sending);

	if (err != ERR_OK)
		return err == ERR_REFUSED ? page_go_on(page) : err;
	mail_sent_said(page, &sending);
	return page_show(page);
}

static enum err
recover(struct page *page)
{
	return page_go(page, "/recover");
}

static const struct action actions[] = {
    {"continue", prove}, {"resend", resend}, {"recover", recover}, {"sign-out", leave}, {NULL, NULL}};
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
