/* internal.h - what the files of mail/ share: characters, lower case and the encodings of mail. */
#ifndef MAIL_INTERNAL_H
#define MAIL_INTERNAL_H

#include "base/buf.h"

/* Take the next code point off well-formed UTF-8 (utf8_valid()) that is not empty. */
uint32_t unicode_next(struct bytes *text);
void unicode_put(struct buf *out, uint32_t c);
/* Lower case of the alphabets that have one: Latin (up to U+017F), Greek, Cyrillic and Armenian; other characters stay. */
const char *unicode_fold(struct arena *arena, const char *text);
/* A label of a domain name in ASCII: itself, or "xn--" and its Punycode (RFC 3492). */
void punycode_put(struct bytes label, struct buf *out);

/* Quoted-printable (RFC 2045 section 6.7) of a text whose lines end in "\n": CRLF, lines of at most 76 characters. */
void quoted_printable_put(struct buf *out, struct bytes text);
/* The value of a header field that people read: as it is when it is short and plain, else in encoded words (RFC 2047), folded.
 * A subject may hold any visible ASCII character; a name before an address (a phrase, RFC 5322 section 3.2.5) letters, digits and hyphens. */
void subject_put(struct buf *out, const char *text);
void phrase_put(struct buf *out, const char *text);

#endif
