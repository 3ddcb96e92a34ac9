#include "helpdesk/desk_language.h"

#include <string.h>

#include "helpdesk/desk_error.h"
#include "helpdesk/desk_routes.h"
#include "web/language.h"

#define HANDLE_LENGTH 32

/* A screen: it answers to GET, and is neither a file of ours nor this very link. */
static bool
leads_back(const char *path)
{
	for (size_t i = 0; i < desk_routes.count; i++) {
		const struct route *route = &desk_routes.items[i];
		if ((route->methods & METHOD_GET) != 0 && strcmp(route->path, path) == 0)
			return !route->machine && !route->json && route->handler != desk_language && strchr(path, '.') == NULL;
	}
	return false;
}

static bool
handle_valid(const char *handle)
{
	return strlen(handle) == HANDLE_LENGTH && strspn(handle, "0123456789abcdef") == HANDLE_LENGTH;
}

void
desk_language_show(struct ctx *ctx, const struct request *request, struct view *view)
{
	const char *other = language_print(ctx->language == LANGUAGE_FR ? LANGUAGE_EN : LANGUAGE_FR), *handle = request_query(request, "c");

	if (!leads_back(request->path))
		return;
	if (handle != NULL && handle_valid(handle))
		view_text(view, "language_url", arena_printf(ctx->arena, "/language?to=%s&c=%s&back=%s", other, handle, request->path));
	else
		view_text(view, "language_url", arena_printf(ctx->arena, "/language?to=%s&back=%s", other, request->path));
}

enum err
desk_language(struct ctx *ctx, const struct request *request, struct response *response)
{
	const char *to = request_query(request, "to"), *back = request_query(request, "back"), *handle = request_query(request, "c");

	if (back == NULL || !leads_back(back) || (handle != NULL && !handle_valid(handle)) || !language_take(ctx, to, response))
		desk_error(ctx, request, 400, "bad-request", response);
	else
		response_redirect(response, handle != NULL ? arena_printf(ctx->arena, "%s?c=%s", back, handle) : back);
	return ERR_OK;
}
