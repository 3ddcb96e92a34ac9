/* form.h - application/x-www-form-urlencoded, of a query or a body (WHATWG URL section 5.1, but strict).
 *
 * '+' is a space; a percent escape has two hex digits; names and values are UTF-8 without NUL after decoding; empty pieces
 * between '&' are skipped; ';' separates nothing. */
#ifndef WEB_FORM_H
#define WEB_FORM_H

#include "base/arena.h"
#include "base/fields.h"

/* Returns NULL, or what is wrong: "bad-escape", "invalid-utf8", "too-many-fields" (over REQUEST_FIELDS_MAX), "duplicate-parameter".
 * ret_fields holds what could be read in either case, in the order of the text; the arena owns it.  A field whose value alone is broken is
 * there with "": who looks for its name twice finds it. */
const char *form_parse(struct arena *arena, struct bytes text, struct fields *ret_fields);

#endif
