/* cookie.h - the Cookie header (RFC 6265 section 4.2.1), as lenient as a shared host needs it.
 *
 * Pieces that are no name=value pair of printable ASCII are skipped: another program's odd cookie must not lock a person out.
 * Of a name given twice only the first counts; beyond REQUEST_FIELDS_MAX cookies the rest is left out. */
#ifndef WEB_COOKIE_H
#define WEB_COOKIE_H

#include "base/arena.h"
#include "base/fields.h"

/* header: the value, NULL when there is none. Values are not decoded. */
void cookie_parse(struct arena *arena, const char *header, struct fields *ret_cookies);

#endif
