#include "base/buf.h"

#include <stdio.h>
#include <string.h>

#define FIRST_ROOM 256

void
buf_init(struct buf *buf, struct arena *arena, size_t limit)
{
	*buf = (struct buf){.arena = arena, .limit = limit};
}

/* Room for len more bytes and the NUL of buf_text(); false, for good, when that goes over the limit. */
static bool
make_room(struct buf *buf, size_t len)
{
	size_t room;

	if (buf->failed || len > buf->limit - buf->len) {
		buf->failed = true;
		return false;
	}
	if (buf->len + len + 1 <= buf->room)
		return true;
	room = buf->room > 0 ? 2 * buf->room : FIRST_ROOM;
	if (room < buf->len + len + 1)
		room = buf->len + len + 1;
	buf->data = arena_grow(buf->arena, buf->data, buf->room, room);
	buf->room = room;
	return true;
}

void
buf_put(struct buf *buf, const void *data, size_t len)
{
	if (!make_room(buf, len) || len == 0)
		return;
	memcpy(buf->data + buf->len, data, len);
	buf->len += len;
}

void
buf_put_bytes(struct buf *buf, struct bytes bytes)
{
	buf_put(buf, bytes.data, bytes.len);
}

void
buf_put_text(struct buf *buf, const char *text)
{
	if (text != NULL)
		buf_put(buf, text, strlen(text));
}

void
buf_put_byte(struct buf *buf, uint8_t byte)
{
	buf_put(buf, &byte, 1);
}

void
buf_printf(struct buf *buf, const char *format, ...)
{
	char small[256];
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(small, sizeof(small), format, args);
	va_end(args);
	must(len >= 0);
	if ((size_t)len < sizeof(small)) {
		buf_put(buf, small, (size_t)len);
		return;
	}
	if (!make_room(buf, (size_t)len))
		return;
	va_start(args, format);
	must(vsnprintf((char *)buf->data + buf->len, (size_t)len + 1, format, args) == len);
	va_end(args);
	buf->len += (size_t)len;
}

struct bytes
buf_bytes(const struct buf *buf)
{
	return bytes_make(buf->data, buf->len);
}

const char *
buf_text(struct buf *buf)
{
	if (buf->data == NULL)
		return "";
	buf->data[buf->len] = '\0';
	return (const char *)buf->data;
}
