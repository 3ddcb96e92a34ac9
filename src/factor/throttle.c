#include "factor/throttle.h"

#include <string.h>

#define MONTH DAYS(30)
#define RECENT_MOST 100 /* what the record holds: the bound of failures_month */

static const int64_t waits[] = {
    SECONDS(30), MINUTES(1), MINUTES(2), MINUTES(5), MINUTES(15), MINUTES(30), THROTTLE_LONGEST};

enum throttle_verdict
throttle_judge(const struct ThrottleRecord *record, int64_t now, int64_t *ret_wait)
{
	int64_t wait = record->wait_until - now;

	if (record->disabled)
		return THROTTLE_DISABLED;
	if (wait <= 0)
		return THROTTLE_OPEN;
	*ret_wait = wait < THROTTLE_LONGEST ? wait : THROTTLE_LONGEST;
	return THROTTLE_WAIT;
}

/* Add `now` to the failures of the last 30 days. */
static void
remember(struct ThrottleRecord *record, int64_t now, struct arena *arena)
{
	int64_t *recent = arena_array(arena, RECENT_MOST, sizeof(*recent));
	size_t count = 0, first = record->n_recent >= RECENT_MOST ? record->n_recent - RECENT_MOST + 1 : 0;

	for (size_t i = first; i < record->n_recent; i++) {
		if (record->recent[i] > now - MONTH)
			recent[count++] = record->recent[i];
	}
	recent[count++] = now;
	record->recent = recent;
	record->n_recent = count;
}

void
throttle_count(struct ThrottleRecord *record, const struct limits_config *limits, int64_t now, struct arena *arena)
{
	size_t row = sizeof(waits) / sizeof(waits[0]) - 1;

	record->in_a_row++;
	remember(record, now, arena);
	if (record->in_a_row >= limits->failures_disable || record->n_recent >= limits->failures_month)
		record->disabled = true;
	if (record->in_a_row < THROTTLE_FREE)
		return;
	if (record->in_a_row - THROTTLE_FREE < row)
		row = record->in_a_row - THROTTLE_FREE;
	record->wait_until = now + waits[row];
}

void
throttle_forgive(struct ThrottleRecord *record)
{
	record->in_a_row = 0;
	record->wait_until = 0;
}

struct bytes
factor_key(struct arena *arena, struct bytes account, const char *method)
{
	size_t len = strlen(method);
	uint8_t *key = arena_alloc(arena, account.len + len);

	memcpy(key, account.data, account.len);
	memcpy(key + account.len, method, len);
	return bytes_make(key, account.len + len);
}

enum err
throttle_load(struct txn *txn, struct bytes account, const char *method, struct ThrottleRecord **ret_record)
{
	struct arena *arena = txn_ctx(txn)->arena;
	enum err err;

	err = record_load(txn, TABLE_THROTTLE, factor_key(arena, account, method), &throttle_record__descriptor, ret_record);
	if (err != ERR_NOT_FOUND)
		return err;
	*ret_record = arena_new_object(arena, struct ThrottleRecord);
	throttle_record__init(*ret_record);
	return ERR_OK;
}

enum err
throttle_save(struct txn *txn, struct bytes account, const char *method, const struct ThrottleRecord *record)
{
	return record_save(txn, TABLE_THROTTLE, factor_key(txn_ctx(txn)->arena, account, method), record, NEVER);
}

enum err
throttle_remove(struct txn *txn, struct bytes account, const char *method)
{
	enum err err = txn_delete(txn, TABLE_THROTTLE, factor_key(txn_ctx(txn)->arena, account, method));

	return err == ERR_NOT_FOUND ? ERR_OK : err;
}
