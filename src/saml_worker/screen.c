#include "saml_worker/screen.h"

#include <string.h>
#include <strings.h>

#include "base/arena.h"

/* The text and how far we are. */
struct cursor {
	const char *at, *end;
	const char *start;
	enum screen_kind kind;
	unsigned depth;
	struct screen_report *report;
};

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool
looking_at(const struct cursor *cursor, const char *text)
{
	size_t len = strlen(text);

	return (size_t)(cursor->end - cursor->at) >= len && memcmp(cursor->at, text, len) == 0;
}

static void
skip_blanks(struct cursor *cursor)
{
	while (cursor->at < cursor->end && is_blank(*cursor->at))
		cursor->at++;
}

/* Behind the next c, or false when there is none. */
static bool
skip_past(struct cursor *cursor, const char *text)
{
	size_t len = strlen(text);
	const char *found = memmem(cursor->at, (size_t)(cursor->end - cursor->at), text, len);

	if (found == NULL)
		return false;
	cursor->at = found + len;
	return true;
}

/* --- the declaration --- */

/* <?xml version="1.0" encoding="UTF-8"?>: the encoding may be left out, and must be this one. */
static enum saml_verdict
check_declaration(struct cursor *cursor)
{
	const char *from = cursor->at, *encoding, *value;
	size_t left;

	if (!looking_at(cursor, "<?xml") || cursor->end - from < 6 || !is_blank(from[5]))
		return SAML_ACCEPTED;
	if (cursor->kind == SCREEN_FRAGMENT || !skip_past(cursor, "?>"))
		return SAML_MARKUP;
	encoding = memmem(from, (size_t)(cursor->at - from), "encoding", 8);
	if (encoding == NULL)
		return SAML_ACCEPTED;
	value = encoding + 8;
	left = (size_t)(cursor->at - value);
	if (left < 8 || value[0] != '=' || (value[1] != '"' && value[1] != '\'') ||
	    strncasecmp(value + 2, "UTF-8", 5) != 0 || value[7] != value[1])
		return SAML_ENCODING;
	return SAML_ACCEPTED;
}

/* --- tags --- */

static bool
is_name(char c)
{
	return !is_blank(c) && c != '=' && c != '>' && c != '/' && c != '<' && c != '"' && c != '\'';
}

/* One name="value" of a start tag. */
static enum saml_verdict
check_attribute(struct cursor *cursor)
{
	const char *name = cursor->at, *close;
	char quote;

	while (cursor->at < cursor->end && is_name(*cursor->at))
		cursor->at++;
	if (cursor->at == name)
		return SAML_NOT_XML;
	skip_blanks(cursor);
	if (cursor->at == cursor->end || *cursor->at++ != '=')
		return SAML_NOT_XML;
	skip_blanks(cursor);
	if (cursor->at == cursor->end || (*cursor->at != '"' && *cursor->at != '\''))
		return SAML_NOT_XML;
	quote = *cursor->at++;
	close = memchr(cursor->at, quote, (size_t)(cursor->end - cursor->at));
	if (close == NULL || memchr(cursor->at, '<', (size_t)(close - cursor->at)) != NULL)
		return SAML_NOT_XML;
	cursor->at = close + 1;
	return SAML_ACCEPTED;
}

/* The inside of a start tag; *ret_empty: it ended in "/>". */
static enum saml_verdict
check_attributes(struct cursor *cursor, bool *ret_empty)
{
	enum saml_verdict verdict;
	unsigned count = 0;

	for (;;) {
		skip_blanks(cursor);
		if (cursor->at == cursor->end)
			return SAML_NOT_XML;
		if (*cursor->at == '>' || *cursor->at == '/')
			break;
		if (++count > SCREEN_ATTRIBUTES)
			return SAML_ATTRIBUTES;
		verdict = check_attribute(cursor);
		if (verdict != SAML_ACCEPTED)
			return verdict;
	}
	*ret_empty = *cursor->at == '/';
	if (*ret_empty)
		cursor->at++;
	if (cursor->at == cursor->end || *cursor->at++ != '>')
		return SAML_NOT_XML;
	return SAML_ACCEPTED;
}

static void
note_child_start(struct cursor *cursor, const char *tag)
{
	struct screen_report *report = cursor->report;

	if (cursor->depth == 1 && report->child_count++ < SCREEN_CHILDREN)
		report->children[report->child_count - 1].start = (size_t)(tag - cursor->start);
}

static void
note_child_end(struct cursor *cursor)
{
	struct screen_report *report = cursor->report;

	if (cursor->depth == 1 && report->child_count <= SCREEN_CHILDREN)
		report->children[report->child_count - 1].end = (size_t)(cursor->at - cursor->start);
}

static enum saml_verdict
check_start_tag(struct cursor *cursor)
{
	const char *tag = cursor->at++;
	enum saml_verdict verdict;
	bool empty;

	if (++cursor->report->elements > SCREEN_ELEMENTS)
		return SAML_ELEMENTS;
	if (cursor->depth + 1 > SCREEN_DEPTH)
		return SAML_DEPTH;
	note_child_start(cursor, tag);
	while (cursor->at < cursor->end && is_name(*cursor->at))
		cursor->at++;
	verdict = check_attributes(cursor, &empty);
	if (verdict != SAML_ACCEPTED)
		return verdict;
	if (empty)
		note_child_end(cursor);
	else
		cursor->depth++;
	return SAML_ACCEPTED;
}

static enum saml_verdict
check_end_tag(struct cursor *cursor)
{
	if (cursor->depth == 0 || !skip_past(cursor, ">"))
		return SAML_NOT_XML;
	cursor->depth--;
	note_child_end(cursor);
	return SAML_ACCEPTED;
}

static enum saml_verdict
check_markup(struct cursor *cursor)
{
	if (looking_at(cursor, "<!--") && cursor->kind == SCREEN_METADATA)
		return skip_past(cursor, "-->") ? SAML_ACCEPTED : SAML_NOT_XML;
	if (looking_at(cursor, "<!") || looking_at(cursor, "<?"))
		return SAML_MARKUP;
	if (looking_at(cursor, "</"))
		return check_end_tag(cursor);
	if (cursor->depth == 0 && cursor->report->elements > 0)
		return SAML_NOT_XML;	/* a second root */
	return check_start_tag(cursor);
}

/* Only the five entities that need no DTD, and character references. */
static bool
references_valid(struct bytes text)
{
	static const char *const known[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&apos;", "&#"};
	const char *at = (const char *)text.data, *end = at + text.len;
	size_t i;

	while ((at = memchr(at, '&', (size_t)(end - at))) != NULL) {
		for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
			if ((size_t)(end - at) >= strlen(known[i]) &&
			    memcmp(at, known[i], strlen(known[i])) == 0)
				break;
		if (i == sizeof(known) / sizeof(known[0]))
			return false;
		at++;
	}
	return true;
}

/* Text between tags; outside the root only blanks. */
static enum saml_verdict
check_text(struct cursor *cursor)
{
	const char *next = memchr(cursor->at, '<', (size_t)(cursor->end - cursor->at));

	if (next == NULL)
		next = cursor->end;
	if (cursor->depth == 0)
		skip_blanks(cursor);
	if (cursor->depth == 0 && cursor->at < next)
		return SAML_NOT_XML;
	cursor->at = next;
	return SAML_ACCEPTED;
}

enum saml_verdict
screen_check(struct bytes text, enum screen_kind kind, struct screen_report *ret_report)
{
	const char *start = (const char *)text.data;
	struct cursor cursor = {.at = start,
	    .end = start + text.len,
	    .start = start,
	    .kind = kind,
	    .report = ret_report};
	enum saml_verdict verdict;

	*ret_report = (struct screen_report){0};
	if (text.len > SAML_DECODED_MAX)
		return SAML_TOO_BIG;
	if (text.len == 0)
		return SAML_NOT_XML;
	if (!utf8_valid(text) || looking_at(&cursor, "\xef\xbb\xbf"))
		return SAML_ENCODING;
	if (!references_valid(text))
		return SAML_MARKUP;
	verdict = check_declaration(&cursor);
	while (verdict == SAML_ACCEPTED && cursor.at < cursor.end)
		verdict = *cursor.at == '<' ? check_markup(&cursor) : check_text(&cursor);
	if (verdict == SAML_ACCEPTED && (cursor.depth > 0 || ret_report->elements == 0))
		return SAML_NOT_XML;
	return verdict;
}

/* The text without its blanks; most have none. */
static struct bytes
remove_blanks(struct bytes text, struct arena *arena)
{
	static const char blanks[] = {' ', '\t', '\r', '\n'};
	uint8_t *clean;
	size_t len = 0, i;

	if (text.len == 0)
		return text;
	for (i = 0; i < sizeof(blanks) && memchr(text.data, blanks[i], text.len) == NULL; i++)
		;
	if (i == sizeof(blanks))
		return text;
	clean = arena_alloc(arena, text.len + 1);
	for (i = 0; i < text.len; i++)
		if (!is_blank((char)text.data[i]))
			clean[len++] = text.data[i];
	return bytes_make(clean, len);
}

enum saml_verdict
screen_decode(struct bytes base64, struct arena *arena, struct bytes *ret_text)
{
	struct bytes clean = remove_blanks(base64, arena);

	if (clean.len > (size_t)(SAML_DECODED_MAX + 2) / 3 * 4)
		return SAML_TOO_BIG;
	if (clean.len == 0 || base64_parse(arena, clean, ret_text) != ERR_OK)
		return SAML_BASE64;
	return ret_text->len <= SAML_DECODED_MAX ? SAML_ACCEPTED : SAML_TOO_BIG;
}
