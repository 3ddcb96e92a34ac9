#include "helpdesk/desk_session.h"

#include <string.h>

#include "base/random.h"
#include "crypto/seal.h"
#include "helpdesk/desk_case.h"

#define TOKEN_BYTES 32
#define TOKEN_LENGTH 43
#define AT_ONCE 32

static struct bytes
key_of(struct arena *arena, const char *token)
{
	uint8_t *key = arena_alloc(arena, SHA256_SIZE);

	sha256(bytes_of(token), key);
	return bytes_make(key, SHA256_SIZE);
}

enum err
desk_session_begin(struct txn *txn, const struct StaffRecord *staff, enum role role, int64_t until, const char **ret_token)
{
	struct ctx *ctx = txn_ctx(txn);
	struct DeskSessionRecord session = DESK_SESSION_RECORD__INIT;
	const char *token = random_text(ctx->arena, TOKEN_BYTES);
	enum err err;

	session.staff = staff->credential;
	session.code = staff->code;
	session.role = (char *)role_name(role);
	session.sid = random_text(ctx->arena, 16);
	session.created = ctx->now;
	session.until = until < ctx->now + DESK_LONGEST ? until : ctx->now + DESK_LONGEST;
	session.language = (char *)language_print(ctx->language);
	err = desk_session_save(txn, token, &session);
	if (err == ERR_OK)
		*ret_token = token;
	return err;
}

enum err
desk_session_load(struct txn *txn, const char *token, struct DeskSessionRecord **ret_session)
{
	if (token == NULL || strlen(token) != TOKEN_LENGTH)
		return ERR_NOT_FOUND;
	return record_load(txn, TABLE_DESK_SESSION, key_of(txn_ctx(txn)->arena, token), &desk_session_record__descriptor, ret_session);
}

enum err
desk_session_save(struct txn *txn, const char *token, struct DeskSessionRecord *session)
{
	struct ctx *ctx = txn_ctx(txn);
	int64_t idle_end = ctx->now + DESK_IDLE;

	session->seen = ctx->now;
	return record_save(txn, TABLE_DESK_SESSION, key_of(ctx->arena, token), session, idle_end < session->until ? idle_end : session->until);
}

static enum err
drop(struct txn *txn, struct bytes key)
{
	enum err err = txn_delete(txn, TABLE_DESK_SESSION, key);

	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

enum err
desk_session_renew(struct txn *txn, const char *old, struct DeskSessionRecord *session, const char **ret_token)
{
	struct arena *arena = txn_ctx(txn)->arena;
	const char *token = random_text(arena, TOKEN_BYTES);
	enum err err = drop(txn, key_of(arena, old));

	if (err == ERR_OK)
		err = desk_session_save(txn, token, session);
	if (err == ERR_OK)
		*ret_token = token;
	return err;
}

enum err
desk_session_end(struct txn *txn, const char *token)
{
	struct DeskSessionRecord *session;
	enum err err = desk_session_load(txn, token, &session);

	if (err != ERR_OK)
		return err == ERR_NOT_FOUND ? ERR_OK : err;
	err = desk_case_close(txn, session);
	return err == ERR_OK ? drop(txn, key_of(txn_ctx(txn)->arena, token)) : err;
}

/* Collected before any is removed: a walk must not write to its table. */
struct collected {
	struct arena *arena;
	struct bytes staff;
	const char *but;
	struct bytes keys[AT_ONCE];
	struct DeskSessionRecord *sessions[AT_ONCE];
	size_t count;
};

static enum err
collect(void *arg, struct bytes key, struct bytes value)
{
	struct collected *all = arg;
	struct DeskSessionRecord *session;
	enum err err = record_parse(all->arena, value, &desk_session_record__descriptor, &session);

	if (err != ERR_OK || !bytes_equal(record_bytes(session->staff), all->staff) ||
	    (all->but != NULL && strcmp(session->sid, all->but) == 0))
		return err;
	all->keys[all->count] = bytes_copy(all->arena, key);
	all->sessions[all->count++] = session;
	return all->count == AT_ONCE ? ERR_EXISTS : ERR_OK;
}

enum err
desk_session_end_staff(struct txn *txn, struct bytes staff, const char *but)
{
	struct collected *all = arena_new_object(txn_ctx(txn)->arena, struct collected);
	enum err err;

	*all = (struct collected){.arena = txn_ctx(txn)->arena, .staff = staff, .but = but};
	do {
		all->count = 0;
		err = txn_walk(txn, TABLE_DESK_SESSION, bytes_make("", 0), collect, all);
		if (err == ERR_EXISTS)
			err = ERR_OK;
		for (size_t i = 0; err == ERR_OK && i < all->count; i++) {
			err = desk_case_close(txn, all->sessions[i]);
			if (err == ERR_OK)
				err = drop(txn, all->keys[i]);
		}
	} while (err == ERR_OK && all->count == AT_ONCE);
	return err;
}

enum role
desk_session_role(const struct DeskSessionRecord *session)
{
	enum role role = ROLE_VIEWER;

	/* A name that a later release will have dropped: the least of them. */
	(void)role_parse(session->role, &role);
	return role;
}
