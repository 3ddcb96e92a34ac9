#include <string.h>

#include "audit/audit.h"
#include "base/buf.h"

#define SENTENCE_MAX 4096

struct telling {
	const struct ctx *ctx;
	const struct AuditRecord *record;
	const struct audit_field *fields;
	enum language language;
	bool plain;
};

/* The value of the field whose name the sentence has between braces, in words; "" when the event carries none. */
static const char *
value_of(const struct telling *telling, struct bytes name)
{
	const struct AuditRecord *record = telling->record;
	const struct audit_field *field;

	for (field = telling->fields; field->name != NULL && !bytes_equal(bytes_of(field->name), name); field++)
		;
	if (telling->plain && (field->type == AUDIT_RECORD || field->type == AUDIT_LEVEL))
		return "";
	for (size_t i = 0; field->name != NULL && i < record->n_names && i < record->n_values; i++)
		if (strcmp(record->names[i], field->name) == 0)
			return audit_value_words(telling->ctx, field->type, record->values[i], telling->language);
	return "";
}

/* A stretch of the sentence with its places filled; false: one of them is empty. */
static bool
put_stretch(const struct telling *telling, struct bytes stretch, struct buf *out)
{
	const uint8_t *at = stretch.data, *end = at + stretch.len, *close;
	const char *value;
	bool full = true;

	for (; at < end; at++) {
		close = *at == '{' ? memchr(at, '}', (size_t)(end - at)) : NULL;
		if (close == NULL) {
			buf_put_byte(out, *at);
			continue;
		}
		value = value_of(telling, bytes_make(at + 1, (size_t)(close - at - 1)));
		full = full && *value != '\0';
		buf_put_text(out, *value != '\0' ? value : AUDIT_WITHHELD);
		at = close;
	}
	return full;
}

/* What stands in brackets is told only when it has something to tell. */
static void
put_sentence(const struct telling *telling, const char *sentence, struct buf *out)
{
	struct buf part;
	size_t len;

	while (*sentence != '\0') {
		len = strcspn(sentence, "[]");
		if (*sentence == '[')
			len = strcspn(sentence + 1, "]") + 1;
		buf_init(&part, telling->ctx->arena, SENTENCE_MAX);
		if (*sentence != '[')
			(void)put_stretch(telling, bytes_make(sentence, len), out);
		else if (put_stretch(telling, bytes_make(sentence + 1, len - 1), &part))
			buf_put_bytes(out, buf_bytes(&part));
		sentence += len;
		sentence += *sentence == ']';
	}
}

static const char *
tell(struct telling *telling)
{
	enum audit_event event;
	struct buf out;

	if (audit_parse(telling->record->event, &event) != ERR_OK)
		return telling->record->event;
	telling->fields = audit_fields(event);
	buf_init(&out, telling->ctx->arena, SENTENCE_MAX);
	put_sentence(telling, audit_sentence(event, telling->language), &out);
	return buf_text(&out);
}

const char *
audit_tell(const struct ctx *ctx, const struct AuditRecord *record, enum language language)
{
	struct telling telling = {.ctx = ctx, .record = record, .language = language};

	return tell(&telling);
}

const char *
audit_tell_plain(const struct ctx *ctx, const struct AuditRecord *record, enum language language)
{
	struct telling telling = {.ctx = ctx, .record = record, .language = language, .plain = true};

	return tell(&telling);
}
