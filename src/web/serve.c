#include <arpa/inet.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/log.h"
#include "base/random.h"
#include "web/cookie.h"
#include "web/form.h"
#include "web/internal.h"
#include "web/peer.h"
#include "web/target.h"

#define FORM_TYPE "application/x-www-form-urlencoded"
#define JSON_TYPE "application/json"

struct collected {
	struct field *items;
	size_t count, room;
};

/* Names and values stay in libmicrohttpd's memory, which holds as long as the connection is suspended. */
static enum MHD_Result
collect(void *arg, enum MHD_ValueKind kind, const char *name, const char *value)
{
	struct collected *collected = arg;

	(void)kind;
	if (collected->count == collected->room)
		return MHD_NO;
	collected->items[collected->count++] = (struct field){name, value != NULL ? value : ""};
	return MHD_YES;
}

static void
put_headers(struct request *request, struct exchange *exchange, struct arena *arena)
{
	int count = MHD_get_connection_values(exchange->connection, MHD_HEADER_KIND, NULL, NULL);
	struct collected collected = {
	    arena_array(arena, (size_t)count + 1, sizeof(struct field)), 0, (size_t)count};

	MHD_get_connection_values(exchange->connection, MHD_HEADER_KIND, collect, &collected);
	request->headers = (struct fields){collected.items, collected.count};
}

static char *
lower(struct arena *arena, const char *text, size_t len)
{
	char *copy = arena_text_of(arena, bytes_make(text, len));

	for (char *c = copy; *c != '\0'; c++)
		*c = (char)tolower((unsigned char)*c);
	return copy;
}

static const char *
media_type(struct arena *arena, const char *header)
{
	return header == NULL ? "" : lower(arena, header, strcspn(header, "; \t"));
}

/* Of forms and JSON only our own encoding is read, and only in UTF-8 (the sole parameter that anybody sends with it). */
static bool
is_of_type(const struct request *request, const char *type)
{
	const char *header = request_header(request, "Content-Type");
	const char *charset;

	if (strcmp(request->content_type, type) != 0 ||
	    request_header(request, "Content-Encoding") != NULL)
		return false;
	charset = strcasestr(header, "charset=");
	if (charset == NULL)
		return true;
	charset += strlen("charset=");
	return strncasecmp(charset + (*charset == '"'), "utf-8", 5) == 0;
}

static void
put_parameters(struct request *request, const struct exchange *exchange, struct arena *arena)
{
	const char *fault = NULL;

	request->malformed = form_parse(arena, bytes_of(request->raw_query), &request->query);
	request->body = bytes_make(exchange->body, exchange->body_len);
	request->content_type = media_type(arena, request_header(request, "Content-Type"));
	if (request->method == METHOD_POST && request->body.len > 0) {
		request->json = is_of_type(request, JSON_TYPE);
		if (is_of_type(request, FORM_TYPE))
			fault = form_parse(arena, request->body, &request->form);
		else if (!request->json)
			fault = "bad-content-type";
	}
	if (request->malformed == NULL)
		request->malformed = fault;
}

static const char *
socket_address(struct arena *arena, struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	char text[INET6_ADDRSTRLEN] = "";
	struct sockaddr_in four;
	struct sockaddr_in6 six;

	if (info == NULL || info->client_addr == NULL)
		return "";
	if (info->client_addr->sa_family == AF_INET) {
		memcpy(&four, info->client_addr, sizeof(four));
		inet_ntop(AF_INET, &four.sin_addr, text, sizeof(text));
	} else if (info->client_addr->sa_family == AF_INET6) {
		memcpy(&six, info->client_addr, sizeof(six));
		inet_ntop(AF_INET6, &six.sin6_addr, text, sizeof(text));
		return peer_address_parse(arena, text, strlen(text));
	}
	return arena_text(arena, text);
}

/* Browsers treat localhost and *.localhost as secure (W3C Secure Contexts section 3.1). */
static bool
is_localhost(const char *host)
{
	static const char name[] = "localhost";
	size_t len = strcspn(host, ":");

	if (len < sizeof(name) - 1 ||
	    strncmp(host + len - (sizeof(name) - 1), name, sizeof(name) - 1) != 0)
		return false;
	return len == sizeof(name) - 1 || host[len - sizeof(name)] == '.';
}

static void
put_peer(struct request *request, struct exchange *exchange, struct arena *arena)
{
	const struct listener *listener = exchange->listener;
	struct peer peer;

	peer_find(arena, socket_address(arena, exchange->connection),
	    &listener->options.trusted_proxies, &request->headers, &peer);
	request->peer = peer.address;
	request->secure = listener->tls != NULL || peer.https || is_localhost(request->host);
}

static void
build(struct request *request, struct exchange *exchange, struct arena *arena)
{
	struct target target;
	const char *host, *cookie;

	must(target_parse(exchange->target, &target) == ERR_OK); /* admitted */
	request->method = exchange->method;
	request->path = arena_text_of(arena, target.path);
	request->raw_query = arena_text_of(arena, target.query);
	put_headers(request, exchange, arena);
	host = request_header(request, "Host");
	request->host = lower(arena, host, strlen(host));
	request->origin = exchange->listener->options.public_origin;
	cookie = request_header(request, "Cookie");
	cookie_parse(arena, cookie, &request->cookies);
	put_parameters(request, exchange, arena);
	put_peer(request, exchange, arena);
}

int64_t
microseconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void
begin(struct exchange *exchange, struct ctx *ctx, struct request *request)
{
	const struct listener_options *options = &exchange->listener->options;

	memcpy(ctx->log.request, random_name(ctx->arena, sizeof(ctx->log.request) - 1),
	    sizeof(ctx->log.request));
	build(request, exchange, ctx->arena);
	if (options->begin != NULL)
		options->begin(options->arg, ctx);
}

void
serve_busy(struct exchange *exchange)
{
	CLEANUP(arena_free)
	struct arena *arena = arena_new(REQUEST_ARENA_CAP);
	const struct listener_options *options = &exchange->listener->options;
	struct ctx ctx = {.arena = arena, .now = clock_now()};
	struct request request = {0};
	struct response response;
	bool closing = atomic_load(&exchange->listener->closing);

	begin(exchange, &ctx, &request);
	router_busy(options->routes, &ctx, &request, &response);
	exchange->answer = answer_make(exchange->listener, &response);
	exchange->status = response.status;
	if (options->end != NULL)
		options->end(options->arg, &ctx);
	if (options->metrics != NULL)
		metrics_request(options->metrics, "refused", response.status, 0);
	log_event(LOG_WARNING, &ctx.log, "Request refused",
	    LOG_TEXT("cause",
		closing ? "the service is stopping"
			: "as many requests wait for a handler as the limits allow"));
}

void
serve(struct exchange *exchange, struct arena *arena)
{
	const struct listener_options *options = &exchange->listener->options;
	struct ctx ctx = {.arena = arena, .now = clock_now()};
	struct request request = {0};
	struct response response;
	const char *endpoint;

	begin(exchange, &ctx, &request);
	endpoint = router_serve(options->routes, &ctx, &request, &response);
	exchange->answer = answer_make(exchange->listener, &response);
	exchange->status = response.status;
	if (options->end != NULL)
		options->end(options->arg, &ctx);
	if (options->metrics != NULL)
		metrics_request(
		    options->metrics, endpoint, response.status, microseconds() - exchange->queued);
	log_event(LOG_DEBUG, &ctx.log, "Request answered", LOG_TEXT("endpoint", endpoint),
	    LOG_NUMBER("status", response.status),
	    LOG_NUMBER("microseconds", microseconds() - exchange->queued));
}
