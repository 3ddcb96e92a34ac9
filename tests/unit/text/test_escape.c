#include "../unit.h"

#include "text/escape.h"

static struct arena *arena;

static int
setup(void **state)
{
	(void)state;
	arena = arena_new(1 << 20);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

static const char *
by(void (*escape)(struct buf *out, const char *text), const char *text)
{
	struct buf out;

	buf_init(&out, arena, 10000);
	escape(&out, text);
	return buf_text(&out);
}

static void
html(void **state)
{
	(void)state;
	assert_string_equal(by(escape_html, NULL), "");
	assert_string_equal(
	    by(escape_html, "plain \xc3\xa9t\xc3\xa9\n\t"), "plain \xc3\xa9t\xc3\xa9\n\t");
	assert_string_equal(by(escape_html, "<script>alert('x')</script>"),
	    "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;");
	assert_string_equal(by(escape_html, "\" onload=x &amp;"), "&quot; onload=x &amp;amp;");
	assert_string_equal(by(escape_html, "a\x01\x1b\r\x7f"),
	    "a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
	/* C1 controls, but not what only starts like them; U+FFFE and U+FFFF, but not U+FFFD */
	assert_string_equal(
	    by(escape_html, "\xc2\x80\xc2\x9f\xc2\xa0"), "\xef\xbf\xbd\xef\xbf\xbd\xc2\xa0");
	assert_string_equal(by(escape_html, "\xef\xbf\xbe\xef\xbf\xbf\xef\xbf\xbd\xef\xac\x81"),
	    "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xac\x81");
}

static void
xml(void **state)
{
	(void)state;
	assert_string_equal(by(escape_xml, "<a b='c'>\"&\n\t]]>"),
	    "&lt;a b=&#39;c&#39;&gt;&quot;&amp;&#10;&#9;]]&gt;");
	assert_string_equal(by(escape_xml, "\x01\x7f"), "\xef\xbf\xbd\xef\xbf\xbd");
}

static void
plain(void **state)
{
	(void)state;
	assert_string_equal(
	    by(escape_plain, "<a>\n\tb\r\x1b["), "<a>\n\tb\xef\xbf\xbd\xef\xbf\xbd[");
}

static void
url(void **state)
{
	(void)state;
	assert_string_equal(by(escape_url, "aZ09-._~"), "aZ09-._~");
	assert_string_equal(by(escape_url, "a b+c/d?e=f&g#h%\xc3\xa9\n"),
	    "a%20b%2Bc%2Fd%3Fe%3Df%26g%23h%25%C3%A9%0A");
}

static void
url_and_back(void **state)
{
	char text[256];
	const char *back;

	(void)state;
	for (int i = 1; i < 128; i++)
		text[i - 1] = (char)i;
	text[127] = '\0';
	for (int plus = 0; plus < 2; plus++) {
		assert_int_equal(
		    unescape_url(arena, bytes_of(by(escape_url, text)), plus, &back), ERR_OK);
		assert_string_equal(back, text);
	}
	assert_int_equal(unescape_url(arena, bytes_of("a+b%2b"), true, &back), ERR_OK);
	assert_string_equal(back, "a b+");
	assert_int_equal(unescape_url(arena, bytes_of("a+b"), false, &back), ERR_OK);
	assert_string_equal(back, "a+b");
}

static void
bad_escapes(void **state)
{
	static const char *const bad[] = {"%", "%4", "a%", "%zz", "%0", "%-1", "%00", "a%00b",
	    "%ff", "%c3", "%c0%af", "%ed%a0%80", "\xff", "% 41", "%4 "};
	const char *back = "unset";

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(unescape_url(arena, bytes_of(bad[i]), true, &back), ERR_FORMAT);
	assert_int_equal(unescape_url(arena, bytes_make("a\0b", 3), true, &back), ERR_FORMAT);
	assert_string_equal(back, "unset");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(html),
	    cmocka_unit_test(xml),
	    cmocka_unit_test(plain),
	    cmocka_unit_test(url),
	    cmocka_unit_test(url_and_back),
	    cmocka_unit_test(bad_escapes),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
