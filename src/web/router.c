#include "web/router.h"

#include <string.h>

#include "base/log.h"

static const struct route *
find(const struct routes *routes, const char *path, enum method method)
{
	for (size_t i = 0; i < routes->count; i++) {
		if ((routes->items[i].methods & method) != 0 &&
		    strcmp(routes->items[i].path, path) == 0)
			return &routes->items[i];
	}
	return NULL;
}

unsigned
router_methods(const struct routes *routes, const char *path)
{
	unsigned methods = 0;

	for (size_t i = 0; i < routes->count; i++) {
		if (strcmp(routes->items[i].path, path) == 0)
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
		refuse(routes, ctx, request, NULL, 405, "method-not-allowed", response);
		response_header(response, "Allow", router_allow(methods));
	} else {
		refuse(routes, ctx, request, NULL, 404, "not-found", response);
	}
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

	response_init(response, ctx->arena);
	if (route == NULL) {
		no_route(routes, ctx, request, response);
		return "none";
	}
	if (request->malformed != NULL && !route->own_malformed) {
		int status = strcmp(request->malformed, "bad-content-type") == 0 ? 415 : 400;
		refuse(routes, ctx, request, route, status, request->malformed, response);
	} else if (request->method == METHOD_POST && !route->cross_site_post &&
		   from_elsewhere(request)) {
		refuse(routes, ctx, request, route, 403, "cross-site", response);
	} else {
		run(routes, route, ctx, request, response);
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
