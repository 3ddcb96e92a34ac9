#include "factor/recovery.h"

#include <string.h>

#include "base/random.h"
#include "base/typed.h"
#include "crypto/seal.h"
#include "factor/throttle.h"

#define ROUNDS 10000
#define SALT_SIZE 16

static void
hash_code(const struct ctx *ctx, const char *code, struct bytes salt, uint8_t ret_hash[MAC_SIZE])
{
	uint8_t key[32];

	pbkdf2(bytes_of(code), salt, ROUNDS, key);
	mac(ctx->keys, "recovery-code", BYTES(key), ret_hash);
	bytes_wipe(key, sizeof(key));
}

static struct RecoveryCode *
make_code(struct ctx *ctx, struct bytes salt, const char **ret_shown)
{
	struct RecoveryCode *code = arena_new_object(ctx->arena, struct RecoveryCode);
	uint8_t random[RECOVERY_CODE_BYTES], *hash = arena_alloc(ctx->arena, MAC_SIZE);
	const char *plain;

	recovery_code__init(code);
	random_bytes(random, sizeof(random));
	plain = crockford_print(ctx->arena, BYTES(random));
	bytes_wipe(random, sizeof(random));
	hash_code(ctx, plain, salt, hash);
	code->hash = record_data(bytes_make(hash, MAC_SIZE));
	*ret_shown = typed_groups(ctx->arena, plain);
	return code;
}

void
recovery_make(struct ctx *ctx, unsigned count, struct recovery_set *ret_set)
{
	uint8_t *salt = arena_alloc(ctx->arena, SALT_SIZE);
	struct RecoveryRecord *record = &ret_set->record;

	random_bytes(salt, SALT_SIZE);
	recovery_record__init(record);
	record->salt = record_data(bytes_make(salt, SALT_SIZE));
	record->created = ctx->now;
	record->n_codes = count;
	record->codes = arena_array(ctx->arena, count, sizeof(*record->codes));
	ret_set->codes = arena_array(ctx->arena, count, sizeof(*ret_set->codes));
	for (unsigned i = 0; i < count; i++)
		record->codes[i] = make_code(ctx, record_bytes(record->salt), &ret_set->codes[i]);
}

enum err
recovery_save(struct txn *txn, struct bytes account, const struct recovery_set *set)
{
	enum err err = record_save(txn, TABLE_RECOVERY, account, &set->record, NEVER);

	return err == ERR_OK ? throttle_renew(txn, account, RECOVERY_METHOD) : err;
}

enum err
recovery_load(struct txn *txn, struct bytes account, struct RecoveryRecord **ret_record)
{
	return record_load(txn, TABLE_RECOVERY, account, &recovery_record__descriptor, ret_record);
}

unsigned
recovery_left(const struct RecoveryRecord *record)
{
	unsigned left = 0;

	for (size_t i = 0; i < record->n_codes; i++)
		left += record->codes[i]->used == 0;
	return left;
}

bool
recovery_parse(const char *typed, char ret_code[RECOVERY_CODE_CHARACTERS + 1])
{
	return typed_parse(typed, RECOVERY_CODE_CHARACTERS, ret_code);
}

struct look {
	struct bytes account;
	bool apart;
	struct factor_answer answer;
	struct bytes salt;
};

/* May one try now?  Apart from the sign-in its waits do not count; that the method is disabled does. */
static enum err
gate(struct txn *txn, struct bytes account, bool apart, struct ThrottleRecord **ret_row, struct factor_answer *ret_answer)
{
	enum err err = throttle_gate(txn, account, RECOVERY_METHOD, ret_row, ret_answer);

	if (err == ERR_OK && apart && ret_answer->verdict == FACTOR_REFUSED_LOCKED)
		*ret_answer = (struct factor_answer){.verdict = FACTOR_ACCEPTED};
	return err;
}

static enum err
look_in(struct txn *txn, void *arg)
{
	struct look *look = arg;
	struct RecoveryRecord *record;
	struct ThrottleRecord *row;
	enum err err;

	err = gate(txn, look->account, look->apart, &row, &look->answer);
	if (err != ERR_OK || look->answer.verdict != FACTOR_ACCEPTED)
		return err;
	err = recovery_load(txn, look->account, &record);
	if (err == ERR_OK && recovery_left(record) > 0)
		look->salt = record_bytes(record->salt);
	else if (err == ERR_OK || err == ERR_NOT_FOUND)
		look->answer.verdict = FACTOR_REFUSED_EXHAUSTED;
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static enum err
prepare(struct ctx *ctx, struct bytes account, bool apart, const char *typed, struct recovery_try *ret_try)
{
	struct look look = {.account = account, .apart = apart};
	char code[RECOVERY_CODE_CHARACTERS + 1];
	enum err err;

	*ret_try = (struct recovery_try){.verdict = FACTOR_REFUSED_REQUIRED};
	if (typed == NULL || *typed == '\0')
		return ERR_OK;
	err = store_view(ctx, look_in, &look);
	if (err != ERR_OK)
		return err;
	ret_try->verdict = look.answer.verdict;
	ret_try->wait = look.answer.wait;
	ret_try->disabled = look.answer.disabled;
	if (look.answer.verdict != FACTOR_ACCEPTED)
		return ERR_OK;
	if (!recovery_parse(typed, code)) {
		ret_try->verdict = FACTOR_REFUSED_MALFORMED;
		return ERR_OK;
	}
	ret_try->salt = look.salt;
	hash_code(ctx, code, look.salt, ret_try->hash);
	bytes_wipe(code, sizeof(code));
	return ERR_OK;
}

enum err
recovery_prepare(struct ctx *ctx, struct bytes account, const char *typed, struct recovery_try *ret_try)
{
	return prepare(ctx, account, false, typed, ret_try);
}

enum err
recovery_prepare_apart(struct ctx *ctx, struct bytes account, const char *typed, struct recovery_try *ret_try)
{
	return prepare(ctx, account, true, typed, ret_try);
}

/* The code of the set that was tried, or NULL. A set that was replaced since then has no code in common with the new one. */
static struct RecoveryCode *
find_code(const struct RecoveryRecord *record, const struct recovery_try *attempt)
{
	struct RecoveryCode *found = NULL;

	if (!bytes_equal(record_bytes(record->salt), attempt->salt))
		return NULL;
	for (size_t i = 0; i < record->n_codes; i++) {
		if (bytes_equal_secret(record_bytes(record->codes[i]->hash), BYTES(attempt->hash)))
			found = record->codes[i];
	}
	return found;
}

static enum err
check(struct txn *txn, struct bytes account, bool apart, const struct recovery_try *attempt, struct factor_answer *ret_answer)
{
	struct RecoveryRecord *record;
	struct ThrottleRecord *row;
	struct RecoveryCode *code;
	enum err err;

	*ret_answer = (struct factor_answer){.verdict = attempt->verdict, .wait = attempt->wait, .disabled = attempt->disabled};
	if (attempt->verdict != FACTOR_ACCEPTED)
		return ERR_OK;
	/* Again: another thread may have counted the failure that makes one wait. */
	err = gate(txn, account, apart, &row, ret_answer);
	if (err != ERR_OK || ret_answer->verdict != FACTOR_ACCEPTED)
		return err;
	err = recovery_load(txn, account, &record);
	if (err != ERR_OK)
		return err;
	code = find_code(record, attempt);
	if (code != NULL && code->used == 0) {
		code->used = txn_ctx(txn)->now;
		err = record_save(txn, TABLE_RECOVERY, account, record, NEVER);
		return err == ERR_OK && !apart ? throttle_settle(txn, account, RECOVERY_METHOD, row, FACTOR_ACCEPTED) : err;
	}
	/* A used one counts as well: who has it is not who used it, or has lost count. */
	ret_answer->verdict = code != NULL ? FACTOR_REFUSED_USED : FACTOR_REFUSED_WRONG;
	return apart ? ERR_OK : throttle_settle(txn, account, RECOVERY_METHOD, row, FACTOR_REFUSED_WRONG);
}

enum err
recovery_check(struct txn *txn, struct bytes account, const struct recovery_try *attempt, struct factor_answer *ret_answer)
{
	return check(txn, account, false, attempt, ret_answer);
}

enum err
recovery_check_apart(struct txn *txn, struct bytes account, const struct recovery_try *attempt, struct factor_answer *ret_answer)
{
	return check(txn, account, true, attempt, ret_answer);
}
