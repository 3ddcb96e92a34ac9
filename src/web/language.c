#include "web/language.h"

#include <string.h>
#include <strings.h>

bool
language_tag_parse(const char *tag, size_t len, enum language *ret_language)
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
		if (tag_len <= len && language_tag_parse(header, tag_len, &language)) {
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

	if (cookie == NULL || !language_tag_parse(cookie, strlen(cookie), &ctx->language))
		ctx->language = from_accept_language(request_header(request, "Accept-Language"));
}

bool
language_take(struct ctx *ctx, const char *to, struct response *response)
{
	if (to == NULL || strlen(to) != 2 || !language_tag_parse(to, 2, &ctx->language))
		return false;
	response_cookie(response, LANGUAGE_COOKIE, language_print(ctx->language), SAME_SITE_LAX, -1);
	return true;
}
