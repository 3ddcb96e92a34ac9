/* digits.h - the digits of a one-time code as a person types them.
 *
 * Runs in: vestibuled, any handler thread.
 */
#ifndef FACTOR_DIGITS_H
#define FACTOR_DIGITS_H

#include <stdbool.h>
#include <stddef.h>

/* Read exactly `count` digits.  Spaces (also no-break and thin ones), hyphens and dashes between them are dropped; full-width
 * (U+FF10..) and Arabic digits (U+0660.., U+06F0..) count as the ASCII digit that they mean, since some keyboards give nothing
 * else.  Anything else, and any other number of digits, is false.  ret_digits: room for count + 1, with a NUL. */
bool digits_parse(const char *typed, size_t count, char *ret_digits);

#endif
