#include "../unit.h"

#include "site.h"

#include <string.h>
#include <time.h>

#include "base/log.h"
#include "web/metrics.h"

static const char *proxies[] = {"127.0.0.1"};
struct limits_config site_limits = {
    .request_line = 1000,
    .header_bytes = 4096,
    .body_bytes = 8192,
    .connections = 400,
    .request_time = 400,
    .queue = 4,
};
struct arena *site_arena;
static struct metrics *metrics;
struct listener *site_listener;
uint16_t site_port;

void
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
    {.methods = METHOD_GET | METHOD_POST, .path = "/json", .handler = echo, .metric = "json", .json = true},
    {.methods = METHOD_POST,
	.path = "/own",
	.handler = echo,
	.metric = "own",
	.own_malformed = true},
};
const struct routes site_routes = {items, sizeof(items) / sizeof(items[0]), NULL};

static void
open_listener(void)
{
	const struct listener_options options = {
	    .address = {.host = "127.0.0.1"},
	    .public_origin = "https://auth.example.ca",
	    .limits = &site_limits,
	    .trusted_proxies = {proxies, 1},
	    .handlers = 2,
	    .routes = &site_routes,
	    .metrics = metrics,
	};
	const char *reason;

	assert_int_equal(listener_open(&options, site_arena, &site_listener, &reason), ERR_OK);
	site_port = listener_port(site_listener);
}

int
ask(const char *text, struct reply *reply)
{
	return wire_ask(site_port, text, strlen(text), reply);
}

void
still_answers(void)
{
	struct reply reply;

	assert_int_equal(ask(GOOD, &reply), 200);
	assert_int_equal(reply.body_len, PAGE_SIZE);
}

void
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

int
site_open(void **state)
{
	(void)state;
	log_set_level(LOG_ERROR);
	site_arena = arena_new(16 << 20);
	metrics = metrics_new();
	open_listener();
	return 0;
}

int
site_close(void **state)
{
	(void)state;
	listener_close(&site_listener);
	metrics_free(&metrics);
	arena_free(&site_arena);
	return 0;
}
