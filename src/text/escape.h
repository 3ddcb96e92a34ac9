/* escape.h - printing text where it may be taken for something else. */
#ifndef TEXT_ESCAPE_H
#define TEXT_ESCAPE_H

#include "base/buf.h"

/* All of these append to out and take NULL for "".  The text is well-formed UTF-8: it was checked at the edge. */

/* & < > " ' become references; control characters other than tab and newline, U+FFFE and U+FFFF become U+FFFD.
 * For HTML text and quoted attributes. */
void escape_html(struct buf *out, const char *text);
/* The same for XML 1.0 text and quoted attributes (section 2.2); tab and newline become references too, since attributes
 * would lose them (section 3.3.3). */
void escape_xml(struct buf *out, const char *text);
/* For the body of a text mail: control characters other than tab and newline become U+FFFD, nothing else changes. */
void escape_plain(struct buf *out, const char *text);
/* Percent-encoding of all but RFC 3986 unreserved characters (section 2.3). */
void escape_url(struct buf *out, const char *text);
/* application/x-www-form-urlencoded and percent decoding, strict: ERR_FORMAT for a bad escape, a NUL or invalid UTF-8. */
enum err unescape_url(struct arena *arena, struct bytes text, bool plus_is_space, const char **ret_text);

#endif
