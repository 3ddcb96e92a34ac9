#include "account/binding.h"

#include <string.h>

#include "base/buf.h"
#include "crypto/seal.h"

#define ENTITY_SIZE 8

/* Each part with its length: no two credentials run together into the same bytes. */
static void
put_part(struct buf *buf, const char *part)
{
	buf_printf(buf, "%zu:", strlen(part));
	buf_put_text(buf, part);
}

struct bytes
credential_hash(struct ctx *ctx, const char *provider, const char *name_qualifier, const char *sp_name_qualifier, const char *name_id)
{
	uint8_t *hash = arena_alloc(ctx->arena, CREDENTIAL_SIZE);
	struct buf buf;

	buf_init(&buf, ctx->arena, 16384);
	put_part(&buf, provider);
	put_part(&buf, name_qualifier);
	put_part(&buf, sp_name_qualifier);
	put_part(&buf, name_id);
	must(!buf.failed);
	mac(ctx->keys, "credential", buf_bytes(&buf), hash);
	return bytes_make(hash, CREDENTIAL_SIZE);
}

static struct bytes
binding_key(struct arena *arena, struct bytes credential, const char *portal)
{
	size_t len = strlen(portal);
	uint8_t *key = arena_alloc(arena, CREDENTIAL_SIZE + len);

	must(credential.len == CREDENTIAL_SIZE);
	memcpy(key, credential.data, CREDENTIAL_SIZE);
	memcpy(key + CREDENTIAL_SIZE, portal, len);
	return bytes_make(key, CREDENTIAL_SIZE + len);
}

/* Whoever is found here is at another portal: this portal's own binding was looked up before. */
static enum err
found(void *arg, struct bytes key, struct bytes value)
{
	(void)arg;
	(void)key;
	(void)value;
	return ERR_EXISTS;
}

enum err
binding_find(struct txn *txn, struct bytes credential, const char *portal, enum separation separation,
    enum binding_state *ret_state, struct bytes *ret_account)
{
	struct BindingRecord *binding;
	enum err err;

	err = record_load(txn, TABLE_BINDING, binding_key(txn_ctx(txn)->arena, credential, portal), &binding_record__descriptor,
	    &binding);
	if (err == ERR_OK) {
		*ret_state = BINDING_HERE;
		*ret_account = record_bytes(binding->account);
		return ERR_OK;
	}
	if (err != ERR_NOT_FOUND)
		return err;
	*ret_state = BINDING_NONE;
	if (separation == SEPARATION_SHARED)
		return ERR_OK;
	err = txn_walk(txn, TABLE_BINDING, credential, found, NULL);
	if (err == ERR_EXISTS)
		*ret_state = BINDING_ELSEWHERE;
	return err == ERR_EXISTS ? ERR_OK : err;
}

static struct bytes
entity_of(const struct ctx *ctx)
{
	uint8_t *hash = arena_alloc(ctx->arena, SHA256_SIZE);

	sha256(bytes_of(ctx->config->entity_id), hash);
	return bytes_make(hash, ENTITY_SIZE);
}

enum err
binding_save(struct txn *txn, struct bytes credential, const char *portal, enum separation separation, const char *provider,
    struct bytes account)
{
	struct BindingRecord binding = BINDING_RECORD__INIT;
	enum binding_state state;
	struct bytes present, key;
	enum err err;

	err = binding_find(txn, credential, portal, separation, &state, &present);
	if (err != ERR_OK)
		return err;
	switch (state) {
	case BINDING_HERE:
		return ERR_EXISTS;
	case BINDING_ELSEWHERE:
		return ERR_REFUSED;
	case BINDING_NONE:
		break;
	}
	binding.account = record_data(account);
	binding.provider = (char *)provider;
	binding.created = txn_ctx(txn)->now;
	binding.entity = record_data(entity_of(txn_ctx(txn)));
	key = binding_key(txn_ctx(txn)->arena, credential, portal);
	err = record_insert(txn, TABLE_BINDING, key, &binding, NEVER);
	return err == ERR_OK ? txn_put(txn, TABLE_BINDING_OF, account, key, NEVER) : err;
}

enum err
binding_ended(struct txn *txn, struct bytes account, bool *ret_ended)
{
	struct BindingRecord *binding;
	struct bytes key;
	enum err err = txn_get(txn, TABLE_BINDING_OF, account, &key);

	if (err == ERR_OK)
		err = record_load(txn, TABLE_BINDING, key, &binding_record__descriptor, &binding);
	if (err != ERR_OK && err != ERR_NOT_FOUND)
		return err;
	*ret_ended = err == ERR_OK && binding->ended != 0;
	return ERR_OK;
}

enum err
binding_remove(struct txn *txn, struct bytes account)
{
	struct bytes key;
	enum err err = txn_get(txn, TABLE_BINDING_OF, account, &key);

	if (err == ERR_OK)
		err = txn_delete(txn, TABLE_BINDING, key);
	if (err == ERR_OK || err == ERR_NOT_FOUND)
		err = txn_delete(txn, TABLE_BINDING_OF, account);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

struct walk {
	struct arena *arena;
	binding_fn *fn;
	void *arg;
};

static enum err
visit(void *arg, struct bytes key, struct bytes value)
{
	const struct walk *walk = arg;
	struct BindingRecord *binding;
	enum err err = record_parse(walk->arena, value, &binding_record__descriptor, &binding);

	(void)key;
	return err == ERR_OK ? walk->fn(walk->arg, binding) : err;
}

enum err
binding_walk(struct txn *txn, struct bytes account, binding_fn *fn, void *arg)
{
	struct walk walk = {txn_ctx(txn)->arena, fn, arg};
	struct bytes key;
	enum err err = txn_get(txn, TABLE_BINDING_OF, account, &key);

	if (err != ERR_OK)
		return err == ERR_NOT_FOUND ? ERR_OK : err;
	return txn_walk(txn, TABLE_BINDING, bytes_make(key.data, CREDENTIAL_SIZE), visit, &walk);
}

bool
binding_current(const struct ctx *ctx, const struct BindingRecord *binding)
{
	return binding->entity.len == 0 || bytes_equal(record_bytes(binding->entity), entity_of(ctx));
}
