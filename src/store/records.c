#include "store/records.h"

#include <stdio.h>
#include <string.h>

#include "crypto/seal.h"

/* What is unpacked lives as long as the request: nothing is freed alone. */
static void *
arena_allocator_alloc(void *data, size_t size)
{
	return arena_alloc(data, size);
}

static void
arena_allocator_free(void *data, void *pointer)
{
	(void)data;
	(void)pointer;
}

enum err
record_parse(struct arena *arena, struct bytes value, const ProtobufCMessageDescriptor *type,
    void *ret_record)
{
	ProtobufCAllocator allocator = {arena_allocator_alloc, arena_allocator_free, arena};
	ProtobufCMessage *message =
	    protobuf_c_message_unpack(type, &allocator, value.len, value.data);

	if (message == NULL)
		return ERR_FORMAT;
	memcpy(ret_record, &message, sizeof(message));
	return ERR_OK;
}

enum err
record_load(struct txn *txn, enum table table, struct bytes key,
    const ProtobufCMessageDescriptor *type, void *ret_record)
{
	struct bytes value;
	enum err err;

	err = txn_get(txn, table, key, &value);
	if (err != ERR_OK)
		return err;
	return record_parse(txn_ctx(txn)->arena, value, type, ret_record);
}

static struct bytes
pack(struct txn *txn, const void *record)
{
	size_t size = protobuf_c_message_get_packed_size(record);
	uint8_t *data = arena_alloc(txn_ctx(txn)->arena, size);

	must(protobuf_c_message_pack(record, data) == size);
	return bytes_make(data, size);
}

enum err
record_save(
    struct txn *txn, enum table table, struct bytes key, const void *record, int64_t expires)
{
	return txn_put(txn, table, key, pack(txn, record), expires);
}

enum err
record_insert(
    struct txn *txn, enum table table, struct bytes key, const void *record, int64_t expires)
{
	return txn_insert(txn, table, key, pack(txn, record), expires);
}

struct bytes
record_bytes(ProtobufCBinaryData data)
{
	return bytes_make(data.data, data.len);
}

ProtobufCBinaryData
record_data(struct bytes bytes)
{
	return (ProtobufCBinaryData){bytes.len, (uint8_t *)bytes.data};
}

/* kind NUL id; where that is too long, kind NUL NUL sha256(id): no text begins with NUL, so the two never meet. */
static struct bytes
used_key(const char *kind, const char *id, uint8_t key[STORE_KEY_MAX])
{
	size_t kind_len = strlen(kind) + 1, id_len = strlen(id);

	must(kind_len > 1 && kind_len <= 64 && id_len > 0);
	memcpy(key, kind, kind_len);
	if (kind_len + id_len <= STORE_KEY_MAX) {
		memcpy(key + kind_len, id, id_len);
		return bytes_make(key, kind_len + id_len);
	}
	key[kind_len++] = 0;
	sha256(bytes_of(id), key + kind_len);
	return bytes_make(key, kind_len + SHA256_SIZE);
}

enum err
used_mark(struct txn *txn, const char *kind, const char *id, int64_t expires)
{
	uint8_t key[STORE_KEY_MAX];

	return txn_insert(txn, TABLE_USED, used_key(kind, id, key), bytes_make("", 0), expires);
}

enum err
used_marked(struct txn *txn, const char *kind, const char *id, bool *ret_used)
{
	uint8_t key[STORE_KEY_MAX];
	struct bytes value;
	enum err err = txn_get(txn, TABLE_USED, used_key(kind, id, key), &value);

	*ret_used = err == ERR_OK;
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}
