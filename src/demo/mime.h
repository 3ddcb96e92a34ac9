/* mime.h - as much of RFC 5322, 2045 and 2047 as the stand-in mailbox shows: some headers and the text part of one message.
 *
 * Any bytes may come in; what comes out is well-formed UTF-8, bounded, with U+FFFD for what cannot be told.  Nothing fails: what is
 * not understood is left out.
 */
#ifndef DEMO_MIME_H
#define DEMO_MIME_H

#include "base/arena.h"

#define MIME_HEADER_MAX 1000	/* bytes of one header's value, before it is decoded */

/* The value of the first header of that name, unfolded, its encoded words decoded; "" when there is none. */
const char *mime_header(struct arena *arena, struct bytes message, const char *name);
/* The first text/plain part, decoded, without carriage returns, at most max bytes of it (*ret_cut: there was more); "" when there is
 * none.  Multiparts are opened four deep, twenty parts each. */
const char *mime_text(struct arena *arena, struct bytes message, size_t max, bool *ret_cut);

#endif
