#include "signin/session.h"

#include <string.h>

#include "account/binding.h"
#include "base/random.h"
#include "crypto/seal.h"
#include "signin/pending.h"

#define TOKEN_BYTES 32
#define TOKEN_LENGTH 43
#define PORTALS_MOST 64 /* sessions that move at once: one a portal */

const char *
session_token(struct arena *arena)
{
	return random_text(arena, TOKEN_BYTES);
}

/* SHA-256 of the token, and the portal when there is one. */
static struct bytes
session_key(struct arena *arena, const char *token, const char *portal)
{
	size_t len = strlen(portal);
	uint8_t *key = arena_alloc(arena, SHA256_SIZE + len);

	sha256(bytes_of(token), key);
	memcpy(key + SHA256_SIZE, portal, len);
	return bytes_make(key, SHA256_SIZE + len);
}

static struct bytes
session_of_key(struct arena *arena, struct bytes account, const char *sid)
{
	size_t len = strlen(sid);
	uint8_t *key = arena_alloc(arena, account.len + len);

	memcpy(key, account.data, account.len);
	memcpy(key + account.len, sid, len);
	return bytes_make(key, account.len + len);
}

static enum err
find_account(struct txn *txn, struct SessionRecord *session)
{
	const struct provider_config *provider = config_provider(txn_ctx(txn)->config, session->provider);
	enum binding_state state;
	struct bytes account;
	enum err err;

	if (session->account.len > 0 || provider == NULL)
		return ERR_OK;
	err = binding_find(txn, record_bytes(session->credential), session->portal, provider->separation, &state, &account);
	if (err == ERR_OK && state == BINDING_HERE)
		session->account = record_data(account);
	return err;
}

enum err
session_load(struct txn *txn, const char *token, const char *portal, struct SessionRecord **ret_session)
{
	enum err err;

	if (token == NULL || strlen(token) != TOKEN_LENGTH)
		return ERR_NOT_FOUND;
	err = record_load(txn, TABLE_SESSION, session_key(txn_ctx(txn)->arena, token, portal), &session_record__descriptor, ret_session);
	return err == ERR_OK ? find_account(txn, *ret_session) : err;
}

struct find {
	const char *cookie, *portal;
	struct SessionRecord *session;
};

static enum err
find_in(struct txn *txn, void *arg)
{
	struct find *find = arg;

	return session_load(txn, find->cookie, find->portal, &find->session);
}

enum err
session_find(struct ctx *ctx, const char *cookie, const char *portal, struct SessionRecord **ret_session)
{
	struct find find = {.cookie = cookie, .portal = portal};
	enum err err = store_view(ctx, find_in, &find);

	if (err == ERR_OK)
		*ret_session = find.session;
	return err;
}

/* The earlier of the idle and the absolute end. */
static int64_t
ends_at(struct ctx *ctx, const struct SessionRecord *session)
{
	const struct portal_config *portal = config_portal(ctx->config, session->portal);
	int64_t idle_end = session->seen + (portal != NULL ? portal->idle : 0);

	return idle_end < session->until ? idle_end : session->until;
}

static enum err
save_at(struct txn *txn, struct bytes key, const struct SessionRecord *session)
{
	struct ctx *ctx = txn_ctx(txn);
	int64_t end = ends_at(ctx, session);
	enum err err;

	err = record_save(txn, TABLE_SESSION, key, session, end);
	if (err != ERR_OK || session->account.len == 0)
		return err;
	return txn_put(txn, TABLE_SESSION_OF, session_of_key(ctx->arena, record_bytes(session->account), session->sid), key, end);
}

enum err
session_save(struct txn *txn, const char *token, struct SessionRecord *session)
{
	return save_at(txn, session_key(txn_ctx(txn)->arena, token, session->portal), session);
}

/* All sessions of one browser, collected before any is written: a walk must not write to its table. */
struct collected {
	struct arena *arena;
	struct bytes keys[PORTALS_MOST];
	struct SessionRecord *sessions[PORTALS_MOST];
	size_t count;
};

static enum err
collect(void *arg, struct bytes key, struct bytes value)
{
	struct collected *all = arg;
	enum err err;

	if (all->count == PORTALS_MOST)
		return ERR_TOO_BIG;
	err = record_parse(all->arena, value, &session_record__descriptor, &all->sessions[all->count]);
	if (err == ERR_OK)
		all->keys[all->count++] = bytes_copy(all->arena, key);
	return err;
}

/* An unknown or malformed token has no sessions. */
static enum err
collect_all(struct txn *txn, const char *token, struct collected **ret_all)
{
	struct arena *arena = txn_ctx(txn)->arena;
	struct collected *all = arena_new_object(arena, struct collected);

	all->arena = arena;
	*ret_all = all;
	if (token == NULL || strlen(token) != TOKEN_LENGTH)
		return ERR_OK;
	return txn_walk(txn, TABLE_SESSION, session_key(arena, token, ""), collect, all);
}

enum err
session_count(struct txn *txn, const char *token, unsigned *ret_count)
{
	struct collected *all;
	enum err err = collect_all(txn, token, &all);

	*ret_count = (unsigned)all->count;
	return err;
}

enum err
session_renew(struct txn *txn, const char *old, struct SessionRecord *session, const char **ret_token)
{
	const char *token = session_token(txn_ctx(txn)->arena);
	struct collected *all;
	enum err err;

	err = collect_all(txn, old, &all);
	for (size_t i = 0; err == ERR_OK && i < all->count; i++) {
		bool changed = session != NULL && strcmp(all->sessions[i]->portal, session->portal) == 0;
		err = txn_delete(txn, TABLE_SESSION, all->keys[i]);
		if (err == ERR_OK)
			err = session_save(txn, token, changed ? session : all->sessions[i]);
	}
	if (err == ERR_OK)
		*ret_token = token;
	return err;
}

static enum err
remove_at(struct txn *txn, struct bytes key, const struct SessionRecord *session)
{
	enum err err = txn_delete(txn, TABLE_SESSION, key);

	if (err != ERR_OK || session->account.len == 0)
		return err == ERR_NOT_FOUND ? ERR_OK : err;
	err = txn_delete(txn, TABLE_SESSION_OF, session_of_key(txn_ctx(txn)->arena, record_bytes(session->account), session->sid));
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

/* What the provider has vouched for anew, on top of what the same credential had proven before. */
static void
refresh(struct SessionRecord *session, const struct SessionRecord *arrived)
{
	session->name_id = arrived->name_id;
	session->session_index = arrived->session_index;
	session->credential_level = arrived->credential_level;
	session->credential_time = arrived->credential_time;
	session->seen = arrived->seen;
}

/* The browser's former session at the portal where it has just arrived. */
static enum err
join_same(struct txn *txn, struct bytes old_key, struct SessionRecord *old, const char *token, const struct portal_config *portal,
    const struct pending *pending)
{
	struct SessionRecord *arrived;
	enum err err;

	err = session_load(txn, token, portal->id, &arrived);
	if (err != ERR_OK)
		return err;
	if (!bytes_equal(record_bytes(old->credential), record_bytes(arrived->credential)))
		return remove_at(txn, old_key, old);
	err = find_account(txn, old);
	if (err == ERR_OK)
		err = remove_at(txn, old_key, old);
	if (err == ERR_OK)
		err = remove_at(txn, session_key(txn_ctx(txn)->arena, token, portal->id), arrived);
	if (err != ERR_OK)
		return err;
	if (session_fresh(old, portal, pending)) {
		refresh(old, arrived);
		return session_save(txn, token, old);
	}
	/* The same person signs in anew: what was issued before stays alive under the same sid. */
	arrived->sid = old->sid;
	return session_save(txn, token, arrived);
}

enum err
session_join(struct txn *txn, const char *old, const char *arrived, const struct portal_config *portal, const struct pending *pending)
{
	struct collected *all;
	enum err err;

	err = collect_all(txn, old, &all);
	for (size_t i = 0; err == ERR_OK && i < all->count; i++) {
		if (strcmp(all->sessions[i]->portal, portal->id) == 0) {
			err = join_same(txn, all->keys[i], all->sessions[i], arrived, portal, pending);
			continue;
		}
		err = txn_delete(txn, TABLE_SESSION, all->keys[i]);
		if (err == ERR_OK)
			err = session_save(txn, arrived, all->sessions[i]);
	}
	return err;
}

enum err
session_end(struct txn *txn, const char *token, const char *portal)
{
	struct SessionRecord *session;
	enum err err = session_load(txn, token, portal, &session);

	if (err != ERR_OK)
		return err == ERR_NOT_FOUND ? ERR_OK : err;
	return remove_at(txn, session_key(txn_ctx(txn)->arena, token, portal), session);
}

/* The keys of an account's sessions. */
struct keys {
	struct arena *arena;
	struct bytes but; /* is left out */
	struct bytes of[PORTALS_MOST], keys[PORTALS_MOST];
	size_t count;
};

static enum err
collect_key(void *arg, struct bytes key, struct bytes value)
{
	struct keys *keys = arg;

	if (bytes_equal(key, keys->but))
		return ERR_OK;
	if (keys->count == PORTALS_MOST)
		return ERR_EXISTS;
	keys->of[keys->count] = bytes_copy(keys->arena, key);
	keys->keys[keys->count++] = bytes_copy(keys->arena, value);
	return ERR_OK;
}

static enum err
remove_one(struct txn *txn, struct bytes of, struct bytes key)
{
	enum err err = txn_delete(txn, TABLE_SESSION_OF, of);

	if (err == ERR_OK)
		err = txn_delete(txn, TABLE_SESSION, key);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

enum err
session_end_account(struct txn *txn, struct bytes account, const char *but, unsigned *ret_count)
{
	struct keys *keys = arena_new_object(txn_ctx(txn)->arena, struct keys);
	enum err err;

	*ret_count = 0;
	keys->arena = txn_ctx(txn)->arena;
	if (but != NULL)
		keys->but = session_of_key(keys->arena, account, but);
	do {
		keys->count = 0;
		err = txn_walk(txn, TABLE_SESSION_OF, account, collect_key, keys);
		if (err == ERR_EXISTS)
			err = ERR_OK;
		for (size_t i = 0; err == ERR_OK && i < keys->count; i++)
			err = remove_one(txn, keys->of[i], keys->keys[i]);
		*ret_count += (unsigned)keys->count;
	} while (err == ERR_OK && keys->count == PORTALS_MOST);
	return err;
}

/* *ret_key: where it stands. */
static enum err
load_sid(struct txn *txn, struct bytes account, const char *sid, struct bytes *ret_key, struct SessionRecord **ret_session)
{
	struct SessionRecord *session;
	enum err err = txn_get(txn, TABLE_SESSION_OF, session_of_key(txn_ctx(txn)->arena, account, sid), ret_key);

	if (err == ERR_OK)
		err = record_load(txn, TABLE_SESSION, *ret_key, &session_record__descriptor, &session);
	if (err == ERR_OK && strcmp(session->sid, sid) != 0)
		err = ERR_NOT_FOUND;
	if (err == ERR_OK)
		*ret_session = session;
	return err;
}

bool
session_alive(struct txn *txn, struct bytes account, const char *sid)
{
	struct SessionRecord *session;
	struct bytes key;

	return load_sid(txn, account, sid, &key, &session) == ERR_OK;
}

enum err
session_load_sid(struct txn *txn, struct bytes account, const char *sid, struct SessionRecord **ret_session)
{
	struct bytes key;

	return load_sid(txn, account, sid, &key, ret_session);
}

enum err
session_save_sid(struct txn *txn, struct SessionRecord *session)
{
	struct SessionRecord *present;
	struct bytes key;
	enum err err = load_sid(txn, record_bytes(session->account), session->sid, &key, &present);

	return err == ERR_OK ? save_at(txn, key, session) : err;
}

enum err
session_end_sid(struct txn *txn, struct bytes account, const char *sid)
{
	struct bytes of = session_of_key(txn_ctx(txn)->arena, account, sid), key;
	enum err err = txn_get(txn, TABLE_SESSION_OF, of, &key);

	if (err != ERR_OK)
		return err == ERR_NOT_FOUND ? ERR_OK : err;
	return remove_one(txn, of, key);
}
