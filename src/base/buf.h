/* buf.h - bytes that grow in an arena while they are put together.
 *
 * Failure is sticky: over the limit nothing more is added and `failed` says so; the writer checks once, at the end.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/arena.h"

struct buf {
	struct arena *arena;
	uint8_t *data;
	size_t len;
	size_t room;
	size_t limit;
	bool failed;
};

/* limit: the most bytes it may ever hold. */
void buf_init(struct buf *buf, struct arena *arena, size_t limit);
void buf_put(struct buf *buf, const void *data, size_t len);
void buf_put_bytes(struct buf *buf, struct bytes bytes);
void buf_put_text(struct buf *buf, const char *text);
void buf_put_byte(struct buf *buf, uint8_t byte);
void buf_printf(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
struct bytes buf_bytes(const struct buf *buf);
/* The content with a NUL behind it (not counted); "" when empty. */
const char *buf_text(struct buf *buf);

#endif
