/* Spellings of bytes and times: what is read has one spelling, the one that is printed. */
#include <string.h>

#include "fuzz.h"

#define LATEST 7289654399999 /* 2200-12-31T23:59:59.999Z */

typedef enum err parse_fn(struct arena *, const char *, struct bytes *);
typedef char *print_fn(struct arena *, struct bytes);

static enum err
parse_base64(struct arena *arena, const char *text, struct bytes *ret_bytes)
{
	return base64_parse(arena, bytes_of(text), ret_bytes);
}

static enum err
parse_base64url(struct arena *arena, const char *text, struct bytes *ret_bytes)
{
	return base64url_parse(arena, bytes_of(text), ret_bytes);
}

static const struct {
	parse_fn *parse;
	print_fn *print;
} spellings[] = {
    {hex_parse, hex_print},
    {base32_parse, base32_print},
    {parse_base64, base64_print},
    {parse_base64url, base64url_print},
};

static void
try_texts(struct arena *arena, const char *text)
{
	struct bytes bytes;

	for (size_t i = 0; i < sizeof(spellings) / sizeof(spellings[0]); i++) {
		if (spellings[i].parse(arena, text, &bytes) != ERR_OK)
			continue;
		fuzz_taken();
		must(strcmp(spellings[i].print(arena, bytes), text) == 0);
	}
}

static void
try_bytes(struct arena *arena, struct bytes plain)
{
	struct bytes read;

	for (size_t i = 0; i < sizeof(spellings) / sizeof(spellings[0]); i++) {
		must(spellings[i].parse(arena, spellings[i].print(arena, plain), &read) == ERR_OK);
		must(bytes_equal(plain, read) && bytes_equal_secret(plain, read));
	}
}

static void
try_time(struct arena *arena, const char *text)
{
	int64_t time, again;

	if (clock_parse(text, &time) != ERR_OK)
		return;
	fuzz_taken();
	must(time >= 0 && time <= LATEST);
	must(clock_parse(clock_print(arena, time), &again) == ERR_OK && again == time);
	/* the same second, and nothing but digits of a fraction between it and the Z */
	must(strncmp(clock_print(arena, time), text, 19) == 0);
	must(strcmp(text + 19, "Z") == 0 ||
	     (text[19] == '.' && strspn(text + 20, "0123456789") == strlen(text) - 21));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = fuzz_arena();
	const char *text;

	if (size > 4096)
		return 0;
	try_bytes(arena, bytes_make(data, size));
	if (!fuzz_text(arena, data, size, &text))
		return 0;
	try_texts(arena, text);
	try_time(arena, text);
	return 0;
}
