#include "base/typed.h"

#include <string.h>

#include "base/buf.h"

#define GROUP 4

const char *
typed_groups(struct arena *arena, const char *characters)
{
	struct buf text;

	buf_init(&text, arena, 64);
	for (size_t i = 0; characters[i] != '\0'; i++) {
		if (i > 0 && i % GROUP == 0)
			buf_put_byte(&text, '-');
		buf_put_byte(&text, (uint8_t)characters[i]);
	}
	return buf_text(&text);
}

const char *
typed_print(struct arena *arena, struct bytes random)
{
	return typed_groups(arena, crockford_print(arena, random));
}

/* What a person may put between the groups: spaces and hyphens of any kind. The length of it in bytes, or 0. */
static size_t
separator_length(const char *p)
{
	if (*p == ' ' || *p == '-' || *p == '\t')
		return 1;
	if (strncmp(p, "\xc2\xa0", 2) == 0)
		return 2;
	/* U+2000 to U+200B and U+202F: spaces; U+2010 to U+2015: dashes. */
	if ((unsigned char)p[0] == 0xe2 && (unsigned char)p[1] == 0x80) {
		unsigned char last = (unsigned char)p[2];
		return (last >= 0x80 && last <= 0x8b) || (last >= 0x90 && last <= 0x95) || last == 0xaf ? 3 : 0;
	}
	return 0;
}

static char
character(char c)
{
	if (c >= 'a' && c <= 'z')
		c = (char)(c - 'a' + 'A');
	if (c == 'O')
		return '0';
	if (c == 'I' || c == 'L')
		return '1';
	return c;
}

bool
typed_parse(const char *typed, size_t count, char *ret_characters)
{
	size_t found = 0, skip;

	while (*typed != '\0') {
		char c;
		skip = separator_length(typed);
		if (skip > 0) {
			typed += skip;
			continue;
		}
		c = character(*typed++);
		if (found == count || strchr("0123456789ABCDEFGHJKMNPQRSTVWXYZ", c) == NULL)
			return false;
		ret_characters[found++] = c;
	}
	ret_characters[found] = '\0';
	return found == count;
}
