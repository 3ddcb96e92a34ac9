/* fields.h - decoded name=value pairs: query and form parameters, headers, cookies. */
#ifndef BASE_FIELDS_H
#define BASE_FIELDS_H

#include <stddef.h>

struct field {
	const char *name, *value;
};
struct fields {
	const struct field *items;
	size_t count;
};

/* The value by exact name; NULL when absent. */
const char *fields_get(const struct fields *fields, const char *name);

#endif
