#include "helpdesk/desk_error.h"

#include <string.h>

#include "helpdesk/desk_language.h"
#include "web/language.h"
#include "web/look.h"
#include "web/problem.h"
#include "web/style.h"

static void
fill(struct ctx *ctx, const struct request *request, int status, const char *reason, struct response *response)
{
	struct view *view;

	language_choose(ctx, request);
	view = look_view(ctx);
	view_text(view, "desk_style_url", style_desk_url(ctx));
	look_error(ctx, view, "desk-", status, reason);
	desk_language_show(ctx, request, view);
	response->status = status;
	response->body.len = 0;
	template_print(ctx->text, ctx->language, "desk-error", view, &response->body);
}

void
desk_error(struct ctx *ctx, const struct request *request, int status, const char *reason, struct response *response)
{
	log_event(LOG_INFO, &ctx->log, "A member of the help desk's staff saw an error page", LOG_TEXT("reason", reason),
	    LOG_NUMBER("status", status), LOG_TEXT("path", request->path));
	fill(ctx, request, status, reason, response);
}

void
desk_error_route(struct ctx *ctx, const struct request *request, const struct route *route, int status, const char *reason,
    struct response *response)
{
	if ((route != NULL && route->json) || strncmp(request->path, "/api/", 5) == 0)
		problem_route(ctx, status, reason, response);
	else if (status >= 500)
		fill(ctx, request, status == 500 ? 503 : status, status == 500 ? "internal" : reason, response);
	else
		desk_error(ctx, request, status, reason, response);
}
