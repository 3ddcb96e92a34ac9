#include "../unit.h"

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/random.h"

static struct arena *arena;

static int
setup(void **state)
{
	(void)state;
	arena = arena_new(8 << 20);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

/* RFC 4648 section 10 */
static void
vectors_of_rfc_4648(void **state)
{
	static const struct {
		const char *plain, *base64, *base64url, *base32, *hex;
	} rows[] = {
	    {"", "", "", "", ""},
	    {"f", "Zg==", "Zg", "MY", "66"},
	    {"fo", "Zm8=", "Zm8", "MZXQ", "666f"},
	    {"foo", "Zm9v", "Zm9v", "MZXW6", "666f6f"},
	    {"foob", "Zm9vYg==", "Zm9vYg", "MZXW6YQ", "666f6f62"},
	    {"fooba", "Zm9vYmE=", "Zm9vYmE", "MZXW6YTB", "666f6f6261"},
	    {"foobar", "Zm9vYmFy", "Zm9vYmFy", "MZXW6YTBOI", "666f6f626172"},
	};
	struct bytes back;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct bytes plain = bytes_of(rows[i].plain);

		assert_string_equal(base64_print(arena, plain), rows[i].base64);
		assert_string_equal(base64url_print(arena, plain), rows[i].base64url);
		assert_string_equal(base32_print(arena, plain), rows[i].base32);
		assert_string_equal(hex_print(arena, plain), rows[i].hex);
		assert_int_equal(base64_parse(arena, bytes_of(rows[i].base64), &back), ERR_OK);
		assert_true(bytes_equal(back, plain));
		assert_int_equal(
		    base64url_parse(arena, bytes_of(rows[i].base64url), &back), ERR_OK);
		assert_true(bytes_equal(back, plain));
		assert_int_equal(base32_parse(arena, rows[i].base32, &back), ERR_OK);
		assert_true(bytes_equal(back, plain));
		assert_int_equal(hex_parse(arena, rows[i].hex, &back), ERR_OK);
		assert_true(bytes_equal(back, plain));
	}
}

static void
random_bytes_come_back(void **state)
{
	uint8_t data[67];

	(void)state;
	for (size_t len = 0; len <= sizeof(data); len++) {
		struct bytes src = bytes_make(data, len), back;

		random_bytes(data, sizeof(data));
		assert_int_equal(
		    base64_parse(arena, bytes_of(base64_print(arena, src)), &back), ERR_OK);
		assert_true(bytes_equal(back, src));
		assert_int_equal(
		    base64url_parse(arena, bytes_of(base64url_print(arena, src)), &back), ERR_OK);
		assert_true(bytes_equal_secret(back, src));
		assert_int_equal(base32_parse(arena, base32_print(arena, src), &back), ERR_OK);
		assert_true(bytes_equal(back, src));
		assert_int_equal(hex_parse(arena, hex_print(arena, src), &back), ERR_OK);
		assert_true(bytes_equal(back, src));
	}
}

static void
only_one_text_for_each_bytes(void **state)
{
	static const char *const bad64[] = {"Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "Zm9v\n", " Zm9v",
	    "Zm9v Zm9v", "=", "==", "====", "A===", "Zg==Zg==", "Zm-v", "Zm_v", "Zm9v=", "Zm9\xc3"};
	static const char *const bad64url[] = {
	    "Z", "Zg==", "Zh", "Zm9", "Zm+v", "Zm/v", "Zm9v.", "Zm9vZ", "Zg ", "\nZg"};
	static const char *const bad32[] = {
	    "M", "MZX", "MZXW6Y", "mzxw6", "MZ", "MY======", "M1", "MZXW 6"};
	static const char *const bad_hex[] = {"6", "6F", "0x", "666", " 66", "6g"};
	struct bytes back;

	(void)state;
	for (size_t i = 0; i < sizeof(bad64) / sizeof(bad64[0]); i++)
		assert_int_equal(base64_parse(arena, bytes_of(bad64[i]), &back), ERR_FORMAT);
	for (size_t i = 0; i < sizeof(bad64url) / sizeof(bad64url[0]); i++)
		assert_int_equal(base64url_parse(arena, bytes_of(bad64url[i]), &back), ERR_FORMAT);
	for (size_t i = 0; i < sizeof(bad32) / sizeof(bad32[0]); i++)
		assert_int_equal(base32_parse(arena, bad32[i], &back), ERR_FORMAT);
	for (size_t i = 0; i < sizeof(bad_hex) / sizeof(bad_hex[0]); i++)
		assert_int_equal(hex_parse(arena, bad_hex[i], &back), ERR_FORMAT);
	assert_int_equal(base64url_parse(arena, bytes_make("Zm\0v", 4), &back), ERR_FORMAT);
}

static void
crockford_has_no_look_alikes(void **state)
{
	uint8_t all[20];

	(void)state;
	assert_string_equal(crockford_print(arena, BYTES(((uint8_t[]){0xff}))), "ZW");
	assert_string_equal(
	    crockford_print(arena, BYTES(((uint8_t[]){0, 0, 0, 0, 31}))), "0000000Z");
	for (int i = 0; i < 200; i++) {
		const char *text;

		random_bytes(all, sizeof(all));
		text = crockford_print(arena, BYTES(all));
		assert_int_equal(strlen(text), 32);
		assert_null(strpbrk(text, "ILOUilou"));
	}
}

static void
comparing(void **state)
{
	(void)state;
	assert_true(bytes_equal(bytes_of(NULL), bytes_of("")));
	assert_true(bytes_equal_secret(bytes_of("abc"), bytes_of("abc")));
	assert_false(bytes_equal_secret(bytes_of("abc"), bytes_of("abd")));
	assert_false(bytes_equal_secret(bytes_of("abc"), bytes_of("ab")));
	assert_false(bytes_equal_secret(bytes_of("xbc"), bytes_of("abc")));
	assert_false(bytes_equal(bytes_of("abc"), bytes_of("abcd")));
	assert_true(bytes_equal(bytes_copy(arena, bytes_of("abc")), bytes_of("abc")));
}

/* Texts are read by fours and by eights: a bad byte at any place of a group must be seen. */
static void
a_bad_byte_is_seen_anywhere(void **state)
{
	struct bytes back;
	char text[33];

	(void)state;
	for (size_t len = 4; len < sizeof(text); len += 4)
		for (size_t at = 0; at < len; at++)
			for (unsigned byte = 0; byte < 256; byte++) {
				bool letter = (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') ||
				              (byte >= '0' && byte <= '9') || byte == '+' || byte == '/';

				memset(text, 'A', len);
				text[at] = (char)byte;
				assert_int_equal(utf8_valid(bytes_make(text, len)), byte > 0 && byte < 0x80);
				if (byte == '=' && at == len - 1)
					continue;
				assert_int_equal(base64_parse(arena, bytes_make(text, len), &back), letter ? ERR_OK : ERR_FORMAT);
				if (letter)
					assert_string_equal(base64_print(arena, back), arena_text_of(arena, bytes_make(text, len)));
				arena_reset(arena);
			}
}

static void
utf8(void **state)
{
	static const char *const good[] = {"", "plain", "\xc3\xa9", "\xe2\x82\xac",
	    "\xf0\x9f\x94\x91", "\xed\x9f\xbf", "\xee\x80\x80", "\xf4\x8f\xbf\xbf", "\x7f"};
	static const char *const bad[] = {"\x80", "\xc3", "\xc0\xaf", "\xc1\xbf", "\xe0\x80\xaf",
	    "\xed\xa0\x80", "\xed\xbf\xbf", "\xf0\x80\x80\xaf", "\xf4\x90\x80\x80",
	    "\xf5\x80\x80\x80", "\xff", "\xfe", "a\xe2\x82", "\xe2\x28\xa1", "\xf0\x9f\x94",
	    "\xc3\xa9\xbf"};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(utf8_valid(bytes_of(good[i])));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(utf8_valid(bytes_of(bad[i])));
	assert_false(utf8_valid(bytes_make("a\0b", 3)));
}

static void
short_random_bytes_do_not_come_twice(void **state)
{
	uint8_t all[200][12];

	(void)state;
	for (size_t i = 0; i < 200; i++) {
		random_bytes(all[i], sizeof(all[i]));
		for (size_t j = 0; j < i; j++)
			assert_memory_not_equal(all[i], all[j], sizeof(all[i]));
	}
}

/* Parent and child must not give out the same: a nonce that comes twice opens what it sealed. */
static void
a_forked_child_has_random_bytes_of_its_own(void **state)
{
	uint8_t ours[12], theirs[12];
	int pipe_[2], status;
	pid_t pid;

	(void)state;
	random_bytes(ours, sizeof(ours));
	assert_int_equal(pipe(pipe_), 0);
	pid = fork();
	if (pid == 0) {
		random_bytes(theirs, sizeof(theirs));
		_exit(write(pipe_[1], theirs, sizeof(theirs)) == sizeof(theirs) ? 0 : 1);
	}
	random_bytes(ours, sizeof(ours));
	assert_int_equal(read(pipe_[0], theirs, sizeof(theirs)), sizeof(theirs));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_memory_not_equal(ours, theirs, sizeof(ours));
	close(pipe_[0]);
	close(pipe_[1]);
}

static void
random_names(void **state)
{
	const char *a = random_name(arena, 16), *b = random_name(arena, 16);

	(void)state;
	assert_int_equal(strlen(a), 16);
	assert_int_equal(strspn(a, "abcdefghijklmnopqrstuvwxyz234567"), 16);
	assert_string_not_equal(a, b);
	assert_int_equal(strlen(random_text(arena, 32)), 43);
	assert_string_not_equal(random_text(arena, 32), random_text(arena, 32));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(vectors_of_rfc_4648),
	    cmocka_unit_test(random_bytes_come_back),
	    cmocka_unit_test(only_one_text_for_each_bytes),
	    cmocka_unit_test(crockford_has_no_look_alikes),
	    cmocka_unit_test(comparing),
	    cmocka_unit_test(a_bad_byte_is_seen_anywhere),
	    cmocka_unit_test(utf8),
	    cmocka_unit_test(random_names),
	    cmocka_unit_test(short_random_bytes_do_not_come_twice),
	    cmocka_unit_test(a_forked_child_has_random_bytes_of_its_own),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
