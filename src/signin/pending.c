#include "signin/pending.h"

#include <string.h>

#include "base/buf.h"
#include "base/random.h"
#include "crypto/seal.h"

#define PURPOSE "login-cookie"
#define VERSION 3
#define TEXTS 14
#define NUMBERS 3

enum { FLAG_PROMPT_LOGIN = 1, FLAG_MANAGE = 2, FLAG_FINISHED = 4, FLAG_ANSWERED = 8, FLAG_NOT_STRONGER = 16, FLAG_RELINK = 32,
	FLAG_CLOSING = 128 };

bool
pending_handle_valid(const char *handle)
{
	return handle != NULL && strlen(handle) == PENDING_HANDLE_LENGTH &&
	       strspn(handle, "abcdefghijklmnopqrstuvwxyz234567") == PENDING_HANDLE_LENGTH;
}

struct pending *
pending_new(struct ctx *ctx, const char *portal)
{
	struct pending *pending = arena_new_object(ctx->arena, struct pending);

	memcpy(pending->handle, random_name(ctx->arena, PENDING_HANDLE_LENGTH), PENDING_HANDLE_LENGTH + 1);
	pending->id = random_text(ctx->arena, 16);
	pending->created = ctx->now;
	pending->client = portal;
	pending->redirect_uri = pending->state = pending->nonce = pending->scope = pending->challenge = pending->acr_values = "";
	pending->provider = pending->saml_request = pending->arrived = pending->invitation = pending->claimant = "";
	pending->max_age = -1;
	pending->manage = true;
	return pending;
}

/* The members in the order in which they are packed: a new one goes to the end, with a new VERSION. */
static void
list_texts(struct pending *pending, const char **ret_texts[TEXTS])
{
	const char **texts[TEXTS] = {&pending->id, &pending->client, &pending->redirect_uri, &pending->state, &pending->nonce,
	    &pending->scope, &pending->challenge, &pending->acr_values, &pending->provider, &pending->saml_request,
	    &pending->arrived, &pending->invitation, &pending->claimant, NULL};

	memcpy(ret_texts, texts, sizeof(texts));
}

static void
list_numbers(struct pending *pending, int64_t *ret_numbers[NUMBERS])
{
	ret_numbers[0] = &pending->created;
	ret_numbers[1] = &pending->max_age;
	ret_numbers[2] = &pending->saml_requested;
}

static void
put_number(struct buf *buf, uint64_t number, unsigned bytes)
{
	while (bytes-- > 0)
		buf_put_byte(buf, (uint8_t)(number >> (8 * bytes)));
}

static bool
get_number(struct bytes *rest, unsigned bytes, uint64_t *ret_number)
{
	*ret_number = 0;
	if (rest->len < bytes)
		return false;
	for (unsigned i = 0; i < bytes; i++)
		*ret_number = *ret_number << 8 | rest->data[i];
	*rest = bytes_make(rest->data + bytes, rest->len - bytes);
	return true;
}

static bool
get_text(struct bytes *rest, struct arena *arena, const char **ret_text)
{
	uint64_t len;

	if (!get_number(rest, 2, &len) || rest->len < len)
		return false;
	*ret_text = arena_text_of(arena, bytes_make(rest->data, len));
	*rest = bytes_make(rest->data + len, rest->len - len);
	return true;
}

enum err
pending_print(struct ctx *ctx, const struct pending *pending, const char **ret_value)
{
	struct pending copy = *pending;
	const char **texts[TEXTS];
	int64_t *numbers[NUMBERS];
	const char *value;
	struct buf plain;

	list_texts(&copy, texts);
	list_numbers(&copy, numbers);
	buf_init(&plain, ctx->arena, PENDING_VALUE_MAX);
	buf_put_byte(&plain, VERSION);
	buf_put_byte(&plain, (uint8_t)((pending->prompt_login ? FLAG_PROMPT_LOGIN : 0) | (pending->manage ? FLAG_MANAGE : 0) |
	    (pending->finished ? FLAG_FINISHED : 0) | (pending->answered ? FLAG_ANSWERED : 0) |
	    (pending->not_stronger ? FLAG_NOT_STRONGER : 0) | (pending->relink ? FLAG_RELINK : 0) |
	    (pending->closing ? FLAG_CLOSING : 0)));
	for (size_t i = 0; i < NUMBERS; i++)
		put_number(&plain, (uint64_t)*numbers[i], 8);
	for (size_t i = 0; texts[i] != NULL; i++) {
		const char *text = *texts[i] != NULL ? *texts[i] : "";
		put_number(&plain, strlen(text) & 0xffff, 2);
		buf_put_text(&plain, text);
	}
	if (plain.failed)
		return ERR_TOO_BIG;
	value = base64url_print(ctx->arena, seal(ctx->keys, PURPOSE, bytes_of(pending->handle), buf_bytes(&plain), ctx->arena));
	if (strlen(value) > PENDING_VALUE_MAX)
		return ERR_TOO_BIG;
	*ret_value = value;
	return ERR_OK;
}

static enum err
unpack(struct ctx *ctx, struct bytes plain, struct pending *pending)
{
	const char **texts[TEXTS];
	int64_t *numbers[NUMBERS];
	uint64_t version, flags, number;

	list_texts(pending, texts);
	list_numbers(pending, numbers);
	if (!get_number(&plain, 1, &version) || version != VERSION || !get_number(&plain, 1, &flags))
		return ERR_FORMAT;
	for (size_t i = 0; i < NUMBERS; i++) {
		if (!get_number(&plain, 8, &number))
			return ERR_FORMAT;
		*numbers[i] = (int64_t)number;
	}
	for (size_t i = 0; texts[i] != NULL; i++) {
		if (!get_text(&plain, ctx->arena, texts[i]))
			return ERR_FORMAT;
	}
	pending->prompt_login = (flags & FLAG_PROMPT_LOGIN) != 0;
	pending->manage = (flags & FLAG_MANAGE) != 0;
	pending->finished = (flags & FLAG_FINISHED) != 0;
	pending->answered = (flags & FLAG_ANSWERED) != 0;
	pending->not_stronger = (flags & FLAG_NOT_STRONGER) != 0;
	pending->relink = (flags & FLAG_RELINK) != 0;
	pending->closing = (flags & FLAG_CLOSING) != 0;
	return plain.len == 0 ? ERR_OK : ERR_FORMAT;
}

enum err
pending_parse(struct ctx *ctx, const char *handle, const char *value, const struct pending **ret_pending)
{
	struct pending *pending = arena_new_object(ctx->arena, struct pending);
	struct bytes sealed, plain;
	enum err err;

	if (!pending_handle_valid(handle) || strlen(value) > PENDING_VALUE_MAX)
		return ERR_FORMAT;
	err = base64url_parse(ctx->arena, bytes_of(value), &sealed);
	if (err == ERR_OK)
		err = seal_open(ctx->keys, PURPOSE, bytes_of(handle), sealed, ctx->arena, &plain);
	if (err == ERR_OK)
		err = unpack(ctx, plain, pending);
	if (err != ERR_OK)
		return err;
	if (pending->created < ctx->now - ctx->config->limits.login_lifetime)
		return ERR_TIMEOUT;
	memcpy(pending->handle, handle, PENDING_HANDLE_LENGTH + 1);
	pending->stored = true;
	*ret_pending = pending;
	return ERR_OK;
}
