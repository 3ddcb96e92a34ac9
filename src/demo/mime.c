#include "demo/mime.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"

#define DEPTH_MAX 4
#define PARTS_MAX 20
#define BOUNDARY_MAX 70

static const char unknown[] = "\xef\xbf\xbd";

/* Take a line off *rest, without its end. */
static bool
next_line(struct bytes *rest, struct bytes *ret_line)
{
	const uint8_t *end;
	size_t len;

	if (rest->len == 0)
		return false;
	end = memchr(rest->data, '\n', rest->len);
	len = end != NULL ? (size_t)(end - rest->data) : rest->len;
	*ret_line = bytes_make(
	    rest->data, len > 0 && end != NULL && rest->data[len - 1] == '\r' ? len - 1 : len);
	len += end != NULL ? 1 : 0;
	*rest = bytes_make(rest->data + len, rest->len - len);
	return true;
}

static struct bytes
body_of(struct bytes entity)
{
	struct bytes line;

	while (next_line(&entity, &line) && line.len > 0)
		continue;
	return entity;
}

static bool
is_header(struct bytes line, const char *name)
{
	size_t len = strlen(name);

	return line.len > len && line.data[len] == ':' &&
	       strncasecmp((const char *)line.data, name, len) == 0;
}

static void
put_unfolded(struct buf *out, struct bytes line)
{
	for (size_t i = 0; i < line.len && out->len < MIME_HEADER_MAX; i++)
		buf_put_byte(
		    out, line.data[i] == '\t' || line.data[i] == '\r' || line.data[i] == '\0'
			     ? ' '
			     : line.data[i]);
}

/* Unfolded, as it travelled; "" for none. */
static const char *
raw_header(struct arena *arena, struct bytes entity, const char *name)
{
	struct bytes line;
	struct buf value;
	bool within = false;

	buf_init(&value, arena, MIME_HEADER_MAX + 1);
	while (next_line(&entity, &line) && line.len > 0) {
		if (within && line.data[0] != ' ' && line.data[0] != '\t')
			break;
		if (within) {
			put_unfolded(&value, line);
		} else if (is_header(line, name)) {
			within = true;
			put_unfolded(&value,
			    bytes_make(line.data + strlen(name) + 1, line.len - strlen(name) - 1));
		}
	}
	return buf_text(&value) + strspn(buf_text(&value), " ");
}

static int
hex_digit(uint8_t c)
{
	if (!isxdigit(c))
		return -1;
	return isdigit(c) ? c - '0' : tolower(c) - 'a' + 10;
}

/* Quoted-printable (RFC 2045 section 6.7); in a header's words `_` is a space. */
static void
put_quoted(struct buf *out, struct bytes text, bool words)
{
	for (size_t i = 0; i < text.len; i++) {
		size_t left = text.len - i - 1;
		const uint8_t *next = text.data + i + 1;

		if (text.data[i] != '=') {
			buf_put_byte(out, words && text.data[i] == '_' ? ' ' : text.data[i]);
		} else if (left >= 2 && hex_digit(next[0]) >= 0 && hex_digit(next[1]) >= 0) {
			buf_put_byte(out, (uint8_t)(hex_digit(next[0]) << 4 | hex_digit(next[1])));
			i += 2;
		} else if (left >= 1 && next[0] == '\n') {
			i += 1;
		} else if (left >= 2 && next[0] == '\r' && next[1] == '\n') {
			i += 2;
		} else {
			buf_put_byte(out, '=');
		}
	}
}

static void
put_base64(struct buf *out, struct bytes text)
{
	struct bytes bytes;
	struct buf packed;

	buf_init(&packed, out->arena, text.len + 1);
	for (size_t i = 0; i < text.len; i++)
		if (!isspace(text.data[i]))
			buf_put_byte(&packed, text.data[i]);
	if (base64_parse(out->arena, buf_bytes(&packed), &bytes) == ERR_OK)
		buf_put_bytes(out, bytes);
}

static bool
is_latin(const char *charset, size_t len)
{
	return (len == 10 && strncasecmp(charset, "iso-8859-1", len) == 0) ||
	       (len == 12 && strncasecmp(charset, "windows-1252", len) == 0);
}

static void
put_latin(struct buf *out, struct bytes text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] >= 0x80)
			buf_put_byte(out, (uint8_t)(0xc0 | text.data[i] >> 6));
		buf_put_byte(out,
		    text.data[i] < 0x80 ? text.data[i] : (uint8_t)(0x80 | (text.data[i] & 0x3f)));
	}
}

/* UTF-8 out of anything. */
static const char *
clean(struct arena *arena, struct bytes text)
{
	struct buf out;

	buf_init(&out, arena, 3 * text.len + 1);
	for (size_t i = 0, n; i < text.len; i += n) {
		uint8_t lead = text.data[i];
		n = lead < 0xc0 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
		if (n <= text.len - i && utf8_valid(bytes_make(text.data + i, n))) {
			buf_put(&out, text.data + i, n);
		} else {
			buf_put_text(&out, unknown);
			n = 1;
		}
	}
	return buf_text(&out);
}

/* =?charset?B?text?= (RFC 2047 section 2) */
struct word {
	const char *charset;
	size_t charset_len;
	char encoding;
	struct bytes text;
	size_t len; /* of all of it */
};

static bool
word_at(const char *text, struct word *ret)
{
	const char *mark, *end;

	if (strncmp(text, "=?", 2) != 0)
		return false;
	mark = strchr(text + 2, '?');
	if (mark == NULL || mark[1] == '\0' || mark[2] != '?')
		return false;
	end = strstr(mark + 3, "?=");
	*ret = (struct word){.charset = text + 2,
	    .charset_len = (size_t)(mark - text - 2),
	    .encoding = (char)toupper((unsigned char)mark[1])};
	if (end == NULL || strcspn(mark + 3, " ?") != (size_t)(end - mark - 3))
		return false;
	ret->text = bytes_make(mark + 3, (size_t)(end - mark - 3));
	ret->len = (size_t)(end + 2 - text);
	return ret->encoding == 'B' || ret->encoding == 'Q';
}

static void
put_word(struct buf *out, const struct word *word)
{
	struct buf plain;

	buf_init(&plain, out->arena, word->text.len + 1);
	if (word->encoding == 'B')
		put_base64(&plain, word->text);
	else
		put_quoted(&plain, word->text, true);
	if (is_latin(word->charset, word->charset_len))
		put_latin(out, buf_bytes(&plain));
	else
		buf_put_bytes(out, buf_bytes(&plain));
}

const char *
mime_header(struct arena *arena, struct bytes message, const char *name)
{
	const char *value = raw_header(arena, message, name);
	struct word word;
	struct buf out;

	buf_init(&out, arena, 2 * MIME_HEADER_MAX);
	while (*value != '\0') {
		if (!word_at(value, &word)) {
			buf_put_byte(&out, (uint8_t)*value++);
			continue;
		}
		put_word(&out, &word);
		value += word.len;
		/* the space between two words only folds */
		if (word_at(value + strspn(value, " "), &word))
			value += strspn(value, " ");
	}
	return clean(arena, buf_bytes(&out));
}

/* `text/plain; charset="utf-8"` -> the value of that parameter, or "". */
static const char *
parameter(struct arena *arena, const char *value, const char *name)
{
	size_t len = strlen(name);

	while ((value = strchr(value, ';')) != NULL) {
		value += 1 + strspn(value + 1, " ");
		if (strncasecmp(value, name, len) != 0 || value[len] != '=')
			continue;
		value += len + 1;
		if (*value == '"')
			return arena_text_of(
			    arena, bytes_make(value + 1, strcspn(value + 1, "\"")));
		return arena_text_of(arena, bytes_make(value, strcspn(value, "; ")));
	}
	return "";
}

/* Where the next delimiter's line begins; *ret_rest: what comes after it; NULL at the end. */
static const uint8_t *
next_delimiter(struct bytes text, const char *boundary, struct bytes *ret_rest)
{
	size_t len = strlen(boundary);
	struct bytes line;

	while (next_line(&text, &line)) {
		if (line.len < len + 2 || memcmp(line.data, "--", 2) != 0 ||
		    memcmp(line.data + 2, boundary, len) != 0)
			continue;
		*ret_rest = text;
		/* the last one has two hyphens behind it */
		if (line.len >= len + 4 && memcmp(line.data + len + 2, "--", 2) == 0)
			*ret_rest = bytes_make(NULL, 0);
		return line.data;
	}
	return NULL;
}

static bool find_text(struct arena *arena, struct bytes entity, int depth, struct bytes *ret_part);

static bool
find_in_parts(
    struct arena *arena, struct bytes body, const char *boundary, int depth, struct bytes *ret_part)
{
	struct bytes rest, next;
	const uint8_t *end;
	bool found = false;

	if (next_delimiter(body, boundary, &rest) == NULL)
		return false;
	for (int i = 0; i < PARTS_MAX && rest.len > 0 && !found; i++, rest = next) {
		next = bytes_make(NULL, 0);
		end = next_delimiter(rest, boundary, &next);
		if (end != NULL)
			rest.len = (size_t)(end - rest.data);
		found = find_text(arena, rest, depth, ret_part);
	}
	return found;
}

/* The first entity of plain text, with its header. */
static bool
find_text(struct arena *arena, struct bytes entity, int depth, struct bytes *ret_part)
{
	const char *type = raw_header(arena, entity, "Content-Type"), *boundary;

	if (strncasecmp(type, "multipart/", 10) == 0) {
		boundary = parameter(arena, type, "boundary");
		return depth < DEPTH_MAX && *boundary != '\0' && strlen(boundary) <= BOUNDARY_MAX &&
		       find_in_parts(arena, body_of(entity), boundary, depth + 1, ret_part);
	}
	*ret_part = entity;
	return *type == '\0' || strncasecmp(type, "text/plain", 10) == 0;
}

static const char *
decode_text(struct arena *arena, struct bytes part)
{
	const char *encoding = raw_header(arena, part, "Content-Transfer-Encoding");
	const char *charset = parameter(arena, raw_header(arena, part, "Content-Type"), "charset");
	struct bytes body = body_of(part);
	struct buf plain, latin;

	buf_init(&plain, arena, body.len + 1);
	if (strncasecmp(encoding, "base64", 6) == 0)
		put_base64(&plain, body);
	else if (strncasecmp(encoding, "quoted-printable", 16) == 0)
		put_quoted(&plain, body, false);
	else
		buf_put_bytes(&plain, body);
	if (!is_latin(charset, strlen(charset)))
		return clean(arena, buf_bytes(&plain));
	buf_init(&latin, arena, 2 * plain.len + 1);
	put_latin(&latin, buf_bytes(&plain));
	return clean(arena, buf_bytes(&latin));
}

const char *
mime_text(struct arena *arena, struct bytes message, size_t max, bool *ret_cut)
{
	struct bytes part;
	const char *text;
	struct buf out;
	size_t len;

	*ret_cut = false;
	if (!find_text(arena, message, 0, &part))
		return "";
	text = decode_text(arena, part);
	buf_init(&out, arena, strlen(text) + 1);
	for (; *text != '\0'; text++)
		if (*text != '\r')
			buf_put_byte(&out, (uint8_t)*text);
	len = out.len;
	*ret_cut = len > max;
	if (*ret_cut)
		for (len = max; len > 0 && (out.data[len] & 0xc0) == 0x80; len--)
			continue;
	return arena_text_of(arena, bytes_make(out.data, len));
}
