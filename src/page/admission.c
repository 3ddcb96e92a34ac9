#include "page/admission.h"

#include "account/status.h"
#include "mail/mailbox.h"
#include "page/error.h"
#include "page/leave.h"
#include "page/page.h"
#include "signin/entry.h"
#include "signin/overview.h"

static bool
may_invite(const struct page *page)
{
	return entry_takes(&page->journey);
}

/* Each refusal has a sentence of its own; machines know five of them. */
static void
fail(struct page *page, enum invite verdict)
{
	const char *words = "invitation";

	if (verdict == INVITE_FOREIGN)
		words = "invitation-foreign";
	if (verdict == INVITE_REVOKED)
		words = "invitation-revoked";
	page_fail_in_words(page, "invitation", words, invite_print(verdict));
}

/* What the person gave before does not admit any more: another one was faster, or it was taken back. */
static enum err
show_loss(struct page *page)
{
	enum invite why;
	enum err err = entry_lost(page->ctx, &page->journey, &why);

	if (err == ERR_OK && why != INVITE_ACCEPTED)
		fail(page, why);
	return err;
}

static enum err
show_admission(struct page *page)
{
	const char *typed = request_form(page->request, "invitation");

	view_text(page->view, "invitation", typed != NULL ? typed : page->pending->invitation);
	view_flag(page->view, "can_claim", page->journey.step == STEP_ADMISSION);
	return page->request->method == METHOD_GET ? show_loss(page) : ERR_OK;
}

static enum err
invite(struct page *page)
{
	enum invite verdict;
	enum err err = entry_invite(page->ctx, &page->journey, request_form(page->request, "invitation"), &verdict);

	if (err != ERR_OK)
		return err;
	if (invite_print(verdict) == NULL)
		return page_go_on(page);
	fail(page, verdict);
	return page_show(page);
}

static enum err
claim(struct page *page)
{
	enum err err = entry_claim(page->ctx, &page->journey);

	return err == ERR_OK ? page_go_on(page) : err;
}

static const struct action admission_actions[] = {{"continue", invite}, {"recover", claim}, {"sign-out", leave}, {NULL, NULL}};
static const struct screen admission = {
    .name = "admission",
    .path = "/admission",
    .steps = STEP_BIT(STEP_ADMISSION) | STEP_BIT(STEP_ENROL) | STEP_BIT(STEP_ENROL_MAIL) | STEP_BIT(STEP_ENROL_MAIL_CODE) |
	     STEP_BIT(STEP_ENROL_TOTP) | STEP_BIT(STEP_RELINK),
    .allows = may_invite,
    .show = show_admission,
    .actions = admission_actions,
};

static enum err
show_waiting(struct page *page)
{
	struct ctx *ctx = page->ctx;
	const struct AccountRecord *account = page->journey.account;
	struct overview overview;
	const char *address;
	enum err err = overview_load(ctx, &page->journey, &overview);

	if (err != ERR_OK)
		return err;
	address = overview.notice_address != NULL ? overview.notice_address : overview.address;
	if (page->journey.mails && address != NULL)
		view_text(page->view, "address", mailbox_mask(ctx->arena, address));
	view_text(page->view, "since", page_moment(ctx, account->created));
	view_text(page->view, "checked", page_moment(ctx, ctx->now));
	view_text(page->view, "relink_url", page_path(page, "/relink"));
	return ERR_OK;
}

static const struct action waiting_actions[] = {{"continue", page_go_on}, {"sign-out", leave}, {NULL, NULL}};
static const struct screen waiting = {
    .name = "waiting-approval",
    .path = "/waiting",
    .steps = STEP_BIT(STEP_WAITING),
    .show = show_waiting,
    .actions = waiting_actions,
};

static const char *
end_reason(const struct AccountRecord *account)
{
	switch (status_of(account)) {
	case STATUS_REFUSED:
		return "account-refused";
	case STATUS_UNLINKED:
		return "credential-ended";
	case STATUS_MOVED:
		return "account-moved";
	case STATUS_CLOSED:
	case STATUS_WAITING:
	case STATUS_CLAIMANT:
	case STATUS_ACTIVE:
	case STATUS_COUNT:
		break;
	}
	return "account-closed";
}

static enum err
show_ended(struct page *page)
{
	const struct AccountRecord *account = page->journey.account;

	error_page_account(page->ctx, page->request, end_reason(account), account->support_reference, page->response);
	return ERR_OK;
}

static const struct screen ended = {
    .name = "error",
    .path = "/account-ended",
    .steps = STEP_BIT(STEP_ENDED),
    .show = show_ended,
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

enum err
page_account_ended(struct ctx *ctx, const struct request *request, struct response *response)
{
	return page_serve(ctx, request, response, &ended);
}
