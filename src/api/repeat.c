#include <string.h>

#include "api/internal.h"
#include "crypto/seal.h"

/* portal NUL sha256(key): a key means something to its portal only. */
static struct bytes
key_of(const struct api_call *call, const char *key)
{
	size_t portal_len = strlen(call->portal->id) + 1;
	uint8_t *bytes = arena_alloc(call->ctx->arena, portal_len + SHA256_SIZE);

	memcpy(bytes, call->portal->id, portal_len);
	sha256(bytes_of(key), bytes + portal_len);
	return bytes_make(bytes, portal_len + SHA256_SIZE);
}

/* What was asked: path NUL body. */
static struct bytes
request_of(const struct api_call *call)
{
	size_t path_len = strlen(call->request->path) + 1, len = path_len + call->request->body.len;
	uint8_t *text = arena_alloc(call->ctx->arena, len), *hash = arena_alloc(call->ctx->arena, SHA256_SIZE);

	memcpy(text, call->request->path, path_len);
	if (call->request->body.len > 0)
		memcpy(text + path_len, call->request->body.data, call->request->body.len);
	sha256(bytes_make(text, len), hash);
	return bytes_make(hash, SHA256_SIZE);
}

enum err
api_repeat_find(struct txn *txn, struct api_call *call, const char *key, bool *ret_done)
{
	struct IdempotencyRecord *record;
	enum err err = record_load(txn, TABLE_IDEMPOTENCY, key_of(call, key), &idempotency_record__descriptor, &record);

	*ret_done = err == ERR_OK;
	if (err != ERR_OK)
		return err == ERR_NOT_FOUND ? ERR_OK : err;
	if (!bytes_equal(record_bytes(record->request), request_of(call)))
		return api_refuse(call, PROBLEM_KEY_REUSED, NULL);
	call->status = (int)record->status;
	call->body = record->body;
	call->location = *record->location != '\0' ? record->location : NULL;
	return ERR_OK;
}

enum err
api_repeat_keep(struct txn *txn, const struct api_call *call, const char *key)
{
	struct IdempotencyRecord record = IDEMPOTENCY_RECORD__INIT;

	record.request = record_data(request_of(call));
	record.status = (uint32_t)call->status;
	record.body = (char *)call->body;
	if (call->location != NULL)
		record.location = (char *)call->location;
	return record_insert(txn, TABLE_IDEMPOTENCY, key_of(call, key), &record, txn_now(txn) + API_KEY_LIFE);
}
