#include "page/language.h"

#include <string.h>
#include <strings.h>

#include "page/error.h"
#include "signin/pending.h"

/* Where a language link may lead back to: pages that show the same again when asked again. */
static const char *const paths[] = {"/", "/sign-in", "/credential-in-use", "/admission", "/waiting", "/enrol", "/enrol/app", "/enrol/mail", "/enrol/mail/code", "/recovery-codes",
    "/second-factor", "/recover", "/success", "/manage", "/notice-address", "/continue", "/signed-out"};

bool
language_knows(const char *path)
{
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		if (strcmp(paths[i], path) == 0)
			return true;
	}
	return false;
}

/* "fr", "fr-CA", "FR" and the like (BCP 47). */
static bool
tag_parse(const char *tag, size_t len, enum language *ret_language)
{
	if (len < 2 || (len > 2 && tag[2] != '-'))
		return false;
	if (strncasecmp(tag, "en", 2) == 0)
		*ret_language = LANGUAGE_EN;
	else if (strncasecmp(tag, "fr", 2) == 0)
		*ret_language = LANGUAGE_FR;
	else
		return false;
	return true;
}

/* The weight of "fr;q=0.8" in thousandths; 1000 without one, 0 for nonsense. */
static int
weight(const char *parameters, size_t len)
{
	const char *q = memmem(parameters, len, "q=", 2);
	int value = 0, unit = 1000;

	if (q == NULL)
		return 1000;
	for (const char *p = q + 2; p < parameters + len && unit > 0; p++) {
		if (*p == '.')
			continue;
		if (*p < '0' || *p > '9')
			break;
		value += (*p - '0') * unit;
		unit /= 10;
	}
	return value;
}

/* The heavier of the two; the first of equals (RFC 9110 section 12.5.4). */
static enum language
from_accept_language(const char *header)
{
	enum language best = LANGUAGE_EN, language;
	int best_weight = 0;

	while (header != NULL && *header != '\0') {
		size_t skip = strspn(header, " \t,"), len, tag_len;
		int w;
		header += skip;
		len = strcspn(header, ",");
		tag_len = strcspn(header, ",; \t");
		if (tag_len <= len && tag_parse(header, tag_len, &language)) {
			w = weight(header + tag_len, len - tag_len);
			if (w > best_weight) {
				best = language;
				best_weight = w;
			}
		}
		header += len;
	}
	return best;
}

void
language_choose(struct ctx *ctx, const struct request *request)
{
	const char *cookie = request_cookie(request, LANGUAGE_COOKIE);

	if (cookie == NULL || !tag_parse(cookie, strlen(cookie), &ctx->language))
		ctx->language = from_accept_language(request_header(request, "Accept-Language"));
}

void
language_from_ui_locales(struct ctx *ctx, const struct request *request, const char *ui_locales, struct response *response)
{
	const char *cookie = request_cookie(request, LANGUAGE_COOKIE);
	enum language language;

	language_choose(ctx, request);
	if (cookie != NULL && strlen(cookie) == 2 && tag_parse(cookie, 2, &language))
		return; /* the person has chosen */
	for (const char *p = ui_locales; *p != '\0'; p += strspn(p, " ")) {
		size_t len = strcspn(p, " ");
		if (tag_parse(p, len, &language)) {
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

bool
language_take(struct ctx *ctx, const char *to, struct response *response)
{
	if (to == NULL || strlen(to) != 2 || !tag_parse(to, 2, &ctx->language))
		return false;
	response_cookie(response, LANGUAGE_COOKIE, language_print(ctx->language), SAME_SITE_LAX, -1);
	return true;
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
