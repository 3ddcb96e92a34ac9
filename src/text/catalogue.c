#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "text/escape.h"
#include "text/internal.h"

/* The sentences that text_duration() takes. */
static const char *const needed_keys[] = {"duration.second", "duration.seconds", "duration.minute",
    "duration.minutes", "duration.hour", "duration.hours", "duration.day", "duration.days"};

static void
json_close(json_t **json)
{
	json_decref(*json);
}

static int
compare_sentences(const void *a, const void *b)
{
	return strcmp(((const struct sentence *)a)->key, ((const struct sentence *)b)->key);
}

const struct sentence *
catalogue_find(const struct catalogue *catalogue, const char *key)
{
	struct sentence wanted = {.key = key};

	if (catalogue->count == 0)
		return NULL;
	return bsearch(
	    &wanted, catalogue->sentences, catalogue->count, sizeof(wanted), compare_sentences);
}

/* The line on which a key first stands in quotes; keys are plain, so they stand there as they are.  0: not found. */
static unsigned
line_of_key(struct bytes json, const char *key, struct arena *arena)
{
	const char *quoted = arena_printf(arena, "\"%s\"", key);
	const uint8_t *at = memmem(json.data, json.len, quoted, strlen(quoted));
	unsigned line = 1;

	if (at == NULL)
		return 0;
	for (const uint8_t *c = json.data; c < at; c++)
		line += *c == '\n';
	return line;
}

static bool
key_valid(const char *key)
{
	size_t len = strspn(key, "abcdefghijklmnopqrstuvwxyz0123456789-_.");

	return len > 0 && key[len] == '\0';
}

static struct bytes
html_of(struct arena *keep, struct bytes plain)
{
	struct buf out;

	buf_init(&out, keep, 6 * plain.len);
	escape_html(&out, arena_text_of(keep, plain));
	return buf_bytes(&out);
}

/* Cut a sentence at its placeholders. */
static enum err
sentence_parse(struct sentence *sentence, struct arena *keep, enum language language,
    const char *text, const struct place *place)
{
	size_t room = 1, count = 0;
	struct piece *pieces;

	for (const char *c = text; *c != '\0'; c++)
		room += *c == '{' ? 2 : 0;
	pieces = arena_array(keep, room, sizeof(*pieces));
	while (*text != '\0') {
		size_t len = strcspn(text, "{}");

		if (len > 0) {
			/* NUL-terminated, so that text_sentence() can hand it out as it is */
			pieces[count].plain = bytes_copy(keep, bytes_make(text, len));
			pieces[count].html = html_of(keep, pieces[count].plain);
			count++;
			text += len;
			continue;
		}
		len = strcspn(text, "}");
		if (*text != '{' || text[len] != '}' || !name_valid(bytes_make(text + 1, len - 1)))
			return place_refuse(place,
			    "the sentence \"%s\" has a brace that is no placeholder like {name}",
			    sentence->key);
		pieces[count++].name = name_of(arena_text_of(keep, bytes_make(text + 1, len - 1)));
		text += len + 1;
	}
	sentence->in[language].pieces = pieces;
	sentence->in[language].count = count;
	return ERR_OK;
}

/* The sentence of that key, made at the end (unsorted) when the catalogue may grow; NULL otherwise. */
static struct sentence *
sentence_get(
    struct catalogue *catalogue, size_t sorted, struct arena *keep, const char *key, bool may_grow)
{
	struct catalogue known = {catalogue->sentences, sorted};
	const struct sentence *found = catalogue_find(&known, key);

	if (found != NULL)
		return &catalogue->sentences[found - catalogue->sentences];
	if (!may_grow)
		return NULL;
	catalogue->sentences[catalogue->count].key = arena_text(keep, key);
	return &catalogue->sentences[catalogue->count++];
}

static enum err
take_pair(struct catalogue *catalogue, size_t sorted, struct arena *keep, enum language language,
    const char *key, const json_t *value, bool overlay, const struct place *place)
{
	struct sentence *sentence;

	if (!key_valid(key))
		return place_refuse(place,
		    "the key \"%s\" has other characters than a-z, 0-9, '-', '_' and '.'", key);
	if (!json_is_string(value) || json_string_length(value) == 0)
		return place_refuse(place, "the value of \"%s\" must be a text and not empty", key);
	sentence = sentence_get(catalogue, sorted, keep, key, !overlay);
	if (sentence == NULL)
		return place_refuse(place,
		    "there is no sentence \"%s\" to replace: take the line out or correct its key",
		    key);
	return sentence_parse(sentence, keep, language, json_string_value(value), place);
}

static enum err
take_all(struct catalogue *catalogue, struct arena *keep, enum language language, struct bytes json,
    const json_t *root, bool overlay, const struct place *place)
{
	size_t sorted = catalogue->count;
	const char *key;
	json_t *value;

	catalogue->sentences =
	    arena_grow(keep, catalogue->sentences, sorted * sizeof(struct sentence),
		(sorted + json_object_size(root)) * sizeof(struct sentence));
	json_object_foreach((json_t *)root, key, value)
	{
		struct place here = *place;
		enum err err;

		here.line = line_of_key(json, key, place->arena);
		err = take_pair(catalogue, sorted, keep, language, key, value, overlay, &here);
		if (err != ERR_OK)
			return err;
	}
	qsort(catalogue->sentences, catalogue->count, sizeof(struct sentence), compare_sentences);
	return ERR_OK;
}

enum err
catalogue_parse(struct catalogue *catalogue, struct arena *keep, enum language language,
    struct bytes json, bool overlay, const struct place *place)
{
	json_error_t error;
	CLEANUP(json_close)
	json_t *root =
	    json_loadb((const char *)json.data, json.len, JSON_REJECT_DUPLICATES, &error);
	struct place here = *place;

	if (root == NULL) {
		here.line = error.line > 0 ? (unsigned)error.line : 0;
		return place_refuse(&here, "not the JSON of a catalogue: %s", error.text);
	}
	if (!json_is_object(root))
		return place_refuse(place, "a catalogue must be one JSON object of sentences");
	return take_all(catalogue, keep, language, json, root, overlay, place);
}

enum err
catalogue_check(const struct catalogue *catalogue, const struct place *place)
{
	for (size_t i = 0; i < catalogue->count; i++) {
		const struct sentence *sentence = &catalogue->sentences[i];

		for (int language = 0; language < LANGUAGES; language++) {
			if (sentence->in[language].pieces == NULL)
				return place_refuse(place,
				    "the sentence \"%s\" is missing from %s.json: add it",
				    sentence->key, language_print((enum language)language));
		}
	}
	for (size_t i = 0; i < sizeof(needed_keys) / sizeof(needed_keys[0]); i++) {
		if (catalogue_find(catalogue, needed_keys[i]) == NULL)
			return place_refuse(place,
			    "the sentence \"%s\" is missing from the catalogues: add it",
			    needed_keys[i]);
	}
	return ERR_OK;
}

void
value_print(const char *value, enum medium medium, struct buf *out)
{
	switch (medium) {
	case MEDIUM_HTML:
		escape_html(out, value);
		return;
	case MEDIUM_MAIL:
		escape_plain(out, value);
		return;
	case MEDIUM_TEXT:
		buf_put_text(out, value);
		return;
	}
}

void
sentence_print(const struct sentence *sentence, enum language language, enum medium medium,
    const struct frame *frame, struct buf *out)
{
	for (size_t i = 0; i < sentence->in[language].count; i++) {
		const struct piece *piece = &sentence->in[language].pieces[i];
		char scratch[24];

		if (piece->name.text == NULL)
			buf_put_bytes(out, medium == MEDIUM_HTML ? piece->html : piece->plain);
		else
			value_print(frame_text(frame, &piece->name, scratch), medium, out);
	}
}
