/* response.h - the answer that a handler puts together; the listener sends it.
 *
 * Every response carries the security headers of ATTACKS.md 7.3 whatever the handler does.  Header values with CR, LF, NUL or
 * non-ASCII bytes are a programmer's mistake (must): encode before.
 */
#ifndef WEB_RESPONSE_H
#define WEB_RESPONSE_H

#include "base/buf.h"
#include "base/ctx.h"

enum same_site { SAME_SITE_LAX, SAME_SITE_NONE };

struct field_list {
	struct field_list *next;
	const char *name, *value;
};

struct response {
	int status;			/* 200 at start */
	struct buf body;		/* at most 1 MiB */
	const char *content_type;	/* "text/html; charset=utf-8" at start */
	const char *cache;		/* "no-store" at start */
	const char *form_action;	/* more origins for the policy's form-action, space separated; NULL: 'self' only */
	bool cross_origin;		/* JSON that browsers of any origin may read: CORP cross-origin and ACAO * */
	struct field_list *headers, *last_header;	/* by response_header(), in that order */
};

void response_init(struct response *response, struct arena *arena);
void response_header(struct response *response, const char *name, const char *value);
/* 303 See Other, never 307 (RFC 9700 4.12). url: absolute, or a path of ours. */
void response_redirect(struct response *response, const char *url);
/* application/json; body: JSON text. */
void response_json(struct response *response, int status, const char *json);
/* Secure, HttpOnly, Path=/ always. max_age in seconds: -1 for a session cookie, 0 to remove it. */
void response_cookie(struct response *response, const char *name, const char *value, enum same_site same_site, int64_t max_age);

#endif
