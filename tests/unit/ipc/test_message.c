#include "../unit.h"
#include "../unit_arena.h"

#include "ipc/message.h"

static struct bytes
sample(void)
{
	struct buf buf;

	buf_init(&buf, arena, 1024);
	message_put_u8(&buf, 1);
	message_put_u32(&buf, 70000);
	message_put_u64(&buf, UINT64_MAX - 1);
	message_put_text(&buf, "hé");
	message_put_bytes(&buf, bytes_make("\0\xff", 2));
	message_put_text(&buf, NULL);
	return buf_bytes(&buf);
}

static void
fields_come_back(void **state)
{
	struct message message = message_of(sample(), arena);

	(void)state;
	assert_true(message_get_bool(&message));
	assert_int_equal(message_get_u32(&message, 70000), 70000);
	assert_true(message_get_u64(&message) == UINT64_MAX - 1);
	assert_string_equal(message_get_text(&message, 3), "hé");
	assert_false(message_finished(&message));
	assert_int_equal(message_get_bytes(&message, 2).len, 2);
	assert_string_equal(message_get_text(&message, 0), "");
	assert_true(message_finished(&message));
}

/* However short it is cut, nothing is read that is not there, and the end is not accepted. */
static void
every_cut_is_noticed(void **state)
{
	struct bytes whole = sample();
	struct message message;
	size_t len;

	(void)state;
	for (len = 0; len < whole.len; len++) {
		message = message_of(bytes_copy(arena, bytes_make(whole.data, len)), arena);
		message_get_u8(&message);
		message_get_u32(&message, UINT32_MAX);
		message_get_u64(&message);
		message_get_text(&message, 100);
		message_get_bytes(&message, 100);
		message_get_text(&message, 100);
		assert_false(message_finished(&message));
	}
}

static struct message
text_of(const char *data, uint32_t len)
{
	struct buf buf;

	buf_init(&buf, arena, 1024);
	message_put_u32(&buf, len);
	buf_put_text(&buf, data);
	return message_of(buf_bytes(&buf), arena);
}

static void
bounds_hold(void **state)
{
	struct message message = text_of("abc", 3);

	(void)state;
	assert_string_equal(message_get_text(&message, 2), "");
	assert_true(message.failed);
	message = text_of("abc", 4);
	assert_string_equal(message_get_text(&message, 10), "");
	assert_true(message.failed);
	message = text_of("abc", UINT32_MAX);
	assert_int_equal(message_get_bytes(&message, SIZE_MAX).len, 0);
	assert_true(message.failed);
	message = text_of("a\xff", 2);
	assert_string_equal(message_get_text(&message, 10), "");
	assert_true(message.failed);
	message = message_of(bytes_make("a\0b", 3), arena);
	assert_false(message_get_bool(&message));
	assert_true(message.failed);
	message = text_of("", 6);
	assert_int_equal(message_get_u32(&message, 5), 0);
	assert_true(message.failed);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_come_back),
		cmocka_unit_test(every_cut_is_noticed),
		cmocka_unit_test(bounds_hold),
	};

	return cmocka_run_group_tests(tests, unit_open_arena, unit_close_arena);
}
