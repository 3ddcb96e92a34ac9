/* request.h - one HTTP request, whole and checked: what handlers see of libmicrohttpd.
 *
 * The listener has refused everything malformed or over a bound before a handler runs: repeated or missing Host, TE with CL,
 * bad percent escapes, invalid UTF-8, a parameter given twice (in query or body), more than 100 fields, unknown methods.
 */
#ifndef WEB_REQUEST_H
#define WEB_REQUEST_H

#include "base/ctx.h"
#include "base/fields.h"

enum method { METHOD_GET = 1, METHOD_POST = 2, METHOD_HEAD = 4, METHOD_OPTIONS = 8 };

struct request {
	enum method method;		/* HEAD is given to handlers as METHOD_GET; its body is not sent */
	const char *path;		/* raw path, as sent: routes match it byte by byte */
	const char *raw_query;		/* raw bytes after '?', "" when none: what redirect signatures cover */
	struct fields query, form, cookies, headers;	/* form: application/x-www-form-urlencoded bodies only */
	const char *content_type;	/* media type in lower case without parameters; "" when none */
	struct bytes body;
	const char *peer;		/* the client's address: behind a trusted proxy, the one that the proxy names */
	const char *host;		/* Host header, lower case */
	bool secure;			/* came over TLS, or its proxy says so, or the origin is a localhost name */
};

/* Values by name; NULL when absent. Header names are compared without case. */
const char *request_query(const struct request *request, const char *name);
const char *request_form(const struct request *request, const char *name);
const char *request_cookie(const struct request *request, const char *name);
const char *request_header(const struct request *request, const char *name);

#endif
