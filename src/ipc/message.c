#include "ipc/message.h"

void
message_put_u8(struct buf *buf, uint8_t value)
{
	buf_put_byte(buf, value);
}

static void
put_number(struct buf *buf, uint64_t value, unsigned size)
{
	while (size-- > 0)
		buf_put_byte(buf, (uint8_t)(value >> (8 * size)));
}

void
message_put_u32(struct buf *buf, uint32_t value)
{
	put_number(buf, value, 4);
}

void
message_put_u64(struct buf *buf, uint64_t value)
{
	put_number(buf, value, 8);
}

void
message_put_bytes(struct buf *buf, struct bytes value)
{
	must(value.len <= UINT32_MAX);
	message_put_u32(buf, (uint32_t)value.len);
	buf_put_bytes(buf, value);
}

void
message_put_text(struct buf *buf, const char *value)
{
	message_put_bytes(buf, bytes_of(value));
}

struct message
message_of(struct bytes body, struct arena *arena)
{
	return (struct message){.rest = body, .arena = arena};
}

/* The next len bytes; none, for good, when there are fewer. */
static struct bytes
take(struct message *message, size_t len)
{
	struct bytes taken = {message->rest.data, len};

	if (message->failed || len > message->rest.len) {
		message->failed = true;
		return (struct bytes){NULL, 0};
	}
	if (len > 0) {
		message->rest.data += len;
		message->rest.len -= len;
	}
	return taken;
}

static uint64_t
get_number(struct message *message, unsigned size)
{
	struct bytes bytes = take(message, size);
	uint64_t value = 0;
	size_t i;

	for (i = 0; i < bytes.len; i++)
		value = value << 8 | bytes.data[i];
	return value;
}

uint8_t
message_get_u8(struct message *message)
{
	return (uint8_t)get_number(message, 1);
}

uint32_t
message_get_u32(struct message *message, uint32_t max)
{
	uint32_t value = (uint32_t)get_number(message, 4);

	if (value <= max)
		return value;
	message->failed = true;
	return 0;
}

uint64_t
message_get_u64(struct message *message)
{
	return get_number(message, 8);
}

bool
message_get_bool(struct message *message)
{
	uint8_t value = message_get_u8(message);

	if (value > 1)
		message->failed = true;
	return value == 1;
}

struct bytes
message_get_bytes(struct message *message, size_t max)
{
	uint32_t limit = max < UINT32_MAX ? (uint32_t)max : UINT32_MAX;

	return take(message, message_get_u32(message, limit));
}

const char *
message_get_text(struct message *message, size_t max)
{
	struct bytes bytes = message_get_bytes(message, max);

	if (!message->failed && utf8_valid(bytes))
		return arena_text_of(message->arena, bytes);
	message->failed = true;
	return "";
}

bool
message_finished(const struct message *message)
{
	return !message->failed && message->rest.len == 0;
}
