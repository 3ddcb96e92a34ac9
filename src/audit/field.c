#include "audit/field.h"

#include <string.h>

#include "config/config.h"

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

struct word {
	const char *name, *en, *fr;
};
static const struct word words[] = {
#define WORD(name, en, fr) {name, en, fr},
#include "audit/words.def"
#undef WORD
};

static const char *const refusals[] = {
#define REFUSAL(id, name) name,
#include "saml/refusals.def"
#undef REFUSAL
};

static const struct word *
word_find(const char *name)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(words[i].name, name) == 0)
			return &words[i];
	return NULL;
}

static bool
refusal_known(const char *name)
{
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
		if (strcmp(refusals[i], name) == 0)
			return true;
	return false;
}

static bool
made_of(const char *value, const char *alphabet, size_t least, size_t most)
{
	size_t len = strlen(value);

	return len >= least && len <= most && strspn(value, alphabet) == len;
}

/* A URI of a level of assurance: a name of a standard's, with no place for a mailbox. */
static bool
is_level(const char *value)
{
	return (strncmp(value, "urn:", 4) == 0 || strncmp(value, "http", 4) == 0) && made_of(value, LOWER UPPER DIGITS ":./_-", 5, AUDIT_VALUE_MAX);
}

static bool
is_time(const char *value)
{
	int64_t time;

	return strlen(value) < CLOCK_TEXT_SIZE && clock_parse(value, &time) == ERR_OK;
}

bool
audit_fits(enum audit_type type, const char *value)
{
	if (*value == '\0')
		return true;
	switch (type) {
	case AUDIT_WORD:
		return word_find(value) != NULL;
	case AUDIT_REFUSAL:
		return refusal_known(value);
	case AUDIT_ID:
		return made_of(value, LOWER DIGITS "-", 1, 32);
	case AUDIT_LEVEL:
		return is_level(value);
	case AUDIT_NUMBER:
		return made_of(value, DIGITS, 1, 5);
	case AUDIT_TIME:
		return is_time(value);
	case AUDIT_KEY:
		return made_of(value, LOWER DIGITS "-", 1, 64);
	case AUDIT_RECORD:
		return made_of(value, DIGITS "abcdef", 16, 64);
	case AUDIT_STAFF:
		return strncmp(value, "S-", 2) == 0 && made_of(value + 2, UPPER DIGITS, 6, 6);
	case AUDIT_TICKET:
		return made_of(value, LOWER UPPER DIGITS "-", 1, 32);
	}
	return false;
}

/* The name that people know a provider or portal by. */
static const char *
id_words(const struct ctx *ctx, const char *id, enum language language)
{
	const struct provider_config *provider = ctx->config != NULL ? config_provider(ctx->config, id) : NULL;
	const struct portal_config *portal = ctx->config != NULL ? config_portal(ctx->config, id) : NULL;
	const struct names *names = provider != NULL ? &provider->name : portal != NULL ? &portal->name : NULL;

	if (names == NULL)
		return id;
	return language == LANGUAGE_FR ? names->fr : names->en;
}

/* "2026-11-24 14:03 (UTC)": the form that both languages share. */
static const char *
time_words(struct arena *arena, const char *value)
{
	return arena_printf(arena, "%.10s %.5s (UTC)", value, value + 11);
}

/* "loa2": what the levels of one federation differ in. */
static const char *
level_words(const char *value)
{
	const char *last = value + strlen(value);

	while (last > value && last[-1] != ':' && last[-1] != '/')
		last--;
	return last;
}

const char *
audit_value_words(const struct ctx *ctx, enum audit_type type, const char *value, enum language language)
{
	const struct word *word;

	if (*value == '\0' || !audit_fits(type, value))
		return *value == '\0' ? "" : AUDIT_WITHHELD;
	switch (type) {
	case AUDIT_WORD:
		word = word_find(value);
		return language == LANGUAGE_FR ? word->fr : word->en;
	case AUDIT_ID:
		return id_words(ctx, value, language);
	case AUDIT_TIME:
		return time_words(ctx->arena, value);
	case AUDIT_LEVEL:
		return level_words(value);
	case AUDIT_REFUSAL:
	case AUDIT_NUMBER:
	case AUDIT_KEY:
	case AUDIT_RECORD:
	case AUDIT_STAFF:
	case AUDIT_TICKET:
		break;
	}
	return value;
}
