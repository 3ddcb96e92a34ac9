/* The part of export.h that reads a file which anybody may have written. */
#include <inttypes.h>
#include <jansson.h>
#include <string.h>

#include "audit/export.h"

#define VERSION 1

void
export_check_init(struct export_check *export, struct arena *arena, const struct audit_keys *keys)
{
	*export = (struct export_check){.expects = EXPORT_HEADER};
	check_init(&export->check, arena, keys);
}

static const char *
get_text(const json_t *line, const char *name)
{
	return json_string_value(json_object_get(line, name));
}

/* 0: there is no such number. */
static uint64_t
get_number(const json_t *line, const char *name)
{
	json_int_t number = json_integer_value(json_object_get(line, name));

	return number > 0 ? (uint64_t)number : 0;
}

static enum err
malformed(struct export_check *export, const char *what)
{
	return check_fault(&export->check, "%s", what);
}

static enum err
read_header(struct export_check *export, const json_t *line, struct arena *scratch)
{
	static const uint8_t zeros[CHAIN_SIZE];
	const char *type = get_text(line, "type"), *before = get_text(line, "before");
	struct audit_head start = {0};
	enum err err;

	if (type == NULL || strcmp(type, "audit-export") != 0)
		return malformed(export, "this is no export of the audit: its first line says so");
	if (get_number(line, "version") != VERSION)
		return malformed(export, "the export has a format of another release");
	export->from = get_number(line, "from");
	if (json_object_size(line) != 4 || export->from == 0 || before == NULL || chain_parse(scratch, before, export->before) != ERR_OK)
		return malformed(export, "the first line is damaged");
	if (export->from == 1 && memcmp(export->before, zeros, CHAIN_SIZE) != 0)
		return malformed(export, "the first line is damaged: nothing comes before event 1");
	export->expects = EXPORT_FIRST;
	start.sequence = export->from - 1;
	memcpy(start.chain, export->before, CHAIN_SIZE);
	err = check_begin(&export->check, export->from > 1 ? &start : NULL);
	export->check.heads = 0;
	return err;
}

static bool
read_fields(const json_t *fields, struct arena *scratch, struct AuditRecord *record)
{
	const char *name;
	json_t *value;

	if (!json_is_object(fields) || json_object_size(fields) > AUDIT_FIELDS_MAX)
		return false;
	record->names = arena_array(scratch, AUDIT_FIELDS_MAX, sizeof(char *));
	record->values = arena_array(scratch, AUDIT_FIELDS_MAX, sizeof(char *));
	json_object_foreach ((json_t *)fields, name, value) {
		if (!json_is_string(value))
			return false;
		record->names[record->n_names++] = (char *)name;
		record->values[record->n_values++] = (char *)json_string_value(value);
	}
	return true;
}

static bool
read_event(const json_t *line, struct arena *scratch, struct AuditRecord *record)
{
	const char *time = get_text(line, "time"), *event = get_text(line, "event"), *account = get_text(line, "account");
	const char *portal = get_text(line, "portal"), *request = get_text(line, "request"), *chain = get_text(line, "chain");
	struct bytes id, hash;

	*record = (struct AuditRecord)AUDIT_RECORD__INIT;
	if (json_object_size(line) != 9 || time == NULL || event == NULL || account == NULL || portal == NULL || request == NULL || chain == NULL)
		return false;
	if (clock_parse(time, &record->time) != ERR_OK || hex_parse(scratch, account, &id) != ERR_OK || hex_parse(scratch, chain, &hash) != ERR_OK)
		return false;
	/* one way to write a time: what was hashed has milliseconds and nothing else */
	if (strcmp(time, clock_print(scratch, record->time)) != 0)
		return false;
	record->event = (char *)event;
	record->portal = (char *)portal;
	record->request = (char *)request;
	record->account = record_data(id);
	record->chain = record_data(hash);
	return read_fields(json_object_get(line, "fields"), scratch, record);
}

static enum err
take_event(struct export_check *export, const json_t *line, struct arena *scratch)
{
	struct AuditRecord record;

	if (!read_event(line, scratch, &record))
		return check_fault(&export->check, "what follows on event %" PRIu64 " is damaged: it is no event", export->check.walk.sequence);
	export->expects = EXPORT_EVENTS;
	return check_event(&export->check, get_number(line, "sequence"), &record);
}

static enum err
take_head(struct export_check *export, const json_t *line)
{
	const char *jws = get_text(line, "jws");
	bool first = export->expects == EXPORT_FIRST;

	if (json_object_size(line) != 3 || jws == NULL)
		return check_fault(&export->check, "what follows on event %" PRIu64 " is damaged: it is no head", export->check.walk.sequence);
	export->expects = EXPORT_EVENTS;
	/* what comes first stands for what was removed: all else stands after its event */
	if (first && export->from == 1)
		return malformed(export, "a head stands before event 1: it was moved");
	return check_head(&export->check, get_number(line, "sequence"), jws);
}

static enum err
take_end(struct export_check *export, const json_t *line, struct arena *scratch)
{
	struct audit_check *check = &export->check;
	const char *jws = get_text(line, "jws");
	struct audit_head seal;
	enum err err;

	if (json_object_size(line) != 2 || jws == NULL)
		return malformed(export, "the seal at the end is damaged");
	err = head_open(&check->keys, true, jws, scratch, &seal);
	if (err != ERR_OK)
		return malformed(export, err == ERR_FORMAT ? "the seal at the end is damaged"
							   : "the seal at the end is not signed by any of the keys: it was forged, or its key is missing");
	if (seal.from != export->from || memcmp(seal.before, export->before, CHAIN_SIZE) != 0)
		return check_fault(check, "the seal is of an export from event %" PRIu64 " on, and this one begins at %" PRIu64 ": its beginning was cut off or replaced",
		    seal.from, export->from);
	if (seal.sequence != check->walk.sequence)
		return check_fault(check, "the seal is of an export to event %" PRIu64 ", and this one ends at %" PRIu64 ": its end was cut off or replaced",
		    seal.sequence, check->walk.sequence);
	if (memcmp(seal.chain, check->walk.chain, CHAIN_SIZE) != 0)
		return check_fault(check, "the seal says otherwise of event %" PRIu64 ": an event up to it was altered, and the chain made anew", seal.sequence);
	if (seal.heads != check->heads)
		return check_fault(check, "the seal is of an export with %" PRIu64 " heads, and there are %" PRIu64, seal.heads, check->heads);
	export->made = seal.time;
	export->expects = EXPORT_ENDED;
	return ERR_OK;
}

static enum err
take(struct export_check *export, const json_t *line, struct arena *scratch)
{
	const char *type = get_text(line, "type");

	if (export->expects == EXPORT_ENDED)
		return malformed(export, "something follows on the seal: it was added");
	if (export->expects == EXPORT_HEADER)
		return read_header(export, line, scratch);
	if (type != NULL && strcmp(type, "event") == 0)
		return take_event(export, line, scratch);
	if (type != NULL && strcmp(type, "head") == 0)
		return take_head(export, line);
	if (type != NULL && strcmp(type, "end") == 0)
		return take_end(export, line, scratch);
	return check_fault(&export->check, "what follows on event %" PRIu64 " is neither an event nor a head", export->check.walk.sequence);
}

enum err
export_check_line(struct export_check *export, struct bytes line, struct arena *scratch)
{
	struct audit_check *check = &export->check;
	json_t *object = NULL;
	enum err err;

	if (check->fault != NULL)
		return ERR_REFUSED;
	export->line++;
	if (line.len <= EXPORT_LINE_MAX)
		object = json_loadb((const char *)line.data, line.len, JSON_REJECT_DUPLICATES, NULL);
	check->walk.arena = scratch;
	err = json_is_object(object) ? take(export, object, scratch) : malformed(export, "the line is not one JSON object");
	check->walk.arena = check->arena;
	json_decref(object);
	if (err == ERR_REFUSED)
		check->fault = arena_printf(check->arena, "line %u: %s", export->line, check->fault);
	return err;
}

enum err
export_check_end(struct export_check *export)
{
	if (export->check.fault != NULL)
		return ERR_REFUSED;
	if (export->expects != EXPORT_ENDED)
		return check_fault(&export->check, "the file ends after line %u without the seal: its end was cut off", export->line);
	return check_end(&export->check);
}
