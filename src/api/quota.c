#include <string.h>

#include "api/internal.h"

/* portal NUL minute (8, big endian) */
static struct bytes
minute_key(struct arena *arena, const char *portal, int64_t minute)
{
	size_t portal_len = strlen(portal) + 1;
	uint8_t *key = arena_alloc(arena, portal_len + 8);
	uint64_t number = (uint64_t)minute;

	memcpy(key, portal, portal_len);
	for (size_t i = 8; i > 0; i--, number >>= 8)
		key[portal_len + i - 1] = (uint8_t)number;
	return bytes_make(key, portal_len + 8);
}

enum err
api_quota(struct txn *txn, struct api_call *call)
{
	int64_t minute = txn_now(txn) / MINUTES(1), end = (minute + 1) * MINUTES(1);
	struct bytes key = minute_key(call->ctx->arena, call->portal->id, minute);
	struct ApiMinuteRecord fresh = API_MINUTE_RECORD__INIT, *record = &fresh;
	enum err err = record_load(txn, TABLE_API_MINUTE, key, &api_minute_record__descriptor, &record);

	if (err != ERR_OK && err != ERR_NOT_FOUND)
		return err;
	if (err == ERR_NOT_FOUND)
		record = &fresh;
	if (record->changes >= API_CHANGES_MINUTE) {
		call->retry = end - txn_now(txn);
		return api_refuse(call, PROBLEM_TOO_MANY, "A portal may make 300 changes a minute.");
	}
	record->changes++;
	return record_save(txn, TABLE_API_MINUTE, key, record, end + MINUTES(1));
}
