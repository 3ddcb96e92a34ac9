#include "../unit.h"

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "site.h"

#define PARALLEL 200

static void
a_head_has_no_body(void **state)
{
	struct reply reply;
	int fd = wire_connect(site_port);

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

static int
post(const char *path, const char *headers, const char *body)
{
	struct reply reply;
	char text[1024];

	snprintf(text, sizeof(text), "POST %s HTTP/1.1\r\n" HOST "%sContent-Length: %zu\r\n\r\n%s", path,
	    headers, strlen(body), body);
	return ask(text, &reply);
}

static void
a_body_has_a_type(void **state)
{
	static const char json[] = "Content-Type: application/json\r\n";
	struct reply reply;

	(void)state;
	assert_int_equal(post("/json", json, "{}"), 200);
	assert_int_equal(post("/json", "Content-Type: Application/JSON; charset=UTF-8\r\n", "{}"), 200);
	assert_int_equal(post("/json", "", ""), 200);
	assert_int_equal(post("/json", "", "{}"), 415);
	assert_int_equal(post("/json", "Content-Type: application/jsonp\r\n", "{}"), 415);
	assert_int_equal(post("/json", "Content-Type: application/json; charset=utf-16\r\n", "{}"), 415);
	assert_int_equal(post("/json", "Content-Type: application/json\r\nContent-Encoding: gzip\r\n", "{}"), 415);
	assert_int_equal(post("/json", "Content-Type: application/x-www-form-urlencoded\r\n", "a=1"), 415);
	assert_int_equal(post("/echo", json, "{}"), 415);
	/* a header alone is no body */
	assert_int_equal(ask("GET /echo HTTP/1.1\r\n" HOST "Content-Type: application/json\r\n\r\n", &reply), 200);
	assert_int_equal(
	    ask("GET /json HTTP/1.1\r\n" HOST "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}", &reply), 400);
}

static void
two_hundred_connections_at_once(void **state)
{
	int fds[PARALLEL];
	struct reply reply;

	(void)state;
	site_limits.request_time = SECONDS(5);
	for (int i = 0; i < PARALLEL; i++) {
		fds[i] = wire_connect(site_port);
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
	site_limits.request_time = 400;
}

static void
pipelined_requests_keep_their_order(void **state)
{
	struct reply reply;
	int fd = wire_connect(site_port);

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

struct slow {
	const char *first, *drip;
	int status;
	pthread_t thread;
	int64_t took;
	bool closed;
	struct reply reply;
};

/* One byte every 50 ms would keep an inactivity timer content for ever. */
static void *
drip(void *arg)
{
	struct slow *slow = arg;
	struct pollfd ready = {wire_connect(site_port), POLLIN, 0};
	int64_t began = clock_monotonic();

	wire_text(ready.fd, slow->first);
	while (poll(&ready, 1, 50) == 0 && clock_monotonic() - began < 3000)
		wire_text(ready.fd, slow->drip);
	slow->took = clock_monotonic() - began;
	wire_read(ready.fd, false, &slow->reply);
	slow->closed = wire_closed(ready.fd, 1000);
	close(ready.fd);
	return NULL;
}

static void
slow_clients_are_cut(void **state)
{
	struct slow rows[] = {
	    {.first = "", .drip = "", .status = 0},
	    {.first = "G", .drip = "E", .status = 408},
	    {.first = "GET /page HTTP/1.1\r\n" HOST "X: ", .drip = "y", .status = 408},
	    {.first = "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 4000\r\n\r\n",
		.drip = "y",
		.status = 408},
	};
	const size_t count = sizeof(rows) / sizeof(rows[0]);

	(void)state;
	for (size_t i = 0; i < count; i++)
		assert_int_equal(pthread_create(&rows[i].thread, NULL, drip, &rows[i]), 0);
	for (size_t i = 0; i < count; i++) {
		pthread_join(rows[i].thread, NULL);
		assert_in_range(rows[i].took, 300, 2000);
		assert_int_equal(rows[i].reply.status, rows[i].status);
		assert_true(rows[i].closed);
		if (rows[i].status != 0)
			has_security_headers(&rows[i].reply);
	}
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
		fds[i] = wire_connect(site_port);
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
	assert_in_range(answered, 4, 7); /* four: all came before a handler woke up */
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
		int fd = wire_connect(site_port);
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
	int idle = wire_connect(site_port);
	int64_t began;

	(void)state;
	wire_text(idle, GOOD);
	wire_read(idle, false, &reply);
	assert_int_equal(pthread_create(&thread, NULL, ask_slowly, &reply), 0);
	pause_ms(50);
	began = clock_monotonic();
	listener_close(&site_listener);
	assert_in_range(clock_monotonic() - began, 50, 1000);
	pthread_join(thread, NULL);
	assert_int_equal(reply.status, 200);
	assert_string_equal(reply.body, "slow");
	assert_string_equal(wire_header(&reply, "Connection"), "close");
	assert_true(wire_closed(idle, 1000));
	close(idle);
	assert_int_equal(wire_connect(site_port), -1);
}

static void
a_port_in_use_is_one_sentence(void **state)
{
	struct listener_options options = {.address = {.host = "127.0.0.1"},
	    .limits = &site_limits,
	    .handlers = 1,
	    .routes = &site_routes};
	struct listener *first, *second;
	const char *reason;

	(void)state;
	assert_int_equal(listener_open(&options, site_arena, &first, &reason), ERR_OK);
	options.address.port = listener_port(first);
	assert_int_equal(listener_open(&options, site_arena, &second, &reason), ERR_IO);
	assert_non_null(strstr(reason, "cannot listen on 127.0.0.1:"));
	assert_non_null(strstr(reason, "configure another one"));
	listener_close(&first);
	listener_close(&first);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_head_has_no_body),
	    cmocka_unit_test(the_peer_behind_a_proxy),
	    cmocka_unit_test(a_body_has_a_type),
	    cmocka_unit_test(two_hundred_connections_at_once),
	    cmocka_unit_test(pipelined_requests_keep_their_order),
	    cmocka_unit_test(slow_clients_are_cut),
	    cmocka_unit_test(a_full_queue_says_so),
	    cmocka_unit_test(clients_that_leave),
	    cmocka_unit_test(closing_answers_what_is_under_way),
	    cmocka_unit_test(a_port_in_use_is_one_sentence),
	};

	return cmocka_run_group_tests(tests, site_open, site_close);
}
