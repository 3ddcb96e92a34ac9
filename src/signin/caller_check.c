#include "signin/caller_check.h"

#include <string.h>

#include "factor/digits.h"
#include "factor/throttle.h"

struct found {
	bool any;
	enum caller_grade grade;
	int64_t expires; /* names the window */
};

/* The code of each grade in this window and the one before it: how long it takes says nothing. */
static struct found
find(const struct ctx *ctx, struct bytes account, const char *digits)
{
	struct found found = {.any = false};

	for (unsigned grade = 0; grade < CALLER_GRADE_COUNT; grade++) {
		for (int back = 0; back < 2; back++) {
			struct ctx then = *ctx;
			struct caller_code code;
			then.now -= back * CALLER_WINDOW;
			code = caller_code(&then, account, (enum caller_grade)grade);
			if (bytes_equal_secret(bytes_of(code.digits), bytes_of(digits)) && !found.any)
				found = (struct found){true, (enum caller_grade)grade, code.expires};
		}
	}
	return found;
}

/* When the oldest of the last `most` is so old; the past when there are fewer. */
static int64_t
end_of_wait(const struct ThrottleRecord *row, size_t most, int64_t within)
{
	return row->n_recent >= most ? row->recent[row->n_recent - most] + within : 0;
}

/* One more wrong one; those of the last day are kept. */
static enum err
count_wrong(struct txn *txn, struct bytes account, struct ThrottleRecord *row)
{
	struct ctx *ctx = txn_ctx(txn);
	int64_t *recent = arena_array(ctx->arena, row->n_recent + 1, sizeof(*recent));
	int64_t hour, day;
	size_t count = 0;

	for (size_t i = 0; i < row->n_recent; i++) {
		if (row->recent[i] > ctx->now - DAYS(1) && row->recent[i] <= ctx->now)
			recent[count++] = row->recent[i];
	}
	recent[count++] = ctx->now;
	row->recent = recent;
	row->n_recent = count;
	hour = end_of_wait(row, CALLER_WRONG_MOST, CALLER_WRONG_WITHIN);
	day = end_of_wait(row, CALLER_WRONG_MOST_DAY, DAYS(1));
	row->wait_until = hour > day ? hour : day;
	return throttle_save(txn, account, CALLER_METHOD, row);
}

static enum err
mark(struct txn *txn, struct bytes account, const struct found *found)
{
	struct arena *arena = txn_ctx(txn)->arena;
	const char *id = arena_printf(arena, "%s %u %lld", hex_print(arena, account), (unsigned)found->grade, (long long)found->expires);

	return used_mark(txn, "caller-code", id, found->expires);
}

enum err
caller_check(struct txn *txn, struct bytes account, const char *typed, struct factor_answer *ret_answer, enum caller_grade *ret_grade)
{
	struct ctx *ctx = txn_ctx(txn);
	char digits[CALLER_DIGITS + 1];
	struct ThrottleRecord *row;
	struct found found;
	enum err err;

	*ret_answer = (struct factor_answer){.verdict = FACTOR_REFUSED_REQUIRED};
	if (typed == NULL || *typed == '\0')
		return ERR_OK;
	err = throttle_gate(txn, account, CALLER_METHOD, &row, ret_answer);
	if (err != ERR_OK || ret_answer->verdict != FACTOR_ACCEPTED)
		return err;
	ret_answer->verdict = FACTOR_REFUSED_MALFORMED;
	if (!digits_parse(typed, CALLER_DIGITS, digits))
		return ERR_OK;
	found = find(ctx, account, digits);
	ret_answer->verdict = FACTOR_REFUSED_WRONG;
	if (!found.any)
		return count_wrong(txn, account, row);
	err = mark(txn, account, &found);
	ret_answer->verdict = err == ERR_EXISTS ? FACTOR_REFUSED_USED : FACTOR_ACCEPTED;
	if (err == ERR_OK)
		*ret_grade = found.grade;
	return err == ERR_EXISTS ? ERR_OK : err;
}
