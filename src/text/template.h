/* template.h - pages and mails: templates compiled once at start, filled from views, escaped by default.
 *
 * Syntax:  {{name}}  {{t key}}  {{raw name}}  {{if name}} {{if not name}} {{else}} {{end}}  {{each name}} {{end}}
 *          {{same name value}} {{else}} {{end}}  {{include file}}
 * <name>.html is escaped for HTML; <name>.txt, the body of a mail, only loses its control characters, and includes other
 * .txt files.  {{raw}} is never escaped.  A tag is closed on its line; if, same, each, else, end and include take their
 * whole line away when they stand on it alone.  {{each}} gives `first`, `last` and `number` (from 1), unless the item has
 * such a name itself; an inner name hides an outer one, also when it is absent (NULL) inside.
 * A template that does not parse, or names a sentence or a file that is not there, stops the start, with file and line.
 *
 * A struct text is only read after its load: all threads share it.
 */
#ifndef TEXT_TEMPLATE_H
#define TEXT_TEMPLATE_H

#include "base/buf.h"
#include "base/ctx.h"

struct text;
struct view;

/* Read <directory>/{en,fr}.json and every *.html and *.txt beside them; then, when theme is not NULL, files of the same
 * names in that directory replace them (catalogues: key by key, and no new keys), and other names are added.
 * *ret_reason: one sentence with file, line and remedy, in the arena.  ERR_IO (not readable) or ERR_FORMAT. */
enum err text_load(const char *directory, const char *theme, struct arena *arena, struct text **ret_text, const char **ret_reason);
void text_free(struct text **text);

/* A sentence in a language; "" never happens: an unknown key aborts (must), since keys in code are constants that a guard checks.
 * Placeholders {name} are filled from the view (may be NULL), unescaped: for text that a template escapes later. */
const char *text_sentence(const struct text *text, enum language language, const char *key, const struct view *view, struct arena *arena);
/* Does such a sentence exist? */
bool text_has(const struct text *text, const char *key);

/* What a template is filled from.  A name is kept as given (a constant), a value is copied into the arena; setting a name
 * again replaces its value. */
struct view *view_new(struct arena *arena);
void view_text(struct view *view, const char *name, const char *value);	/* NULL: absent; well-formed UTF-8 */
void view_number(struct view *view, const char *name, int64_t value);	/* prints its decimal digits; 0 is false */
void view_flag(struct view *view, const char *name, bool value);	/* prints nothing */
/* Append one item to the list `name` and return its (new, empty) view. */
struct view *view_item(struct view *view, const char *name);

/* Fill template `name` ("second-factor"; with its ending for a mail: "mail-code.txt").  An unknown template aborts (must).
 * view may be NULL.  The caller looks at out->failed. */
void template_print(const struct text *text, enum language language, const char *name, const struct view *view, struct buf *out);
/* The raw bytes of a file of the directory or theme (.css, .ico, .js, .png, .svg, .woff2); ERR_NOT_FOUND.  Loaded at
 * start; bounds: 64 files, 512 KiB each. */
enum err text_file(const struct text *text, const char *name, struct bytes *ret_content);

/* Duration in words, in the language: "1 minute", "2 heures" (rounded up to whole seconds below 2 minutes, to whole
 * minutes below 2 hours, to whole hours below 2 days).  Sentences "duration.second", "duration.seconds", ... minute(s),
 * hour(s), day(s) with a placeholder {n}: text_load() asks for them. */
const char *text_duration(const struct text *text, enum language language, int64_t milliseconds, struct arena *arena);

/* A moment in words: "November 24, 2026 at 14:05 (UTC)".  Sentences "date.*", which pages and mails have and text_load() does not ask for. */
const char *text_moment(const struct text *text, enum language language, int64_t time, struct arena *arena);

#endif
