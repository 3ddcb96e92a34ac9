/* The first line's target and the Host header: what is read are pieces of what was sent, and no other host is ours. */
#include <string.h>
#include <strings.h>

#include "fuzz.h"
#include "web/target.h"

static const char origin[] = "https://auth.example.ca";

static bool
is_within(struct bytes piece, const char *raw)
{
	const char *from = (const char *)piece.data;

	return from >= raw && from + piece.len <= raw + strlen(raw);
}

/* The host of our origin, alone or with its default port, in any case. */
static bool
equals_ours(struct bytes authority)
{
	static const char *const spellings[] = {"auth.example.ca", "auth.example.ca:443"};

	for (size_t i = 0; i < 2; i++) {
		if (authority.len == strlen(spellings[i]) &&
		    strncasecmp((const char *)authority.data, spellings[i], authority.len) == 0)
			return true;
	}
	return false;
}

static void
check_target(const char *raw, const struct target *target)
{
	must(target->path.len > 0 && target->path.data != NULL && target->query.data != NULL);
	must(target->path.data[0] == '/' || strcmp(raw, "*") == 0);
	must(memchr(target->path.data, '?', target->path.len) == NULL);
	if (strchr(raw, '?') != NULL)
		must(is_within(target->query, raw) &&
		     target->query.data + target->query.len == (const uint8_t *)raw + strlen(raw));
	else
		must(target->query.len == 0);
	if (target->authority.data == NULL) {
		must(raw[0] == '/' || raw[0] == '*');
		return;
	}
	must(is_within(target->authority, raw) && strncasecmp(raw, "http", 4) == 0);
	must(memchr(target->authority.data, '/', target->authority.len) == NULL);
	must(target_is_ours(target->authority, origin) == equals_ours(target->authority));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = fuzz_arena();
	struct target target;
	const char *raw;

	if (!fuzz_text(arena, data, size, &raw))
		return 0;
	/* as a Host header */
	must(target_is_ours(bytes_of(raw), origin) == equals_ours(bytes_of(raw)));
	if (equals_ours(bytes_of(raw)))
		fuzz_taken();
	if (target_parse(raw, &target) != ERR_OK)
		return 0;
	must(strpbrk(raw, " #\t\r\n\x7f") == NULL);
	if (target.authority.data == NULL || equals_ours(target.authority))
		fuzz_taken();
	check_target(raw, &target);
	return 0;
}
