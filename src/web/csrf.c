#include "web/csrf.h"

#include "crypto/seal.h"

const char *
csrf_print(struct ctx *ctx, const char *bound_to)
{
	uint8_t tag[MAC_SIZE];

	mac(ctx->keys, "csrf", bytes_of(bound_to), tag);
	return base64url_print(ctx->arena, BYTES(tag));
}

bool
csrf_check(struct ctx *ctx, const char *bound_to, const char *given)
{
	if (bound_to == NULL || given == NULL)
		return false;
	return bytes_equal_secret(bytes_of(csrf_print(ctx, bound_to)), bytes_of(given));
}
