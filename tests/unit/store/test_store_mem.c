/* The skip lists against a plain sorted array, through many random changes. */
#include "../unit.h"

#include <stdlib.h>
#include <string.h>

#include "store/internal.h"

#define KEYS 200
#define ROUNDS 20000
#define TABLE 3u

struct model {
	bool there[KEYS];
	uint8_t values[KEYS];
};

/* Keys of one, two and three bytes whose order is that of their numbers. */
static struct bytes
key_of(unsigned number, uint8_t key[3])
{
	key[0] = (uint8_t)(number / 9);
	key[1] = (uint8_t)(number / 3 % 3);
	key[2] = (uint8_t)(number % 3);
	return bytes_make(key, number % 9 == 0 ? 1 : number % 3 == 0 ? 2 : 3);
}

static void
check_seek(struct raw_txn *txn, const struct model *model, unsigned number, bool after)
{
	struct bytes key, value;
	uint8_t space[3];
	unsigned next;
	enum err err;

	for (next = number + after; next < KEYS && !model->there[next]; next++)
		;
	err = store_mem_ops.seek(txn, TABLE, key_of(number, space), after, &key, &value);
	if (next == KEYS) {
		assert_int_equal(err, ERR_NOT_FOUND);
		return;
	}
	assert_int_equal(err, ERR_OK);
	assert_true(bytes_equal(key, key_of(next, space)));
	assert_int_equal(value.data[0], model->values[next]);
}

static void
change(struct raw_txn *txn, struct model *model, unsigned number, unsigned dice)
{
	uint8_t space[3], value = (uint8_t)dice;
	struct bytes key = key_of(number, space), got;

	if (dice % 2 == 0) {
		assert_int_equal(store_mem_ops.put(txn, TABLE, key, bytes_make(&value, 1)), ERR_OK);
		model->there[number] = true;
		model->values[number] = value;
	} else {
		assert_int_equal(store_mem_ops.del(txn, TABLE, key),
		    model->there[number] ? ERR_OK : ERR_NOT_FOUND);
		model->there[number] = false;
	}
	assert_int_equal(store_mem_ops.get(txn, TABLE, key, &got),
	    model->there[number] ? ERR_OK : ERR_NOT_FOUND);
}

static void
it_does_what_a_sorted_array_does(void **state)
{
	struct store_options options = {"mem", NULL, NULL, false, true};
	struct model model = {{false}, {0}};
	uint64_t records[RAW_COUNT], used, size, count = 0;
	struct raw_txn *txn;
	struct raw *raw;
	const char *reason;

	(void)state;
	srandom(7);
	assert_int_equal(store_mem_ops.open(&options, NULL, &raw, &reason), ERR_OK);
	assert_int_equal(store_mem_ops.begin(raw, true, &txn), ERR_OK);
	for (unsigned i = 0; i < ROUNDS; i++) {
		change(txn, &model, (unsigned)random() % KEYS, (unsigned)random() >> 3);
		check_seek(txn, &model, (unsigned)random() % KEYS, random() & 64);
	}
	assert_int_equal(store_mem_ops.commit(txn), ERR_OK);
	for (unsigned i = 0; i < KEYS; i++)
		count += model.there[i];
	assert_int_equal(store_mem_ops.stat(raw, records, &used, &size), ERR_OK);
	assert_int_equal(records[TABLE], count);
	store_mem_ops.close(raw);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(it_does_what_a_sorted_array_does)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
