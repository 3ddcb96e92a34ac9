#include "helpdesk/desk_login.h"

#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "crypto/seal.h"

#define PURPOSE "desk-login-cookie"
#define HANDLE_LENGTH 16
#define REQUEST_LENGTH 33 /* "_" and 32 hex digits */
#define VALUE_MAX 400

static bool
handle_valid(const char *handle)
{
	return handle != NULL && strlen(handle) == HANDLE_LENGTH && strspn(handle, "abcdefghijklmnopqrstuvwxyz234567") == HANDLE_LENGTH;
}

static const char *
cookie_of(struct ctx *ctx, const char *handle)
{
	return arena_printf(ctx->arena, DESK_LOGIN_COOKIE "%s", handle);
}

/* "REQUEST MS", sealed for this handle. */
static enum err
parse(struct ctx *ctx, const char *handle, const char *value, struct desk_login *ret_login)
{
	struct bytes sealed, plain;
	const char *text;
	enum err err;

	if (strlen(value) > VALUE_MAX)
		return ERR_FORMAT;
	err = base64url_parse(ctx->arena, bytes_of(value), &sealed);
	if (err == ERR_OK)
		err = seal_open(ctx->keys, PURPOSE, bytes_of(handle), sealed, ctx->arena, &plain);
	if (err != ERR_OK)
		return err;
	if (plain.len <= REQUEST_LENGTH + 1)
		return ERR_FORMAT;
	text = arena_text_of(ctx->arena, plain);
	*ret_login = (struct desk_login){.handle = handle,
	    .request = arena_text_of(ctx->arena, bytes_make(text, REQUEST_LENGTH)),
	    .requested = strtoll(text + REQUEST_LENGTH + 1, NULL, 10)};
	return ERR_OK;
}

/* Room for one more: every cookie that is no longer ours goes, or else the oldest. */
static void
make_room(struct ctx *ctx, const struct request *request, struct response *response)
{
	const size_t prefix = sizeof(DESK_LOGIN_COOKIE) - 1;
	const char *oldest = NULL;
	int64_t oldest_time = INT64_MAX;
	unsigned count = 0;

	for (size_t i = 0; i < request->cookies.count; i++) {
		const struct field *cookie = &request->cookies.items[i];
		struct desk_login login = {.requested = 0};
		if (strncmp(cookie->name, DESK_LOGIN_COOKIE, prefix) != 0 || !handle_valid(cookie->name + prefix))
			continue;
		count++;
		(void)parse(ctx, cookie->name + prefix, cookie->value, &login);
		if (login.requested < oldest_time) {
			oldest_time = login.requested;
			oldest = cookie->name;
		}
	}
	if (count >= DESK_LOGIN_MOST)
		response_cookie(response, oldest, "", SAME_SITE_NONE, 0);
}

struct desk_login
desk_login_begin(struct ctx *ctx, const struct request *request, struct response *response)
{
	uint8_t random[16];
	struct desk_login login = {.handle = random_name(ctx->arena, HANDLE_LENGTH), .requested = ctx->now};
	const char *plain;

	random_bytes(random, sizeof(random));
	login.request = arena_printf(ctx->arena, "_%s", hex_print(ctx->arena, BYTES(random)));
	plain = arena_printf(ctx->arena, "%s %lld", login.request, (long long)login.requested);
	make_room(ctx, request, response);
	response_cookie(response, cookie_of(ctx, login.handle),
	    base64url_print(ctx->arena, seal(ctx->keys, PURPOSE, bytes_of(login.handle), bytes_of(plain), ctx->arena)), SAME_SITE_NONE,
	    DESK_LOGIN_LIFETIME / 1000);
	return login;
}

enum err
desk_login_find(struct ctx *ctx, const struct request *request, const char *handle, struct desk_login *ret_login)
{
	struct desk_login login;
	const char *value;

	if (!handle_valid(handle))
		return ERR_NOT_FOUND;
	value = request_cookie(request, cookie_of(ctx, handle));
	if (value == NULL || parse(ctx, handle, value, &login) != ERR_OK || login.requested < ctx->now - DESK_LOGIN_LIFETIME)
		return ERR_NOT_FOUND;
	*ret_login = login;
	return ERR_OK;
}
