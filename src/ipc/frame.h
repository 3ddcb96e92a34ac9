/* frame.h - messages between vestibuled and vestibule-saml: a header of fixed size, then the body.
 *
 *   u32 length of the body, u8 version, u8 operation, u32 id     all big endian
 *
 * They travel over a stream socketpair, so every call has a deadline and every length a bound that the reader sets.
 * A peer that breaks the form is treated as dead: there is no way to find the next frame.
 */
#ifndef IPC_FRAME_H
#define IPC_FRAME_H

#include "base/arena.h"
#include "base/err.h"

#define FRAME_VERSION 1
#define FRAME_HEADER 10
/* A deadline on clock_monotonic() that never comes. */
#define FRAME_NEVER INT64_MAX

struct frame {
	uint8_t operation;
	uint32_t id;	/* a reply carries its request's */
	struct bytes body;
};

/* Write a frame; all of it, or the socket is of no more use.  ERR_TIMEOUT, or ERR_PEER when the other end is gone.
 * deadline: clock_monotonic() time in ms. */
enum err frame_send(int fd, const struct frame *frame, int64_t deadline);
/* The same, and hand a copy of a descriptor over with it (SCM_RIGHTS). */
enum err frame_send_descriptor(int fd, const struct frame *frame, int descriptor, int64_t deadline);

/* Read one frame whose body has at most max bytes; the body lives in the arena.
 * ERR_PEER: the other end is gone, or sent another version; ERR_TOO_BIG: a body over max; ERR_TIMEOUT. */
enum err frame_receive(int fd, struct arena *arena, size_t max, int64_t deadline, struct frame *ret_frame);
/* The same for a frame that may bring a descriptor: -1 when it does not, close-on-exec and the caller's when it does. */
enum err frame_receive_descriptor(int fd, struct arena *arena, size_t max, int64_t deadline,
    struct frame *ret_frame, int *ret_descriptor);

/* The pure half, for readers and fuzzers: what a header says.  ERR_PEER for another version, ERR_TOO_BIG over max. */
enum err frame_parse_header(const uint8_t header[FRAME_HEADER], size_t max, struct frame *ret_frame);

#endif
