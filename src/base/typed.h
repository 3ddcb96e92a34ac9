/* typed.h - codes that people read, copy and type: Crockford's base 32 in groups of four ("7K2M-9XQA-0R4T-ZZ31").
 *
 * Runs in: anywhere.
 */
#ifndef BASE_TYPED_H
#define BASE_TYPED_H

#include "base/bytes.h"

/* The random bits as crockford_print() gives them, in groups of four with hyphens. */
const char *typed_print(struct arena *arena, struct bytes random);
/* The same for characters that are at hand. */
const char *typed_groups(struct arena *arena, const char *characters);
/* Read exactly `count` characters: case does not matter, O is 0, I and L are 1; spaces, hyphens and dashes of any kind between them are
 * dropped.  Anything else, and any other number of them, is false.  ret_characters: room for count + 1, with a NUL. */
bool typed_parse(const char *typed, size_t count, char *ret_characters);

#endif
