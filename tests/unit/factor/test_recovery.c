/* Recovery codes: their shape, single use, failures, the death of an old set. ATTACKS F19. */
#include "../signin/house.h"

#include <string.h>

#include "factor/recovery.h"

static struct house house;
static const struct bytes account = {(const uint8_t *)"an account of 16", 16};

static int
set_up(void **state)
{
	(void)state;
	house_open(&house, "mem");
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	house_close(&house);
	return 0;
}

static enum err
save_in(struct txn *txn, void *arg)
{
	return recovery_save(txn, account, arg);
}

struct check {
	struct recovery_try attempt;
	struct factor_answer answer;
};

static enum err
check_in(struct txn *txn, void *arg)
{
	struct check *check = arg;

	return recovery_check(txn, account, &check->attempt, &check->answer);
}

static enum factor_verdict
use(struct ctx *ctx, const char *typed)
{
	struct check check;

	assert_int_equal(recovery_prepare(ctx, account, typed, &check.attempt), ERR_OK);
	house_do(ctx, check_in, &check);
	return check.answer.verdict;
}

static void
make(struct ctx *ctx, struct recovery_set *set)
{
	recovery_make(ctx, 5, set);
	house_do(ctx, save_in, set);
}

static void
test_shape(void **state)
{
	struct ctx ctx = house_ctx(&house, HOUSE_NOW);
	struct recovery_set set;
	char code[RECOVERY_CODE_CHARACTERS + 1];

	(void)state;
	recovery_make(&ctx, 5, &set);
	for (size_t i = 0; i < 5; i++) {
		assert_int_equal(strlen(set.codes[i]), 19);
		assert_int_equal(strspn(set.codes[i], "0123456789ABCDEFGHJKMNPQRSTVWXYZ-"), 19);
		assert_true(recovery_parse(set.codes[i], code));
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(set.codes[i], set.codes[j]);
	}
	house_ctx_done(&ctx);
}

static void
test_typing(void **state)
{
	static const char *const bad[] = {"", "01234567890ABCD", "0123456789ABCDEFG", "0123456789ABCDEU", "0123456789ABCDE\xc3\xa9", "0123 4567 89AB CDE!"};
	char code[RECOVERY_CODE_CHARACTERS + 1];

	(void)state;
	assert_true(recovery_parse(" o1il-456789abcdef ", code));
	assert_string_equal(code, "0111456789ABCDEF");
	assert_true(recovery_parse("0123\xe2\x80\x93" "4567\xc2\xa0" "89AB CDEF", code));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(recovery_parse(bad[i], code));
}

static bool
holds(const uint8_t *data, size_t len, const char *text)
{
	return memmem(data, len, text, strlen(text)) != NULL;
}

/* F19: what is stored tells nothing of a code, and not the same of the same code twice. */
static void
test_at_rest(void **state)
{
	struct ctx ctx = house_ctx(&house, HOUSE_NOW);
	struct recovery_set set, other;
	uint8_t *packed;
	size_t len;

	(void)state;
	recovery_make(&ctx, 5, &set);
	recovery_make(&ctx, 5, &other);
	assert_int_equal(set.record.salt.len, 16);
	assert_false(bytes_equal(record_bytes(set.record.salt), record_bytes(other.record.salt)));
	len = recovery_record__get_packed_size(&set.record);
	packed = arena_alloc(ctx.arena, len);
	recovery_record__pack(&set.record, packed);
	for (size_t i = 0; i < 5; i++) {
		char code[RECOVERY_CODE_CHARACTERS + 1];
		assert_true(recovery_parse(set.codes[i], code));
		assert_int_equal(strlen(code) * 5, 80);
		assert_false(holds(packed, len, code) || holds(packed, len, set.codes[i]));
		assert_int_equal(set.record.codes[i]->hash.len, 32);
	}
	/* The same hash under another salt is another code's: a stolen one opens nothing in another set. */
	house_do(&ctx, save_in, &set);
	set.record.salt = other.record.salt;
	house_do(&ctx, save_in, &set);
	assert_int_equal(use(&ctx, set.codes[0]), FACTOR_REFUSED_WRONG);
	house_ctx_done(&ctx);
}

static void
test_single_use(void **state)
{
	struct ctx ctx = house_ctx(&house, HOUSE_NOW);
	struct recovery_set set;

	(void)state;
	make(&ctx, &set);
	assert_int_equal(use(&ctx, ""), FACTOR_REFUSED_REQUIRED);
	assert_int_equal(use(&ctx, "nonsense"), FACTOR_REFUSED_MALFORMED);
	assert_int_equal(use(&ctx, "0000-0000-0000-0000"), FACTOR_REFUSED_WRONG);
	assert_int_equal(use(&ctx, set.codes[1]), FACTOR_ACCEPTED);
	assert_int_equal(use(&ctx, set.codes[1]), FACTOR_REFUSED_USED);
	assert_int_equal(use(&ctx, set.codes[0]), FACTOR_ACCEPTED);
	for (size_t i = 2; i < 5; i++)
		assert_int_equal(use(&ctx, set.codes[i]), FACTOR_ACCEPTED);
	assert_int_equal(use(&ctx, set.codes[0]), FACTOR_REFUSED_EXHAUSTED);
	house_ctx_done(&ctx);
}

static void
test_new_set(void **state)
{
	struct ctx ctx = house_ctx(&house, HOUSE_NOW);
	struct recovery_set old, new;
	struct check check;

	(void)state;
	make(&ctx, &old);
	assert_int_equal(recovery_prepare(&ctx, account, old.codes[0], &check.attempt), ERR_OK);
	make(&ctx, &new);
	house_do(&ctx, check_in, &check); /* hashed before, judged after the old set's death */
	assert_int_equal(check.answer.verdict, FACTOR_REFUSED_WRONG);
	assert_int_equal(use(&ctx, old.codes[1]), FACTOR_REFUSED_WRONG);
	assert_int_equal(use(&ctx, new.codes[0]), FACTOR_ACCEPTED);
	house_ctx_done(&ctx);
}

static void
test_waits(void **state)
{
	struct ctx ctx = house_ctx(&house, HOUSE_NOW);
	struct recovery_set set;

	(void)state;
	make(&ctx, &set);
	for (unsigned i = 0; i < 5; i++)
		assert_int_equal(use(&ctx, "0000-0000-0000-0000"), FACTOR_REFUSED_WRONG);
	assert_int_equal(use(&ctx, set.codes[0]), FACTOR_REFUSED_LOCKED);
	ctx.now += SECONDS(31);
	assert_int_equal(use(&ctx, set.codes[0]), FACTOR_ACCEPTED);
	house_ctx_done(&ctx);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_shape), cmocka_unit_test(test_typing), cmocka_unit_test(test_at_rest), cmocka_unit_test(test_single_use),
	    cmocka_unit_test(test_new_set), cmocka_unit_test(test_waits)};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
