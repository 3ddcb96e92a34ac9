#include <string.h>

#include "mail/internal.h"

#define LINE_MAX_CHARACTERS 76
/* Of a word's text: with "=?UTF-8?B?" and "?=" it fits behind the longest name of a field that has one. */
#define WORD_BYTES 39
#define PLAIN_MAX 60

static const char hex_digits[] = "0123456789ABCDEF";

/* May this byte stand for itself here?  A dot that begins a line is for SMTP to double, and "From " for mailbox files to
 * quote: some forget, some do it twice. */
static bool
stands_for_itself(struct bytes rest, size_t column)
{
	uint8_t c = rest.data[0];

	if (c == ' ' || c == '\t')
		return rest.len > 1;
	if (column == 0 && (c == '.' || (rest.len >= 5 && memcmp(rest.data, "From ", 5) == 0)))
		return false;
	return c > ' ' && c < 0x7f && c != '=';
}

static void
quoted_line_put(struct buf *out, struct bytes line)
{
	size_t column = 0;

	for (; line.len > 0; line.data++, line.len--) {
		bool plain = stands_for_itself(line, column);
		uint8_t c = line.data[0];
		uint8_t triple[3] = {'=', (uint8_t)hex_digits[c >> 4], (uint8_t)hex_digits[c & 15]};
		size_t len = plain ? 1 : 3;

		/* one place is the soft break's */
		if (column + len > LINE_MAX_CHARACTERS - 1) {
			buf_put_text(out, "=\r\n");
			column = 0;
			plain = stands_for_itself(line, column);
			len = plain ? 1 : 3;
		}
		buf_put(out, plain ? &c : triple, len);
		column += len;
	}
	buf_put_text(out, "\r\n");
}

void
quoted_printable_put(struct buf *out, struct bytes text)
{
	while (text.len > 0) {
		const uint8_t *end = memchr(text.data, '\n', text.len);
		size_t len = end != NULL ? (size_t)(end - text.data) : text.len;

		quoted_line_put(out, bytes_make(text.data, len));
		len += end != NULL;
		text = bytes_make(text.data + len, text.len - len);
	}
}

static bool
is_short(const char *text)
{
	size_t len = strlen(text);

	return len > 0 && len <= PLAIN_MAX && text[0] != ' ' && text[len - 1] != ' ';
}

static void
encoded_words_put(struct buf *out, const char *text)
{
	struct bytes rest = bytes_of(text);

	while (rest.len > 0) {
		const uint8_t *from = rest.data;
		struct bytes next = rest;

		/* a character is never divided (RFC 2047 section 5) */
		while (next.len > 0) {
			unicode_next(&next);
			if (next.data - from > WORD_BYTES)
				break;
			rest = next;
		}
		buf_printf(out, "=?UTF-8?B?%s?=%s",
		    base64_print(out->arena, bytes_make(from, (size_t)(rest.data - from))),
		    rest.len > 0 ? "\r\n " : "");
	}
}

void
subject_put(struct buf *out, const char *text)
{
	bool plain = is_short(text) && strstr(text, "=?") == NULL;

	for (const char *at = text; *at != '\0'; at++)
		plain = plain && *at >= ' ' && *at < 0x7f;
	if (plain)
		buf_put_text(out, text);
	else
		encoded_words_put(out, text);
}

void
phrase_put(struct buf *out, const char *text)
{
	static const char atoms[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789- ";

	if (is_short(text) && strspn(text, atoms) == strlen(text))
		buf_put_text(out, text);
	else
		encoded_words_put(out, text);
}
