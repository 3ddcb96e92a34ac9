#include "web/router.h"

#include <string.h>

#include "base/log.h"

#define SEGMENT_BYTES "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"

/* *ret_segment: the length of what stands at path for the variable segment of pattern; 0 for a pattern without one. */
static bool
fits(const char *pattern, const char *path, size_t *ret_segment)
{
	const char *open = strchr(pattern, '{');
	size_t before;

	*ret_segment = 0;
	if (open == NULL)
		return strcmp(pattern, path) == 0;
	before = (size_t)(open - pattern);
	if (strncmp(pattern, path, before) != 0)
		return false;
	*ret_segment = strspn(path + before, SEGMENT_BYTES);
	return *ret_segment >= 1 && *ret_segment <= REQUEST_SEGMENT_MAX &&
	    strcmp(strchr(open, '}') + 1, path + before + *ret_segment) == 0;
}

static const struct route *
find(const struct routes *routes, const char *path, unsigned methods)
{
	size_t segment;

	for (size_t i = 0; i < routes->count; i++) {
		if ((routes->items[i].methods & methods) != 0 &&
		    fits(routes->items[i].path, path, &segment))
			return &routes->items[i];
	}
	return NULL;
}

static const char *
segment_of(const struct route *route, struct ctx *ctx, const char *path)
{
	size_t segment;

	if (!fits(route->path, path, &segment) || segment == 0)
		return NULL;
	return arena_text_of(ctx->arena, bytes_make(path + strcspn(route->path, "{"), segment));
}

unsigned
router_methods(const struct routes *routes, const char *path)
{
	unsigned methods = 0;
	size_t segment;

	for (size_t i = 0; i < routes->count; i++) {
		if (fits(routes->items[i].path, path, &segment))
			methods |= routes->items[i].methods;
	}
	return methods;
}

const char *
router_allow(unsigned methods)
{
	switch (methods & (METHOD_GET | METHOD_POST)) {
	case METHOD_GET:
		return "GET, HEAD, OPTIONS";
	case METHOD_POST:
		return "POST, OPTIONS";
	default:
		return "GET, HEAD, POST, OPTIONS";
	}
}

static void
refuse(const struct routes *routes, struct ctx *ctx, const struct request *request,
    const struct route *route, int status, const char *reason, struct response *response)
{
	response_init(response, ctx->arena);
	if (routes->error == NULL) {
		response->content_type = "text/plain; charset=utf-8";
		buf_printf(&response->body, "%s\n", reason);
		response->status = status;
	} else {
		routes->error(ctx, request, route, status, reason, response);
	}
	if (status == 503)
		response_header(response, "Retry-After", "5");
}

/* Which status a failure to find out becomes: those that pass by themselves are worth another try. */
static int
status_of(enum err err)
{
	switch (err) {
	case ERR_BUSY:
	case ERR_FULL:
	case ERR_STORE:
	case ERR_TIMEOUT:
		return 503;
	case ERR_PEER:
		return 502;
	case ERR_OK:
	case ERR_IO:
	case ERR_NOT_FOUND:
	case ERR_EXISTS:
	case ERR_FORMAT:
	case ERR_TOO_BIG:
	case ERR_CRYPTO:
	case ERR_CONFIG:
	case ERR_REFUSED:
		break;
	}
	return 500;
}

/* A form must come from a page of ours.  Browsers say where it came from in Sec-Fetch-Site; old ones in Origin, which is "null"
 * for our own forms as well, since our pages are served with Referrer-Policy: no-referrer (Fetch, "append a request Origin
 * header").  Who sends neither is no browser, and the form's csrf field decides. */
static bool
from_elsewhere(const struct request *request)
{
	const char *site = request_header(request, "Sec-Fetch-Site");
	const char *origin = request_header(request, "Origin");

	if (site != NULL)
		return strcmp(site, "same-origin") != 0 && strcmp(site, "none") != 0;
	if (origin != NULL && strcmp(origin, "null") != 0 && request->origin != NULL)
		return strcmp(origin, request->origin) != 0;
	return false;
}

static void
no_route(const struct routes *routes, struct ctx *ctx, const struct request *request,
    struct response *response)
{
	unsigned methods = router_methods(routes, request->path);

	if (request->method == METHOD_OPTIONS &&
	    (methods != 0 || strcmp(request->path, "*") == 0)) {
		response->status = 204;
		response_header(response, "Allow", router_allow(methods));
	} else if (methods != 0) {
		refuse(routes, ctx, request, find(routes, request->path, methods), 405,
		    "method-not-allowed", response);
		response_header(response, "Allow", router_allow(methods));
	} else {
		refuse(routes, ctx, request, NULL, 404, "not-found", response);
	}
}

/* What is wrong with the body as far as this route is concerned, or with the parameters. */
static const char *
fault_of(const struct route *route, const struct request *request)
{
	bool body = request->body.len > 0;

	if (!route->json)
		return request->json && request->malformed == NULL ? "bad-content-type"
								   : request->malformed;
	if (body && request->method != METHOD_POST)
		return "body-not-wanted";
	if (body && !request->json)
		return "bad-content-type";
	return request->body.len > REQUEST_JSON_MAX ? "body-too-large" : request->malformed;
}

static int
fault_status(const char *fault)
{
	if (strcmp(fault, "bad-content-type") == 0)
		return 415;
	return strcmp(fault, "body-too-large") == 0 ? 413 : 400;
}

static void
run(const struct routes *routes, const struct route *route, struct ctx *ctx,
    const struct request *request, struct response *response)
{
	enum err err = route->handler(ctx, request, response);
	int status = status_of(err);

	if (err == ERR_OK && response->body.failed)
		err = ERR_TOO_BIG;
	if (err == ERR_OK)
		return;
	log_event(LOG_ERROR, &ctx->log, "Request failed", LOG_TEXT("endpoint", route->metric),
	    LOG_ERR(err), LOG_NUMBER("status", status));
	refuse(routes, ctx, request, route, status, status == 503 ? "busy" : "failed", response);
}

const char *
router_serve(const struct routes *routes, struct ctx *ctx, const struct request *request,
    struct response *response)
{
	const struct route *route = find(routes, request->path, request->method);
	struct request routed = *request;

	response_init(response, ctx->arena);
	if (route == NULL) {
		no_route(routes, ctx, request, response);
		return "none";
	}
	routed.segment = segment_of(route, ctx, request->path);
	routed.malformed = fault_of(route, request);
	if (routed.malformed != NULL && !route->own_malformed) {
		refuse(routes, ctx, &routed, route, fault_status(routed.malformed), routed.malformed,
		    response);
	} else if (request->method == METHOD_POST && !route->cross_site_post &&
		   from_elsewhere(request)) {
		refuse(routes, ctx, &routed, route, 403, "cross-site", response);
	} else {
		run(routes, route, ctx, &routed, response);
	}
	return route->metric;
}

void
router_busy(const struct routes *routes, struct ctx *ctx, const struct request *request,
    struct response *response)
{
	response_init(response, ctx->arena);
	refuse(routes, ctx, request, find(routes, request->path, request->method), 503, "busy",
	    response);
}
