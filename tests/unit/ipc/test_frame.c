#include "../unit.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "ipc/frame.h"

struct pair {
	struct arena *arena;
	int ends[2];
};

static int
open_pair(void **state)
{
	static struct pair pair;

	pair.arena = arena_new((size_t)4 << 20);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair.ends), 0);
	*state = &pair;
	return 0;
}

static int
close_pair(void **state)
{
	struct pair *pair = *state;

	arena_free(&pair->arena);
	close(pair->ends[0]);
	close(pair->ends[1]);
	return 0;
}

static int64_t
soon(void)
{
	return clock_monotonic() + 50;
}

static void
frame_comes_back_as_sent(void **state)
{
	struct pair *pair = *state;
	const struct frame sent = {.operation = 7, .id = 0xdeadbeef, .body = bytes_of("body")};
	struct frame got;

	assert_int_equal(frame_send(pair->ends[0], &sent, soon()), ERR_OK);
	assert_int_equal(frame_send(pair->ends[0], &(struct frame){.operation = 8}, soon()), ERR_OK);
	assert_int_equal(frame_receive(pair->ends[1], pair->arena, 4, soon(), &got), ERR_OK);
	assert_int_equal(got.operation, 7);
	assert_true(got.id == 0xdeadbeef && bytes_equal(got.body, sent.body));
	assert_int_equal(frame_receive(pair->ends[1], pair->arena, 0, soon(), &got), ERR_OK);
	assert_true(got.operation == 8 && got.body.len == 0);
}

static void
body_over_the_bound_is_refused(void **state)
{
	struct pair *pair = *state;
	struct frame got;

	assert_int_equal(frame_send(pair->ends[0], &(struct frame){.body = bytes_of("12345")}, soon()), ERR_OK);
	assert_int_equal(frame_receive(pair->ends[1], pair->arena, 4, soon(), &got), ERR_TOO_BIG);
}

static void
another_version_is_refused(void **state)
{
	struct pair *pair = *state;
	const uint8_t header[FRAME_HEADER] = {0, 0, 0, 0, FRAME_VERSION + 1, 1, 0, 0, 0, 1};
	struct frame got;

	assert_int_equal(write(pair->ends[0], header, sizeof(header)), sizeof(header));
	assert_int_equal(frame_receive(pair->ends[1], pair->arena, 4, soon(), &got), ERR_PEER);
}

static void
silence_and_half_a_frame_run_into_the_deadline(void **state)
{
	struct pair *pair = *state;
	const uint8_t half[12] = {0, 0, 0, 4, FRAME_VERSION, 1, 0, 0, 0, 1, 'x', 'y'};
	int64_t start = clock_monotonic();
	struct frame got;

	assert_int_equal(frame_receive(pair->ends[1], pair->arena, 4, soon(), &got), ERR_TIMEOUT);
	assert_int_equal(write(pair->ends[0], half, sizeof(half)), sizeof(half));
	assert_int_equal(frame_receive(pair->ends[1], pair->arena, 4, soon(), &got), ERR_TIMEOUT);
	assert_true(clock_monotonic() - start >= 100);
}

static void
a_peer_that_is_gone_is_told(void **state)
{
	struct pair *pair = *state;
	const uint8_t half[3] = {0, 0, 0};
	struct frame got;

	assert_int_equal(write(pair->ends[0], half, sizeof(half)), sizeof(half));
	shutdown(pair->ends[0], SHUT_RDWR);
	assert_int_equal(frame_receive(pair->ends[1], pair->arena, 4, FRAME_NEVER, &got), ERR_PEER);
	assert_int_equal(frame_send(pair->ends[1], &(struct frame){.operation = 1}, FRAME_NEVER), ERR_PEER);
}

static void
a_reader_that_does_not_read_is_not_waited_for(void **state)
{
	struct pair *pair = *state;
	uint8_t *data = arena_alloc(pair->arena, (size_t)2 << 20);

	assert_int_equal(frame_send(pair->ends[0], &(struct frame){.body = {data, (size_t)2 << 20}}, soon()), ERR_TIMEOUT);
}

static void
descriptors_travel(void **state)
{
	struct pair *pair = *state;
	int pipe_ends[2], got_fd;
	struct frame got;
	char c = 0;

	assert_int_equal(pipe(pipe_ends), 0);
	assert_int_equal(frame_send_descriptor(pair->ends[0], &(struct frame){.operation = 1}, pipe_ends[0], soon()), ERR_OK);
	assert_int_equal(frame_send(pair->ends[0], &(struct frame){.operation = 2}, soon()), ERR_OK);
	assert_int_equal(frame_receive_descriptor(pair->ends[1], pair->arena, 4, soon(), &got, &got_fd), ERR_OK);
	assert_true(got.operation == 1 && got_fd >= 0);
	assert_int_equal(write(pipe_ends[1], "x", 1), 1);
	assert_int_equal(read(got_fd, &c, 1), 1);
	assert_int_equal(c, 'x');
	close(got_fd);
	assert_int_equal(frame_receive_descriptor(pair->ends[1], pair->arena, 4, soon(), &got, &got_fd), ERR_OK);
	assert_true(got.operation == 2 && got_fd == -1);
	close(pipe_ends[0]);
	close(pipe_ends[1]);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_pair, close_pair)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(frame_comes_back_as_sent), TEST(body_over_the_bound_is_refused), TEST(another_version_is_refused),
		TEST(silence_and_half_a_frame_run_into_the_deadline), TEST(a_peer_that_is_gone_is_told),
		TEST(a_reader_that_does_not_read_is_not_waited_for), TEST(descriptors_travel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
