#include "base/bytes.h"

#include <string.h>

#include "base/arena.h"

/* A base of 2^bits: its letters in order, and for each byte its value + 1 (0: not a letter). */
struct base {
	unsigned bits;
	const char *letters;
	const uint8_t *values;
};

/* clang-format off */
static const uint8_t hex_values[256] = {
	['0'] = 1, ['1'] = 2, ['2'] = 3, ['3'] = 4, ['4'] = 5, ['5'] = 6, ['6'] = 7, ['7'] = 8,
	['8'] = 9, ['9'] = 10, ['a'] = 11, ['b'] = 12, ['c'] = 13, ['d'] = 14, ['e'] = 15,
	['f'] = 16,
};
static const uint8_t base32_values[256] = {
	['A'] = 1, ['B'] = 2, ['C'] = 3, ['D'] = 4, ['E'] = 5, ['F'] = 6, ['G'] = 7, ['H'] = 8,
	['I'] = 9, ['J'] = 10, ['K'] = 11, ['L'] = 12, ['M'] = 13, ['N'] = 14, ['O'] = 15,
	['P'] = 16, ['Q'] = 17, ['R'] = 18, ['S'] = 19, ['T'] = 20, ['U'] = 21, ['V'] = 22,
	['W'] = 23, ['X'] = 24, ['Y'] = 25, ['Z'] = 26, ['2'] = 27, ['3'] = 28, ['4'] = 29,
	['5'] = 30, ['6'] = 31, ['7'] = 32,
};
static const uint8_t base64_values[256] = {
	['A'] = 1, ['B'] = 2, ['C'] = 3, ['D'] = 4, ['E'] = 5, ['F'] = 6, ['G'] = 7, ['H'] = 8,
	['I'] = 9, ['J'] = 10, ['K'] = 11, ['L'] = 12, ['M'] = 13, ['N'] = 14, ['O'] = 15,
	['P'] = 16, ['Q'] = 17, ['R'] = 18, ['S'] = 19, ['T'] = 20, ['U'] = 21, ['V'] = 22,
	['W'] = 23, ['X'] = 24, ['Y'] = 25, ['Z'] = 26, ['a'] = 27, ['b'] = 28, ['c'] = 29,
	['d'] = 30, ['e'] = 31, ['f'] = 32, ['g'] = 33, ['h'] = 34, ['i'] = 35, ['j'] = 36,
	['k'] = 37, ['l'] = 38, ['m'] = 39, ['n'] = 40, ['o'] = 41, ['p'] = 42, ['q'] = 43,
	['r'] = 44, ['s'] = 45, ['t'] = 46, ['u'] = 47, ['v'] = 48, ['w'] = 49, ['x'] = 50,
	['y'] = 51, ['z'] = 52, ['0'] = 53, ['1'] = 54, ['2'] = 55, ['3'] = 56, ['4'] = 57,
	['5'] = 58, ['6'] = 59, ['7'] = 60, ['8'] = 61, ['9'] = 62, ['+'] = 63, ['/'] = 64,
};
static const uint8_t base64url_values[256] = {
	['A'] = 1, ['B'] = 2, ['C'] = 3, ['D'] = 4, ['E'] = 5, ['F'] = 6, ['G'] = 7, ['H'] = 8,
	['I'] = 9, ['J'] = 10, ['K'] = 11, ['L'] = 12, ['M'] = 13, ['N'] = 14, ['O'] = 15,
	['P'] = 16, ['Q'] = 17, ['R'] = 18, ['S'] = 19, ['T'] = 20, ['U'] = 21, ['V'] = 22,
	['W'] = 23, ['X'] = 24, ['Y'] = 25, ['Z'] = 26, ['a'] = 27, ['b'] = 28, ['c'] = 29,
	['d'] = 30, ['e'] = 31, ['f'] = 32, ['g'] = 33, ['h'] = 34, ['i'] = 35, ['j'] = 36,
	['k'] = 37, ['l'] = 38, ['m'] = 39, ['n'] = 40, ['o'] = 41, ['p'] = 42, ['q'] = 43,
	['r'] = 44, ['s'] = 45, ['t'] = 46, ['u'] = 47, ['v'] = 48, ['w'] = 49, ['x'] = 50,
	['y'] = 51, ['z'] = 52, ['0'] = 53, ['1'] = 54, ['2'] = 55, ['3'] = 56, ['4'] = 57,
	['5'] = 58, ['6'] = 59, ['7'] = 60, ['8'] = 61, ['9'] = 62, ['-'] = 63, ['_'] = 64,
};
/* clang-format on */
static const struct base hex = {4, "0123456789abcdef", hex_values};
static const struct base base32 = {5, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", base32_values};
static const struct base crockford = {5, "0123456789ABCDEFGHJKMNPQRSTVWXYZ", NULL};
static const struct base base64 = {
    6, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", base64_values};
static const struct base base64url = {
    6, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", base64url_values};

struct bytes
bytes_of(const char *text)
{
	return text != NULL ? bytes_make(text, strlen(text)) : bytes_make("", 0);
}

struct bytes
bytes_make(const void *data, size_t len)
{
	return (struct bytes){data, len};
}

bool
bytes_equal(struct bytes a, struct bytes b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

bool
bytes_equal_secret(struct bytes a, struct bytes b)
{
	/* volatile: the compiler must not find out that the loop could end early */
	volatile uint8_t difference = 0;

	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		difference = difference | (uint8_t)(a.data[i] ^ b.data[i]);
	return difference == 0;
}

struct bytes
bytes_copy(struct arena *arena, struct bytes src)
{
	return bytes_make(arena_text_of(arena, src), src.len);
}

void
bytes_wipe(void *data, size_t len)
{
	if (len > 0)
		explicit_bzero(data, len);
}

/* The text without its NUL is len * 8 / bits letters, rounded up to what holds all bits; `room` more bytes follow. */
static char *
print_base(
    struct arena *arena, const struct base *base, struct bytes src, size_t room, size_t *ret_len)
{
	char *text = arena_alloc(arena, (src.len * 8 + base->bits - 1) / base->bits + room + 1);
	unsigned mask = (1u << base->bits) - 1, have = 0;
	uint32_t window = 0;
	size_t len = 0;

	for (size_t i = 0; i < src.len; i++) {
		window = window << 8 | src.data[i];
		for (have += 8; have >= base->bits; have -= base->bits)
			text[len++] = base->letters[window >> (have - base->bits) & mask];
	}
	if (have > 0)
		text[len++] = base->letters[window << (base->bits - have) & mask];
	*ret_len = len;
	return text;
}

char *
hex_print(struct arena *arena, struct bytes src)
{
	size_t len;

	return print_base(arena, &hex, src, 0, &len);
}

char *
base64_print(struct arena *arena, struct bytes src)
{
	size_t len;
	char *text = print_base(arena, &base64, src, 2, &len);

	while (len % 4 != 0)
		text[len++] = '=';
	return text;
}

char *
base64url_print(struct arena *arena, struct bytes src)
{
	size_t len;

	return print_base(arena, &base64url, src, 0, &len);
}

char *
base32_print(struct arena *arena, struct bytes src)
{
	size_t len;

	return print_base(arena, &base32, src, 0, &len);
}

char *
crockford_print(struct arena *arena, struct bytes src)
{
	size_t len;

	return print_base(arena, &crockford, src, 0, &len);
}

/* Four letters are three bytes: the whole groups of a base64 text, which is most of it.  Ends at the first letter that is none. */
static size_t
parse_groups(const uint8_t values[256], struct bytes text, uint8_t *data)
{
	size_t i;

	for (i = 0; i + 4 <= text.len; i += 4) {
		unsigned a = values[text.data[i]], b = values[text.data[i + 1]];
		unsigned c = values[text.data[i + 2]], d = values[text.data[i + 3]];
		uint32_t group = (a - 1) << 18 | (b - 1) << 12 | (c - 1) << 6 | (d - 1);

		if (a == 0 || b == 0 || c == 0 || d == 0)
			break;
		*data++ = (uint8_t)(group >> 16);
		*data++ = (uint8_t)(group >> 8);
		*data++ = (uint8_t)group;
	}
	return i;
}

/* Only the one text that print_base() would have made is taken: no letter that carries no byte, no bit left over that
 * is not zero.  Two texts for the same bytes would let a used token come back under another name. */
static enum err
parse_base(struct arena *arena, const struct base *base, struct bytes text, struct bytes *ret_bytes)
{
	uint8_t *data = arena_alloc(arena, text.len * base->bits / 8 + 1);
	unsigned have = 0;
	uint32_t window = 0;
	size_t start = base->bits == 6 ? parse_groups(base->values, text, data) : 0;
	size_t len = start / 4 * 3;

	for (size_t i = start; i < text.len; i++) {
		unsigned value = base->values[text.data[i]];

		if (value == 0)
			return ERR_FORMAT;
		window = window << base->bits | (value - 1);
		have += base->bits;
		if (have >= 8) {
			have -= 8;
			data[len++] = (uint8_t)(window >> have);
		}
	}
	if (have >= base->bits || (window & ((1u << have) - 1)) != 0)
		return ERR_FORMAT;
	*ret_bytes = bytes_make(data, len);
	return ERR_OK;
}

enum err
hex_parse(struct arena *arena, const char *text, struct bytes *ret_bytes)
{
	return parse_base(arena, &hex, bytes_of(text), ret_bytes);
}

enum err
base64_parse(struct arena *arena, struct bytes text, struct bytes *ret_bytes)
{
	if (text.len % 4 != 0)
		return ERR_FORMAT;
	/* At most two, and the rest of the group must hold a byte: parse_base() sees to "A===". */
	for (int i = 0; i < 2 && text.len > 0 && text.data[text.len - 1] == '='; i++)
		text.len--;
	return parse_base(arena, &base64, text, ret_bytes);
}

enum err
base64url_parse(struct arena *arena, struct bytes text, struct bytes *ret_bytes)
{
	return parse_base(arena, &base64url, text, ret_bytes);
}

enum err
base32_parse(struct arena *arena, const char *text, struct bytes *ret_bytes)
{
	return parse_base(arena, &base32, bytes_of(text), ret_bytes);
}

/* How many bytes follow the first byte of a character, and the least and most that the next one may be (RFC 3629
 * section 4: this is what keeps overlong forms, surrogates and code points over U+10FFFF out). */
static int
utf8_follow(uint8_t first, uint8_t *ret_least, uint8_t *ret_most)
{
	*ret_least = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
	*ret_most = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
	if (first >= 0x01 && first <= 0x7f)
		return 0;
	if (first >= 0xc2 && first <= 0xdf)
		return 1;
	if (first >= 0xe0 && first <= 0xef)
		return 2;
	if (first >= 0xf0 && first <= 0xf4)
		return 3;
	return -1;
}

/* Past the bytes from 0x01 to 0x7f, by eights: none has the high bit, and none borrows it when 1 is taken off. */
static size_t
skip_ascii(struct bytes text, size_t i)
{
	uint64_t eight;

	for (; text.len - i >= sizeof(eight); i += sizeof(eight)) {
		memcpy(&eight, text.data + i, sizeof(eight));
		if (((eight | (eight - 0x0101010101010101u)) & 0x8080808080808080u) != 0)
			break;
	}
	return i;
}

bool
utf8_valid(struct bytes text)
{
	size_t i = 0;

	while ((i = skip_ascii(text, i)) < text.len) {
		uint8_t least, most;
		int follow = utf8_follow(text.data[i++], &least, &most);

		if (follow < 0 || (size_t)follow > text.len - i)
			return false;
		for (; follow > 0; follow--, i++) {
			if (text.data[i] < least || text.data[i] > most)
				return false;
			least = 0x80;
			most = 0xbf;
		}
	}
	return true;
}
