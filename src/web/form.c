#include "web/form.h"

#include <string.h>

#include "web/request.h"

static int
hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Decode one name or value; NULL and *ret_fault when it is broken. */
static const char *
decode(struct arena *arena, const uint8_t *data, size_t len, const char **ret_fault)
{
	char *text = arena_alloc(arena, len + 1);
	size_t out = 0;

	for (size_t i = 0; i < len; i++) {
		uint8_t c = data[i];
		if (c == '+') {
			c = ' ';
		} else if (c == '%') {
			int high = len - i > 2 ? hex_digit(data[i + 1]) : -1;
			int low = len - i > 2 ? hex_digit(data[i + 2]) : -1;
			if (high < 0 || low < 0) {
				*ret_fault = "bad-escape";
				return NULL;
			}
			c = (uint8_t)(high << 4 | low);
			i += 2;
		}
		text[out++] = (char)c;
	}
	if (!utf8_valid(bytes_make(text, out))) {
		*ret_fault = "invalid-utf8";
		return NULL;
	}
	return text;
}

static const char *
parse_piece(struct arena *arena, const uint8_t *piece, size_t len, struct field *ret_field)
{
	const uint8_t *equals = memchr(piece, '=', len);
	size_t name_len = equals == NULL ? len : (size_t)(equals - piece);
	const char *fault = NULL;
	struct field field;

	field.name = decode(arena, piece, name_len, &fault);
	field.value = equals == NULL ? "" : decode(arena, equals + 1, len - name_len - 1, &fault);
	if (field.value == NULL)
		field.value = "";
	*ret_field = field;
	return fault;
}

static size_t
count_pieces(struct bytes text)
{
	size_t count = 1;

	for (size_t i = 0; i < text.len; i++)
		count += text.data[i] == '&';
	return count < REQUEST_FIELDS_MAX ? count : REQUEST_FIELDS_MAX;
}

/* At most REQUEST_FIELDS_MAX fields, so the square is small. */
static bool
has_duplicate(const struct field *items, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		for (size_t j = 0; j < i; j++) {
			if (strcmp(items[i].name, items[j].name) == 0)
				return true;
		}
	}
	return false;
}

const char *
form_parse(struct arena *arena, struct bytes text, struct fields *ret_fields)
{
	struct field *items;
	size_t count = 0;
	const char *fault = NULL, *broken;

	*ret_fields = (struct fields){NULL, 0};
	if (text.len == 0)
		return NULL;
	items = arena_array(arena, count_pieces(text), sizeof(*items));
	for (size_t start = 0; start < text.len;) {
		const uint8_t *piece = text.data + start;
		const uint8_t *end = memchr(piece, '&', text.len - start);
		size_t len = end == NULL ? text.len - start : (size_t)(end - piece);
		start += len + 1;
		if (len == 0)
			continue;
		if (count == REQUEST_FIELDS_MAX) {
			fault = "too-many-fields";
			break;
		}
		broken = parse_piece(arena, piece, len, &items[count]);
		if (fault == NULL)
			fault = broken;
		count += items[count].name != NULL;
	}
	*ret_fields = (struct fields){items, count};
	if (fault == NULL && has_duplicate(items, count))
		fault = "duplicate-parameter";
	return fault;
}
