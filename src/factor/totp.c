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

bool
totp_near(struct bytes seed, int64_t now, const char *typed, int64_t *ret_step)
{
	char digits[TOTP_DIGITS + 1];
	int64_t present = now / TOTP_STEP;

	call_once(&once, start);
	if (!digits_parse(typed, TOTP_DIGITS, digits))
		return false;
	for (int64_t step = present - TOTP_NEAR; step <= present + TOTP_NEAR; step++) {
		if ((step < present - 1 || step > present + 1) && is_code_of(seed, step, digits)) {
			*ret_step = step;
			return true;
		}
	}
	return false;
}

/* Whether to tell that the clock is off.  A code that is early is burnt by that: who only guessed it would know now when to
 * come back, four times the chance that the throttle reckons with (ATTACKS F14). */
static void
look_at_clock(struct FactorRecord *factor, int64_t now, const char *typed, struct factor_answer *answer)
{
	int64_t step;

	answer->clock = totp_near(record_bytes(factor->secret), now, typed, &step);
	if (answer->clock && step > now / TOTP_STEP)
		factor->burnt_step = step;
}

static enum err
load_seed(struct txn *txn, struct bytes account, struct FactorRecord **ret_factor)
{
	enum err err = factor_load(txn, account, TOTP_METHOD, ret_factor);

	if (err != ERR_OK)
		return err;
	return (*ret_factor)->secret.len < TOTP_SEED_LEAST ? ERR_FORMAT : ERR_OK;
}

/* An accepted code's step is noted in the factor, not yet saved. */
static enum factor_verdict
match(struct FactorRecord *factor, int64_t now, const char *typed)
{
	int64_t step = 0;
	enum factor_verdict verdict = totp_match(record_bytes(factor->secret), factor->last_step, now, typed, &step);

	if (verdict == FACTOR_ACCEPTED && step == factor->burnt_step)
		return FACTOR_REFUSED_WRONG;
	if (verdict == FACTOR_ACCEPTED)
		factor->last_step = step;
	return verdict;
}

/* Judge and write down what follows from it. */
static enum err
judge(struct txn *txn, struct bytes account, const char *typed, struct ThrottleRecord *row, struct factor_answer *answer)
{
	int64_t now = txn_ctx(txn)->now;
	struct FactorRecord *factor;
	enum err err;

	err = load_seed(txn, account, &factor);
	if (err != ERR_OK)
		return err;
	answer->verdict = match(factor, now, typed);
	if (answer->verdict == FACTOR_REFUSED_WRONG)
		look_at_clock(factor, now, typed, answer);
	if (answer->verdict == FACTOR_ACCEPTED || answer->clock)
		err = factor_save(txn, account, TOTP_METHOD, factor);
	return err == ERR_OK ? throttle_settle(txn, account, TOTP_METHOD, row, answer->verdict) : err;
}

enum err
totp_check(struct txn *txn, const struct factor_case *which, const char *typed, struct factor_answer *ret_answer)
{
	struct ThrottleRecord *row;
	enum err err;

	err = throttle_gate(txn, which->account, TOTP_METHOD, &row, ret_answer);
	if (err != ERR_OK || ret_answer->verdict != FACTOR_ACCEPTED)
		return err;
	return judge(txn, which->account, typed, row, ret_answer);
}

/* No hint that the clock is off: it would burn a code of the owner's. */
enum err
totp_check_apart(struct txn *txn, struct bytes account, const char *typed, struct factor_answer *ret_answer)
{
	struct ThrottleRecord *row;
	struct FactorRecord *factor;
	enum err err = throttle_load(txn, account, TOTP_METHOD, &row);

	if (err != ERR_OK)
		return err;
	*ret_answer = (struct factor_answer){.verdict = FACTOR_REFUSED_EXHAUSTED, .disabled = row->disabled};
	if (row->disabled)
		return ERR_OK;
	err = load_seed(txn, account, &factor);
	if (err != ERR_OK)
		return err;
	ret_answer->verdict = match(factor, txn_ctx(txn)->now, typed);
	return ret_answer->verdict == FACTOR_ACCEPTED ? factor_save(txn, account, TOTP_METHOD, factor) : ERR_OK;
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
