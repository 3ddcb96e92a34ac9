#include <stdlib.h>
#include <string.h>

#include "config/internal.h"

#define REQUIRED OPTION_REQUIRED
#define SHOWN OPTION_SHOWN
#define NOWHERE SCOPE_NOWHERE, 0, 0
#define CONFIG(member)                                                                             \
	SCOPE_CONFIG, offsetof(struct config, member), sizeof(((struct config *)NULL)->member)
#define PROVIDER(member)                                                                           \
	SCOPE_PROVIDER, offsetof(struct provider_config, member),                                  \
	    sizeof(((struct provider_config *)NULL)->member)
#define PORTAL(member)                                                                             \
	SCOPE_PORTAL, offsetof(struct portal_config, member),                                      \
	    sizeof(((struct portal_config *)NULL)->member)
#define OPTION(key, type, target, flag, least, most, choices, fallback, example, sentence, later)  \
	{key, OPTION_##type, target, flag, least, most, choices, fallback, example, sentence,      \
	    later},

const struct option options[] = {
#include "config/options.def"
};
const size_t option_count = sizeof(options) / sizeof(options[0]);

const struct option *
option_find(const char *key)
{
	for (size_t i = 0; i < option_count; i++)
		if (strcmp(options[i].key, key) == 0)
			return &options[i];
	return NULL;
}

const char *
option_name(const struct option *option)
{
	const char *dot = strrchr(option->key, '.');

	return dot != NULL ? dot + 1 : option->key;
}

bool
option_is_list(enum option_type type)
{
	return type == OPTION_URLS || type == OPTION_URIS || type == OPTION_IPS ||
	       type == OPTION_IDS || type == OPTION_WORDS || type == OPTION_SET;
}

bool
option_within(const struct option *option, const char *section)
{
	size_t len = strlen(section);

	if (len == 0)
		return strchr(option->key, '.') == NULL;
	return strncmp(option->key, section, len) == 0 && option->key[len] == '.' &&
	       strchr(option->key + len + 1, '.') == NULL;
}

/* How many letters must be added, removed or changed (Levenshtein); texts longer than 63 are cut. */
static unsigned
distance(const char *a, const char *b)
{
	unsigned row[64], previous, above;
	size_t len = strnlen(b, 63);

	for (size_t j = 0; j <= len; j++)
		row[j] = (unsigned)j;
	for (size_t i = 0; a[i] != '\0' && i < 63; i++) {
		previous = row[0];
		row[0] = (unsigned)i + 1;
		for (size_t j = 1; j <= len; j++) {
			above = row[j];
			row[j] = previous + (a[i] != b[j - 1]);
			row[j] = above + 1 < row[j] ? above + 1 : row[j];
			row[j] = row[j - 1] + 1 < row[j] ? row[j - 1] + 1 : row[j];
			previous = above;
		}
	}
	return row[len];
}

/* How far a row's key is from what was written: a slip of the pen counts by letters, the right name in another section as one. */
static unsigned
key_distance(const struct option *option, const char *key)
{
	const char *name = strrchr(key, '.') != NULL ? strrchr(key, '.') + 1 : key;
	size_t section = (size_t)(name - key);
	unsigned letters = distance(option_name(option), name);

	if (section == (size_t)(option_name(option) - option->key) &&
	    strncmp(option->key, key, section) == 0)
		return letters;
	return letters + 2;
}

const struct option *
option_nearest(const char *key)
{
	const char *name = strrchr(key, '.') != NULL ? strrchr(key, '.') + 1 : key;
	unsigned best = (unsigned)strlen(name) / 2 + 1, now;
	const struct option *nearest = NULL;

	if (best > 4)
		best = 4;
	for (size_t i = 0; i < option_count; i++) {
		now = key_distance(&options[i], key);
		if (now >= best)
			continue;
		best = now;
		nearest = &options[i];
	}
	return nearest;
}

const char *
option_item(const char *list, const char *separator, size_t i, struct arena *arena)
{
	const char *end;

	if (list == NULL || list[0] == '\0')
		return NULL;
	for (; i > 0; i--) {
		list = strstr(list, separator);
		if (list == NULL)
			return NULL;
		list += strlen(separator);
	}
	end = strstr(list, separator);
	return end == NULL ? arena_text(arena, list)
			   : arena_text_of(arena, bytes_make(list, (size_t)(end - list)));
}
