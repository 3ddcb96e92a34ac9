#include "factor/digits.h"

#include <stdint.h>

/* The next code point of well-formed UTF-8 (checked at the edge); 0 at the end and for anything over three bytes, which is no
 * digit of ours. */
static uint32_t
next_code_point(const unsigned char **p)
{
	const unsigned char *s = *p;

	if (s[0] < 0x80) {
		*p += s[0] != 0;
		return s[0];
	}
	if ((s[0] & 0xe0) == 0xc0 && (s[1] & 0xc0) == 0x80) {
		*p += 2;
		return ((uint32_t)(s[0] & 0x1f) << 6) | (s[1] & 0x3f);
	}
	if ((s[0] & 0xf0) == 0xe0 && (s[1] & 0xc0) == 0x80 && (s[2] & 0xc0) == 0x80) {
		*p += 3;
		return ((uint32_t)(s[0] & 0x0f) << 12) | ((uint32_t)(s[1] & 0x3f) << 6) |
		       (s[2] & 0x3f);
	}
	return UINT32_MAX;
}

static bool
is_separator(uint32_t c)
{
	return c == ' ' || c == '\t' || c == '-' || c == 0xa0 || c == 0x202f ||
	       (c >= 0x2000 && c <= 0x200b) || (c >= 0x2010 && c <= 0x2015);
}

static bool
digit_value(uint32_t c, unsigned *ret_value)
{
	static const uint32_t zeros[] = {'0', 0x0660, 0x06f0, 0xff10};

	for (size_t i = 0; i < sizeof(zeros) / sizeof(zeros[0]); i++) {
		if (c >= zeros[i] && c <= zeros[i] + 9) {
			*ret_value = c - zeros[i];
			return true;
		}
	}
	return false;
}

bool
digits_parse(const char *typed, size_t count, char *ret_digits)
{
	const unsigned char *p = (const unsigned char *)typed;
	size_t found = 0;
	unsigned value;
	uint32_t c;

	while ((c = next_code_point(&p)) != 0) {
		if (is_separator(c))
			continue;
		if (found == count || !digit_value(c, &value))
			return false;
		ret_digits[found++] = (char)('0' + value);
	}
	ret_digits[found] = '\0';
	return found == count;
}
