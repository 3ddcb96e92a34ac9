#include "page/sign_in.h"

#include <string.h>

#include "base/random.h"
#include "oidc/reply.h"
#include "page/error.h"
#include "page/page.h"
#include "saml/saml.h"

/* A double click sends the same request again, rather than one that makes the first one's answer worthless. */
#define SAME_REQUEST SECONDS(10)

static void
add_provider(struct page *page, const struct provider_config *provider, const char *chosen)
{
	struct view *item = view_item(page->view, "providers");

	view_text(item, "id", provider->id);
	view_text(item, "name", page_name(page->ctx, &provider->name));
	view_text(item, "kind", provider->kind);
	view_flag(item, "checked", strcmp(chosen, provider->id) == 0 || page->journey.portal->providers.count == 1);
}

/* The form leads to one of these, through our redirect; and on with the portal's request. */
static void
add_target(struct page *page, const struct provider_config *provider)
{
	const char *origin = saml_sso_origin(page->ctx, provider), *others = page->response->form_action;

	if (origin == NULL)
		return;
	page->response->form_action = others != NULL ? arena_printf(page->ctx->arena, "%s %s", others, origin) : origin;
}

void
sign_in_offer(struct page *page)
{
	const struct texts *providers = &page->journey.portal->providers;

	for (size_t i = 0; i < providers->count; i++) {
		const struct provider_config *provider = config_provider(page->ctx->config, providers->items[i]);
		must(provider != NULL);
		add_provider(page, provider, page->pending->provider);
		add_target(page, provider);
	}
}

static enum err
show(struct page *page)
{
	struct ctx *ctx = page->ctx;
	const char *why = request_query(page->request, "why");

	if (why != NULL && strcmp(why, "used") == 0) {
		error_page_with(ctx, page->request, 400, "already-used", page_path(page, "/sign-in"), page->response);
		return ERR_OK;
	}
	if (why != NULL && strcmp(why, "cancelled") == 0)
		view_text(page->view, "notice", text_sentence(ctx->text, ctx->language, "error.provider-cancelled.reason", NULL, ctx->arena));
	sign_in_offer(page);
	view_flag(page->view, "managing", page->pending->manage);
	if (!page->pending->manage)
		view_text(page->view, "manage_url", page_path(page, "/manage"));
	return ERR_OK;
}

static const char *
new_request_id(struct ctx *ctx)
{
	uint8_t random[16];

	random_bytes(random, sizeof(random));
	return arena_printf(ctx->arena, "_%s", hex_print(ctx->arena, BYTES(random)));
}

enum err
sign_in_leave(struct page *page, const struct provider_config *provider, const char *claimant)
{
	struct ctx *ctx = page->ctx;
	struct pending *pending = page->pending;
	bool again = provider->force_authn || pending->prompt_login || pending->max_age >= 0 || *claimant != '\0';
	const char *url;
	enum err err;

	if (pending->answered || strcmp(pending->provider, provider->id) != 0 || strcmp(pending->claimant, claimant) != 0 ||
	    ctx->now - pending->saml_requested > SAME_REQUEST) {
		pending->provider = provider->id;
		pending->claimant = claimant;
		pending->saml_request = new_request_id(ctx);
		pending->saml_requested = ctx->now;
		pending->answered = false;
		page->reseal = true;
	}
	err = saml_authn_url(ctx, provider, pending->saml_request, again, pending->handle, &url);
	if (err == ERR_OK)
		response_redirect(page->response, url);
	return err;
}

const struct provider_config *
sign_in_chosen(const struct page *page)
{
	const char *id = request_form(page->request, "provider");

	if (id == NULL || !texts_has(&page->journey.portal->providers, id))
		return NULL;
	return config_provider(page->ctx->config, id);
}

static enum err
choose(struct page *page)
{
	const struct provider_config *provider = sign_in_chosen(page);

	if (provider != NULL)
		return sign_in_leave(page, provider, "");
	page_fail(page, "provider", "required", 0);
	return page_show(page);
}

/* Back to the portal without having signed in (RFC 6749 section 4.1.2.1). */
static enum err
cancel(struct page *page)
{
	if (*page->pending->redirect_uri == '\0')
		return page_go(page, "/signed-out");
	response_redirect(page->response, oidc_error_url(page->ctx, page->pending, "access_denied", "the person gave up"));
	return ERR_OK;
}

static const struct action actions[] = {{"continue", choose}, {"cancel", cancel}, {NULL, NULL}};
static const struct screen screen = {
    .name = "choose-provider",
    .path = "/sign-in",
    .steps = STEP_BIT(STEP_CHOOSE_PROVIDER),
    .show = show,
    .actions = actions,
};

enum err
page_sign_in(struct ctx *ctx, const struct request *request, struct response *response)
{
	return page_serve(ctx, request, response, &screen);
}
