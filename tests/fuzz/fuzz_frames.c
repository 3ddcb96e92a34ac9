/* Frames as they come over a socket: none over its bound, nothing read behind the end. */
#include <sys/socket.h>
#include <unistd.h>

#include "fuzz.h"
#include "ipc/frame.h"

#define BODY_MAX 4096

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = fuzz_arena();
	struct frame frame;
	size_t read_so_far = 0;
	int ends[2];

	if (size > 65536)
		return 0;
	must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
	must(send(ends[0], data, size, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)size);
	close(ends[0]);
	while (frame_receive(ends[1], arena, BODY_MAX, clock_monotonic() + 1000, &frame) == ERR_OK) {
		must(frame.body.len <= BODY_MAX);
		read_so_far += FRAME_HEADER + frame.body.len;
		must(read_so_far <= size);
		must(bytes_equal(frame.body, bytes_make(data + read_so_far - frame.body.len, frame.body.len)));
	}
	close(ends[1]);
	if (size > 0 && read_so_far == size)
		fuzz_taken();
	return 0;
}
