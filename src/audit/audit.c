#include "audit/audit.h"

#include <string.h>

#define VALUE_MAX 512
#define FIELDS_MAX 4
/* Where the newest sequence number stands: META "audit-head" -> AuditHeadRecord. */
#define HEAD bytes_of("audit-head")

struct row {
	const char *name;
	int days;
	const char *fields[FIELDS_MAX + 1];
	const char *en, *fr;
};

#define FIELDS(...)                                                                                \
	{                                                                                          \
		__VA_ARGS__, NULL                                                                  \
	}
#define NO_FIELDS                                                                                  \
	{                                                                                          \
		NULL                                                                               \
	}
static const struct row rows[AUDIT_EVENT_COUNT] = {
#define EVENT(id, name, days, fields, en, fr) {name, days, fields, en, fr},
#include "audit/events.def"
#undef EVENT
};

static const struct row *
row_of(enum audit_event event)
{
	must((unsigned)event < AUDIT_EVENT_COUNT);
	return &rows[event];
}

const char *
audit_name(enum audit_event event)
{
	return row_of(event)->name;
}

const char *
audit_sentence(enum audit_event event, enum language language)
{
	return language == LANGUAGE_FR ? row_of(event)->fr : row_of(event)->en;
}

const char *const *
audit_fields(enum audit_event event)
{
	return row_of(event)->fields;
}

enum err
audit_parse(const char *name, enum audit_event *ret_event)
{
	for (unsigned i = 0; i < AUDIT_EVENT_COUNT; i++) {
		if (strcmp(rows[i].name, name) == 0) {
			*ret_event = (enum audit_event)i;
			return ERR_OK;
		}
	}
	return ERR_NOT_FOUND;
}

/* Long values are cut between characters, so that what is kept stays UTF-8. */
static char *
cut(struct arena *arena, const char *value)
{
	size_t len = value != NULL ? strlen(value) : 0;

	if (len > VALUE_MAX) {
		for (len = VALUE_MAX; len > 0 && ((uint8_t)value[len] & 0xc0) == 0x80; len--)
			;
	}
	return arena_text_of(arena, bytes_make(value, len));
}

static size_t
field_index(const struct row *row, const char *name)
{
	size_t i;

	for (i = 0; row->fields[i] != NULL && strcmp(row->fields[i], name) != 0; i++)
		;
	must(row->fields[i] != NULL);
	return i;
}

/* The pairs, in the order of the row; fields that were not given are left out. */
static void
put_pairs(struct arena *arena, const struct row *row, va_list args, struct AuditRecord *record)
{
	const char *values[FIELDS_MAX] = {NULL};
	const char *name;
	size_t i;

	while ((name = va_arg(args, const char *)) != NULL) {
		i = field_index(row, name);
		must(values[i] == NULL);
		values[i] = cut(arena, va_arg(args, const char *));
	}
	record->names = arena_array(arena, FIELDS_MAX, sizeof(char *));
	record->values = arena_array(arena, FIELDS_MAX, sizeof(char *));
	for (i = 0; row->fields[i] != NULL; i++) {
		if (values[i] == NULL)
			continue;
		record->names[record->n_names++] = (char *)row->fields[i];
		record->values[record->n_values++] = (char *)values[i];
	}
}

static struct bytes
sequence_key(uint64_t sequence, uint8_t key[8])
{
	for (int i = 7; i >= 0; i--, sequence >>= 8)
		key[i] = (uint8_t)sequence;
	return bytes_make(key, 8);
}

/* The number lives in a record of its own: the newest event may have expired. */
static enum err
next_sequence(struct txn *txn, uint64_t *ret_sequence)
{
	struct AuditHeadRecord fresh = AUDIT_HEAD_RECORD__INIT, *head = &fresh;
	enum err err;

	err = record_load(txn, TABLE_META, HEAD, &audit_head_record__descriptor, &head);
	if (err != ERR_OK && err != ERR_NOT_FOUND)
		return err;
	*ret_sequence = ++head->sequence;
	return record_save(txn, TABLE_META, HEAD, head, NEVER);
}

enum err
audit_newest(struct txn *txn, uint64_t *ret_sequence)
{
	struct AuditHeadRecord *head;
	enum err err;

	err = record_load(txn, TABLE_META, HEAD, &audit_head_record__descriptor, &head);
	if (err != ERR_OK && err != ERR_NOT_FOUND)
		return err;
	*ret_sequence = err == ERR_OK ? head->sequence : 0;
	return ERR_OK;
}

enum err
audit_append(struct txn *txn, enum audit_event event, struct bytes account, const char *portal, ...)
{
	struct ctx *ctx = txn_ctx(txn);
	const struct row *row = row_of(event);
	struct AuditRecord record = AUDIT_RECORD__INIT;
	uint8_t key[8];
	uint64_t sequence;
	va_list args;
	enum err err;

	va_start(args, portal);
	put_pairs(ctx->arena, row, args, &record);
	va_end(args);
	err = next_sequence(txn, &sequence);
	if (err != ERR_OK)
		return err;
	record.time = txn_now(txn);
	record.event = (char *)row->name;
	record.account = record_data(account);
	record.portal = cut(ctx->arena, portal);
	record.request = ctx->log.request;
	return record_insert(
	    txn, TABLE_AUDIT, sequence_key(sequence, key), &record, record.time + DAYS(row->days));
}

struct walk {
	struct arena *arena;
	unsigned left;
	audit_fn *fn;
	void *arg;
	enum err err;
};

/* ERR_EXISTS ends the store's walk; what the caller's function said is in walk->err. */
static enum err
visit(void *arg, struct bytes key, struct bytes value)
{
	struct walk *walk = arg;
	struct AuditRecord *record;
	uint64_t sequence = 0;

	if (walk->left == 0)
		return ERR_EXISTS;
	walk->left--;
	if (key.len != 8)
		walk->err = ERR_FORMAT;
	else
		walk->err = record_parse(walk->arena, value, &audit_record__descriptor, &record);
	for (size_t i = 0; i < key.len; i++)
		sequence = sequence << 8 | key.data[i];
	if (walk->err == ERR_OK)
		walk->err = walk->fn(walk->arg, sequence, record);
	return walk->err == ERR_OK ? ERR_OK : ERR_EXISTS;
}

enum err
audit_walk(struct txn *txn, uint64_t first, unsigned most, audit_fn *fn, void *arg)
{
	struct walk walk = {txn_ctx(txn)->arena, most, fn, arg, ERR_OK};
	uint8_t key[8];
	enum err err;

	err = txn_walk_from(
	    txn, TABLE_AUDIT, bytes_make("", 0), sequence_key(first, key), visit, &walk);
	return err == ERR_EXISTS ? walk.err : err;
}
