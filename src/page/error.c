#include "page/error.h"

#include <string.h>

#include "config/config.h"
#include "page/language_link.h"
#include "page/page.h"
#include "web/look.h"
#include "web/problem.h"

struct wrong {
	int status;
	const char *reason, *start_url;
	const char *manage_url, *support_reference; /* frozen */
};

static const struct portal_config *
portal_of(const struct ctx *ctx)
{
	return ctx->log.portal != NULL ? config_portal(ctx->config, ctx->log.portal) : NULL;
}

static const char *
portal_name(const struct ctx *ctx)
{
	const struct portal_config *portal = portal_of(ctx);

	return portal != NULL ? page_name(ctx, &portal->name) : NULL;
}

static void
fill(struct ctx *ctx, const struct request *request, const struct wrong *wrong, struct response *response)
{
	struct view *view;

	language_choose(ctx, request);
	view = page_view(ctx);
	look_error(ctx, view, "", wrong->status, wrong->reason);
	view_text(view, "start_url", wrong->start_url);
	view_text(view, "manage_url", wrong->manage_url);
	view_text(view, "support_reference", wrong->support_reference);
	if (wrong->support_reference != NULL)
		view_text(view, "portal_name", portal_name(ctx));
	/* A page of ours shows the same error again in the other language; what came from elsewhere cannot be asked for twice. */
	if (language_knows(request->path))
		view_text(view, "language_url", language_url(ctx, request->path, request_query(request, "r")));
	response->status = wrong->status;
	response->body.len = 0;
	template_print(ctx->text, ctx->language, "error", view, &response->body);
}

static void
say(struct ctx *ctx, const struct request *request, const struct wrong *wrong, struct response *response)
{
	log_event(LOG_INFO, &ctx->log, "A person saw an error page", LOG_TEXT("reason", wrong->reason), LOG_NUMBER("status", wrong->status),
	    LOG_TEXT("path", request->path));
	fill(ctx, request, wrong, response);
}

void
error_page_with(struct ctx *ctx, const struct request *request, int status, const char *reason, const char *start_url,
    struct response *response)
{
	const struct wrong wrong = {.status = status, .reason = reason, .start_url = start_url};

	say(ctx, request, &wrong, response);
}

static const char *
start_of(struct ctx *ctx)
{
	return page_start_url(ctx, portal_of(ctx));
}

void
error_page_frozen(struct ctx *ctx, const struct request *request, const char *support_reference, const char *manage_url, struct response *response)
{
	const struct wrong wrong = {.status = 403, .reason = "frozen", .start_url = manage_url == NULL ? start_of(ctx) : NULL, .manage_url = manage_url,
	    .support_reference = support_reference};

	say(ctx, request, &wrong, response);
}

void
error_page_account(struct ctx *ctx, const struct request *request, const char *reason, const char *support_reference, struct response *response)
{
	const struct wrong wrong = {.status = 403, .reason = reason, .start_url = start_of(ctx), .support_reference = support_reference};

	say(ctx, request, &wrong, response);
}

void
error_page(struct ctx *ctx, const struct request *request, int status, const char *reason, struct response *response)
{
	error_page_with(ctx, request, status, reason, start_of(ctx), response);
}

/* Also of what has no route: who asks for it reads no pages. */
static bool
is_api(const struct request *request, const struct route *route)
{
	return (route != NULL && route->json) || strncmp(request->path, "/api/", 5) == 0;
}

void
error_route(struct ctx *ctx, const struct request *request, const struct route *route, int status, const char *reason,
    struct response *response)
{
	if (is_api(request, route)) {
		problem_route(ctx, status, reason, response);
		return;
	}
	if (route != NULL && route->machine) {
		response_json(response, status,
		    arena_printf(ctx->arena, "{\"error\":\"%s\",\"error_description\":\"%s\"}",
			status == 503 ? "temporarily_unavailable" : status >= 500 ? "server_error" : "invalid_request", reason));
		return;
	}
	if (status >= 500) {
		const struct wrong wrong = {
		    .status = status == 500 ? 503 : status, .reason = status == 500 ? "internal" : reason, .start_url = page_start_url(ctx, NULL)};
		fill(ctx, request, &wrong, response);
	} else {
		error_page(ctx, request, status, reason, response);
	}
}
