#include "account/caller.h"

#include <string.h>

#include "crypto/seal.h"

/* 64 bits of a MAC are so many times a million that no code is noticeably likelier than another one. */
static uint64_t
number_of(const uint8_t tag[MAC_SIZE])
{
	uint64_t number = 0;

	for (size_t i = 0; i < 8; i++)
		number = number << 8 | tag[i];
	return number;
}

struct caller_code
caller_code(const struct ctx *ctx, struct bytes account, enum caller_grade grade)
{
	int64_t window = ctx->now / CALLER_WINDOW;
	uint8_t tag[MAC_SIZE];
	const char *text = arena_printf(ctx->arena, "%s %u %lld", hex_print(ctx->arena, account), (unsigned)grade, (long long)window);

	mac(ctx->keys, "caller-code", bytes_of(text), tag);
	return (struct caller_code){
	    .digits = arena_printf(ctx->arena, "%06u", (unsigned)(number_of(tag) % 1000000)), .expires = (window + 2) * CALLER_WINDOW};
}
