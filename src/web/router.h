/* router.h - routes are rows: method, path, handler, and what it needs.
 *
 * A path may have one variable segment, written with its name in braces: "/accounts/{sub}/end-sessions".  It stands for a whole segment of
 * 1 to 128 of A-Z a-z 0-9 _ - and nothing else, so nothing needs decoding and no path can be written in two ways.  Rows with and without one must not
 * meet: the first that fits is taken.
 *
 * The router answers 404, 405 and OPTIONS (with Allow) itself, and refuses broken parameters (request.h) and posts from other
 * sites.  A handler's enum err becomes a status (503 with Retry-After: busy, full, store; 502: peer; 500: anything else) and one
 * line in the log. */
#ifndef WEB_ROUTER_H
#define WEB_ROUTER_H

#include "web/request.h"
#include "web/response.h"

/* A handler returns ERR_OK when it has filled the response (also with a refusal); anything else is a failure to find out. */
typedef enum err handler_fn(struct ctx *ctx, const struct request *request, struct response *response);

struct route {
	unsigned methods;	/* METHOD_GET | METHOD_POST; GET implies HEAD */
	const char *path;	/* "/token": exact; may have one variable segment */
	handler_fn *handler;
	const char *metric;	/* name of the endpoint in /metrics: constant, few */
	bool cross_site_post;	/* a POST may come from another site (ACS, token): else Sec-Fetch-Site and Origin must be ours */
	bool machine;		/* errors as JSON rather than as a page */
	/* A body is JSON (else 415) of at most 16 KiB (413), and comes with POST only (400); the handler reads request->body.  Errors are
	 * problem details. */
	bool json;
	bool own_malformed;	/* the handler looks at request->malformed itself; else 400 (415: content type) before it runs */
};

struct routes {
	const struct route *items;
	size_t count;
	/* Fill an error response: status 400..503, reason a short constant: "not-found", "method-not-allowed", "cross-site",
	 * "busy", "failed", or one of request.malformed.  route is NULL when none was found; of a 405 it is one that has the path.  Never fails.  NULL: a line of text. */
	void (*error)(struct ctx *ctx, const struct request *request, const struct route *route, int status, const char *reason, struct response *response);
};

/* What a path answers to, as bits of enum method; 0 when there is no such path.  path must match a route byte by byte. */
unsigned router_methods(const struct routes *routes, const char *path);
/* The value of an Allow header for these bits: "GET, HEAD, OPTIONS". */
const char *router_allow(unsigned methods);
/* Find the route and run it.  Returns the route's name in /metrics ("none" without one). */
const char *router_serve(const struct routes *routes, struct ctx *ctx, const struct request *request, struct response *response);
/* No handler is free for this request: 503 in the form that its route speaks. */
void router_busy(const struct routes *routes, struct ctx *ctx, const struct request *request, struct response *response);

#endif
