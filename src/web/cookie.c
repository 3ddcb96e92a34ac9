#include "web/cookie.h"

#include <string.h>

#include "web/request.h"

static size_t
count_pieces(const char *header)
{
	size_t count = 1;

	for (; *header != '\0'; header++)
		count += *header == ';';
	return count < REQUEST_FIELDS_MAX ? count : REQUEST_FIELDS_MAX;
}

/* A cookie-octet or a token character, near enough: visible ASCII but no white space. */
static bool
is_visible(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (text[i] <= 0x20 || text[i] > 0x7e)
			return false;
	}
	return true;
}

static bool
parse_pair(struct arena *arena, const char *pair, size_t len, struct field *ret_cookie)
{
	const char *equals;

	while (len > 0 && (*pair == ' ' || *pair == '\t')) {
		pair++;
		len--;
	}
	while (len > 0 && (pair[len - 1] == ' ' || pair[len - 1] == '\t'))
		len--;
	equals = memchr(pair, '=', len);
	if (equals == NULL || equals == pair || !is_visible(pair, len))
		return false;
	ret_cookie->name = arena_text_of(arena, bytes_make(pair, (size_t)(equals - pair)));
	ret_cookie->value =
	    arena_text_of(arena, bytes_make(equals + 1, len - (size_t)(equals - pair) - 1));
	return true;
}

void
cookie_parse(struct arena *arena, const char *header, struct fields *ret_cookies)
{
	struct field *items;
	size_t len, count = 0;

	*ret_cookies = (struct fields){NULL, 0};
	if (header == NULL || *header == '\0')
		return;
	items = arena_array(arena, count_pieces(header), sizeof(*items));
	for (const char *pair = header;; pair += len + 1) {
		len = strcspn(pair, ";");
		if (parse_pair(arena, pair, len, &items[count])) {
			ret_cookies->items = items;
			ret_cookies->count = count;
			if (fields_get(ret_cookies, items[count].name) == NULL)
				count++;
		}
		if (pair[len] == '\0' || count == REQUEST_FIELDS_MAX)
			break;
	}
	*ret_cookies = (struct fields){items, count};
}
