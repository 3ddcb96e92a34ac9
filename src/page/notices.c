#include "page/notices.h"

#include <string.h>

#include "account/notice.h"
#include "page/change.h"
#include "page/error.h"
#include "page/language_link.h"
#include "page/mail_sent.h"
#include "signin/freeze.h"
#include "signin/notice_address.h"
#include "web/csrf.h"

/* ---- notice-address ---- */

static enum err
show(struct page *page)
{
	const char *proving = notice_address_proving(&page->journey);
	struct notice_address address;
	enum err err;

	/* From manage, too long after the last proof. */
	if (page->journey.step == STEP_DONE && change_frozen(page))
		return ERR_OK;
	if (!notice_address_allowed(page->ctx, &page->journey))
		return change_prove_first(page);
	err = notice_address_load(page->ctx, &page->journey, &address);
	if (err != ERR_OK)
		return err;
	view_flag(page->view, "offered", page->journey.step == STEP_NOTICE_ADDRESS);
	view_flag(page->view, "proving", *proving != '\0');
	if (address.present != NULL)
		view_text(page->view, "present", mailbox_mask(page->ctx->arena, address.present));
	if (*proving != '\0')
		mail_sent_show(page, proving, &address.code);
	return ERR_OK;
}

static enum err
refused_or(struct page *page, enum err err)
{
	return err == ERR_REFUSED ? page_go_on(page) : err;
}

static enum err
give(struct page *page)
{
	const char *address = mail_sent_address(page);
	struct mail_sending sending;
	enum err err;

	if (address == NULL)
		return page_show(page);
	err = notice_address_send(page->ctx, &page->journey, address, &sending);
	if (err != ERR_OK)
		return refused_or(page, err);
	if (sending.verdict != MAIL_LIMITED)
		return page_go(page, page->screen->path);
	page_fail(page, "email", "locked", sending.wait);
	return page_show(page);
}

static enum err
resend(struct page *page)
{
	struct mail_sending sending = {.verdict = MAIL_REPEATED};
	enum err err = notice_address_send(page->ctx, &page->journey, NULL, &sending);

	if (err != ERR_OK)
		return refused_or(page, err);
	mail_sent_said(page, &sending);
	return page_show(page);
}

static enum err
other_address(struct page *page)
{
	struct mail_sending sending;
	enum err err = notice_address_send(page->ctx, &page->journey, "", &sending);

	return err == ERR_OK ? page_go(page, page->screen->path) : refused_or(page, err);
}

/* From manage, back to it; from a change, on to where it is told. */
static enum err
leave_page(struct page *page)
{
	const struct SessionRecord *session = page->journey.session;

	if (page->journey.step == STEP_DONE)
		return page_go(page, "/manage");
	return session->codes_made >= session->factor_time ? change_made(page) : page_go_on(page);
}

static enum err
confirm(struct page *page)
{
	struct factor_answer answer;
	enum err err = notice_address_confirm(page->ctx, &page->journey, request_form(page->request, "code"), &answer);

	if (err != ERR_OK)
		return refused_or(page, err);
	if (answer.verdict == FACTOR_ACCEPTED)
		return leave_page(page);
	page_fail_factor(page, "code", MAIL_SENT_WORDS, &answer);
	return page_show(page);
}

static enum err
skip(struct page *page)
{
	enum err err = notice_address_skip(page->ctx, &page->journey);

	return err == ERR_OK ? leave_page(page) : err;
}

static bool
allows(const struct page *page)
{
	return page->journey.mails && journey_has_factor(&page->journey);
}

static const struct action actions[] = {
    {"continue", give}, {"confirm", confirm}, {"resend", resend}, {"change", other_address}, {"cancel", skip}, {NULL, NULL}};
static const struct screen screen = {
    .name = "notice-address",
    .path = "/notice-address",
    .steps = STEP_BIT(STEP_NOTICE_ADDRESS) | STEP_BIT(STEP_DONE),
    .allows = allows,
    .show = show,
    .actions = actions,
};

enum err
page_notice_address(struct ctx *ctx, const struct request *request, struct response *response)
{
	return page_serve(ctx, request, response, &screen);
}

/* ---- not-me ---- */

/* What the notice told: its first sentence, with the portal and the time. */
static const char *
what_of(struct ctx *ctx, const char *kind, const struct view *view)
{
	const char *key = arena_printf(ctx->arena, "%s.lead", kind);

	return text_has(ctx->text, key) ? text_sentence(ctx->text, ctx->language, key, view, ctx->arena) : "";
}

static void
show_not_me(struct ctx *ctx, const char *token, const struct frozen *frozen, const char *state, struct response *response)
{
	const struct portal_config *portal = frozen->over ? NULL : config_portal(ctx->config, frozen->account->portal);
	static const char *const stops[] = {[FREEZE_ACCOUNT] = "account", [FREEZE_CLAIM] = "claim", [FREEZE_RESET] = "reset", [FREEZE_TAKER] = "taker"};
	struct view *view = page_view(ctx);

	view_text(view, "state", state);
	view_text(view, "stops", stops[frozen->stops]);
	if (!frozen->over) {
		view_text(view, "portal_name", portal != NULL ? page_name(ctx, &portal->name) : frozen->account->portal);
		view_text(view, "when", page_moment(ctx, frozen->when));
		view_text(view, "what", what_of(ctx, frozen->kind, view));
		view_text(view, "support_reference", frozen->account->support_reference);
		view_text(view, "csrf", csrf_print(ctx, token));
		view_text(view, "action_url", arena_printf(ctx->arena, "/not-me?t=%s", token));
	}
	/* To look at the link in the other language is to look at it again. */
	if (strcmp(state, "done") != 0 && token != NULL)
		view_text(view, "language_url",
		    arena_printf(ctx->arena, "/not-me?t=%s&to=%s", token, language_print(ctx->language == LANGUAGE_FR ? LANGUAGE_EN : LANGUAGE_FR)));
	template_print(ctx->text, ctx->language, "not-me", view, &response->body);
}

/* The token is a secret of its own: the form's csrf is bound to it, so a mail that is opened in a browser without cookies works too. */
enum err
page_not_me(struct ctx *ctx, const struct request *request, struct response *response)
{
	const char *token = request_query(request, "t"), *action = request_form(request, "action");
	struct frozen frozen;
	enum err err;

	language_choose(ctx, request);
	language_take(ctx, request_query(request, "to"), response);
	if (request->method == METHOD_POST && (action == NULL || strcmp(action, "confirm") != 0 || !csrf_check(ctx, token, request_form(request, "csrf")))) {
		error_page(ctx, request, 400, "bad-request", response);
		return ERR_OK;
	}
	err = request->method == METHOD_POST ? freeze_do(ctx, token, &frozen) : freeze_look(ctx, token, &frozen);
	if (err != ERR_OK)
		return err;
	if (request->method == METHOD_POST && !frozen.over)
		log_event(LOG_WARNING, &ctx->log, "A person said of a notice: this was not me", LOG_TEXT("notice", frozen.kind));
	show_not_me(ctx, token, &frozen, frozen.over ? "over" : request->method == METHOD_POST ? "done" : "asking", response);
	return ERR_OK;
}
