#include "page/signed_out.h"

#include "page/language_link.h"
#include "page/page.h"

/* The same request can begin anew; else the portal, or the way to manage. */
static const char *
again(struct ctx *ctx, const struct pending *pending)
{
	const struct portal_config *portal = config_portal(ctx->config, pending->client);

	if (!pending->finished && *pending->redirect_uri != '\0')
		return arena_printf(ctx->arena, "/sign-in?r=%s", pending->handle);
	if (portal != NULL && portal->start_url != NULL)
		return portal->start_url;
	return arena_printf(ctx->arena, "/manage?portal=%s", pending->client);
}

enum err
page_signed_out(struct ctx *ctx, const struct request *request, struct response *response)
{
	const char *handle = request_query(request, "r"), *value = NULL;
	const struct pending *pending;
	struct view *view;

	language_choose(ctx, request);
	view = page_view(ctx);
	if (pending_handle_valid(handle))
		value = request_cookie(request, arena_printf(ctx->arena, PENDING_COOKIE "%s", handle));
	if (value != NULL && pending_parse(ctx, handle, value, &pending) == ERR_OK)
		view_text(view, "start_url", again(ctx, pending));
	else
		view_text(view, "start_url", page_start_url(ctx, NULL));
	view_text(view, "language_url", language_url(ctx, "/signed-out", handle));
	template_print(ctx->text, ctx->language, "signed-out", view, &response->body);
	return ERR_OK;
}
