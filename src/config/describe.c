#include <inttypes.h>
#include <string.h>

#include "config/internal.h"

static const char *
duration_print(int64_t ms, struct arena *arena)
{
	static const struct {
		int64_t ms;
		const char *unit;
	} units[] = {{DAYS(1), "d"}, {HOURS(1), "h"}, {MINUTES(1), "m"}, {SECONDS(1), "s"}};

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (ms > 0 && ms % units[i].ms == 0)
			return arena_printf(
			    arena, "%" PRId64 "%s", ms / units[i].ms, units[i].unit);
	return "0s";
}

static const char *
size_print(int64_t size, struct arena *arena)
{
	if (size % (1024 * 1024) == 0)
		return arena_printf(arena, "%" PRId64 "MiB", size / (1024 * 1024));
	return arena_printf(arena, "%" PRId64 "KiB", size / 1024);
}

/* "a, b or c" of "a|b|c". */
static const char *
choices_print(const char *choices, struct arena *arena)
{
	struct buf buf;

	buf_init(&buf, arena, 1024);
	for (const char *at = choices; *at != '\0'; at++) {
		if (*at != '|')
			buf_put_byte(&buf, (uint8_t)*at);
		else
			buf_put_text(&buf, strchr(at + 1, '|') != NULL ? ", " : " or ");
	}
	return buf_text(&buf);
}

/* What one scalar must look like; NULL for rows that need more words. */
static const char *
describe_fixed(enum option_type type)
{
	switch (type) {
	case OPTION_SECTION:
		return "a mapping of the keys below it";
	case OPTION_LIST:
		return "a list of mappings, each beginning with a dash";
	case OPTION_FLAG:
		return "true or false";
	case OPTION_ADDRESS:
		return "ADDRESS:PORT, as in 127.0.0.1:8443 or [::1]:8443";
	case OPTION_ORIGIN:
		return "https://HOST or https://HOST:PORT (http on localhost and *.localhost "
		       "only), without a path";
	case OPTION_URL:
	case OPTION_URLS:
		return "an https URL (http on localhost and *.localhost only) without user, "
		       "fragment or spaces, of at most 512 bytes";
	case OPTION_URI:
	case OPTION_URIS:
		return "an absolute URI, as in https://... or urn:..., of at most 1024 bytes";
	case OPTION_IPS:
		return "an IP address, as in 127.0.0.1 or ::1";
	case OPTION_FILE:
		return "a file that can be read; its path absolute, or relative to the folder of "
		       "the configuration";
	case OPTION_PATH:
		return "a path, absolute or relative to the folder of the configuration";
	case OPTION_ID:
	case OPTION_IDS:
		return "1 to 32 of a-z, 0-9 and -";
	case OPTION_TEXT:
	case OPTION_NAMES:
	case OPTION_COUNT:
	case OPTION_SIZE:
	case OPTION_DURATION:
	case OPTION_CHOICE:
	case OPTION_WORD:
	case OPTION_WORDS:
	case OPTION_SET:
		break;
	}
	return NULL;
}

const char *
option_describe_item(const struct option *option, struct arena *arena)
{
	const char *fixed = describe_fixed(option->type);

	if (fixed != NULL)
		return fixed;
	if (option->choices != NULL)
		return choices_print(option->choices, arena);
	if (option->type == OPTION_TEXT)
		return arena_printf(arena, "a line of %" PRId64 " to %" PRId64 " characters",
		    option->least, option->most);
	if (option->type == OPTION_NAMES)
		return arena_printf(arena,
		    "{ en: ..., fr: ... }, each a line of %" PRId64 " to %" PRId64 " characters",
		    option->least, option->most);
	if (option->type == OPTION_COUNT)
		return arena_printf(arena, "a whole number from %" PRId64 " to %" PRId64,
		    option->least, option->most);
	if (option->type == OPTION_SIZE)
		return arena_printf(arena, "a size from %s to %s", size_print(option->least, arena),
		    size_print(option->most, arena));
	return arena_printf(arena, "a duration from %s to %s, as in 60s, 20m, 12h or 30d",
	    duration_print(option->least, arena), duration_print(option->most, arena));
}

const char *
option_describe(const struct option *option, struct arena *arena)
{
	const char *scalar = option_describe_item(option, arena);

	if (!option_is_list(option->type))
		return scalar;
	return arena_printf(arena, "a list of %" PRId64 " to %" PRId64 " of: %s", option->least,
	    option->most, scalar);
}
