/* message.h - the typed fields inside a frame's body.
 *
 * Put: into a struct buf (sticky failure when it is full).  Get: from a struct message whose failure is sticky too: after the
 * first field that is too short, too long or not text, everything reads as zero or "", and message_finished() says no.
 * A text is u32 length and UTF-8 without NUL; numbers are big endian.
 */
#ifndef IPC_MESSAGE_H
#define IPC_MESSAGE_H

#include "base/buf.h"

void message_put_u8(struct buf *buf, uint8_t value);
void message_put_u32(struct buf *buf, uint32_t value);
void message_put_u64(struct buf *buf, uint64_t value);
void message_put_bytes(struct buf *buf, struct bytes value);
void message_put_text(struct buf *buf, const char *value);	/* NULL as "" */

struct message {
	struct bytes rest;
	struct arena *arena;	/* where texts are copied to */
	bool failed;
};

struct message message_of(struct bytes body, struct arena *arena);
uint8_t message_get_u8(struct message *message);
/* A number that must be at most max. */
uint32_t message_get_u32(struct message *message, uint32_t max);
uint64_t message_get_u64(struct message *message);
bool message_get_bool(struct message *message);	/* 0 or 1, nothing else */
/* At most max bytes; points into the body. */
struct bytes message_get_bytes(struct message *message, size_t max);
/* At most max bytes without the NUL; never NULL. */
const char *message_get_text(struct message *message, size_t max);
/* Has everything been read, exactly and without failure? */
bool message_finished(const struct message *message);

#endif
