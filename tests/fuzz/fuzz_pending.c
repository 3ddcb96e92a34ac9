/* The login cookie.  An input is 'c' and a cookie's value as a browser sends it, or 'p' and what stands inside the seal: the
 * second is ours only, yet an older or newer release may have written it. */
#include <string.h>

#include "crypto/seal.h"
#include "fuzz.h"
#include "signin/pending.h"

#define HANDLE "abcdefghij234567"
#define OTHER_HANDLE "abcdefghij234566"

static void
check_same(const struct pending *a, const struct pending *b)
{
	must(strcmp(a->handle, b->handle) == 0 && strcmp(a->id, b->id) == 0);
	must(strcmp(a->client, b->client) == 0 && strcmp(a->redirect_uri, b->redirect_uri) == 0);
	must(strcmp(a->state, b->state) == 0 && strcmp(a->nonce, b->nonce) == 0);
	must(strcmp(a->scope, b->scope) == 0 && strcmp(a->challenge, b->challenge) == 0);
	must(strcmp(a->acr_values, b->acr_values) == 0 && strcmp(a->provider, b->provider) == 0);
	must(strcmp(a->saml_request, b->saml_request) == 0 && strcmp(a->arrived, b->arrived) == 0 &&
	     strcmp(a->invitation, b->invitation) == 0);
	must(a->created == b->created && a->max_age == b->max_age &&
	     a->saml_requested == b->saml_requested);
	must(a->prompt_login == b->prompt_login && a->manage == b->manage &&
	     a->finished == b->finished && a->closing == b->closing);
	must(a->stored == b->stored);
}

/* What was read is printed and read again as the same; under another name the cookie is worth nothing. */
static void
check_good(struct ctx *ctx, const struct pending *pending)
{
	const struct pending *again = NULL;
	const char *value;
	enum err err = pending_print(ctx, pending, &value);

	must(err == ERR_OK || err == ERR_TOO_BIG);
	if (err != ERR_OK)
		return;
	must(pending_parse(ctx, OTHER_HANDLE, value, &again) == ERR_CRYPTO);
	must(pending_parse(ctx, HANDLE, value, &again) == ERR_OK);
	check_same(pending, again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ctx ctx = fuzz_ctx();
	const struct pending *pending = NULL;
	const char *value;
	enum err err;

	if (size == 0 || (data[0] != 'c' && data[0] != 'p'))
		return 0;
	if (data[0] == 'p') {
		struct bytes plain = bytes_make(data + 1, size - 1);

		value = base64url_print(
		    ctx.arena, seal(ctx.keys, "login-cookie", bytes_of(HANDLE), plain, ctx.arena));
	} else if (!fuzz_text(ctx.arena, data + 1, size - 1, &value)) {
		return 0;
	}
	err = pending_parse(&ctx, HANDLE, value, &pending);
	must(err == ERR_OK || err == ERR_FORMAT || err == ERR_CRYPTO || err == ERR_TIMEOUT);
	must((err == ERR_OK) == (pending != NULL));
	if (err == ERR_OK) {
		fuzz_taken();
		check_good(&ctx, pending);
	}
	return 0;
}
