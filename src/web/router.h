/* router.h - routes are rows: method, path, handler, and what it needs.
 *
 * The router answers 404 and 405 (with Allow) itself, and gives a handler's enum err to the fallback, which makes the error page
 * or JSON and logs once. */
#ifndef WEB_ROUTER_H
#define WEB_ROUTER_H

#include "web/request.h"
#include "web/response.h"

/* A handler returns ERR_OK when it has filled the response (also with a refusal); anything else is a failure to find out. */
typedef enum err handler_fn(struct ctx *ctx, const struct request *request, struct response *response);

struct route {
	unsigned methods;	/* METHOD_GET | METHOD_POST; GET implies HEAD */
	const char *path;	/* "/token": exact */
	handler_fn *handler;
	const char *metric;	/* name of the endpoint in /metrics: constant, few */
	bool cross_site_post;	/* a POST may come from another site (ACS, token): else Sec-Fetch-Site and Origin must be ours */
	bool machine;		/* errors as JSON rather than as a page */
};

struct routes {
	const struct route *items;
	size_t count;
	/* Fill an error response: status 400..503, reason a short constant ("not-found"). Never fails. */
	void (*error)(struct ctx *ctx, const struct request *request, const struct route *route, int status, const char *reason, struct response *response);
};

/* Find the route and run it. */
void router_serve(const struct routes *routes, struct ctx *ctx, const struct request *request, struct response *response);

#endif
