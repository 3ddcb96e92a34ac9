#include "page/mail_sent.h"

void
mail_sent_show(struct page *page, const char *address, const struct mail_code_state *state)
{
	struct ctx *ctx = page->ctx;

	view_text(page->view, "address", address);
	view_text(page->view, "code_life", text_duration(ctx->text, ctx->language, ctx->config->limits.mail_code_lifetime, ctx->arena));
	if (state->delivery == MAIL_UNDELIVERED || !page->journey.mails)
		view_text(page->view, "sending", "failed");
}

void
mail_sent_said(struct page *page, const struct mail_sending *sending)
{
	struct ctx *ctx = page->ctx;

	switch (sending->verdict) {
	case MAIL_QUEUED:
		view_text(page->view, "sending", "new");
		break;
	case MAIL_REPEATED:
		view_text(page->view, "sending", "again");
		break;
	case MAIL_LIMITED:
		view_text(page->view, "sending", "limited");
		view_text(page->view, "send_wait", text_duration(ctx->text, ctx->language, sending->wait, ctx->arena));
		break;
	}
}

void
mail_sent_none(struct page *page, int64_t wait)
{
	view_text(page->view, "sending", "none");
	view_text(page->view, "send_wait", text_duration(page->ctx->text, page->ctx->language, wait, page->ctx->arena));
}

const char *
mail_sent_address(struct page *page)
{
	const char *typed = request_form(page->request, "email"), *address;

	view_text(page->view, "email", typed);
	if (typed == NULL || *typed == '\0') {
		page_fail(page, "email", "required", 0);
		return NULL;
	}
	if (!mailbox_parse(page->ctx->arena, typed, &address)) {
		page_fail(page, "email", "malformed", 0);
		return NULL;
	}
	return address;
}
