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

enum err
link_make(struct txn *txn, const char *kind, struct bytes account, const char *what, int64_t life, const char **ret_token)
{
	struct ctx *ctx = txn_ctx(txn);
	struct LinkRecord link = LINK_RECORD__INIT;
	const char *token = random_text(ctx->arena, TOKEN_SIZE);
	enum err err;

	link.kind = (char *)kind;
	link.account = record_data(account);
	link.what = (char *)what;
	link.created = ctx->now;
	link.until = ctx->now + life;
	err = record_insert(txn, TABLE_LINK, link_key(ctx->arena, token), &link, link.until);
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
