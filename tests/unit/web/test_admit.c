#include "../unit.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "site.h"

struct row {
	const char *what, *request;
	int status;	/* 0: the connection ends without an answer */
};

/* Each hostile request has its own answer, with all headers, on a connection that ends; good ones are answered after it. */
static void
run_rows(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct reply reply;
		int fd = wire_connect(site_port);
		wire_text(fd, rows[i].request);
		wire_read(fd, false, &reply);
		if (reply.status != rows[i].status)
			fail_msg("%s: %d, not %d", rows[i].what, reply.status, rows[i].status);
		if (rows[i].status != 0)
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
	    {"two spaces", "GET  /page HTTP/1.1\r\n" HOST "\r\n", 400},
	    {"no slash", "GET page HTTP/1.1\r\n" HOST "\r\n", 400},
	    {"HTTP/1.0 without Host", "GET /page HTTP/1.0\r\n\r\n", 400},
	};
	/* clang-format on */

	(void)state;
	run_rows(rows, sizeof(rows) / sizeof(rows[0]));
}

/* What libmicrohttpd refuses itself has our headers as well (last_resort.c). */
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
	    {"space in target", "GET /page x HTTP/1.1\r\n" HOST "\r\n", 0},
	    {"header without colon", "GET /page HTTP/1.1\r\n" HOST "nonsense\r\n\r\n", 400},
	    {"HTTP/2.0", "GET /page HTTP/2.0\r\n" HOST "\r\n", 505},
	    {"HTTP/0.9", "GET /page\r\n\r\n", 400},
	    {"bad chunk size", "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\nxyz\r\n", 400},
	    {"huge chunk size", "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n", 413},
	    {"TLS hello", "\x16\x03\x01\x02\xfc\x03\x03 /\r\n\r\n", 400},
	};
	/* clang-format on */

	(void)state;
	run_rows(rows, sizeof(rows) / sizeof(rows[0]));
}

static void
a_nul_does_not_cut_the_target(void **state)
{
	static const char request[] = "GET /page\0/../echo HTTP/1.1\r\n" HOST "\r\n";
	struct reply reply;

	(void)state;
	assert_int_equal(wire_ask(site_port, request, sizeof(request) - 1, &reply), 400);
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
	expect_long("POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\nContent-Type: "
		    "application/x-www-form-urlencoded\r\n\r\n2\r\na=\r\n",
	    "5\r\nxxxxx\r\n", 1600, "0\r\n\r\n", 200, true);
	expect_long("POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\nContent-Type: "
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(smuggling_is_refused),
	    cmocka_unit_test(broken_messages_are_refused),
	    cmocka_unit_test(a_nul_does_not_cut_the_target),
	    cmocka_unit_test(hosts_and_absolute_forms),
	    cmocka_unit_test(methods),
	    cmocka_unit_test(sizes_are_bounded),
	    cmocka_unit_test(monsters_end),
	    cmocka_unit_test(parameters),
	};

	return cmocka_run_group_tests(tests, site_open, site_close);
}
