#include "page/recovery_codes.h"

#include "page/change.h"
#include "page/page.h"
#include "signin/enrol.h"

/* The same view for the page and for the file. ERR_OK with a redirect in the response when there is nothing (any more) to show. */
static enum err
fill(struct page *page)
{
	const struct SessionRecord *session;
	enum err err = codes_show(page->ctx, &page->journey);

	if (err != ERR_OK)
		return err;
	session = page->journey.session;
	if (page->journey.step != STEP_RECOVERY_CODES)
		return page_go_on(page);
	for (size_t i = 0; i < session->n_pending_codes; i++)
		view_text(view_item(page->view, "codes"), "code", session->pending_codes[i]);
	view_text(page->view, "created", page_moment(page->ctx, session->codes_made));
	view_text(page->view, "download_url", page_path(page, "/recovery-codes/download"));
	/* The first set of an account that began in this sign-in. */
	view_flag(page->view, "enrolling", page->journey.account->created >= session->credential_time);
	return ERR_OK;
}

static enum err
confirm(struct page *page)
{
	const char *kept = request_form(page->request, "kept");
	enum err err;

	if (kept == NULL || *kept == '\0') {
		page_fail(page, "kept", "required", 0);
		return page_show(page);
	}
	err = codes_confirm(page->ctx, &page->journey);
	return err == ERR_OK ? change_made(page) : err;
}

static enum err
show_file(struct page *page)
{
	struct ctx *ctx = page->ctx;
	const char *name = text_sentence(ctx->text, ctx->language, "recovery-codes.file-name", NULL, ctx->arena);
	enum err err = fill(page);

	if (err != ERR_OK || page->response->status == 303)
		return err;
	page->response->content_type = "text/plain; charset=utf-8";
	response_header(page->response, "Content-Disposition", arena_printf(ctx->arena, "attachment; filename=\"%s\"", name));
	template_print(ctx->text, ctx->language, "recovery-codes.txt", page->view, &page->response->body);
	return ERR_OK;
}

static const struct action actions[] = {{"confirm", confirm}, {"continue", confirm}, {NULL, NULL}};
static const struct screen screen = {
    .name = "recovery-codes",
    .path = "/recovery-codes",
    .steps = STEP_BIT(STEP_RECOVERY_CODES),
    .show = fill,
    .actions = actions,
};
static const struct screen file = {
    .name = "recovery-codes",
    .path = "/recovery-codes",
    .steps = STEP_BIT(STEP_RECOVERY_CODES),
    .show = show_file,
};

enum err
page_recovery_codes(struct ctx *ctx, const struct request *request, struct response *response)
{
	return page_serve(ctx, request, response, &screen);
}

enum err
page_recovery_codes_file(struct ctx *ctx, const struct request *request, struct response *response)
{
	return page_serve(ctx, request, response, &file);
}
