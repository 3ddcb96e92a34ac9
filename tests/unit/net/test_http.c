#include "../unit.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "net/http.h"
#include "web/listener.h"

#define CERTIFICATE UNIT_FIXTURES "/tls/localhost-1.crt"
#define KEY UNIT_FIXTURES "/tls/localhost-1.key"
#define OTHER_CERTIFICATE UNIT_FIXTURES "/tls/localhost-2.crt"
#define OTHER_KEY UNIT_FIXTURES "/tls/localhost-2.key"

static const struct limits_config limits = {.request_line = 8192,
    .header_bytes = 8192,
    .body_bytes = 65536,
    .connections = 50,
    .request_time = 5000,
    .queue = 10};
static struct arena *arena;
static struct listener *plain, *secure;
static struct http_options options;
static char plain_certificate[64], plain_key[64];
static const char *allowed[2];

static enum err
echo(struct ctx *ctx, const struct request *request, struct response *response)
{
	const char *a = request_form(request, "a b");
	const char *header = request_header(request, "X-Test");

	(void)ctx;
	response->content_type = "text/plain; charset=utf-8";
	buf_printf(&response->body, "a=%s header=%s secure=%d", a != NULL ? a : "-",
	    header != NULL ? header : "-", request->secure);
	return ERR_OK;
}

static enum err
away(struct ctx *ctx, const struct request *request, struct response *response)
{
	(void)ctx, (void)request;
	response_redirect(response, "/echo");
	return ERR_OK;
}

static enum err
large(struct ctx *ctx, const struct request *request, struct response *response)
{
	(void)ctx, (void)request;
	for (int i = 0; i < 5000; i++)
		buf_put_text(&response->body, "0123456789");
	return ERR_OK;
}

static enum err
slow(struct ctx *ctx, const struct request *request, struct response *response)
{
	const struct timespec time = {0, 400000000};

	(void)ctx, (void)request, (void)response;
	nanosleep(&time, NULL);
	return ERR_OK;
}

static const struct route items[] = {
    {.methods = METHOD_GET | METHOD_POST, .path = "/echo", .handler = echo, .metric = "echo"},
    {.methods = METHOD_GET, .path = "/away", .handler = away, .metric = "away"},
    {.methods = METHOD_GET, .path = "/large", .handler = large, .metric = "large"},
    {.methods = METHOD_GET, .path = "/slow", .handler = slow, .metric = "slow"},
};
static const struct routes routes = {items, sizeof(items) / sizeof(items[0]), NULL};

static enum err
get(const char *path, struct http_answer *answer)
{
	const char *reason;

	return http_get(
	    &options, arena_printf(arena, "%s%s", allowed[0], path), NULL, arena, answer, &reason);
}

static void
it_gets_and_posts(void **state)
{
	const struct field form[] = {{"a b", "é&=+ %"}, {"c", ""}};
	const struct field header = {"X-Test", "yes"};
	struct http_answer answer;
	const char *reason;

	(void)state;
	assert_int_equal(get("/echo", &answer), ERR_OK);
	assert_int_equal(answer.status, 200);
	assert_string_equal(answer.content_type, "text/plain; charset=utf-8");
	assert_int_equal(
	    http_post(&options, arena_printf(arena, "%s/echo", allowed[0]),
		&(struct fields){form, 2}, &(struct fields){&header, 1}, arena, &answer, &reason),
	    ERR_OK);
	assert_true(bytes_equal(answer.body, bytes_of("a=é&=+ % header=yes secure=1")));
	assert_int_equal(get("/none", &answer), ERR_OK);
	assert_int_equal(answer.status, 404);
}

static void
it_follows_no_redirect(void **state)
{
	struct http_answer answer;

	(void)state;
	assert_int_equal(get("/away", &answer), ERR_OK);
	assert_int_equal(answer.status, 303);
	assert_string_equal(answer.location, "/echo");
	assert_int_equal(answer.body.len, 0);
}

static void
it_has_bounds(void **state)
{
	struct http_answer answer;

	(void)state;
	options.size_limit = 50000;
	assert_int_equal(get("/large", &answer), ERR_OK);
	options.size_limit = 49999;
	assert_int_equal(get("/large", &answer), ERR_TOO_BIG);
	options.size_limit = 0;
	options.time_limit = 100;
	assert_int_equal(get("/slow", &answer), ERR_TIMEOUT);
	options.time_limit = 0;
}

static void
it_goes_nowhere_else(void **state)
{
	static const char *const hostile[] = {"file:///etc/passwd", "ftp://localhost/",
	    "http://127.0.0.1/", "http://169.254.169.254/", "http://example.ca/",
	    "https://example.ca/", "localhost", "", "http://", "http:///x", "gopher://localhost/",
	    "HTTP://auth.localhost/"};
	struct http_answer answer;
	const char *reason;

	(void)state;
	for (size_t i = 0; i < sizeof(hostile) / sizeof(hostile[0]); i++)
		assert_int_equal(
		    http_get(&options, hostile[i], NULL, arena, &answer, &reason), ERR_REFUSED);
	assert_int_equal(http_get(&options, arena_printf(arena, "%s@127.0.0.1/", allowed[0]), NULL,
			     arena, &answer, &reason),
	    ERR_REFUSED);
	assert_int_equal(http_get(&options, arena_printf(arena, "%s1/", allowed[0]), NULL, arena,
			     &answer, &reason),
	    ERR_REFUSED);
	assert_int_equal(http_get(&options, arena_printf(arena, "%s/a b", allowed[0]), NULL, arena,
			     &answer, &reason),
	    ERR_REFUSED);
	assert_int_equal(http_get(&options, arena_printf(arena, "%s\\@x/", allowed[0]), NULL, arena,
			     &answer, &reason),
	    ERR_REFUSED);
	/* Plain http is for localhost even when somebody allowed it elsewhere. */
	options.allowed = (const char *const[]){"http://127.0.0.1"};
	options.allowed_count = 1;
	assert_int_equal(
	    http_get(&options, "http://127.0.0.1/", NULL, arena, &answer, &reason), ERR_REFUSED);
	options.allowed = allowed;
	options.allowed_count = 2;
}

static enum err
get_secure(const char *ca_file)
{
	struct http_answer answer;
	const char *reason;
	enum err err;

	options.ca_file = ca_file;
	err = http_get(
	    &options, arena_printf(arena, "%s/echo", allowed[1]), NULL, arena, &answer, &reason);
	if (err == ERR_OK)
		assert_true(bytes_equal(answer.body, bytes_of("a=- header=- secure=1")));
	options.ca_file = NULL;
	return err;
}

static void
copy(const char *from, const char *to)
{
	char data[8192];
	FILE *in = fopen(from, "r"), *out = fopen(to, "w");
	size_t len = fread(data, 1, sizeof(data), in);

	assert_int_equal(fwrite(data, 1, len, out), len);
	fclose(in);
	fclose(out);
}

static void
certificates_are_checked_and_renewed(void **state)
{
	const char *reason;

	(void)state;
	assert_int_equal(get_secure(NULL), ERR_PEER);
	assert_int_equal(get_secure(OTHER_CERTIFICATE), ERR_PEER);
	assert_int_equal(get_secure(CERTIFICATE), ERR_OK);
	copy(OTHER_CERTIFICATE,
	    plain_certificate); /* the key is still the old one: refused, and the old pair stays */
	assert_int_equal(listener_reload_tls(secure, arena, &reason), ERR_FORMAT);
	assert_non_null(strstr(reason, "does not belong"));
	assert_int_equal(get_secure(CERTIFICATE), ERR_OK);
	copy(OTHER_KEY, plain_key);
	assert_int_equal(listener_reload_tls(secure, arena, &reason), ERR_OK);
	assert_int_equal(get_secure(OTHER_CERTIFICATE), ERR_OK);
	assert_int_equal(get_secure(CERTIFICATE), ERR_PEER);
}

static void
a_bad_certificate_stops_the_start(void **state)
{
	struct listener_options bad = {.address = {.host = "127.0.0.1"},
	    .limits = &limits,
	    .handlers = 1,
	    .routes = &routes,
	    .tls_certificate = UNIT_FIXTURES "/tls/none.crt",
	    .tls_key = KEY};
	struct listener *listener;
	const char *reason;

	(void)state;
	assert_int_equal(listener_open(&bad, arena, &listener, &reason), ERR_IO);
	assert_non_null(strstr(reason, "none.crt"));
	bad.tls_certificate = KEY;
	assert_int_equal(listener_open(&bad, arena, &listener, &reason), ERR_FORMAT);
	bad.tls_certificate = CERTIFICATE;
	bad.tls_key = CERTIFICATE;
	assert_int_equal(listener_open(&bad, arena, &listener, &reason), ERR_FORMAT);
	bad.tls_key = OTHER_KEY;
	assert_int_equal(listener_open(&bad, arena, &listener, &reason), ERR_FORMAT);
}

static int
setup(void **state)
{
	struct listener_options listen = {
	    .address = {.host = "127.0.0.1"}, .limits = &limits, .handlers = 2, .routes = &routes};
	char *directory = unit_directory();
	const char *reason;

	log_set_level(LOG_ERROR);
	*state = directory;
	snprintf(plain_certificate, sizeof(plain_certificate), "%s/tls.crt", directory);
	snprintf(plain_key, sizeof(plain_key), "%s/tls.key", directory);
	copy(CERTIFICATE, plain_certificate);
	copy(KEY, plain_key);
	arena = arena_new(64 << 20);
	assert_int_equal(listener_open(&listen, arena, &plain, &reason), ERR_OK);
	listen.tls_certificate = plain_certificate;
	listen.tls_key = plain_key;
	assert_int_equal(listener_open(&listen, arena, &secure, &reason), ERR_OK);
	allowed[0] = arena_printf(arena, "http://client.localhost:%u", listener_port(plain));
	allowed[1] = arena_printf(arena, "https://client.localhost:%u", listener_port(secure));
	options.allowed = allowed;
	options.allowed_count = 2;
	return 0;
}

static int
teardown(void **state)
{
	char *directory = *state;

	listener_close(&plain);
	listener_close(&secure);
	arena_free(&arena);
	unit_directory_remove(&directory);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(it_gets_and_posts),
	    cmocka_unit_test(it_follows_no_redirect),
	    cmocka_unit_test(it_has_bounds),
	    cmocka_unit_test(it_goes_nowhere_else),
	    cmocka_unit_test(certificates_are_checked_and_renewed),
	    cmocka_unit_test(a_bad_certificate_stops_the_start),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
