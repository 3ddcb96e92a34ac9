#include "../unit.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "demo/inbox.h"
#include "demo/mime.h"
#include "demo/replace.h"

static struct arena *arena;
static char *directory;

static int
setup(void **state)
{
	(void)state;
	arena = arena_new(64 << 20);
	directory = unit_directory();
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	unit_directory_remove(&directory);
	arena_free(&arena);
	return 0;
}

static void
headers_are_unfolded_and_decoded(void **state)
{
	static const struct {
		const char *line, *wanted;
	} rows[] = {
	    {"Subject: plain\r\n", "plain"},
	    {"subject:none\n", "none"},
	    {"X: y\r\nSubject: two\r\n lines\r\n\tof it\r\nOther: z\r\n", "two lines of it"},
	    {"Subject: =?utf-8?Q?=C3=89t=C3=A9_2026?=\r\n", "Été 2026"},
	    {"Subject: =?UTF-8?b?w4l0w6k=?= here\r\n", "Été here"},
	    {"Subject: =?utf-8?Q?a?=\r\n =?utf-8?Q?b?=\r\n c\r\n", "ab c"},
	    {"Subject: =?iso-8859-1?q?=C9t=E9?=\r\n", "Été"},
	    {"Subject: =?utf-8?Q?=FF=00?=\r\n", "\xef\xbf\xbd\xef\xbf\xbd"},
	    {"Subject: =?utf-8?Q?a b?= =?x?= =?utf-8?X?c?= =?\r\n",
		"=?utf-8?Q?a b?= =?x?= =?utf-8?X?c?= =?"},
	    {"Subject: =?utf-8?B?not base 64?=\r\n", "=?utf-8?B?not base 64?="},
	    {"Subject: \xc3\xa9\xc3\r\n", "é\xef\xbf\xbd"},
	    {"To: a\r\n\r\nSubject: in the body\r\n", ""},
	    {"", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(
		    mime_header(arena, bytes_of(rows[i].line), "Subject"), rows[i].wanted);
}

static void
the_text_part_is_found_and_decoded(void **state)
{
	static const struct {
		const char *message, *wanted;
	} rows[] = {
	    {"To: a\n\nplain\r\n", "plain\n"},
	    {"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: "
	     "quoted-printable\n\n=C3=A9t=\r\n=C3=A9 = 1=3D1=\n!",
		"été = 1=1!"},
	    {"Content-Transfer-Encoding: base64\n\nw6k=\n", "é"},
	    {"Content-Transfer-Encoding: base64\n\n!!!\n", ""},
	    {"Content-Type: text/plain; charset=ISO-8859-1\n\n\xe9", "é"},
	    {"Content-Type: text/html\n\n<p>only</p>", ""},
	    {"Content-Type: multipart/alternative;\n boundary=\"b 1\"\n\nignore\n--b "
	     "1\nContent-Type: text/plain\n\none\n--b 1\nContent-Type: text/html\n\ntwo\n--b "
	     "1--\n",
		"one\n"},
	    {"Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: "
	     "multipart/alternative; boundary=b\n\n--b\nContent-Type: text/html\n\nno\n--b\n\n"
	     "yes\n--b--\n--a--\n",
		"yes\n"},
	    {"Content-Type: multipart/mixed; boundary=a\n\n--a--\n--a\n\nafter its end\n", ""},
	    {"Content-Type: multipart/mixed\n\n--\n\nno boundary\n", ""},
	    {"Content-Type: multipart/mixed; boundary=a\n\n--a\n", ""},
	    {"no body at all", ""},
	};
	bool cut;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_string_equal(
		    mime_text(arena, bytes_of(rows[i].message), 100, &cut), rows[i].wanted);
		assert_false(cut);
	}
	assert_string_equal(mime_text(arena, bytes_of("\naé"), 2, &cut), "a");
	assert_true(cut);
}

/* A multipart in a multipart, as deep as one likes: opened four deep. */
static void
nesting_has_an_end(void **state)
{
	bool cut;
	struct buf message;

	(void)state;
	for (int depth = 4; depth <= 5; depth++) {
		buf_init(&message, arena, 65536);
		for (int i = 0; i < depth; i++)
			buf_printf(&message, "Content-Type: multipart/mixed; boundary=%c\n\n--%c\n",
			    'a' + i, 'a' + i);
		buf_put_text(&message, "\ndeep");
		assert_string_equal(
		    mime_text(arena, buf_bytes(&message), 100, &cut), depth == 4 ? "deep" : "");
	}
}

static void
deliver(const char *name, const char *to, const char *text)
{
	const char *folder = arena_printf(arena, "%s/Maildir/new", directory);
	const char *mail = arena_printf(arena,
	    "Envelope-to: %s\nTo: somebody else\nSubject: =?utf-8?Q?=C3=A9?=\nContent-Language: "
	    "fr-CA\n\n%s",
	    to, text);

	mkdir(arena_printf(arena, "%s/Maildir", directory), 0700);
	mkdir(folder, 0700);
	assert_int_equal(
	    replace_file(arena_printf(arena, "%s/%s", folder, name), bytes_of(mail), arena),
	    ERR_OK);
}

static void
the_newest_come_first(void **state)
{
	struct inbox_mail mails[INBOX_MOST];

	(void)state;
	assert_int_equal(inbox_read("/no/such/place", arena, mails), 0);
	deliver("1795635578.M9P1.mail", "a@x.ca", "Code 123456 or 123 456.");
	deliver("1795635578.M10P1.mail", "b@x.ca", "two: 123456 654321");
	deliver("1795635577.M999999P1.mail", "c@x.ca", "VB-123456 1234567 123-456 x123456");
	deliver("hello", "d@x.ca", "");
	assert_int_equal(symlink("/etc/passwd",
			     arena_printf(arena, "%s/Maildir/new/1795635579.M1P1.mail", directory)),
	    0);
	assert_int_equal(inbox_read(directory, arena, mails), 3);
	assert_string_equal(mails[0].to, "b@x.ca");
	assert_null(mails[0].code);
	assert_string_equal(mails[1].to, "a@x.ca");
	assert_string_equal(mails[1].code, "123456");
	assert_string_equal(mails[1].subject, "é");
	assert_string_equal(mails[1].language, "fr");
	assert_int_equal(mails[1].time, SECONDS(INT64_C(1795635578)));
	assert_null(mails[2].code);
	for (int i = 0; i < INBOX_MOST + 5; i++)
		deliver(arena_printf(arena, "1795635600.M%dP1.mail", i), "e@x.ca", "");
	assert_int_equal(inbox_read(directory, arena, mails), INBOX_MOST);
	assert_string_equal(mails[INBOX_MOST - 1].to, "e@x.ca");
}

static void
a_huge_mail_is_cut(void **state)
{
	struct inbox_mail mails[INBOX_MOST];
	char *text = arena_alloc(arena, 200001);

	(void)state;
	memset(text, 'x', 200000);
	deliver("1795635700.M1P1.mail", "a@x.ca", text);
	assert_true(inbox_read(directory, arena, mails) > 0);
	assert_true(mails[0].cut);
	assert_int_equal(strlen(mails[0].text), INBOX_TEXT_MAX);
}

static void
only_web_addresses_become_links(void **state)
{
	static const struct inbox_piece wanted[] = {{"Go to ", false},
	    {"http://a.ca/x?t=1&u=2", true}, {", or (", false}, {"https://b.ca", true},
	    {"). javascript:alert(1) http:// <", false}, {"http://c.ca", true}, {">\"x", false}};
	const char *text = "Go to http://a.ca/x?t=1&u=2, or (https://b.ca). javascript:alert(1) "
			   "http:// <http://c.ca>\"x";
	struct inbox_piece piece;

	(void)state;
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		assert_true(inbox_piece(arena, &text, &piece));
		assert_string_equal(piece.text, wanted[i].text);
		assert_int_equal(piece.link, wanted[i].link);
	}
	assert_false(inbox_piece(arena, &text, &piece));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(headers_are_unfolded_and_decoded),
	    cmocka_unit_test(the_text_part_is_found_and_decoded),
	    cmocka_unit_test(nesting_has_an_end),
	    cmocka_unit_test(the_newest_come_first),
	    cmocka_unit_test(a_huge_mail_is_cut),
	    cmocka_unit_test(only_web_addresses_become_links),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
