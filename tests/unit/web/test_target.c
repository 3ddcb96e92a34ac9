#include "../unit.h"

#include <string.h>

#include "base/arena.h"
#include "web/target.h"

static void
expect(const char *raw, const char *authority, const char *path, const char *query)
{
	struct target target;

	assert_int_equal(target_parse(raw, &target), ERR_OK);
	if (authority == NULL)
		assert_null(target.authority.data);
	else
		assert_true(bytes_equal(target.authority, bytes_of(authority)));
	assert_true(bytes_equal(target.path, bytes_of(path)));
	assert_true(bytes_equal(target.query, bytes_of(query)));
}

static void
forms_of_a_target(void **state)
{
	(void)state;
	expect("/", NULL, "/", "");
	expect("/a/b", NULL, "/a/b", "");
	expect("/a?x=%2F&y=?", NULL, "/a", "x=%2F&y=?");
	expect("/a%2fb", NULL, "/a%2fb", "");
	expect("//evil.example/x", NULL, "//evil.example/x", "");
	expect("*", NULL, "*", "");
	expect("http://auth.example.ca/a?b", "auth.example.ca", "/a", "b");
	expect("HTTPS://auth.example.ca:443", "auth.example.ca:443", "/", "");
	expect("http://auth.example.ca?b", "auth.example.ca", "/", "b");
}

static void
what_is_no_target(void **state)
{
	static const char *const hostile[] = {"", "a", "auth.example.ca:443",
	    "ftp://auth.example.ca/", "/a#b", "/a b", "/a\tb", "/\xc3\xa9", "/a\x7f", "**",
	    "javascript:alert(1)"};
	struct target target;

	(void)state;
	for (size_t i = 0; i < sizeof(hostile) / sizeof(hostile[0]); i++)
		assert_int_equal(target_parse(hostile[i], &target), ERR_FORMAT);
}

static bool
ours(const char *host, const char *origin)
{
	return target_is_ours(bytes_of(host), origin);
}

static void
whose_host(void **state)
{
	(void)state;
	assert_true(ours("auth.example.ca", "https://auth.example.ca"));
	assert_true(ours("AUTH.Example.CA", "https://auth.example.ca"));
	assert_true(ours("auth.example.ca:443", "https://auth.example.ca"));
	assert_true(ours("auth.example.ca", "https://auth.example.ca:443"));
	assert_true(ours("auth.localhost:8443", "http://auth.localhost:8443"));
	assert_true(ours("auth.localhost:80", "http://auth.localhost"));
	assert_false(ours("auth.example.ca:80", "https://auth.example.ca"));
	assert_false(ours("auth.example.ca:8443", "https://auth.example.ca"));
	assert_false(ours("auth.localhost", "http://auth.localhost:8443"));
	assert_false(ours("evil.example", "https://auth.example.ca"));
	assert_false(ours("auth.example.ca.evil.example", "https://auth.example.ca"));
	assert_false(ours("xauth.example.ca", "https://auth.example.ca"));
	assert_false(ours("auth.example.ca@evil.example", "https://auth.example.ca"));
	assert_false(ours("auth.example.ca.", "https://auth.example.ca"));
	assert_false(ours("", "https://auth.example.ca"));
	assert_false(ours(":443", "https://auth.example.ca"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(forms_of_a_target),
	    cmocka_unit_test(what_is_no_target),
	    cmocka_unit_test(whose_host),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
