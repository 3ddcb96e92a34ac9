/* json.h - small helpers over jansson for claims that come from outside and answers that leave. */
#ifndef OIDC_JSON_H
#define OIDC_JSON_H

#include <jansson.h>

#include "base/ctx.h"

/* For CLEANUP(). */
void json_release(json_t **json);
/* An object from bytes: no duplicate keys, nothing after the end, NUL refused; NULL when it is not one. */
json_t *json_read(struct bytes text);
/* A text member; NULL when object is NULL, or the member is absent or no text. */
const char *json_text(const json_t *object, const char *name);
/* A NumericDate that is a whole or fractional number from 0 to 10^11 seconds, in ms; false when absent or anything else. */
bool json_time(const json_t *object, const char *name, int64_t *ret_time);
/* Compact ASCII text in the arena; takes the reference. */
const char *json_print(struct arena *arena, json_t *json);

#endif
