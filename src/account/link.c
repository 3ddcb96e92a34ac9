#include "account/link.h"

#include <string.h>

#include "base/random.h"
#include "crypto/seal.h"

#define TOKEN_SIZE 32

static struct bytes
link_key(struct arena *arena, const char *token)
{
	uint8_t *hash = arena_alloc(arena, SHA256_SIZE);

	sha256(bytes_of(token), hash);
	return bytes_make(hash, SHA256_SIZE);
}

static struct bytes
link_of_key(struct arena *arena, struct bytes account, struct bytes key)
{
	uint8_t *of = arena_alloc(arena, account.len + key.len);

	memcpy(of, account.data, account.len);
	memcpy(of + account.len, key.data, key.len);
	return bytes_make(of, account.len + key.len);
}

enum err
link_make(struct txn *txn, const char *kind, struct bytes account, const char *what, int64_t life, const char **ret_token)
{
	struct ctx *ctx = txn_ctx(txn);
	struct LinkRecord link = LINK_RECORD__INIT;
	const char *token = random_text(ctx->arena, TOKEN_SIZE);
	struct bytes key;
	enum err err;

	link.kind = (char *)kind;
	link.account = record_data(account);
	link.what = (char *)what;
	link.created = ctx->now;
	link.until = ctx->now + life;
	key = link_key(ctx->arena, token);
	err = record_insert(txn, TABLE_LINK, key, &link, link.until);
	if (err == ERR_OK)
		err = txn_put(txn, TABLE_LINK_OF, link_of_key(ctx->arena, account, key), bytes_make("", 0), link.until);
	if (err == ERR_OK)
		*ret_token = token;
	return err;
}

enum err
link_load(struct txn *txn, const char *kind, const char *token, struct LinkRecord **ret_link)
{
	struct LinkRecord *link;
	enum err err = record_load(txn, TABLE_LINK, link_key(txn_ctx(txn)->arena, token), &link_record__descriptor, &link);

	if (err == ERR_OK && strcmp(link->kind, kind) != 0)
		err = ERR_NOT_FOUND;
	if (err == ERR_OK)
		*ret_link = link;
	return err;
}

enum err
link_use(struct txn *txn, const char *kind, const char *token, struct LinkRecord **ret_link)
{
	struct ctx *ctx = txn_ctx(txn);
	struct LinkRecord *link;
	enum err err = link_load(txn, kind, token, &link);

	if (err != ERR_OK)
		return err;
	if (link->used != 0)
		return ERR_EXISTS;
	link->used = ctx->now;
	err = record_save(txn, TABLE_LINK, link_key(ctx->arena, token), link, link->until);
	if (err == ERR_OK)
		*ret_link = link;
	return err;
}

#define AT_ONCE 64

/* A walk must not write to its table. */
struct links {
	struct arena *arena;
	struct bytes of[AT_ONCE];
	size_t count;
};

static enum err
collect(void *arg, struct bytes key, struct bytes value)
{
	struct links *links = arg;

	(void)value;
	links->of[links->count++] = bytes_copy(links->arena, key);
	return links->count == AT_ONCE ? ERR_EXISTS : ERR_OK;
}

static enum err
remove_link(struct txn *txn, struct bytes account, struct bytes of)
{
	enum err err = txn_delete(txn, TABLE_LINK, bytes_make(of.data + account.len, of.len - account.len));

	if (err == ERR_OK || err == ERR_NOT_FOUND)
		err = txn_delete(txn, TABLE_LINK_OF, of);
	return err;
}

enum err
link_forget(struct txn *txn, struct bytes account)
{
	struct links *links = arena_new_object(txn_ctx(txn)->arena, struct links);
	enum err err;

	links->arena = txn_ctx(txn)->arena;
	do {
		links->count = 0;
		err = txn_walk(txn, TABLE_LINK_OF, account, collect, links);
		if (err == ERR_EXISTS)
			err = ERR_OK;
		for (size_t i = 0; err == ERR_OK && i < links->count; i++)
			err = remove_link(txn, account, links->of[i]);
	} while (err == ERR_OK && links->count == AT_ONCE);
	return err;
}
