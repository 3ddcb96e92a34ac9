/* request.h - one HTTP request, whole and checked: what handlers see of libmicrohttpd.
 *
 * The listener has refused every broken message before a handler runs: repeated or missing Host, another site's Host, TE with CL,
 * unknown methods, whatever is over a bound.  Parameters that are broken are refused by the router (400, or 415 for a body of an
 * unknown type) unless the route asks to answer that itself (own_malformed): OAuth endpoints have a format of their own for it.
 */
#ifndef WEB_REQUEST_H
#define WEB_REQUEST_H

#include "base/ctx.h"
#include "base/fields.h"

/* Bounds that are not configuration: parameters of a query or a form, cookies. */
#define REQUEST_FIELDS_MAX 100
/* And of a JSON body, and of the variable segment of a path. */
#define REQUEST_JSON_MAX 16384
#define REQUEST_SEGMENT_MAX 128

enum method { METHOD_GET = 1, METHOD_POST = 2, METHOD_HEAD = 4, METHOD_OPTIONS = 8 };

struct request {
	enum method method;		/* HEAD is given to handlers as METHOD_GET; its body is not sent */
	const char *path;		/* raw path, as sent: routes match it byte by byte */
	const char *segment;		/* what stands for the variable segment of the route's path: 1 to 128 of A-Z a-z 0-9 _ -; NULL without one */
	const char *raw_query;		/* raw bytes after '?', "" when none: what redirect signatures cover */
	struct fields query, form, cookies, headers;	/* form: application/x-www-form-urlencoded bodies only */
	/* NULL, or what is wrong with query or body: "duplicate-parameter", "bad-escape", "invalid-utf8", "bad-content-type",
	 * "too-many-fields", "body-not-wanted" and "body-too-large" (JSON routes).  A handler sees it only if its route has own_malformed; query and form then hold what could be
	 * read, the first of a name's values first. */
	const char *malformed;
	const char *content_type;	/* media type in lower case without parameters; "" when none */
	bool json;			/* the body of a POST says that it is application/json, in UTF-8, not compressed */
	struct bytes body;
	const char *peer;		/* the client's address: behind a trusted proxy, the one that the proxy names */
	const char *host;		/* Host header, lower case */
	const char *origin;		/* the listener's own ("https://auth.example.ca"); NULL when it answers to any Host */
	bool secure;			/* came over TLS, or its proxy says so, or the origin is a localhost name */
};

/* Values by name; NULL when absent. Header names are compared without case. */
const char *request_query(const struct request *request, const char *name);
const char *request_form(const struct request *request, const char *name);
const char *request_cookie(const struct request *request, const char *name);
const char *request_header(const struct request *request, const char *name);

#endif
