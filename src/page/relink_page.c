#include "page/relink_page.h"

#include <string.h>

#include "account/account.h"
#include "factor/totp.h"
#include "mail/mailbox.h"
#include "page/change.h"
#include "page/leave.h"
#include "page/mail_sent.h"
#include "page/page.h"
#include "page/sign_in.h"
#include "signin/relink.h"

#define REVIEW PAGE_RELINK "/review"

/* --- what is shown --- */

static const char *
life(struct page *page, int64_t period)
{
	return text_duration(page->ctx->text, page->ctx->language, period, page->ctx->arena);
}

static void
show_claim(struct page *page, const struct ClaimRecord *claim)
{
	view_text(page->view, "claim_state", claim->state);
	view_text(page->view, "why", claim->why);
	view_text(page->view, "opened", page_moment(page->ctx, claim->opened));
	view_text(page->view, "until", page_moment(page->ctx, claim->until));
	if (claim->ended != 0)
		view_text(page->view, "ended", page_moment(page->ctx, claim->ended));
	view_flag(page->view, "claim_open", claim_is_open(claim));
	view_flag(page->view, "contested", claim->contested);
	view_flag(page->view, "agreed", claim->decided != 0);
}

static void
show_draft(struct page *page, const struct relink *relink)
{
	struct view *view = page->view;
	bool both = relink->credential_proven && *relink->factor_proven != '\0';

	view_text(view, "old_reference", relink->old->support_reference);
	view_flag(view, "credential_proven", relink->credential_proven);
	view_text(view, "factor_proven", relink->factor_proven);
	view_flag(view, "both_proven", both);
	view_flag(view, "exhausted", relink->exhausted);
	view_text(view, "method", relink->method);
	if (relink->address == NULL)
		return;
	view_flag(view, "code_sent", relink->mail.alive);
	mail_sent_show(page, mailbox_mask(page->ctx->arena, relink->address), &relink->mail);
}

/* Which of its parts the page shows. */
static const char *
part(const struct page *page, const struct relink *relink)
{
	if (relink->claim != NULL && claim_is_open(relink->claim))
		return "claim";
	if (relink->old == NULL)
		return "name";
	return strcmp(page->screen->path, REVIEW) == 0 ? "review" : "prove";
}

/* How the way to the provider ended. */
static void
show_return(struct page *page)
{
	const char *why = request_query(page->request, "why");

	if (why == NULL || page->request->method != METHOD_GET)
		return;
	if (strcmp(why, "credential") == 0)
		page_fail(page, "provider", "wrong", 0);
	else if (strcmp(why, "cancelled") == 0)
		view_flag(page->view, "came_back", true);
}

static enum err
show(struct page *page)
{
	struct ctx *ctx = page->ctx;
	struct relink relink;
	const char *shown;
	enum err err = relink_load(ctx, &page->journey, &relink);

	if (err != ERR_OK)
		return err;
	/* It has led here: that was all it was for. */
	page->reseal |= page->pending->relink;
	page->pending->relink = false;
	shown = part(page, &relink);
	/* Its draft is gone, or has become a claim. */
	if (strcmp(page->screen->path, REVIEW) == 0 && strcmp(shown, "review") != 0)
		return page_go(page, PAGE_RELINK);
	view_text(page->view, "prove_url", page_path(page, PAGE_RELINK));
	view_text(page->view, "part", shown);
	view_text(page->view, "claim_period", life(page, ctx->config->limits.claim_period));
	view_text(page->view, "claim_decision", life(page, ctx->config->limits.claim_decision));
	view_flag(page->view, "done", page->journey.step == STEP_DONE);
	view_flag(page->view, "waiting", page->journey.step == STEP_WAITING);
	view_flag(page->view, "invitations", page->journey.step == STEP_RELINK && page->journey.portal->admission == ADMISSION_INVITATION);
	view_text(page->view, "admission_url", page_path(page, "/admission"));
	view_flag(page->view, "taken_over", *page->journey.account->former_sub != '\0');
	if (relink.claim != NULL)
		show_claim(page, relink.claim);
	if (relink.old != NULL)
		show_draft(page, &relink);
	if (strcmp(shown, "claim") != 0)
		sign_in_offer(page);
	show_return(page);
	return ERR_OK;
}

/* --- what the buttons do --- */

/* Ask for the own second factor, and come back here. */
static enum err
prove_first(struct page *page)
{
	page->pending->relink = page->reseal = true;
	return change_prove_first(page);
}

/* Everything but success; true when the answer stands. */
static bool
stopped(struct page *page, const struct relink_answer *answer, enum err *ret_err)
{
	switch (answer->verdict) {
	case RELINK_DONE:
	case RELINK_REFUSED:
	case RELINK_LIMITED:
		return false;
	case RELINK_UNPROVEN:
		*ret_err = prove_first(page);
		return true;
	case RELINK_FROZEN:
		must(change_frozen(page));
		*ret_err = ERR_OK;
		return true;
	case RELINK_MOVED:
		break;
	}
	/* The page looks again at what there is. */
	*ret_err = page_go(page, PAGE_RELINK);
	return true;
}

static enum err
fail(struct page *page, const char *field, const char *name, int64_t wait)
{
	page_fail(page, field, name, wait);
	return page_show(page);
}

static enum err
name(struct page *page, const char *typed)
{
	struct relink_answer answer;
	const char *reference;
	enum err err;

	view_text(page->view, "typed_reference", typed);
	if (*typed == '\0')
		return fail(page, "support_reference", "required", 0);
	if (account_reference_parse(page->ctx->arena, typed, &reference) != ERR_OK)
		return fail(page, "support_reference", "malformed", 0);
	err = relink_name(page->ctx, &page->journey, reference, &answer);
	if (err != ERR_OK || stopped(page, &answer, &err))
		return err;
	if (answer.verdict == RELINK_LIMITED)
		return fail(page, "support_reference", "locked", answer.wait);
	return answer.verdict == RELINK_DONE ? page_go(page, PAGE_RELINK) : fail(page, "support_reference", "wrong", 0);
}

static enum err
prove(struct page *page, const char *typed)
{
	struct relink_answer answer;
	struct factor_answer code;
	enum err err = relink_prove(page->ctx, &page->journey, typed, &answer, &code);

	if (err != ERR_OK || stopped(page, &answer, &err))
		return err;
	if (code.verdict == FACTOR_ACCEPTED)
		return page_go(page, PAGE_RELINK);
	page_fail_factor(page, "code", "code-claim", &code);
	return page_show(page);
}

static enum err
prove_recovery(struct page *page, const char *typed)
{
	struct relink_answer answer;
	struct factor_answer code;
	enum err err = relink_prove_recovery(page->ctx, &page->journey, typed, &answer, &code);

	if (err != ERR_OK || stopped(page, &answer, &err))
		return err;
	if (code.verdict == FACTOR_ACCEPTED)
		return page_go(page, PAGE_RELINK);
	if (code.verdict == FACTOR_REFUSED_MALFORMED)
		view_text(page->view, "recovery_code", typed);
	page_fail_factor(page, "recovery_code", "recovery-claim", &code);
	return page_show(page);
}

/* Each part's form has one field. */
static enum err
go_on(struct page *page)
{
	const char *reference = request_form(page->request, "support_reference");
	const char *code = request_form(page->request, "code"), *recovery = request_form(page->request, "recovery_code");

	if (page->journey.session->claimed.len == 0 || (code == NULL && recovery == NULL))
		return name(page, reference != NULL ? reference : "");
	return recovery != NULL ? prove_recovery(page, recovery) : prove(page, code);
}

static enum err
send(struct page *page)
{
	struct mail_sending sending = {.verdict = MAIL_REPEATED};
	struct relink_answer answer;
	enum err err = relink_send(page->ctx, &page->journey, &answer, &sending);

	if (err != ERR_OK || stopped(page, &answer, &err))
		return err;
	mail_sent_said(page, &sending);
	return page_show(page);
}

static enum err
old_credential(struct page *page)
{
	const struct provider_config *provider = sign_in_chosen(page);

	if (provider == NULL)
		return fail(page, "provider", "required", 0);
	if (change_frozen(page))
		return ERR_OK;
	if (relink_unproven(page->ctx, &page->journey))
		return prove_first(page);
	return sign_in_leave(page, provider, relink_leave(page->ctx, &page->journey));
}

static enum err
review(struct page *page)
{
	return page_go(page, REVIEW);
}

static enum err
confirm(struct page *page)
{
	struct relink_answer answer;
	enum err err = relink_open(page->ctx, &page->journey, &answer);

	if (err != ERR_OK || stopped(page, &answer, &err))
		return err;
	if (answer.verdict == RELINK_DONE)
		return page_go(page, PAGE_RELINK);
	return fail(page, "claim", answer.verdict == RELINK_LIMITED ? "locked" : "wrong", answer.wait);
}

/* The draft.  Not the same button as cancel: a stale page must not take back what was sent meanwhile. */
static enum err
forget(struct page *page)
{
	enum err err = relink_forget(page->ctx, &page->journey);

	return err == ERR_OK ? page_go(page, PAGE_RELINK) : err;
}

static enum err
cancel(struct page *page)
{
	struct relink_answer answer;
	enum err err = relink_cancel(page->ctx, &page->journey, &answer);

	return err == ERR_OK ? page_go(page, PAGE_RELINK) : err;
}

static enum err
back(struct page *page)
{
	return page->journey.step == STEP_DONE ? page_go(page, "/manage") : page_go_on(page);
}

static bool
allows(const struct page *page)
{
	return relink_allowed(&page->journey);
}

static const struct action actions[] = {{"continue", go_on}, {"resend", send}, {"old-credential", old_credential}, {"review", review},
    {"forget", forget}, {"cancel", cancel}, {"back", back}, {"sign-out", leave}, {NULL, NULL}};
static const struct screen screen = {
    .name = "relink",
    .path = PAGE_RELINK,
    .steps = STEP_BIT(STEP_RELINK) | STEP_BIT(STEP_WAITING) | STEP_BIT(STEP_DONE),
    .allows = allows,
    .show = show,
    .actions = actions,
};

static const struct action review_actions[] = {{"confirm", confirm}, {"sign-out", leave}, {"back", back}, {NULL, NULL}};
static const struct screen review_screen = {
    .name = "relink",
    .path = REVIEW,
    .steps = STEP_BIT(STEP_RELINK) | STEP_BIT(STEP_WAITING) | STEP_BIT(STEP_DONE),
    .allows = allows,
    .show = show,
    .actions = review_actions,
};

enum err
page_relink_review(struct ctx *ctx, const struct request *request, struct response *response)
{
	return page_serve(ctx, request, response, &review_screen);
}

enum err
page_relink(struct ctx *ctx, const struct request *request, struct response *response)
{
	return page_serve(ctx, request, response, &screen);
}
