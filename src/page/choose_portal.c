#include "page/choose_portal.h"

#include "page/language_link.h"
#include "page/page.h"

enum err
choose_portal_show(struct ctx *ctx, bool managing, struct response *response)
{
	struct view *view = page_view(ctx);

	view_text(view, "language_url", language_url(ctx, managing ? "/manage" : "/", NULL));
	view_flag(view, "managing", managing);
	if (!managing)
		view_text(view, "manage_url", "/manage");
	for (size_t i = 0; i < ctx->config->portal_count; i++) {
		const struct portal_config *portal = &ctx->config->portals[i];
		const char *url = managing ? arena_printf(ctx->arena, "/manage?portal=%s", portal->id) : portal->start_url;
		struct view *item;
		if (url == NULL)
			continue;
		item = view_item(view, "portals");
		view_text(item, "name", page_name(ctx, &portal->name));
		view_text(item, "url", url);
	}
	template_print(ctx->text, ctx->language, "choose-portal", view, &response->body);
	return ERR_OK;
}

enum err
page_root(struct ctx *ctx, const struct request *request, struct response *response)
{
	language_choose(ctx, request);
	return choose_portal_show(ctx, false, response);
}
