#include "page/language_link.h"

#include <string.h>

#include "page/error.h"
#include "signin/pending.h"

/* Where a language link may lead back to: pages that show the same again when asked again. */
static const char *const paths[] = {"/", "/sign-in", "/credential-in-use", "/admission", "/waiting", "/account-ended", "/enrol", "/enrol/app", "/enrol/mail", "/enrol/mail/code", "/recovery-codes",
    "/second-factor", "/recover", "/success", "/relink", "/relink/review", "/manage", "/notice-address", "/close-account", "/account-closed", "/continue", "/signed-out"};

bool
language_knows(const char *path)
{
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		if (strcmp(paths[i], path) == 0)
			return true;
	}
	return false;
}

void
language_from_ui_locales(struct ctx *ctx, const struct request *request, const char *ui_locales, struct response *response)
{
	const char *cookie = request_cookie(request, LANGUAGE_COOKIE);
	enum language language;

	language_choose(ctx, request);
	if (cookie != NULL && strlen(cookie) == 2 && language_tag_parse(cookie, 2, &language))
		return; /* the person has chosen */
	for (const char *p = ui_locales; *p != '\0'; p += strspn(p, " ")) {
		size_t len = strcspn(p, " ");
		if (language_tag_parse(p, len, &language)) {
			ctx->language = language;
			response_cookie(response, LANGUAGE_COOKIE, language == LANGUAGE_FR ? "fr-portal" : "en-portal", SAME_SITE_LAX, -1);
			return;
		}
		p += len;
	}
}

const char *
language_url(struct ctx *ctx, const char *path, const char *handle)
{
	const char *other = language_print(ctx->language == LANGUAGE_FR ? LANGUAGE_EN : LANGUAGE_FR);

	if (!pending_handle_valid(handle))
		return arena_printf(ctx->arena, "/language?to=%s&back=%s", other, path);
	return arena_printf(ctx->arena, "/language?to=%s&r=%s&back=%s", other, handle, path);
}

enum err
page_language(struct ctx *ctx, const struct request *request, struct response *response)
{
	const char *to = request_query(request, "to"), *back = request_query(request, "back"), *handle = request_query(request, "r");

	if (back == NULL || !language_knows(back) || (handle != NULL && !pending_handle_valid(handle)) ||
	    !language_take(ctx, to, response)) {
		error_page(ctx, request, 400, "bad-request", response);
		return ERR_OK;
	}
	response_redirect(response, handle != NULL ? arena_printf(ctx->arena, "%s?r=%s", back, handle) : back);
	return ERR_OK;
}
