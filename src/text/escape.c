#include "text/escape.h"

#include <string.h>

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

/* The first byte of what needs a second look: '&', '<', '>', '"', ''', controls, and the first bytes of C1 controls
 * (C2 80..9F) and of U+FFFE and U+FFFF (EF BF BE, EF BF BF). */
/* clang-format off */
static const bool special[256] = {
	[0x00 ... 0x1f] = 1, [0x7f] = 1, ['&'] = 1, ['<'] = 1, ['>'] = 1, ['"'] = 1, ['\''] = 1, [0xc2] = 1, [0xef] = 1,
};
/* clang-format on */

/* What stands for the character at text, and how long that is; NULL: the byte itself.  The text is NUL-terminated, so
 * looking one byte behind a byte that is not NUL is safe. */
static const char *
stand_in(const unsigned char *text, bool xml, size_t *ret_len)
{
	*ret_len = 1;
	switch (text[0]) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	case '\t':
		return xml ? "&#9;" : NULL; /* a parser makes a blank of it in an attribute */
	case '\n':
		return xml ? "&#10;" : NULL;
	case 0xc2:
		*ret_len = 2;
		return text[1] >= 0x80 && text[1] <= 0x9f ? REPLACEMENT : NULL;
	case 0xef:
		*ret_len = 3;
		return text[1] == 0xbf && text[2] >= 0xbe ? REPLACEMENT : NULL;
	default:
		return REPLACEMENT;
	}
}

static void
escape(struct buf *out, const char *text, bool xml)
{
	const unsigned char *at = (const unsigned char *)text, *from = at;

	if (text == NULL)
		return;
	for (;;) {
		const char *instead;
		size_t len;

		while (!special[*at])
			at++;
		if (*at == '\0')
			break;
		instead = stand_in(at, xml, &len);
		if (instead == NULL) {
			at++;
			continue;
		}
		buf_put(out, from, (size_t)(at - from));
		buf_put_text(out, instead);
		at += len;
		from = at;
	}
	buf_put(out, from, (size_t)(at - from));
}

void
escape_html(struct buf *out, const char *text)
{
	escape(out, text, false);
}

void
escape_xml(struct buf *out, const char *text)
{
	escape(out, text, true);
}

void
escape_plain(struct buf *out, const char *text)
{
	for (const unsigned char *at = (const unsigned char *)text; at != NULL && *at != '\0';
	     at++) {
		if ((*at < 0x20 && *at != '\t' && *at != '\n') || *at == 0x7f)
			buf_put_text(out, REPLACEMENT);
		else
			buf_put_byte(out, *at);
	}
}

static bool
is_unreserved(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '.' || c == '_' || c == '~';
}

void
escape_url(struct buf *out, const char *text)
{
	static const char digits[] = "0123456789ABCDEF"; /* upper case: RFC 3986 section 2.1 */

	for (const unsigned char *at = (const unsigned char *)text; at != NULL && *at != '\0';
	     at++) {
		char triple[3] = {'%', digits[*at >> 4], digits[*at & 15]};

		if (is_unreserved(*at))
			buf_put_byte(out, *at);
		else
			buf_put(out, triple, sizeof(triple));
	}
}

static int
hex_value(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

enum err
unescape_url(struct arena *arena, struct bytes text, bool plus_is_space, const char **ret_text)
{
	uint8_t *out = arena_alloc(arena, text.len + 1);
	size_t len = 0;

	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.data[i];

		if (c == '%') {
			int high, low;

			if (text.len - i < 3)
				return ERR_FORMAT;
			high = hex_value(text.data[i + 1]);
			low = hex_value(text.data[i + 2]);
			if (high < 0 || low < 0)
				return ERR_FORMAT;
			c = (uint8_t)(high << 4 | low);
			i += 2;
		} else if (c == '+' && plus_is_space) {
			c = ' ';
		}
		out[len++] = c;
	}
	/* A NUL would end the text early for whoever reads it next; utf8_valid() refuses it. */
	if (!utf8_valid(bytes_make(out, len)))
		return ERR_FORMAT;
	*ret_text = (const char *)out;
	return ERR_OK;
}
