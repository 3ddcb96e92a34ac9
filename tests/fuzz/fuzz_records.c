/* A record as it stands in the store, once unsealed: the first byte of an input picks its type.  What is read is written and
 * read again as the same bytes, as long as we know all of it: protobuf-c keeps a field of number 0 in an overlong spelling and
 * then refuses its own, shorter one. */
#include <string.h>

#include "fuzz.h"
#include "store/records.h"

static const ProtobufCMessageDescriptor *const types[] = {
    &account_record__descriptor,
    &binding_record__descriptor,
    &factor_record__descriptor,
    &throttle_record__descriptor,
    &recovery_record__descriptor,
    &session_record__descriptor,
    &code_record__descriptor,
    &token_record__descriptor,
    &audit_record__descriptor,
    &audit_head_record__descriptor,
};

static struct bytes
pack(struct arena *arena, const ProtobufCMessage *record)
{
	size_t size = protobuf_c_message_get_packed_size(record);
	uint8_t *data = arena_alloc(arena, size + 1);

	must(protobuf_c_message_pack(record, data) == size);
	return bytes_make(data, size);
}

/* The layers above take for granted that no text is NULL (store/records.h). */
static void
check_texts(const ProtobufCMessage *record)
{
	for (unsigned i = 0; i < record->descriptor->n_fields; i++) {
		const ProtobufCFieldDescriptor *field = &record->descriptor->fields[i];
		const void *member = (const char *)record + field->offset;

		if (field->type == PROTOBUF_C_TYPE_STRING &&
		    field->label != PROTOBUF_C_LABEL_REPEATED)
			must(*(char *const *)member != NULL);
	}
}

/* Of the record, or of a message in it. */
static bool
has_unknown(const ProtobufCMessage *record)
{
	if (record->n_unknown_fields > 0)
		return true;
	for (unsigned i = 0; i < record->descriptor->n_fields; i++) {
		const ProtobufCFieldDescriptor *field = &record->descriptor->fields[i];
		const char *base = (const char *)record;
		ProtobufCMessage *const *inner;
		size_t count;

		if (field->type != PROTOBUF_C_TYPE_MESSAGE ||
		    field->label != PROTOBUF_C_LABEL_REPEATED)
			continue;
		memcpy(&count, base + field->quantifier_offset, sizeof(count));
		memcpy(&inner, base + field->offset, sizeof(inner));
		for (size_t j = 0; j < count; j++) {
			if (has_unknown(inner[j]))
				return true;
		}
	}
	return false;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = fuzz_arena();
	ProtobufCMessage *record = NULL, *again = NULL;
	const ProtobufCMessageDescriptor *type;
	struct bytes first;
	enum err err;

	if (size == 0 || data[0] >= sizeof(types) / sizeof(types[0]))
		return 0;
	type = types[data[0]];
	err = record_parse(arena, bytes_make(data + 1, size - 1), type, &record);
	must(err == ERR_OK || err == ERR_FORMAT);
	if (err != ERR_OK)
		return 0;
	fuzz_taken();
	must(record->descriptor == type);
	check_texts(record);
	first = pack(arena, record);
	err = record_parse(arena, first, type, &again);
	if (has_unknown(record))
		return 0;
	must(err == ERR_OK);
	must(bytes_equal(first, pack(arena, again)));
	return 0;
}
