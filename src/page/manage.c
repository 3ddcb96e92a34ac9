#include "page/manage.h"

#include "page/change.h"
#include "page/choose_portal.h"
#include "page/close_account.h"
#include "page/error.h"
#include "page/language_link.h"
#include "page/leave.h"
#include "mail/mailbox.h"
#include "page/page.h"
#include "signin/overview.h"

static void
add_session(struct page *page, const struct overview_session *session)
{
	const struct provider_config *provider = config_provider(page->ctx->config, session->provider);
	struct view *item = view_item(page->view, "sessions");

	view_text(item, "id", session->sid);
	view_flag(item, "current", session->current);
	view_text(item, "started", page_moment(page->ctx, session->started));
	view_text(item, "seen", page_moment(page->ctx, session->seen));
	view_text(item, "provider_name", provider != NULL ? page_name(page->ctx, &provider->name) : session->provider);
}

static void
fill(struct page *page, const struct overview *overview)
{
	const struct AccountRecord *account = page->journey.account;
	struct ctx *ctx = page->ctx;
	struct view *view = page->view;

	view_text(view, "method", overview->method);
	if (overview->method_since != 0)
		view_text(view, "method_since", page_moment(ctx, overview->method_since));
	view_number(view, "codes_left", overview->codes_left);
	view_flag(view, "codes_low", *overview->method != '\0' && overview->codes_left <= CHANGE_CODES_LOW);
	for (size_t i = 0; i < account->n_sign_ins; i++) {
		struct view *item = view_item(view, "sign_ins");
		view_text(item, "when", page_moment(ctx, account->sign_ins[i]));
		view_text(item, "when_iso", clock_print(ctx->arena, account->sign_ins[i]));
	}
	for (size_t i = 0; i < overview->session_count; i++)
		add_session(page, &overview->sessions[i]);
	if (overview->address != NULL)
		view_text(view, "address", mailbox_mask(ctx->arena, overview->address));
	if (overview->notice_address != NULL)
		view_text(view, "notice_address", mailbox_mask(ctx->arena, overview->notice_address));
	if (page->journey.mails)
		view_text(view, "notice_url", page_path(page, "/notice-address"));
	view_text(view, "relink_url", page_path(page, PAGE_RELINK));
	view_flag(view, "frozen", overview->frozen);
	page_show_caller(page);
	view_flag(view, "ended", request_query(page->request, "ended") != NULL);
	view_flag(view, "can_continue", page_has_portal(page));
}

static enum err
show(struct page *page)
{
	struct overview overview;
	enum err err = overview_load(page->ctx, &page->journey, &overview);

	if (err == ERR_OK)
		fill(page, &overview);
	return err;
}

static enum err
end_session(struct page *page)
{
	const char *sid = request_form(page->request, "session");
	bool ended = false;
	enum err err = overview_end(page->ctx, &page->journey, sid != NULL ? sid : "", &ended);

	return err == ERR_OK ? page_go(page, ended ? "/manage?ended=1" : "/manage") : err;
}

static const struct action actions[] = {{"continue", change_done}, {"change", change_factor}, {"new-codes", change_codes},
    {"end-session", end_session}, {"close", close_account_begin},
    {"sign-out", leave}, {NULL, NULL}};
static const struct screen screen = {
    .name = "manage",
    .path = "/manage",
    .steps = STEP_BIT(STEP_DONE),
    .manages = true,
    .show = show,
    .actions = actions,
};

/* A visit of its own: sign in first, then this page. */
static enum err
begin(struct ctx *ctx, const struct request *request, const struct portal_config *portal, struct response *response)
{
	struct pending *pending = pending_new(ctx, portal->id);
	enum err err = page_save_pending(ctx, pending, response);

	if (err != ERR_OK)
		return err;
	page_make_room(ctx, request, response);
	response_redirect(response, arena_printf(ctx->arena, "/manage?r=%s", pending->handle));
	return ERR_OK;
}

enum err
page_manage(struct ctx *ctx, const struct request *request, struct response *response)
{
	const char *id = request_query(request, "portal");
	const struct portal_config *portal;

	if (request_query(request, "r") != NULL || request->method == METHOD_POST)
		return page_serve(ctx, request, response, &screen);
	language_choose(ctx, request);
	portal = id != NULL ? config_portal(ctx->config, id) : ctx->config->portal_count == 1 ? &ctx->config->portals[0] : NULL;
	if (portal != NULL)
		return begin(ctx, request, portal, response);
	if (id != NULL) {
		error_page(ctx, request, 400, "unknown-portal", response);
		return ERR_OK;
	}
	return choose_portal_show(ctx, true, response);
}
