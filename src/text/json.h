/* json.h - small helpers over jansson for claims and bodies that come from outside, and for answers that leave. */
#ifndef TEXT_JSON_H
#define TEXT_JSON_H

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

/* A member that the body of a request may have.  Nothing may be there that no rule names. */
struct json_rule {
	const char *name;
	bool number;		/* a whole number from least to most; else a text of least to most bytes without control characters */
	bool required;
	int64_t least, most;
};
struct json_value {
	bool given;
	int64_t number;
	const char *text;	/* in the arena; NULL when it is none */
};
/* Read a body by its rules: ret_values has `count` elements, in the order of the rules.  No bytes are an object without members.
 * Returns NULL, or a sentence for the programmer at the other end that says what is wrong and where. */
const char *json_body(struct arena *arena, struct bytes body, const struct json_rule *rules, size_t count, struct json_value *ret_values);

/* Compact ASCII text in the arena; takes the reference. */
const char *json_print(struct arena *arena, json_t *json);

#endif
