#include "demo/stand_in.h"

#include <string.h>

#include "crypto/seal.h"
#include "net/http.h"

#define SEALED_MAX 16384

static struct demo *the_demo; /* one a process */

void
stand_in_use(struct demo *demo)
{
	the_demo = demo;
}

struct demo *
stand_in_demo(void)
{
	return the_demo;
}

static bool
host_is(const struct request *request, const char *host)
{
	size_t len = strlen(host);

	return strncmp(request->host, host, len) == 0 &&
	       (request->host[len] == '\0' || request->host[len] == ':');
}

struct demo_provider *
stand_in_provider(const struct request *request)
{
	for (size_t i = 0; i < DEMO_PROVIDERS; i++)
		if (host_is(request, the_demo->providers[i].host))
			return &the_demo->providers[i];
	return NULL;
}

struct demo_portal *
stand_in_portal(const struct request *request)
{
	for (size_t i = 0; i < DEMO_PORTALS; i++)
		if (host_is(request, the_demo->portals[i].host))
			return &the_demo->portals[i];
	return NULL;
}

bool
stand_in_is_mail(const struct request *request)
{
	return host_is(request, DEMO_MAIL_HOST);
}

static enum language
choose_language(const struct request *request)
{
	const char *wish = request_query(request, "lang");

	if (wish == NULL)
		wish = request_form(request, "lang");
	if (wish == NULL)
		wish = request_header(request, "Accept-Language");
	return wish != NULL && strncasecmp(wish, "fr", 2) == 0 ? LANGUAGE_FR : LANGUAGE_EN;
}

static const char *
link_in(struct arena *arena, enum language language, const char *path)
{
	return arena_printf(arena, "%s%clang=%s", path, strchr(path, '?') != NULL ? '&' : '?',
	    language_print(language));
}

const char *
stand_in_link(const struct ctx *ctx, const char *path)
{
	return link_in(ctx->arena, ctx->language, path);
}

struct view *
stand_in_view(struct ctx *ctx, const struct request *request, const char *back)
{
	struct view *view = view_new(ctx->arena);
	const struct demo_provider *provider = stand_in_provider(request);
	const struct demo_portal *portal = stand_in_portal(request);

	ctx->language = choose_language(request);
	view_text(view, "stand_in",
	    provider != NULL		? provider->id
	    : portal != NULL		? portal->id
	    : stand_in_is_mail(request) ? "mail"
					: "");
	view_flag(view, "is_portal", portal != NULL);
	view_text(view, "service", the_demo->service);
	view_text(view, "home_url", stand_in_link(ctx, "/"));
	if (back != NULL)
		view_text(view, "language_url",
		    link_in(ctx->arena, ctx->language == LANGUAGE_EN ? LANGUAGE_FR : LANGUAGE_EN,
			back));
	return view;
}

void
stand_in_page(struct ctx *ctx, const char *name, const struct view *view, struct response *response)
{
	template_print(ctx->text, ctx->language, name, view, &response->body);
}

enum err
stand_in_refuse(struct ctx *ctx, const struct request *request, int status, const char *why,
    const char *detail, struct response *response)
{
	struct view *view =
	    stand_in_view(ctx, request, arena_printf(ctx->arena, "/refused?why=%s", why));

	view_text(view, "why", why);
	view_text(view, "sentence",
	    text_sentence(ctx->text, ctx->language, arena_printf(ctx->arena, "why.%s", why), NULL,
		ctx->arena));
	view_text(view, "detail", detail);
	view_text(view, "start_url",
	    stand_in_portal(request) != NULL ? stand_in_link(ctx, "/start") : NULL);
	response->status = status;
	stand_in_page(ctx, "refused", view, response);
	return ERR_OK;
}

const char *
stand_in_seal(struct ctx *ctx, const char *purpose, const char *const *parts)
{
	struct buf plain;

	buf_init(&plain, ctx->arena, SEALED_MAX);
	for (; *parts != NULL; parts++) {
		must(strchr(*parts, '\n') == NULL);
		buf_put_text(&plain, *parts);
		buf_put_byte(&plain, '\n');
	}
	must(!plain.failed);
	return base64url_print(ctx->arena,
	    seal(the_demo->session_keys, purpose, bytes_of(""), buf_bytes(&plain), ctx->arena));
}

bool
stand_in_open(
    struct ctx *ctx, const char *purpose, const char *sealed, const char **ret_parts, size_t count)
{
	struct bytes bytes, plain;
	char *rest, *line;
	size_t n = 0;

	if (sealed == NULL || base64url_parse(ctx->arena, bytes_of(sealed), &bytes) != ERR_OK ||
	    seal_open(the_demo->session_keys, purpose, bytes_of(""), bytes, ctx->arena, &plain) !=
		ERR_OK)
		return false;
	rest = arena_text_of(ctx->arena, plain);
	while (n < count && (line = strsep(&rest, "\n")) != NULL && rest != NULL)
		ret_parts[n++] = line;
	return n == count && rest != NULL && *rest == '\0';
}

enum err
stand_in_fetch(struct ctx *ctx, const char *path, const struct fields *form, struct bytes *ret_body,
    const char **ret_reason)
{
	const struct http_options options = {
	    .allowed = &the_demo->service, .allowed_count = 1, .size_limit = 1 << 18};
	const char *url = arena_printf(ctx->arena, "%s%s", the_demo->service, path);
	struct http_answer answer;
	enum err err;

	*ret_reason = "";
	if (form != NULL)
		err = http_post(&options, url, form, NULL, ctx->arena, &answer, ret_reason);
	else
		err = http_get(&options, url, NULL, ctx->arena, &answer, ret_reason);
	if (err != ERR_OK)
		return err;
	*ret_body = answer.body;
	if (answer.status == 200)
		return ERR_OK;
	*ret_reason = arena_printf(
	    ctx->arena, "status %d: %.200s", answer.status, arena_text_of(ctx->arena, answer.body));
	return ERR_PEER;
}

static enum err
home(struct ctx *ctx, const struct request *request, struct response *response)
{
	if (stand_in_is_mail(request))
		return inbox_home(ctx, request, response);
	return stand_in_portal(request) != NULL ? portal_home(ctx, request, response)
						: idp_pages_home(ctx, request, response);
}

static enum err
sign_out(struct ctx *ctx, const struct request *request, struct response *response)
{
	return stand_in_portal(request) != NULL ? portal_sign_out(ctx, request, response)
						: idp_pages_sign_out(ctx, request, response);
}

static enum err
style(struct ctx *ctx, const struct request *request, struct response *response)
{
	struct bytes content;

	(void)request;
	must(text_file(ctx->text, "style.css", &content) == ERR_OK);
	buf_put_bytes(&response->body, content);
	response->content_type = "text/css; charset=utf-8";
	response->cache = "no-cache";
	return ERR_OK;
}

/* A refusal again, in the other language. */
static enum err
refused(struct ctx *ctx, const struct request *request, struct response *response)
{
	const char *why = request_query(request, "why");

	if (why == NULL || !text_has(ctx->text, arena_printf(ctx->arena, "why.%s", why)))
		return stand_in_refuse(ctx, request, 404, "not-found", NULL, response);
	return stand_in_refuse(ctx, request, 200, why, NULL, response);
}

static const struct route routes[] = {
    {METHOD_GET, "/", home, .metric = "home"},
    {METHOD_GET, "/metadata", idp_pages_metadata, .metric = "metadata"},
    {METHOD_GET, "/sso", idp_pages_sso, .metric = "sso"},
    {METHOD_POST, "/sign-in", idp_pages_sign_in, .metric = "sign-in"},
    {METHOD_GET, "/continue", idp_pages_continue, .metric = "continue"},
    {METHOD_GET | METHOD_POST, "/register", idp_pages_register, .metric = "register"},
    {METHOD_POST, "/sign-out", sign_out, .metric = "sign-out"},
    {METHOD_GET, "/signed-out", idp_pages_signed_out, .metric = "signed-out"},
    {METHOD_GET, "/start", portal_start, .metric = "start"},
    {METHOD_GET, "/callback", portal_callback, .metric = "callback"},
    {METHOD_GET, "/refused", refused, .metric = "refused"},
    {METHOD_GET, "/style.css", style, .metric = "style"},
};

static void
show_error(struct ctx *ctx, const struct request *request, const struct route *route, int status,
    const char *reason, struct response *response)
{
	(void)route;
	stand_in_refuse(
	    ctx, request, status, status == 404 ? "not-found" : "generic", reason, response);
}

const struct routes demo_routes = {
    .items = routes, .count = sizeof(routes) / sizeof(routes[0]), .error = show_error};
