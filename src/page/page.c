#include "page/page.h"

#include <string.h>

#include "account/caller.h"
#include "oidc/code.h"
#include "page/error.h"
#include "page/language_link.h"
#include "signin/arrive.h"
#include "signin/relink.h"
#include "web/csrf.h"
#include "web/look.h"

const char *
page_name(const struct ctx *ctx, const struct names *names)
{
	return look_name(ctx, names);
}

struct view *
page_view(struct ctx *ctx)
{
	return look_view(ctx);
}

const char *
page_moment(struct ctx *ctx, int64_t time)
{
	return look_moment(ctx, time);
}

const char *
page_origin(struct ctx *ctx, const char *url)
{
	const char *host = strstr(url, "://");

	if (host == NULL)
		return url;
	host += 3;
	return arena_printf(ctx->arena, "%.*s", (int)(host - url) + (int)strcspn(host, "/?#"), url);
}

const char *
page_start_url(struct ctx *ctx, const struct portal_config *portal)
{
	if (portal != NULL)
		return portal->start_url;
	/* Unknown which one: the only one, or the list of them. */
	if (ctx->config->portal_count == 1 && ctx->config->portals[0].start_url != NULL)
		return ctx->config->portals[0].start_url;
	return ctx->config->portal_count > 1 ? "/" : NULL;
}

const char *
page_path(struct page *page, const char *path)
{
	return arena_printf(page->ctx->arena, "%s%cr=%s", path, strchr(path, '?') != NULL ? '&' : '?', page->pending->handle);
}

enum err
page_go(struct page *page, const char *path)
{
	response_redirect(page->response, page_path(page, path));
	return ERR_OK;
}

void
page_set_token(struct page *page, const char *token)
{
	if (page->journey.token != NULL && strcmp(page->journey.token, token) == 0)
		return;
	page->journey.token = page->token = token;
}

enum err
page_next(struct page *page, const char **ret_path)
{
	enum err err = journey_find(page->ctx, page->pending, page->journey.token, &page->journey);
	bool done = err == ERR_OK && page->journey.step == STEP_DONE;

	if (err != ERR_OK)
		return err;
	if (page->pending->relink && relink_allowed(&page->journey))
		*ret_path = PAGE_RELINK;
	else
		*ret_path = !done || journey_over(&page->journey) ? journey_path(page->journey.step) : page->pending->closing ? PAGE_CLOSE : PAGE_SUCCESS;
	return ERR_OK;
}

void
page_fail(struct page *page, const char *field, const char *name, int64_t wait)
{
	look_fail(page->ctx, page->response, page->view, field, arena_printf(page->ctx->arena, "field.%s.%s", field, name), name, wait);
}

void
page_fail_in_words(struct page *page, const char *field, const char *words, const char *name)
{
	look_fail(page->ctx, page->response, page->view, field, arena_printf(page->ctx->arena, "field.%s.%s", words, name), name, 0);
}

void
page_fail_factor(struct page *page, const char *field, const char *words, const struct factor_answer *answer)
{
	const char *name = factor_verdict_print(answer->verdict);
	const char *key = arena_printf(page->ctx->arena, "field.%s.%s", words, name);
	const char *disabled = arena_printf(page->ctx->arena, "field.%s.disabled", words);

	/* The same name for machines, but other words: no new code helps any more. */
	look_fail(page->ctx, page->response, page->view, field, answer->disabled && text_has(page->ctx->text, disabled) ? disabled : key, name, answer->wait);
}

static void
fill_common(struct page *page)
{
	struct ctx *ctx = page->ctx;
	struct view *view = page->view;
	const char *path = page_path(page, page->screen->path);

	view_text(view, "portal_name", page_name(ctx, &page->journey.portal->name));
	view_text(view, "action_url", path);
	view_text(view, "language_url", language_url(ctx, page->screen->path, page->pending->handle));
	view_text(view, "csrf", csrf_print(ctx, page->pending->id));
	view_text(view, "r", page->pending->handle);
	if (page->journey.account != NULL)
		view_text(view, "support_reference", page->journey.account->support_reference);
	if (*page->pending->redirect_uri != '\0')
		page->response->form_action = page_origin(ctx, page->pending->redirect_uri);
}

void
page_show_caller(struct page *page)
{
	struct ctx *ctx = page->ctx;
	struct caller_code code = caller_code(ctx, record_bytes(page->journey.account->id),
	    page->journey.step == STEP_DONE ? CALLER_FACTOR : CALLER_CREDENTIAL);

	view_text(page->view, "caller_code", code.digits);
	view_text(page->view, "caller_code_wait", text_duration(ctx->text, ctx->language, code.expires - ctx->now, ctx->arena));
}

enum err
page_show(struct page *page)
{
	enum err err;

	fill_common(page);
	err = page->screen->show(page);
	/* It may have redirected, or answered by itself. */
	if (err != ERR_OK || page->response->status == 303 || page->response->body.len > 0)
		return err;
	template_print(page->ctx->text, page->ctx->language, page->screen->name, page->view, &page->response->body);
	return ERR_OK;
}

enum err
page_save_pending(struct ctx *ctx, const struct pending *pending, struct response *response)
{
	int64_t life = pending->finished ? PENDING_AFTERGLOW : pending->created + ctx->config->limits.login_lifetime - ctx->now;
	const char *value;
	enum err err = pending_print(ctx, pending, &value);

	if (err == ERR_OK)
		response_cookie(response, arena_printf(ctx->arena, PENDING_COOKIE "%s", pending->handle), value, SAME_SITE_NONE,
		    life > 0 ? (life + 999) / 1000 : 0);
	return err;
}

void
page_make_room(struct ctx *ctx, const struct request *request, struct response *response)
{
	const size_t prefix = sizeof(PENDING_COOKIE) - 1;
	const char *oldest = NULL;
	int64_t oldest_time = INT64_MAX;
	unsigned count = 0;

	for (size_t i = 0; i < request->cookies.count; i++) {
		const struct field *cookie = &request->cookies.items[i];
		const struct pending *pending;
		int64_t created = 0;
		if (strncmp(cookie->name, PENDING_COOKIE, prefix) != 0)
			continue;
		count++;
		if (pending_parse(ctx, cookie->name + prefix, cookie->value, &pending) == ERR_OK)
			created = pending->created;
		if (created < oldest_time) {
			oldest_time = created;
			oldest = cookie->name;
		}
	}
	if (count >= PENDING_MOST)
		response_cookie(response, oldest, "", SAME_SITE_NONE, 0);
}

void
page_over(struct ctx *ctx, const struct pending *pending, struct response *response)
{
	const struct portal_config *portal = config_portal(ctx->config, pending->client);
	struct view *view = page_view(ctx);

	if (pending->finished && pending->closing) {
		response_redirect(response, arena_printf(ctx->arena, "/account-closed?r=%s", pending->handle));
		return;
	}
	if (portal != NULL) {
		view_text(view, "portal_name", page_name(ctx, &portal->name));
		view_text(view, "continue_url", portal->start_url);
	}
	view_text(view, "language_url", language_url(ctx, "/continue", pending->handle));
	template_print(ctx->text, ctx->language, "continue", view, &response->body);
}

/* What is kept of an answered request: enough to tell who comes back where to go on. */
static enum err
save_finished(struct ctx *ctx, const struct pending *pending, struct response *response)
{
	struct pending rest = *pending;

	if (!pending->stored)
		return ERR_OK;
	rest.finished = true;
	rest.closing = rest.relink = false;
	rest.state = rest.nonce = rest.challenge = rest.scope = rest.acr_values = rest.arrived = rest.invitation = rest.claimant = "";
	return page_save_pending(ctx, &rest, response);
}

static enum err
finished(struct ctx *ctx, const struct journey *journey, const struct oidc_end *end, struct response *response)
{
	response_redirect(response, oidc_end_url(ctx, journey, end));
	if (strcmp(end->token, journey->token) != 0)
		response_cookie(response, SESSION_COOKIE, end->token, SAME_SITE_LAX, -1);
	log_event(LOG_INFO, &ctx->log, "Sign-in finished");
	return save_finished(ctx, journey->pending, response);
}

enum err
page_finish(struct ctx *ctx, struct journey *journey, struct response *response)
{
	struct oidc_end *end = oidc_end_new(ctx);
	enum err err = oidc_finish(ctx, journey, end);

	switch (err) {
	case ERR_OK:
		return finished(ctx, journey, end, response);
	case ERR_EXISTS:
		page_over(ctx, journey->pending, response);
		return save_finished(ctx, journey->pending, response);
	case ERR_NOT_FOUND:
		/* The session ended meanwhile: from the start. */
		response_redirect(response, arena_printf(ctx->arena, "/sign-in?r=%s", journey->pending->handle));
		return page_save_pending(ctx, journey->pending, response);
	case ERR_IO:
	case ERR_STORE:
	case ERR_FULL:
	case ERR_FORMAT:
	case ERR_TOO_BIG:
	case ERR_TIMEOUT:
	case ERR_BUSY:
	case ERR_PEER:
	case ERR_CRYPTO:
	case ERR_CONFIG:
	case ERR_REFUSED:
		break;
	}
	return err;
}

bool
page_has_portal(const struct page *page)
{
	return *page->pending->redirect_uri != '\0';
}

/* A session cookie that is new in this answer goes first: the end may renew it once more.  The request's own cookie is written by the end. */
static void
put_cookies_first(struct page *page)
{
	if (page->token != NULL)
		response_cookie(page->response, SESSION_COOKIE, page->token, SAME_SITE_LAX, -1);
	page->token = NULL;
	page->reseal = false;
}

enum err
page_end(struct page *page)
{
	put_cookies_first(page);
	return page_finish(page->ctx, &page->journey, page->response);
}

enum err
page_ended(struct page *page, const struct oidc_end *end)
{
	put_cookies_first(page);
	return finished(page->ctx, &page->journey, end, page->response);
}

/* The last button ended the sign-in under a cookie that this request does not have: a second click, or an answer that was lost. */
static enum err
look_for_end(struct page *page, bool *ret_over)
{
	enum err err = ERR_OK;

	*ret_over = false;
	if (page->journey.step == STEP_CHOOSE_PROVIDER)
		err = oidc_answered(page->ctx, page->pending, ret_over);
	if (err != ERR_OK || !*ret_over)
		return err;
	page->reseal = false;
	page_over(page->ctx, page->pending, page->response);
	return save_finished(page->ctx, page->pending, page->response);
}

enum err
page_go_on(struct page *page)
{
	const char *path;
	bool over = false;
	enum err err = page_next(page, &path);

	if (err == ERR_OK)
		err = look_for_end(page, &over);
	if (err != ERR_OK || over)
		return err;
	return journey_over(&page->journey) && page_has_portal(page) ? page_end(page) : page_go(page, path);
}

bool
page_find_pending(struct ctx *ctx, const struct request *request, const char *handle, struct response *response, struct pending **ret_pending)
{
	const struct pending *found;
	const char *value, *reason = "cookies-missing";
	enum err err;

	if (!pending_handle_valid(handle)) {
		error_page(ctx, request, 400, handle == NULL ? "cookies-missing" : "bad-request", response);
		return false;
	}
	value = request_cookie(request, arena_printf(ctx->arena, PENDING_COOKIE "%s", handle));
	if (value != NULL) {
		err = pending_parse(ctx, handle, value, &found);
		if (err == ERR_OK && config_portal(ctx->config, found->client) != NULL) {
			*ret_pending = arena_new_object(ctx->arena, struct pending);
			**ret_pending = *found;
			ctx->log.portal = found->client;
			return true;
		}
		if (err == ERR_TIMEOUT)
			reason = "expired-request";
		else if (err == ERR_OK)
			reason = "unknown-portal";
	}
	error_page(ctx, request, 400, reason, response);
	return false;
}

/* The session that a provider's answer began meets the browser's own cookie. */
static enum err
join(struct page *page, const char **ret_cookie)
{
	const char *token;
	enum err err;

	*ret_cookie = request_cookie(page->request, SESSION_COOKIE);
	if (*page->pending->arrived == '\0')
		return ERR_OK;
	err = arrive_join(page->ctx, page->pending, *ret_cookie, &token);
	if (err != ERR_OK)
		return err;
	if (token != NULL && (*ret_cookie == NULL || strcmp(*ret_cookie, token) != 0))
		*ret_cookie = page->token = token;
	page->pending->arrived = "";
	page->reseal = true;
	return ERR_OK;
}

static enum err
run_action(struct page *page)
{
	const char *name = request_form(page->request, "action");
	const struct action *action = page->screen->actions;

	if (!csrf_check(page->ctx, page->pending->id, request_form(page->request, "csrf"))) {
		error_page(page->ctx, page->request, 403, "forbidden", page->response);
		return ERR_OK;
	}
	while (action != NULL && action->name != NULL && name != NULL && strcmp(action->name, name) != 0)
		action++;
	if (action == NULL || action->name == NULL) {
		error_page(page->ctx, page->request, 400, "bad-request", page->response);
		return ERR_OK;
	}
	return action->run(page);
}

static bool
is_theirs(const struct page *page)
{
	return (page->screen->steps & STEP_BIT(page->journey.step)) != 0 && (page->screen->allows == NULL || page->screen->allows(page));
}

static enum err
serve(struct page *page)
{
	const char *cookie;
	enum err err;

	err = join(page, &cookie);
	if (err == ERR_OK)
		err = journey_find(page->ctx, page->pending, cookie, &page->journey);
	if (err == ERR_OK)
		err = journey_touch(page->ctx, &page->journey);
	if (err != ERR_OK)
		return err;
	if (!is_theirs(page)) {
		page->reseal |= page->screen->manages && !page->pending->manage;
		page->pending->manage |= page->screen->manages;
		return page_go_on(page);
	}
	return page->request->method == METHOD_POST ? run_action(page) : page_show(page);
}

enum err
page_serve(struct ctx *ctx, const struct request *request, struct response *response, const struct screen *screen)
{
	struct page page = {.ctx = ctx, .request = request, .response = response, .screen = screen};
	const char *handle = request_query(request, "r");
	enum err err;

	language_choose(ctx, request);
	if (handle == NULL)
		handle = request_form(request, "r");
	if (!page_find_pending(ctx, request, handle, response, &page.pending))
		return ERR_OK;
	if (page.pending->finished) {
		page_over(ctx, page.pending, response);
		return ERR_OK;
	}
	page.view = page_view(ctx);
	err = serve(&page);
	if (err != ERR_OK)
		return err;
	if (page.token != NULL)
		response_cookie(response, SESSION_COOKIE, page.token, SAME_SITE_LAX, -1);
	return page.reseal ? page_save_pending(ctx, page.pending, response) : ERR_OK;
}
