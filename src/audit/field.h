/* field.h - what the fields of an event may hold: redaction by construction.
 *
 * A field has a type, and a type an alphabet and bounds so narrow that no e-mail address, one-time code or free text fits:
 * words and reasons come from closed lists, numbers have at most five digits, ids are those of the configuration or 16 hex digits and more.
 * A ticket number alone is typed by somebody: its one word may be any.
 *
 * Runs in:  vestibuled, vestibulectl.
 */
#ifndef AUDIT_FIELD_H
#define AUDIT_FIELD_H

#include "base/arena.h"
#include "base/ctx.h"

/* events.def says what each is. */
enum audit_type {
	AUDIT_WORD,
	AUDIT_REFUSAL,
	AUDIT_ID,
	AUDIT_LEVEL,
	AUDIT_NUMBER,
	AUDIT_TIME,
	AUDIT_KEY,
	AUDIT_RECORD,
	AUDIT_STAFF,
	AUDIT_TICKET
};

struct audit_field {
	const char *name;	/* NULL ends a list */
	enum audit_type type;
};
#define AUDIT_FIELDS_MAX 6
/* No value is longer. */
#define AUDIT_VALUE_MAX 200
/* What stands instead of a value that does not fit its type. */
#define AUDIT_WITHHELD "?"

/* May a field of this type hold it?  "" fits all. */
bool audit_fits(enum audit_type type, const char *value);
/* A value in words: those of words.def, the configured name of a provider or portal where ctx has a configuration, a moment; others as they
 * stand.  "" stays "".  A value that does not fit (of a damaged record) is "?". */
const char *audit_value_words(const struct ctx *ctx, enum audit_type type, const char *value, enum language language);

#endif
