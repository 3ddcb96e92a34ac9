/* bytes.h - a view of bytes that somebody else owns, and how such bytes are printed as text and parsed back.
 *
 * All parsers are strict: one alphabet, no white space, no missing or surplus padding, nothing after the end.
 */
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct arena;

struct bytes {
	const uint8_t *data;
	size_t len;
};

#define BYTES(array) ((struct bytes){(const uint8_t *)(array), sizeof(array)})

/* The bytes of a text without its NUL; NULL gives no bytes. */
struct bytes bytes_of(const char *text);
struct bytes bytes_make(const void *data, size_t len);
bool bytes_equal(struct bytes a, struct bytes b);
/* The same in a time that depends on the lengths only; for secrets, MACs and hashes. */
bool bytes_equal_secret(struct bytes a, struct bytes b);
struct bytes bytes_copy(struct arena *arena, struct bytes src);
/* Overwrite in a way that the compiler keeps. */
void bytes_wipe(void *data, size_t len);

/* Printing never fails; the text lives in the arena. */
char *hex_print(struct arena *arena, struct bytes src);		   /* lower case */
char *base64_print(struct arena *arena, struct bytes src);	   /* RFC 4648 section 4, padded */
char *base64url_print(struct arena *arena, struct bytes src);	   /* RFC 4648 section 5, unpadded */
char *base32_print(struct arena *arena, struct bytes src);	   /* RFC 4648 section 6, unpadded, upper case */
char *crockford_print(struct arena *arena, struct bytes src);	   /* Crockford base 32: no I, L, O, U; first bits first, last group zero-filled */

/* Parsing returns ERR_OK or ERR_FORMAT; it takes exactly what the printer of the same name makes, and the empty text. */
enum err hex_parse(struct arena *arena, const char *text, struct bytes *ret_bytes); /* lower case */
enum err base64_parse(struct arena *arena, struct bytes text, struct bytes *ret_bytes);
enum err base64url_parse(struct arena *arena, struct bytes text, struct bytes *ret_bytes);
enum err base32_parse(struct arena *arena, const char *text, struct bytes *ret_bytes); /* upper case, unpadded */

/* Is it well-formed UTF-8 (RFC 3629) without NUL and without surrogates? */
bool utf8_valid(struct bytes text);

#endif
