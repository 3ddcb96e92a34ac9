/* A Cookie header: whatever stands in it, what is read are visible pairs, each name once, the first one of each. */
#include <string.h>

#include "fuzz.h"
#include "web/cookie.h"
#include "web/request.h"

static bool
is_visible(const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text <= ' ' || *text > '~' || *text == ';')
			return false;
	}
	return true;
}

static void
check_cookies(const struct fields *cookies)
{
	must(cookies->count <= REQUEST_FIELDS_MAX);
	for (size_t i = 0; i < cookies->count; i++) {
		const struct field *cookie = &cookies->items[i];

		must(cookie->name[0] != '\0' && is_visible(cookie->name) &&
		     is_visible(cookie->value));
		must(strchr(cookie->name, '=') == NULL);
		must(fields_get(cookies, cookie->name) == cookie->value);
	}
}

/* A cookie that another program adds behind ours changes nothing of ours. */
static void
check_tail(struct arena *arena, const char *header, const struct fields *cookies)
{
	struct fields again;

	cookie_parse(arena, arena_printf(arena, "%s; ; =;x y; \x01=2", header), &again);
	must(again.count == cookies->count);
	for (size_t i = 0; i < cookies->count; i++)
		must(strcmp(cookies->items[i].value, again.items[i].value) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = fuzz_arena();
	struct fields cookies;
	const char *header;

	if (!fuzz_text(arena, data, size, &header))
		return 0;
	cookie_parse(arena, header, &cookies);
	if (cookies.count > 0)
		fuzz_taken();
	check_cookies(&cookies);
	check_tail(arena, header, &cookies);
	return 0;
}
