#include "../unit.h"

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "web/listener.h"
#include "web/metrics.h"
#include "wire.h"

#define HOST "Host: auth.example.ca\r\n"
#define GOOD "GET /page HTTP/1.1\r\n" HOST "\r\n"
#define PAGE_SIZE 1024
#define PARALLEL 200

static const char *proxies[] = {"127.0.0.1"};
static struct limits_config limits = {
    .request_line = 1000,
    .header_bytes = 4096,
    .body_bytes = 8192,
    .connections = 400,
    .request_time = 400,
    .queue = 4,
};
static struct arena *arena;
static struct metrics *metrics;
static struct listener *listener;
static uint16_t port;

static void
pause_ms(long ms)
{
	const struct timespec time = {ms / 1000, ms % 1000 * 1000000};

	nanosleep(&time, NULL);
}

static enum err
page(struct ctx *ctx, const struct request *request, struct response *response)
{
	(void)ctx, (void)request;
	for (int i = 0; i < PAGE_SIZE; i++)
		buf_put_byte(&response->body, (uint8_t)('a' + i % 26));
	return ERR_OK;
}

static enum err
slow(struct ctx *ctx, const struct request *request, struct response *response)
{
	(void)ctx, (void)request;
	pause_ms(150);
	buf_put_text(&response->body, "slow");
	return ERR_OK;
}

static enum err
echo(struct ctx *ctx, const struct request *request, struct response *response)
{
	const char *a = request->method == METHOD_POST ? request_form(request, "a")
						       : request_query(request, "a");

	(void)ctx;
	response->content_type = "text/plain; charset=utf-8";
	buf_printf(&response->body,
	    "path=%s query=%s a=%s peer=%s host=%s secure=%d body=%zu type=%s cookie=%s "
	    "malformed=%s",
	    request->path, request->raw_query, a != NULL ? a : "-", request->peer, request->host,
	    request->secure, request->body.len, request->content_type,
	    request_cookie(request, "c") != NULL ? request_cookie(request, "c") : "-",
	    request->malformed != NULL ? request->malformed : "-");
	return ERR_OK;
}

static const struct route items[] = {
    {.methods = METHOD_GET, .path = "/page", .handler = page, .metric = "page"},
    {.methods = METHOD_GET, .path = "/slow", .handler = slow, .metric = "slow"},
    {.methods = METHOD_GET | METHOD_POST, .path = "/echo", .handler = echo, .metric = "echo"},
    {.methods = METHOD_POST,
	.path = "/own",
	.handler = echo,
	.metric = "own",
	.own_malformed = true},
};
static const struct routes routes = {items, sizeof(items) / sizeof(items[0]), NULL};

static void
open_listener(void)
{
	const struct listener_options options = {
	    .address = {.host = "127.0.0.1"},
	    .public_origin = "https://auth.example.ca",
	    .limits = &limits,
	    .trusted_proxies = {proxies, 1},
	    .handlers = 2,
	    .routes = &routes,
	    .metrics = metrics,
	};
	const char *reason;

	assert_int_equal(listener_open(&options, arena, &listener, &reason), ERR_OK);
	port = listener_port(listener);
}

static int
ask(const char *text, struct reply *reply)
{
	return wire_ask(port, text, strlen(text), reply);
}

static void
still_answers(void)
{
	struct reply reply;

	assert_int_equal(ask(GOOD, &reply), 200);
	assert_int_equal(reply.body_len, PAGE_SIZE);
}

static void
has_security_headers(const struct reply *reply)
{
	static const char *const rows[][2] = {
	    {"Content-Security-Policy", "default-src 'none'"},
	    {"Strict-Transport-Security", "max-age=63072000; includeSubDomains; preload"},
	    {"X-Content-Type-Options", "nosniff"},
	    {"X-Frame-Options", "DENY"},
	    {"Referrer-Policy", "no-referrer"},
	    {"Permissions-Policy", "camera=()"},
	    {"Cross-Origin-Opener-Policy", "same-origin"},
	    {"Cross-Origin-Resource-Policy", "same-origin"},
	    {"Cache-Control", "no-store"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *value = wire_header(reply, rows[i][0]);
		if (value == NULL || strstr(value, rows[i][1]) == NULL)
			fail_msg("%s is missing or wrong in:\n%s", rows[i][0], reply->head);
	}
	assert_null(wire_header(reply, "Server"));
}

struct row {
	const char *what, *request;
	int status;
};

/* Each hostile request has its own answer, with all headers, on a connection that ends; good ones are answered after it. */
static void
run_rows(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct reply reply;
		int fd = wire_connect(port);
		wire_text(fd, rows[i].request);
		wire_read(fd, false, &reply);
		if (reply.status != rows[i].status)
			fail_msg("%s: %d, not %d", rows[i].what, reply.status, rows[i].status);
		has_security_headers(&reply);
		if (!wire_closed(fd, 1000))
			fail_msg("%s: the connection stays open", rows[i].what);
		close(fd);
	}
	still_answers();
}

static void
smuggling_is_refused(void **state)
{
	/* clang-format off */
	static const struct row rows[] = {
	    {"CL and TE", "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /page HTTP/1.1\r\n\r\n", 400},
	    {"TE and CL", "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n", 400},
	    {"two CL", "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 3\r\nContent-Length: 5\r\n\r\na=1", 400},
	    {"two equal CL", "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 3\r\ncontent-length: 3\r\n\r\na=1", 400},
	    {"two TE", "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n", 400},
	    {"TE gzip", "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: gzip\r\n\r\nabc", 400},
	    {"TE gzip, chunked", "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 400},
	    {"TE xchunked", "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 400},
	    {"two Host", "GET /page HTTP/1.1\r\n" HOST "Host: evil.example\r\n\r\n", 400},
	    {"two Content-Type", "POST /echo HTTP/1.1\r\n" HOST "Content-Type: text/plain\r\nContent-Type: text/html\r\n\r\n", 400},
	    {"two Authorization", "GET /page HTTP/1.1\r\n" HOST "Authorization: Basic YTpi\r\nAuthorization: Basic Yzpk\r\n\r\n", 400},
	    {"fragment in target", "GET /page#x HTTP/1.1\r\n" HOST "\r\n", 400},
	    {"no slash", "GET page HTTP/1.1\r\n" HOST "\r\n", 400},
	    {"HTTP/1.0 without Host", "GET /page HTTP/1.0\r\n\r\n", 400},
	};
	/* clang-format on */

	(void)state;
	run_rows(rows, sizeof(rows) / sizeof(rows[0]));
}

/* What libmicrohttpd refuses itself: its own answers, without our headers. */
static void
broken_messages_are_refused(void **state)
{
	/* clang-format off */
	static const struct row rows[] = {
	    {"CL with sign", "POST /echo HTTP/1.1\r\n" HOST "Content-Length: +3\r\n\r\na=1", 400},
	    {"CL list", "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 3, 3\r\n\r\na=1", 400},
	    {"CL hex", "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 0x3\r\n\r\na=1", 400},
	    {"CL negative", "POST /echo HTTP/1.1\r\n" HOST "Content-Length: -1\r\n\r\n", 400},
	    {"no Host", "GET /page HTTP/1.1\r\n\r\n", 400},
	    {"space before colon", "GET /page HTTP/1.1\r\nHost : auth.example.ca\r\n\r\n", 400},
	    {"space in target", "GET /page x HTTP/1.1\r\n" HOST "\r\n", 400},
	    {"header without colon", "GET /page HTTP/1.1\r\n" HOST "nonsense\r\n\r\n", 400},
	    {"HTTP/2.0", "GET /page HTTP/2.0\r\n" HOST "\r\n", 505},
	    {"HTTP/0.9", "GET /page\r\n\r\n", 400},
	    {"bad chunk size", "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\nxyz\r\n", 400},
	    {"huge chunk size", "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n", 413},
	    {"TLS hello", "\x16\x03\x01\x02\xfc\x03\x03 /\r\n\r\n", 400},
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct reply reply;
		int status = ask(rows[i].request, &reply);
		if (status != rows[i].status && status != 400 && status != 0)
			fail_msg("%s: %d, not %d", rows[i].what, status, rows[i].status);
	}
	still_answers();
}

static void
a_nul_does_not_cut_the_target(void **state)
{
	static const char request[] = "GET /page\0/../echo HTTP/1.1\r\n" HOST "\r\n";
	struct reply reply;

	(void)state;
	assert_int_equal(wire_ask(port, request, sizeof(request) - 1, &reply), 400);
	still_answers();
}

static void
hosts_and_absolute_forms(void **state)
{
	/* clang-format off */
	static const struct row refused[] = {
	    {"another Host", "GET /page HTTP/1.1\r\nHost: evil.example\r\n\r\n", 421},
	    {"another port", "GET /page HTTP/1.1\r\nHost: auth.example.ca:8443\r\n\r\n", 421},
	    {"empty Host", "GET /page HTTP/1.1\r\nHost:\r\n\r\n", 400},
	    {"absolute form of another", "GET http://evil.example/page HTTP/1.1\r\n" HOST "\r\n", 400},
	    {"absolute form, other Host", "GET https://auth.example.ca/page HTTP/1.1\r\nHost: evil.example\r\n\r\n", 400},
	    {"absolute form, both other", "GET https://evil.example/page HTTP/1.1\r\nHost: evil.example\r\n\r\n", 421},
	    {"X-Forwarded-Host", "GET /page HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: auth.example.ca\r\n\r\n", 421},
	};
	/* clang-format on */
	struct reply reply;

	(void)state;
	run_rows(refused, sizeof(refused) / sizeof(refused[0]));
	assert_int_equal(
	    ask("GET https://auth.example.ca/echo?a=1 HTTP/1.1\r\n" HOST "\r\n", &reply), 200);
	assert_non_null(strstr(reply.body, "path=/echo query=a=1 a=1 "));
	assert_int_equal(ask("GET /page HTTP/1.1\r\nHost: AUTH.example.ca:443\r\nX-Forwarded-Host: "
			     "evil.example\r\n\r\n",
			     &reply),
	    200);
}

static void
methods(void **state)
{
	/* clang-format off */
	static const struct row rows[] = {
	    {"TRACE", "TRACE /page HTTP/1.1\r\n" HOST "\r\n", 405},
	    {"TRACK", "TRACK /page HTTP/1.1\r\n" HOST "\r\n", 501},
	    {"CONNECT", "CONNECT auth.example.ca:443 HTTP/1.1\r\n" HOST "\r\n", 405},
	    {"PATCH", "PATCH /page HTTP/1.1\r\n" HOST "\r\n", 405},
	    {"PUT", "PUT /echo HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nabc", 405},
	    {"DELETE", "DELETE /page HTTP/1.1\r\n" HOST "\r\n", 405},
	    {"GEt", "GEt /page HTTP/1.1\r\n" HOST "\r\n", 501},
	};
	/* clang-format on */
	struct reply reply;

	(void)state;
	run_rows(rows, sizeof(rows) / sizeof(rows[0]));
	assert_int_equal(ask("PUT /echo HTTP/1.1\r\n" HOST "\r\n", &reply), 405);
	assert_string_equal(wire_header(&reply, "Allow"), "GET, HEAD, POST, OPTIONS");
	assert_int_equal(
	    ask("POST /page HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n", &reply), 405);
	assert_string_equal(wire_header(&reply, "Allow"), "GET, HEAD, OPTIONS");
	assert_int_equal(ask("OPTIONS /echo HTTP/1.1\r\n" HOST "\r\n", &reply), 204);
	has_security_headers(&reply);
	assert_int_equal(ask("OPTIONS * HTTP/1.1\r\n" HOST "\r\n", &reply), 204);
	assert_int_equal(ask("GET /none HTTP/1.1\r\n" HOST "\r\n", &reply), 404);
	has_security_headers(&reply);
}

static void
a_head_has_no_body(void **state)
{
	struct reply reply;
	int fd = wire_connect(port);

	(void)state;
	wire_text(fd, "HEAD /page HTTP/1.1\r\n" HOST "\r\n" GOOD);
	wire_read(fd, true, &reply);
	assert_int_equal(reply.status, 200);
	assert_string_equal(wire_header(&reply, "Content-Length"), "1024");
	has_security_headers(&reply);
	wire_read(fd, false, &reply); /* had there been a body, this would not be a status line */
	assert_int_equal(reply.status, 200);
	assert_int_equal(reply.body_len, PAGE_SIZE);
	close(fd);
}

/* before, then count times the filler, then after. */
static char *
long_request(const char *before, const char *filler, size_t count, const char *after)
{
	size_t len = strlen(filler);
	char *text = malloc(strlen(before) + len * count + strlen(after) + 1), *end;

	assert_non_null(text);
	end = stpcpy(text, before);
	for (size_t i = 0; i < count; i++)
		end = stpcpy(end, filler);
	strcpy(end, after);
	return text;
}

static void
expect_long(
    const char *before, const char *filler, size_t count, const char *after, int status, bool ours)
{
	char *text = long_request(before, filler, count, after);
	struct reply reply;

	if (ask(text, &reply) != status)
		fail_msg("%.40s... with %zu times %.10s: %d, not %d", before, count, filler,
		    reply.status, status);
	if (ours)
		has_security_headers(&reply);
	free(text);
	still_answers();
}

static void
sizes_are_bounded(void **state)
{
	(void)state;
	expect_long("GET /page?a=", "x", 900, " HTTP/1.1\r\n" HOST "\r\n", 200, true);
	expect_long("GET /page?a=", "x", 1000, " HTTP/1.1\r\n" HOST "\r\n", 414, true);
	expect_long("GET /page?a=", "x", 20000, " HTTP/1.1\r\n" HOST "\r\n", 414, true);
	expect_long("GET /page HTTP/1.1\r\n" HOST "X: ", "x", 3900, "\r\n\r\n", 200, true);
	expect_long("GET /page HTTP/1.1\r\n" HOST "X: ", "x", 4200, "\r\n\r\n", 431, true);
	expect_long("GET /page HTTP/1.1\r\n" HOST, "X: y\r\n", 99, "\r\n", 200, true);
	expect_long("GET /page HTTP/1.1\r\n" HOST, "X: y\r\n", 101, "\r\n", 431, true);
	expect_long(
	    "POST /echo HTTP/1.1\r\n" HOST
	    "Content-Length: 8192\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\na=",
	    "x", 8190, "", 200, true);
	expect_long(
	    "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 8193\r\n\r\n", "x", 0, "", 413, true);
	expect_long("POST /echo HTTP/1.1\r\n" HOST
		    "Content-Length: 99999999999999999999999999\r\n\r\n",
	    "x", 0, "", 413, false);
	expect_long("POST /echo HTTP/1.1\r\n" HOST
		    "Transfer-Encoding: chunked\r\nContent-Type: "
		    "application/x-www-form-urlencoded\r\n\r\n2\r\na=\r\n",
	    "5\r\nxxxxx\r\n", 1600, "0\r\n\r\n", 200, true);
	expect_long("POST /echo HTTP/1.1\r\n" HOST
		    "Transfer-Encoding: chunked\r\nContent-Type: "
		    "application/x-www-form-urlencoded\r\n\r\n2\r\na=\r\n",
	    "5\r\nxxxxx\r\n", 1700, "0\r\n\r\n", 413, true);
}

/* Far over every bound the connection just ends; libmicrohttpd answers what does not fit its own memory. */
static void
monsters_end(void **state)
{
	static const struct {
		const char *before, *filler;
		size_t count;
	} rows[] = {
	    {"GET /page?", "x", 1 << 20},
	    {"GET /page HTTP/1.1\r\n" HOST "X: ", "x", 1 << 20},
	    {"GET /page HTTP/1.1\r\n" HOST, "X: y\r\n", 10000},
	    {"GET /page?", "&", 990},
	    {"POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n", "400\r\n",
		1 << 16},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *text =
		    long_request(rows[i].before, rows[i].filler, rows[i].count, "\r\n\r\n");
		struct reply reply;
		int status = ask(text, &reply);
		assert_true(status == 0 || (status >= 400 && status < 500));
		free(text);
		still_answers();
	}
}

static void
parameters(void **state)
{
#define FORM "POST /echo HTTP/1.1\r\n" HOST "Content-Type: application/x-www-form-urlencoded\r\n"
	/* clang-format off */
	static const struct row rows[] = {
	    {"a form", FORM "Content-Length: 3\r\n\r\na=1", 200},
	    {"a form, charset", "POST /echo HTTP/1.1\r\n" HOST "Content-Type: Application/X-WWW-Form-Urlencoded; charset=UTF-8\r\nContent-Length: 3\r\n\r\na=1", 200},
	    {"twice", FORM "Content-Length: 7\r\n\r\na=1&a=2", 400},
	    {"twice in query", "GET /echo?a=1&a=1 HTTP/1.1\r\n" HOST "\r\n", 400},
	    {"escaped twice", "GET /echo?a=1&%61=1 HTTP/1.1\r\n" HOST "\r\n", 400},
	    {"bad escape", "GET /echo?a=%zz HTTP/1.1\r\n" HOST "\r\n", 400},
	    {"NUL", "GET /echo?a=%00 HTTP/1.1\r\n" HOST "\r\n", 400},
	    {"no UTF-8", FORM "Content-Length: 5\r\n\r\na=%ff", 400},
	    {"multipart", "POST /echo HTTP/1.1\r\n" HOST "Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 3\r\n\r\na=1", 415},
	    {"JSON", "POST /echo HTTP/1.1\r\n" HOST "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}", 415},
	    {"no type", "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\na=1", 415},
	    {"Latin-1", "POST /echo HTTP/1.1\r\n" HOST "Content-Type: application/x-www-form-urlencoded; charset=latin1\r\nContent-Length: 3\r\n\r\na=1", 415},
	    {"gzip", FORM "Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\na=1", 415},
	    {"empty", "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n", 200},
	    {"own, twice", "POST /own HTTP/1.1\r\n" HOST "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 7\r\n\r\na=1&a=2", 200},
	    {"encoded slash", "GET /%65cho HTTP/1.1\r\n" HOST "\r\n", 404},
	    {"cross-site", FORM "Sec-Fetch-Site: cross-site\r\nContent-Length: 3\r\n\r\na=1", 403},
	};
	/* clang-format on */
	struct reply reply;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (ask(rows[i].request, &reply) != rows[i].status)
			fail_msg("%s: %d, not %d", rows[i].what, reply.status, rows[i].status);
		has_security_headers(&reply);
	}
	assert_int_equal(
	    ask("POST /own HTTP/1.1\r\n" HOST
		"Content-Type: text/xml\r\nCookie: b=2; c=%41\r\nContent-Length: 4\r\n\r\n<a/>",
		&reply),
	    200);
	assert_non_null(
	    strstr(reply.body, " body=4 type=text/xml cookie=%41 malformed=bad-content-type"));
}

static void
the_peer_behind_a_proxy(void **state)
{
	struct reply reply;

	(void)state;
	assert_int_equal(ask("GET /echo HTTP/1.1\r\n" HOST "\r\n", &reply), 200);
	assert_non_null(strstr(reply.body, "peer=127.0.0.1 host=auth.example.ca secure=0"));
	assert_int_equal(
	    ask("GET /echo HTTP/1.1\r\n" HOST
		"X-Forwarded-For: 1.1.1.1, 198.51.100.9\r\nX-Forwarded-Proto: https\r\n\r\n",
		&reply),
	    200);
	assert_non_null(strstr(reply.body, "peer=198.51.100.9 host=auth.example.ca secure=1"));
}

static void
two_hundred_connections_at_once(void **state)
{
	int fds[PARALLEL];
	struct reply reply;

	(void)state;
	limits.request_time = SECONDS(5);
	for (int i = 0; i < PARALLEL; i++) {
		fds[i] = wire_connect(port);
		assert_true(fds[i] >= 0);
	}
	for (int round = 0; round < 3; round++) {
		/* Four wait at most in this listener's queue: no more at once. */
		for (int i = 0; i < PARALLEL; i++) {
			wire_text(fds[i], GOOD);
			wire_read(fds[i], false, &reply);
			assert_int_equal(reply.status, 200);
			assert_int_equal(reply.body_len, PAGE_SIZE);
		}
	}
	for (int i = 0; i < PARALLEL; i++)
		close(fds[i]);
	limits.request_time = 400;
}

static void
pipelined_requests_keep_their_order(void **state)
{
	struct reply reply;
	int fd = wire_connect(port);

	(void)state;
	wire_text(
	    fd, "GET /slow HTTP/1.1\r\n" HOST "\r\n" GOOD "GET /echo?a=3 HTTP/1.1\r\n" HOST "\r\n");
	wire_read(fd, false, &reply);
	assert_string_equal(reply.body, "slow");
	wire_read(fd, false, &reply);
	assert_int_equal(reply.body_len, PAGE_SIZE);
	wire_read(fd, false, &reply);
	assert_non_null(strstr(reply.body, "a=3"));
	close(fd);
}

/* One byte every 50 ms would keep an inactivity timer content for ever. */
static void
expect_cut(const char *first, const char *drip, int status)
{
	struct pollfd ready = {wire_connect(port), POLLIN, 0};
	int64_t began = clock_monotonic();
	struct reply reply;

	wire_text(ready.fd, first);
	while (poll(&ready, 1, 50) == 0 && clock_monotonic() - began < 3000)
		wire_send(ready.fd, drip, *drip != '\0');
	assert_in_range(clock_monotonic() - began, 300, 1500);
	wire_read(ready.fd, false, &reply);
	assert_int_equal(reply.status, status);
	if (status != 0)
		has_security_headers(&reply);
	assert_true(wire_closed(ready.fd, 1000));
	close(ready.fd);
}

static void
slow_clients_are_cut(void **state)
{
	(void)state;
	expect_cut("", "", 0);
	expect_cut("G", "E", 408);
	expect_cut("GET /page HTTP/1.1\r\n" HOST "X: ", "y", 408);
	expect_cut("POST /echo HTTP/1.1\r\n" HOST "Content-Length: 4000\r\n\r\n", "y", 408);
	still_answers();
}

static void
a_full_queue_says_so(void **state)
{
	enum { ALL = 12 };
	int fds[ALL], answered = 0, refused = 0;
	struct reply reply;

	(void)state;
	for (int i = 0; i < ALL; i++) {
		fds[i] = wire_connect(port);
		wire_text(fds[i], "GET /slow HTTP/1.1\r\n" HOST "\r\n");
	}
	for (int i = 0; i < ALL; i++) {
		wire_read(fds[i], false, &reply);
		has_security_headers(&reply);
		answered += reply.status == 200;
		refused += reply.status == 503 && wire_header(&reply, "Retry-After") != NULL;
		close(fds[i]);
	}
	assert_int_equal(answered + refused, ALL); /* two handlers and four places */
	assert_in_range(answered, 5, 7);
	still_answers();
}

/* Gone in the middle of everything: nothing leaks (sanitizers) and nothing hangs. */
static void
clients_that_leave(void **state)
{
	static const char *const beginnings[] = {"", "GET", "GET /page HTTP/1.1\r\n",
	    "GET /slow HTTP/1.1\r\n" HOST "\r\n",
	    "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 100\r\n\r\na=1"};

	(void)state;
	for (int i = 0; i < 100; i++) {
		int fd = wire_connect(port);
		wire_text(fd, beginnings[i % 5]);
		close(fd);
	}
	pause_ms(500);
	still_answers();
}

static void *
ask_slowly(void *arg)
{
	struct reply *reply = arg;

	ask("GET /slow HTTP/1.1\r\n" HOST "\r\n", reply);
	return NULL;
}

static void
closing_answers_what_is_under_way(void **state)
{
	struct reply reply;
	pthread_t thread;
	int idle = wire_connect(port);
	int64_t began;

	(void)state;
	wire_text(idle, GOOD);
	wire_read(idle, false, &reply);
	assert_int_equal(pthread_create(&thread, NULL, ask_slowly, &reply), 0);
	pause_ms(50);
	began = clock_monotonic();
	listener_close(&listener);
	assert_in_range(clock_monotonic() - began, 50, 1000);
	pthread_join(thread, NULL);
	assert_int_equal(reply.status, 200);
	assert_string_equal(reply.body, "slow");
	assert_string_equal(wire_header(&reply, "Connection"), "close");
	assert_true(wire_closed(idle, 1000));
	close(idle);
	assert_int_equal(wire_connect(port), -1);
}

static void
a_port_in_use_is_one_sentence(void **state)
{
	struct listener_options options = {
	    .address = {.host = "127.0.0.1"}, .limits = &limits, .handlers = 1, .routes = &routes};
	struct listener *first, *second;
	const char *reason;

	(void)state;
	assert_int_equal(listener_open(&options, arena, &first, &reason), ERR_OK);
	options.address.port = listener_port(first);
	assert_int_equal(listener_open(&options, arena, &second, &reason), ERR_IO);
	assert_non_null(strstr(reason, "cannot listen on 127.0.0.1 port "));
	assert_non_null(strstr(reason, "configure another one"));
	listener_close(&first);
	listener_close(&first);
}

static int
setup(void **state)
{
	(void)state;
	log_set_level(LOG_ERROR);
	arena = arena_new(16 << 20);
	metrics = metrics_new();
	open_listener();
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	metrics_free(&metrics);
	arena_free(&arena);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(smuggling_is_refused),
	    cmocka_unit_test(broken_messages_are_refused),
	    cmocka_unit_test(a_nul_does_not_cut_the_target),
	    cmocka_unit_test(hosts_and_absolute_forms),
	    cmocka_unit_test(methods),
	    cmocka_unit_test(a_head_has_no_body),
	    cmocka_unit_test(sizes_are_bounded),
	    cmocka_unit_test(monsters_end),
	    cmocka_unit_test(parameters),
	    cmocka_unit_test(the_peer_behind_a_proxy),
	    cmocka_unit_test(two_hundred_connections_at_once),
	    cmocka_unit_test(pipelined_requests_keep_their_order),
	    cmocka_unit_test(slow_clients_are_cut),
	    cmocka_unit_test(a_full_queue_says_so),
	    cmocka_unit_test(clients_that_leave),
	    cmocka_unit_test(closing_answers_what_is_under_way),
	    cmocka_unit_test(a_port_in_use_is_one_sentence),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
