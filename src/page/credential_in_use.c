#include "page/credential_in_use.h"

#include "page/leave.h"
#include "page/page.h"

static enum err
show(struct page *page)
{
	const struct provider_config *provider = config_provider(page->ctx->config, page->journey.session->provider);

	must(provider != NULL);
	view_text(page->view, "provider_name", page_name(page->ctx, &provider->name));
	view_flag(page->view, "by_invitation", page->journey.portal->admission == ADMISSION_INVITATION);
	view_flag(page->view, "invitation_kept", *page->pending->invitation != '\0');
	return ERR_OK;
}

static const struct action actions[] = {{"sign-out", leave_to_start}, {NULL, NULL}};
static const struct screen screen = {
    .name = "credential-in-use",
    .path = "/credential-in-use",
    .steps = STEP_BIT(STEP_CREDENTIAL_IN_USE),
    .show = show,
    .actions = actions,
};

enum err
page_credential_in_use(struct ctx *ctx, const struct request *request, struct response *response)
{
	return page_serve(ctx, request, response, &screen);
}
