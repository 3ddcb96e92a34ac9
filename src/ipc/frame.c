#include "ipc/frame.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"

static void
print_u32(uint8_t at[4], uint32_t value)
{
	at[0] = (uint8_t)(value >> 24);
	at[1] = (uint8_t)(value >> 16);
	at[2] = (uint8_t)(value >> 8);
	at[3] = (uint8_t)value;
}

static uint32_t
parse_u32(const uint8_t at[4])
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

enum err
frame_parse_header(const uint8_t header[FRAME_HEADER], size_t max, struct frame *ret_frame)
{
	size_t len = parse_u32(header);

	if (header[4] != FRAME_VERSION)
		return ERR_PEER;
	if (len > max)
		return ERR_TOO_BIG;
	*ret_frame = (struct frame){.operation = header[5],
	    .id = parse_u32(header + 6),
	    .body = {NULL, len}};
	return ERR_OK;
}

/* Wait until the socket is ready for events, or the deadline has passed. */
static enum err
wait_for(int fd, short events, int64_t deadline)
{
	struct pollfd poll_fd = {.fd = fd, .events = events};
	int64_t left;
	int n;

	do {
		left = deadline == FRAME_NEVER ? -1 : deadline - clock_monotonic();
		if (deadline != FRAME_NEVER && left <= 0)
			return ERR_TIMEOUT;
		n = poll(&poll_fd, 1, left > INT32_MAX ? INT32_MAX : (int)left);
	} while (n == 0 || (n < 0 && errno == EINTR));
	return n > 0 ? ERR_OK : ERR_IO;
}

/* Room for the one control message that a frame may carry. */
union control {
	struct cmsghdr align;
	char data[CMSG_SPACE(sizeof(int))];
};

static void
put_descriptor(struct msghdr *msg, union control *control, int descriptor)
{
	struct cmsghdr *header;

	memset(control, 0, sizeof(*control));
	msg->msg_control = control->data;
	msg->msg_controllen = sizeof(control->data);
	header = CMSG_FIRSTHDR(msg);
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(header), &descriptor, sizeof(int));
}

/* Send what both pieces hold from *done on, the descriptor with the very first byte. */
static ssize_t
send_some(int fd, struct bytes head, struct bytes body, size_t done, int descriptor)
{
	struct iovec parts[2];
	union control control;
	struct msghdr msg = {.msg_iov = parts, .msg_iovlen = 2};
	size_t head_done = done < head.len ? done : head.len;
	size_t body_done = done - head_done;

	parts[0] = (struct iovec){(void *)(uintptr_t)(head.data + head_done), head.len - head_done};
	parts[1] = (struct iovec){(void *)(uintptr_t)body.data, body.len - body_done};
	if (body_done > 0)
		parts[1].iov_base = (char *)parts[1].iov_base + body_done;
	if (descriptor >= 0 && done == 0)
		put_descriptor(&msg, &control, descriptor);
	return sendmsg(fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
}

enum err
frame_send_descriptor(int fd, const struct frame *frame, int descriptor, int64_t deadline)
{
	uint8_t header[FRAME_HEADER];
	size_t done = 0, total = sizeof(header) + frame->body.len;
	ssize_t n;
	enum err err;

	must(frame->body.len <= UINT32_MAX);
	print_u32(header, (uint32_t)frame->body.len);
	header[4] = FRAME_VERSION;
	header[5] = frame->operation;
	print_u32(header + 6, frame->id);
	while (done < total) {
		n = send_some(fd, BYTES(header), frame->body, done, descriptor);
		if (n >= 0) {
			done += (size_t)n;
			continue;
		}
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN && errno != EWOULDBLOCK)
			return ERR_PEER;
		err = wait_for(fd, POLLOUT, deadline);
		if (err != ERR_OK)
			return err;
	}
	return ERR_OK;
}

enum err
frame_send(int fd, const struct frame *frame, int64_t deadline)
{
	return frame_send_descriptor(fd, frame, -1, deadline);
}

/* The descriptor that came along, or -1. */
static int
get_descriptor(struct msghdr *msg)
{
	struct cmsghdr *header = CMSG_FIRSTHDR(msg);
	int descriptor = -1;

	if (header != NULL && header->cmsg_level == SOL_SOCKET &&
	    header->cmsg_type == SCM_RIGHTS && header->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(&descriptor, CMSG_DATA(header), sizeof(int));
	return descriptor;
}

/* Read exactly len bytes.  ret_descriptor may be NULL: the kernel then drops what is passed. */
static enum err
receive_all(int fd, uint8_t *data, size_t len, int64_t deadline, int *ret_descriptor)
{
	union control control;
	struct iovec part;
	struct msghdr msg;
	size_t done = 0;
	ssize_t n;
	enum err err;

	while (done < len) {
		part = (struct iovec){data + done, len - done};
		msg = (struct msghdr){.msg_iov = &part, .msg_iovlen = 1};
		if (ret_descriptor != NULL && *ret_descriptor < 0) {
			msg.msg_control = control.data;
			msg.msg_controllen = sizeof(control.data);
		}
		n = recvmsg(fd, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
		if (n == 0)
			return ERR_PEER;
		if (n > 0) {
			if (msg.msg_control != NULL)
				*ret_descriptor = get_descriptor(&msg);
			done += (size_t)n;
			continue;
		}
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN && errno != EWOULDBLOCK)
			return ERR_PEER;
		err = wait_for(fd, POLLIN, deadline);
		if (err != ERR_OK)
			return err;
	}
	return ERR_OK;
}

static enum err
receive(int fd, struct arena *arena, size_t max, int64_t deadline, struct frame *ret_frame,
    int *ret_descriptor)
{
	uint8_t header[FRAME_HEADER];
	struct frame frame;
	uint8_t *body;
	enum err err;

	err = receive_all(fd, header, sizeof(header), deadline, ret_descriptor);
	if (err == ERR_OK)
		err = frame_parse_header(header, max, &frame);
	if (err != ERR_OK)
		return err;
	body = arena_alloc(arena, frame.body.len);
	err = receive_all(fd, body, frame.body.len, deadline, NULL);
	if (err != ERR_OK)
		return err;
	frame.body.data = body;
	*ret_frame = frame;
	return ERR_OK;
}

enum err
frame_receive(int fd, struct arena *arena, size_t max, int64_t deadline, struct frame *ret_frame)
{
	return receive(fd, arena, max, deadline, ret_frame, NULL);
}

enum err
frame_receive_descriptor(int fd, struct arena *arena, size_t max, int64_t deadline,
    struct frame *ret_frame, int *ret_descriptor)
{
	int descriptor = -1;
	enum err err = receive(fd, arena, max, deadline, ret_frame, &descriptor);

	if (err == ERR_OK)
		*ret_descriptor = descriptor;
	else if (descriptor >= 0)
		close(descriptor);
	return err;
}
