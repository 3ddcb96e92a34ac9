#include "page/close_account.h"

#include "page/change.h"
#include "page/language_link.h"
#include "page/leave.h"
#include "signin/life.h"

/* How long the credential opens nothing else at this portal, in words. */
static void
show_wait(struct ctx *ctx, struct view *view)
{
	view_text(view, "wait", text_duration(ctx->text, ctx->language, ctx->config->retention.closed_accounts, ctx->arena));
}

static enum err
show(struct page *page)
{
	if (change_frozen(page))
		return ERR_OK;
	show_wait(page->ctx, page->view);
	return ERR_OK;
}

/* Where the account has no second factor it is the credential that is proven again, at the provider. */
static enum err
prove_first(struct page *page)
{
	if (journey_has_factor(&page->journey))
		return change_prove_first(page);
	page->pending->prompt_login = true;
	page->reseal = true;
	return leave_to_start(page);
}

enum err
close_account_begin(struct page *page)
{
	if (change_frozen(page))
		return ERR_OK;
	change_visit(page, true);
	return life_may_close(page->ctx, &page->journey) ? page_go(page, PAGE_CLOSE) : prove_first(page);
}

/* Nothing is left of this visit, and the portal that may have waited is not answered: what stays of the request tells how it ended. */
static enum err
closed(struct page *page)
{
	struct pending *pending = page->pending;

	page->token = NULL;
	page->reseal = true;
	pending->closing = pending->finished = true;
	pending->state = pending->nonce = pending->challenge = pending->scope = pending->acr_values = pending->arrived = pending->invitation =
	    pending->claimant = "";
	return page_go(page, "/account-closed");
}

static enum err
confirm(struct page *page)
{
	enum life_verdict verdict;
	enum err err = life_close_own(page->ctx, &page->journey, &verdict);

	if (err != ERR_OK)
		return err;
	switch (verdict) {
	case LIFE_CLOSED:
		return closed(page);
	case LIFE_UNPROVEN:
		return close_account_begin(page);
	case LIFE_FROZEN: /* since the page was found: where it leads to says so */
		return page_go(page, PAGE_CLOSE);
	case LIFE_MOVED:
		break;
	}
	return page_go_on(page);
}

static enum err
back(struct page *page)
{
	change_visit(page, false);
	return page_go(page, "/manage");
}

static const struct action actions[] = {{"confirm", confirm}, {"cancel", back}, {NULL, NULL}};
static const struct screen screen = {
    .name = "close-account",
    .path = PAGE_CLOSE,
    .steps = STEP_BIT(STEP_DONE),
    .manages = true,
    .show = show,
    .actions = actions,
};

enum err
page_close_account(struct ctx *ctx, const struct request *request, struct response *response)
{
	return page_serve(ctx, request, response, &screen);
}

/* --- it is done: no session and no account belong to this page --- */

enum err
page_account_closed(struct ctx *ctx, const struct request *request, struct response *response)
{
	const char *handle = request_query(request, "r");
	struct pending *pending;
	struct view *view;

	language_choose(ctx, request);
	if (!page_find_pending(ctx, request, handle, response, &pending))
		return ERR_OK;
	if (!pending->finished || !pending->closing) {
		response_redirect(response, arena_printf(ctx->arena, "/manage?r=%s", handle));
		return ERR_OK;
	}
	view = page_view(ctx);
	view_text(view, "portal_name", page_name(ctx, &config_portal(ctx->config, pending->client)->name));
	view_text(view, "language_url", language_url(ctx, "/account-closed", handle));
	show_wait(ctx, view);
	template_print(ctx->text, ctx->language, "account-closed", view, &response->body);
	return ERR_OK;
}
