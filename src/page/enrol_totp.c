#include "page/enrol_totp.h"

#include <string.h>

#include "factor/qr.h"
#include "factor/totp.h"
#include "page/page.h"
#include "signin/enrol.h"

static const char *
in_groups(struct arena *arena, const char *key)
{
	struct buf text;

	buf_init(&text, arena, 256);
	for (size_t i = 0; key[i] != '\0'; i++) {
		if (i > 0 && i % 4 == 0)
			buf_put_byte(&text, ' ');
		buf_put_byte(&text, (uint8_t)key[i]);
	}
	return buf_text(&text);
}

static enum err
show(struct page *page)
{
	struct ctx *ctx = page->ctx;
	struct bytes seed = record_bytes(page->journey.session->pending_secret);
	const char *issuer = page_name(ctx, &ctx->config->service_name), *account = page_name(ctx, &page->journey.portal->name);
	const char *url = totp_url(ctx->arena, seed, issuer, account), *key = base32_print(ctx->arena, seed), *svg;
	enum err err = qr_print(ctx->arena, url, &svg);

	if (err != ERR_OK)
		return err;
	view_text(page->view, "qr", svg);
	view_text(page->view, "key", key);
	view_text(page->view, "key_groups", in_groups(ctx->arena, key));
	view_text(page->view, "otpauth_url", url);
	view_text(page->view, "app_account", arena_printf(ctx->arena, "%s (%s)", issuer, account));
	return ERR_OK;
}

static enum err
prove(struct page *page)
{
	struct enrolment enrolment;
	enum err err = enrol_finish(page->ctx, &page->journey, request_form(page->request, "code"), &enrolment);

	if (err != ERR_OK)
		return err == ERR_REFUSED ? page_go_on(page) : err;
	switch (enrolment.verdict) {
	case ENROL_DONE:
		page_set_token(page, enrolment.token);
		return page_go_on(page);
	case ENROL_REFUSED:
		page_fail_factor(page, "code", "code", &enrolment.answer);
		return page_show(page);
	case ENROL_MOVED:
	case ENROL_IN_USE:
		break;
	}
	return page_go_on(page);
}

static enum err
back(struct page *page)
{
	return page_go(page, "/enrol");
}

static bool
allows(const struct page *page)
{
	return enrol_allowed(page->ctx, &page->journey) && strcmp(journey_enrolling(&page->journey), TOTP_METHOD) == 0;
}

static const struct action actions[] = {{"continue", prove}, {"cancel", back}, {NULL, NULL}};
static const struct screen screen = {
    .name = "enrol-totp",
    .path = "/enrol/app",
    .steps = STEP_BIT(STEP_ENROL_TOTP) | STEP_BIT(STEP_DONE),
    .allows = allows,
    .show = show,
    .actions = actions,
};

enum err
page_enrol_totp(struct ctx *ctx, const struct request *request, struct response *response)
{
	return page_serve(ctx, request, response, &screen);
}
