/* template.h - pages and mails: templates compiled once at start, filled from views, escaped by default.
 *
 * Syntax:  {{name}}  {{t key}}  {{raw name}}  {{if name}} {{if not name}} {{else}} {{end}}  {{each name}} {{end}}
 *          {{same name value}} {{else}} {{end}}  {{include file}}
 * A template that does not parse, or names a sentence or a file that is not there, stops the start, with file and line.
 */
#ifndef TEXT_TEMPLATE_H
#define TEXT_TEMPLATE_H

#include "base/buf.h"
#include "base/ctx.h"

struct text;
struct view;

/* Read <directory>/{en,fr}.json and <directory>/ *.html; then, when theme is not NULL, files of the same names in that
 * directory replace them (catalogues: key by key).  *ret_reason: one sentence with file, line and remedy. */
enum err text_load(const char *directory, const char *theme, struct arena *arena, struct text **ret_text, const char **ret_reason);
void text_free(struct text **text);

/* A sentence in a language; "" never happens: an unknown key aborts (must), since keys in code are constants that a guard checks.
 * Placeholders {name} are filled from the view (may be NULL), unescaped: for text that a template escapes later. */
const char *text_sentence(const struct text *text, enum language language, const char *key, const struct view *view, struct arena *arena);
/* Does such a sentence exist? */
bool text_has(const struct text *text, const char *key);

struct view *view_new(struct arena *arena);
void view_text(struct view *view, const char *name, const char *value);	/* NULL: absent */
void view_number(struct view *view, const char *name, int64_t value);
void view_flag(struct view *view, const char *name, bool value);
/* Append one item to the list `name` and return its (new, empty) view. */
struct view *view_item(struct view *view, const char *name);

/* Fill template `name` ("second-factor"). An unknown template aborts (must). */
void template_print(const struct text *text, enum language language, const char *name, const struct view *view, struct buf *out);
/* The raw bytes of a file of the directory or theme (style.css, images); ERR_NOT_FOUND. Loaded at start; bounds: 64 files, 512 KiB each. */
enum err text_file(const struct text *text, const char *name, struct bytes *ret_content);

/* Duration in words, in the language: "1 minute", "2 heures" (rounded up to whole seconds below 2 minutes, to whole minutes below 2 hours). */
const char *text_duration(const struct text *text, enum language language, int64_t milliseconds, struct arena *arena);

#endif
