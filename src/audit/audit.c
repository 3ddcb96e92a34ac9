#include "audit/audit.h"

#include <string.h>

#include "audit/internal.h"

/* The newest event's sequence number and chain: META "audit-head" -> AuditHeadRecord. */
#define HEAD bytes_of("audit-head")

struct row {
	const char *name;
	struct audit_field fields[AUDIT_FIELDS_MAX + 1];
	const char *en, *fr;
};

#define F(name, type)                                                                              \
	{                                                                                          \
		#name, AUDIT_##type                                                                \
	}
#define FIELDS(...)                                                                                \
	{                                                                                          \
		__VA_ARGS__                                                                        \
	}
#define NO_FIELDS                                                                                  \
	{                                                                                          \
		{                                                                                  \
			NULL, AUDIT_WORD                                                           \
		}                                                                                  \
	}
static const struct row rows[AUDIT_EVENT_COUNT] = {
#define EVENT(id, name, fields, en, fr) {name, fields, en, fr},
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

const struct audit_field *
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

static size_t
field_index(const struct row *row, const char *name)
{
	size_t i;

	for (i = 0; row->fields[i].name != NULL && strcmp(row->fields[i].name, name) != 0; i++)
		;
	must(row->fields[i].name != NULL);
	return i;
}

/* The value where it fits its type.  One that does not is a mistake of ours, which must neither leak nor lose the event: it is logged here,
 * since nobody above can know of it. */
static const char *
screened(struct ctx *ctx, const char *event, const struct audit_field *field, const char *value)
{
	if (value == NULL)
		return "";
	if (audit_fits(field->type, value))
		return value;
	log_event(LOG_ERROR, &ctx->log, "The audit withheld a value that does not fit its field", LOG_TEXT("event", event),
	    LOG_TEXT("field", field->name));
	return AUDIT_WITHHELD;
}

/* The pairs, in the order of the row; fields that were not given are left out. */
static void
put_pairs(struct ctx *ctx, const struct row *row, va_list args, struct AuditRecord *record)
{
	const char *values[AUDIT_FIELDS_MAX] = {NULL};
	const char *name;
	size_t i;

	while ((name = va_arg(args, const char *)) != NULL) {
		i = field_index(row, name);
		must(values[i] == NULL);
		values[i] = screened(ctx, row->name, &row->fields[i], va_arg(args, const char *));
	}
	record->names = arena_array(ctx->arena, AUDIT_FIELDS_MAX, sizeof(char *));
	record->values = arena_array(ctx->arena, AUDIT_FIELDS_MAX, sizeof(char *));
	for (i = 0; row->fields[i].name != NULL; i++) {
		if (values[i] == NULL)
			continue;
		record->names[record->n_names++] = (char *)row->fields[i].name;
		record->values[record->n_values++] = (char *)values[i];
	}
}

/* The record that the chain goes on from.  It stands apart: the newest event may have been removed. */
enum err
audit_state_load(struct txn *txn, struct AuditHeadRecord *ret_head)
{
	struct AuditHeadRecord *head;
	enum err err = record_load(txn, TABLE_META, HEAD, &audit_head_record__descriptor, &head);

	*ret_head = (struct AuditHeadRecord)AUDIT_HEAD_RECORD__INIT;
	if (err == ERR_OK)
		*ret_head = *head;
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

enum err
audit_state_save(struct txn *txn, const struct AuditHeadRecord *head)
{
	return record_save(txn, TABLE_META, HEAD, head, NEVER);
}

/* The next number and chain for this event, and the head that remembers them. */
static enum err
link_event(struct txn *txn, struct AuditRecord *record, uint8_t chain[CHAIN_SIZE], uint64_t *ret_sequence)
{
	struct AuditHeadRecord head;
	uint8_t before[CHAIN_SIZE] = {0};
	enum err err = audit_state_load(txn, &head);

	if (err != ERR_OK)
		return err;
	if (head.chain.len == CHAIN_SIZE)
		memcpy(before, head.chain.data, CHAIN_SIZE);
	*ret_sequence = ++head.sequence;
	must(chain_next(txn_ctx(txn)->arena, before, head.sequence, record, chain) == ERR_OK);
	record->chain = head.chain = record_data(bytes_make(chain, CHAIN_SIZE));
	return audit_state_save(txn, &head);
}

struct bytes
audit_of_key(struct bytes account, uint64_t sequence, uint8_t key[AUDIT_OF_KEY_SIZE])
{
	must(account.len == ACCOUNT_ID_SIZE);
	memcpy(key, account.data, ACCOUNT_ID_SIZE);
	(void)sequence_key(~sequence, key + ACCOUNT_ID_SIZE);
	return bytes_make(key, AUDIT_OF_KEY_SIZE);
}

static enum err
put_event(struct txn *txn, uint64_t sequence, const struct AuditRecord *record)
{
	uint8_t key[SEQUENCE_SIZE], of[AUDIT_OF_KEY_SIZE];
	enum err err = record_insert(txn, TABLE_AUDIT, sequence_key(sequence, key), record, NEVER);

	if (err != ERR_OK || record->account.len == 0)
		return err;
	return txn_put(txn, TABLE_AUDIT_OF, audit_of_key(record_bytes(record->account), sequence, of), bytes_make("", 0), NEVER);
}

enum err
audit_append(struct txn *txn, enum audit_event event, struct bytes account, const char *portal, ...)
{
	const struct audit_field portal_field = {"portal", AUDIT_ID};
	struct ctx *ctx = txn_ctx(txn);
	const struct row *row = row_of(event);
	struct AuditRecord record = AUDIT_RECORD__INIT;
	uint8_t chain[CHAIN_SIZE];
	uint64_t sequence;
	va_list args;
	enum err err;

	must(account.len == 0 || account.len == ACCOUNT_ID_SIZE);
	va_start(args, portal);
	put_pairs(ctx, row, args, &record);
	va_end(args);
	record.time = txn_now(txn);
	record.event = (char *)row->name;
	record.account = record_data(account);
	record.portal = (char *)screened(ctx, row->name, &portal_field, portal);
	record.request = ctx->log.request;
	err = link_event(txn, &record, chain, &sequence);
	return err == ERR_OK ? put_event(txn, sequence, &record) : err;
}

enum err
audit_newest(struct txn *txn, uint64_t *ret_sequence)
{
	struct AuditHeadRecord head;
	enum err err = audit_state_load(txn, &head);

	if (err == ERR_OK)
		*ret_sequence = head.sequence;
	return err;
}

struct walk {
	struct txn *txn;
	const char *portal;
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

	if (walk->left == 0)
		return ERR_EXISTS;
	walk->left--;
	walk->err = record_parse(txn_ctx(walk->txn)->arena, value, &audit_record__descriptor, &record);
	if (key.len != SEQUENCE_SIZE)
		walk->err = ERR_FORMAT;
	if (walk->err == ERR_OK)
		walk->err = walk->fn(walk->arg, sequence_of(key), record);
	return walk->err == ERR_OK ? ERR_OK : ERR_EXISTS;
}

enum err
audit_walk(struct txn *txn, uint64_t first, unsigned most, audit_fn *fn, void *arg)
{
	struct walk walk = {txn, NULL, most, fn, arg, ERR_OK};
	uint8_t key[SEQUENCE_SIZE];
	enum err err;

	err = txn_walk_from(txn, TABLE_AUDIT, bytes_make("", 0), sequence_key(first, key), visit, &walk);
	return err == ERR_EXISTS ? walk.err : err;
}

/* A row of the index whose event is gone tells nothing: verifying finds what is wrong with it. */
static enum err
visit_of(void *arg, struct bytes key, struct bytes value)
{
	struct walk *walk = arg;
	struct AuditRecord *record;
	uint64_t sequence = ~sequence_of(bytes_make(key.data + ACCOUNT_ID_SIZE, key.len - ACCOUNT_ID_SIZE));
	uint8_t event[SEQUENCE_SIZE];

	(void)value;
	if (walk->left == 0)
		return ERR_EXISTS;
	walk->err = record_load(walk->txn, TABLE_AUDIT, sequence_key(sequence, event), &audit_record__descriptor, &record);
	if (walk->err == ERR_NOT_FOUND || (walk->err == ERR_OK && walk->portal != NULL && strcmp(record->portal, walk->portal) != 0)) {
		walk->err = ERR_OK;
		return ERR_OK;
	}
	walk->left--;
	if (walk->err == ERR_OK)
		walk->err = walk->fn(walk->arg, sequence, record);
	return walk->err == ERR_OK ? ERR_OK : ERR_EXISTS;
}

enum err
audit_walk_account(struct txn *txn, const struct audit_of *of, audit_fn *fn, void *arg)
{
	struct walk walk = {txn, of->portal, of->most, fn, arg, ERR_OK};
	uint8_t key[AUDIT_OF_KEY_SIZE];
	enum err err;

	err = txn_walk_from(txn, TABLE_AUDIT_OF, of->account, audit_of_key(of->account, of->before == 0 ? UINT64_MAX : of->before - 1, key),
	    visit_of, &walk);
	return err == ERR_EXISTS ? walk.err : err;
}
