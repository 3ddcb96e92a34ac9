/* target.h - the request-target and the Host header (RFC 9112 section 3.2, RFC 9110 section 7.2). */
#ifndef WEB_TARGET_H
#define WEB_TARGET_H

#include <stdbool.h>
#include <stddef.h>

#include "base/bytes.h"

/* Views of the raw target, nothing decoded. */
struct target {
	struct bytes authority;		/* of an absolute form; data is NULL otherwise */
	struct bytes path;		/* begins with '/', or is "*" */
	struct bytes query;		/* after '?', without it */
};

/* "/path?query", "http(s)://authority/path?query" or "*", of visible ASCII without '#'. ERR_FORMAT otherwise. */
enum err target_parse(const char *raw, struct target *ret_target);

/* Is this authority (a Host header, or that of an absolute form) the one of our origin "https://host[:port]"?
 * Host names are compared without case; the scheme's default port may be left out or written. */
bool target_is_ours(struct bytes authority, const char *origin);

#endif
