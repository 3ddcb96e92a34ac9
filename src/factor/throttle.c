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

bool
throttle_alarming(const struct ThrottleRecord *record)
{
	return record->disabled || record->in_a_row == THROTTLE_FREE;
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
throttle_renew(struct txn *txn, struct bytes account, const char *method)
{
	unsigned month = txn_ctx(txn)->config->limits.failures_month;
	size_t most = month > THROTTLE_FREE ? month - THROTTLE_FREE : 0;
	struct ThrottleRecord *row;
	enum err err;

	err = throttle_load(txn, account, method, &row);
	if (err != ERR_OK)
		return err;
	throttle_forgive(row);
	row->disabled = false;
	if (row->n_recent > most) {
		row->recent += row->n_recent - most;
		row->n_recent = most;
	}
	return throttle_save(txn, account, method, row);
}

enum err
throttle_gate(struct txn *txn, struct bytes account, const char *method, struct ThrottleRecord **ret_row,
    struct factor_answer *ret_answer)
{
	enum err err = throttle_load(txn, account, method, ret_row);

	if (err != ERR_OK)
		return err;
	*ret_answer = (struct factor_answer){.verdict = FACTOR_ACCEPTED};
	switch (throttle_judge(*ret_row, txn_ctx(txn)->now, &ret_answer->wait)) {
	case THROTTLE_DISABLED:
		ret_answer->verdict = FACTOR_REFUSED_EXHAUSTED;
		ret_answer->disabled = true;
		break;
	case THROTTLE_WAIT:
		ret_answer->verdict = FACTOR_REFUSED_LOCKED;
		break;
	case THROTTLE_OPEN:
		break;
	}
	return ERR_OK;
}

enum err
throttle_settle(struct txn *txn, struct bytes account, const char *method, struct ThrottleRecord *row, enum factor_verdict verdict)
{
	struct ctx *ctx = txn_ctx(txn);

	if (verdict == FACTOR_REFUSED_WRONG)
		throttle_count(row, &ctx->config->limits, ctx->now, ctx->arena);
	else if (verdict == FACTOR_ACCEPTED && row->in_a_row > 0)
		throttle_forgive(row);
	else
		return ERR_OK;
	return throttle_save(txn, account, method, row);
}

enum err
throttle_budget_wait(struct txn *txn, struct bytes account, const struct throttle_budget *budget, int64_t *ret_wait)
{
	int64_t now = txn_ctx(txn)->now, oldest = 0;
	struct ThrottleRecord *row;
	size_t count = 0;
	enum err err = throttle_load(txn, account, budget->name, &row);

	must(budget->most > 0 && budget->most <= RECENT_MOST && budget->period <= MONTH);
	if (err != ERR_OK)
		return err;
	for (size_t i = row->n_recent; i > 0 && count < budget->most; i--) {
		if (row->recent[i - 1] <= now - budget->period)
			continue;
		count++;
		oldest = row->recent[i - 1];
	}
	*ret_wait = 0;
	if (count < budget->most)
		return ERR_OK;
	/* The clock was set back meanwhile: never longer than the period. */
	*ret_wait = oldest + budget->period - now;
	if (*ret_wait > budget->period)
		*ret_wait = budget->period;
	return ERR_OK;
}

enum err
throttle_budget_spend(struct txn *txn, struct bytes account, const struct throttle_budget *budget)
{
	struct ctx *ctx = txn_ctx(txn);
	struct ThrottleRecord *row;
	enum err err = throttle_load(txn, account, budget->name, &row);

	if (err != ERR_OK)
		return err;
	remember(row, ctx->now, ctx->arena);
	return throttle_save(txn, account, budget->name, row);
}
