#include "factor/totp.h"

#include <liboath/oath.h>
#include <stdlib.h>
#include <string.h>
#include <threads.h>

#include "base/random.h"
#include "factor/digits.h"
#include "factor/throttle.h"
#include "text/escape.h"

static once_flag once = ONCE_FLAG_INIT;

static void
start(void)
{
	must(oath_init() == OATH_OK);
}

static bool
is_code_of(struct bytes seed, int64_t step, const char *digits)
{
	char code[TOTP_DIGITS + 1];

	must(oath_totp_generate((const char *)seed.data, seed.len, (time_t)(step * (TOTP_STEP / 1000)),
		 (unsigned)(TOTP_STEP / 1000), 0, TOTP_DIGITS, code) == OATH_OK);
	return bytes_equal_secret(bytes_of(code), bytes_of(digits));
}

enum factor_verdict
totp_match(struct bytes seed, int64_t last_step, int64_t now, const char *typed, int64_t *ret_step)
{
	enum factor_verdict verdict = FACTOR_REFUSED_WRONG;
	char digits[TOTP_DIGITS + 1];
	int64_t present = now / TOTP_STEP;

	call_once(&once, start);
	if (!digits_parse(typed, TOTP_DIGITS, digits))
		return FACTOR_REFUSED_MALFORMED;
	/* Always all three steps: how long it takes says nothing. */
	for (int64_t step = present - 1; step <= present + 1; step++) {
		if (!is_code_of(seed, step, digits))
			continue;
		if (step <= last_step) {
			if (verdict != FACTOR_ACCEPTED)
				verdict = FACTOR_REFUSED_USED;
			continue;
		}
		verdict = FACTOR_ACCEPTED;
		*ret_step = step;
	}
	return verdict;
}

/* Judge and write down what follows from it. */
static enum err
judge(struct txn *txn, struct bytes account, const char *typed, struct ThrottleRecord *row, enum factor_verdict *ret_verdict)
{
	struct ctx *ctx = txn_ctx(txn);
	struct FactorRecord *factor;
	int64_t step;
	enum err err;

	err = factor_load(txn, account, TOTP_METHOD, &factor);
	if (err != ERR_OK)
		return err;
	*ret_verdict = totp_match(record_bytes(factor->secret), factor->last_step, ctx->now, typed, &step);
	if (*ret_verdict == FACTOR_REFUSED_WRONG) {
		throttle_count(row, &ctx->config->limits, ctx->now, ctx->arena);
		return throttle_save(txn, account, TOTP_METHOD, row);
	}
	if (*ret_verdict != FACTOR_ACCEPTED)
		return ERR_OK;
	factor->last_step = step;
	if (row->in_a_row > 0) {
		throttle_forgive(row);
		err = throttle_save(txn, account, TOTP_METHOD, row);
	}
	return err == ERR_OK ? factor_save(txn, account, TOTP_METHOD, factor) : err;
}

enum err
totp_check(struct txn *txn, struct bytes account, const char *typed, struct factor_answer *ret_answer)
{
	struct ThrottleRecord *row;
	enum err err;

	err = throttle_load(txn, account, TOTP_METHOD, &row);
	if (err != ERR_OK)
		return err;
	switch (throttle_judge(row, txn_ctx(txn)->now, &ret_answer->wait)) {
	case THROTTLE_DISABLED:
		ret_answer->verdict = FACTOR_REFUSED_EXHAUSTED;
		return ERR_OK;
	case THROTTLE_WAIT:
		ret_answer->verdict = FACTOR_REFUSED_LOCKED;
		return ERR_OK;
	case THROTTLE_OPEN:
		break;
	}
	return judge(txn, account, typed, row, &ret_answer->verdict);
}

struct bytes
totp_seed(struct arena *arena)
{
	uint8_t *seed = arena_alloc(arena, TOTP_SEED_SIZE);

	random_bytes(seed, TOTP_SEED_SIZE);
	return bytes_make(seed, TOTP_SEED_SIZE);
}

static const char *
without_colons(struct arena *arena, const char *name)
{
	char *copy = arena_text(arena, name);

	for (char *p = copy; *p != '\0'; p++) {
		if (*p == ':')
			*p = ' ';
	}
	return copy;
}

const char *
totp_url(struct arena *arena, struct bytes seed, const char *issuer, const char *account)
{
	const char *name = without_colons(arena, issuer);
	struct buf url;

	buf_init(&url, arena, 8192);
	buf_put_text(&url, "otpauth://totp/");
	escape_url(&url, name);
	buf_put_byte(&url, ':');
	escape_url(&url, without_colons(arena, account));
	buf_printf(&url, "?secret=%s&issuer=", base32_print(arena, seed));
	escape_url(&url, name);
	buf_printf(&url, "&algorithm=SHA1&digits=%d&period=%d", TOTP_DIGITS, (int)(TOTP_STEP / 1000));
	must(!url.failed);
	return buf_text(&url);
}
