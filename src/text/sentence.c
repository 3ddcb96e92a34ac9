#include <stdio.h>

#include "text/internal.h"

/* A page's worth: no sentence with its values is longer. */
#define SENTENCE_MAX ((size_t)64 * 1024)

bool
text_has(const struct text *text, const char *key)
{
	return catalogue_find(&text->catalogue, key) != NULL;
}

const char *
text_sentence(const struct text *text, enum language language, const char *key,
    const struct view *view, struct arena *arena)
{
	const struct sentence *sentence = catalogue_find(&text->catalogue, key);
	struct frame frame = {.view = view};
	struct buf out;

	must(sentence != NULL);
	/* A literal piece is NUL-terminated: one alone needs no copy. */
	if (sentence->in[language].count == 1 && sentence->in[language].pieces[0].name.text == NULL)
		return (const char *)sentence->in[language].pieces[0].plain.data;
	buf_init(&out, arena, SENTENCE_MAX);
	sentence_print(sentence, language, MEDIUM_TEXT, &frame, &out);
	must(!out.failed);
	return buf_text(&out);
}

static int64_t
divide_up(int64_t value, int64_t by)
{
	return (value + by - 1) / by;
}

/* Units from small to big; each is used for less than two of the next one, and exactly one of the next is said so. */
static const struct unit {
	const char *one, *many;
	int64_t of_next;
} units[] = {
    {"duration.second", "duration.seconds", 60},
    {"duration.minute", "duration.minutes", 60},
    {"duration.hour", "duration.hours", 24},
    {"duration.day", "duration.days", 0},
};

const char *
text_duration(
    const struct text *text, enum language language, int64_t milliseconds, struct arena *arena)
{
	int64_t count = milliseconds > 0 ? divide_up(milliseconds, 1000) : 0;
	const struct unit *unit = units;
	struct view *view = view_new(arena);
	bool one;

	for (; unit->of_next != 0 && (count >= 2 * unit->of_next || count == unit->of_next); unit++)
		count = divide_up(count, unit->of_next);
	one = count == 1 || (count == 0 && language == LANGUAGE_FR);
	view_number(view, "n", count);
	return text_sentence(text, language, one ? unit->one : unit->many, view, arena);
}
