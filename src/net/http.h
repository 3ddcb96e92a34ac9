/* http.h - the only HTTP client: a few requests to configured places (back-channel logout, metadata, a portal's own calls).
 *
 * Nothing outside the caller's allow-list is contacted; no redirect is followed, no proxy of the environment used, no credential
 * or cookie kept; certificates are verified (TLS 1.2 and up).  Plain http is for localhost and *.localhost, which always mean the
 * loopback (RFC 6761 section 6.3), and nothing else.  Blocking, with one deadline for all of it.
 *
 * Runs in: any thread.
 */
#ifndef NET_HTTP_H
#define NET_HTTP_H

#include "base/arena.h"
#include "base/fields.h"

struct http_options {
	const char *const *allowed;	/* origins ("https://portal.example.ca", "http://auth.localhost:8443"), exact */
	size_t allowed_count;
	int64_t time_limit;		/* ms for everything; 0: 10 s */
	size_t size_limit;		/* bytes of the answer's body; 0: 64 KiB */
	const char *ca_file;		/* PEM; NULL: the system's certificate authorities */
};

struct http_answer {
	int status;
	const char *content_type;	/* media type as sent, "" when none */
	const char *location;		/* of a redirect (not followed), "" when none */
	struct bytes body;
};

/* headers: more request headers, NULL for none.  *ret_answer whatever the status is; it lives in the arena.
 * ERR_REFUSED (not in the allow-list, or plain http elsewhere than on localhost), ERR_TIMEOUT, ERR_TOO_BIG, ERR_PEER (no
 * connection, no trust, no HTTP): *ret_reason is then a short sentence for the log. */
enum err http_get(const struct http_options *options, const char *url, const struct fields *headers, struct arena *arena,
    struct http_answer *ret_answer, const char **ret_reason);
/* The same with a form (application/x-www-form-urlencoded) as its body. */
enum err http_post(const struct http_options *options, const char *url, const struct fields *form, const struct fields *headers, struct arena *arena,
    struct http_answer *ret_answer, const char **ret_reason);

/* name=value&...: percent-encoded; "" for no fields. */
const char *http_form_print(const struct fields *form, struct arena *arena);

#endif
