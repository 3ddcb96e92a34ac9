#include "account/approval.h"

#include <string.h>

#include "account/account.h"
#include "account/agenda.h"
#include "account/claim.h"
#include "account/notice.h"
#include "audit/audit.h"
#include "config/config.h"

/* portal NUL */
static struct bytes
portal_prefix(struct arena *arena, const char *portal)
{
	return bytes_copy(arena, bytes_make(portal, strlen(portal) + 1));
}

/* portal NUL since when (8, big endian) | account id.  It waits since it was made, whatever became of it later. */
static struct bytes
row_key(struct arena *arena, const struct AccountRecord *account)
{
	size_t portal_len = strlen(account->portal) + 1, len = portal_len + 8 + account->id.len;
	uint64_t since = (uint64_t)account->created;
	uint8_t *key = arena_alloc(arena, len);

	memcpy(key, account->portal, portal_len);
	for (size_t i = 8; i > 0; i--, since >>= 8)
		key[portal_len + i - 1] = (uint8_t)since;
	memcpy(key + portal_len + 8, account->id.data, account->id.len);
	return bytes_make(key, len);
}

enum err
approval_ask(struct txn *txn, const struct AccountRecord *account)
{
	struct ctx *ctx = txn_ctx(txn);
	enum err err;

	must(status_is(account, STATUS_WAITING));
	err = txn_put(txn, TABLE_APPROVAL, row_key(ctx->arena, account), bytes_make("", 0), NEVER);
	if (err == ERR_OK)
		err = agenda_put(txn, AGENDA_APPROVAL, record_bytes(account->id), account->created + ctx->config->limits.approval_lifetime);
	return err;
}

enum err
approval_drop(struct txn *txn, const struct AccountRecord *account)
{
	enum err err = txn_delete(txn, TABLE_APPROVAL, row_key(txn_ctx(txn)->arena, account));

	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static const char *
start_url(const struct ctx *ctx, const struct AccountRecord *account)
{
	const struct portal_config *portal = config_portal(ctx->config, account->portal);

	return portal != NULL && portal->start_url != NULL ? portal->start_url : "";
}

static enum err
tell(struct txn *txn, const struct AccountRecord *account, enum notice notice)
{
	const struct mail_value value = {"start_url", start_url(txn_ctx(txn), account)};

	return notice_send(txn, account, notice, &value, notice == NOTICE_APPROVED ? 1 : 0);
}

enum err
approval_decide(struct txn *txn, struct AccountRecord *account, bool approved, const char *by)
{
	enum err err = status_change(txn, account, approved ? CHANGE_APPROVED : CHANGE_REFUSED);

	if (err == ERR_OK)
		err = approval_drop(txn, account);
	if (err == ERR_OK && !approved)
		err = claim_end_all_of(txn, record_bytes(account->id), CLAIM_END_OLD_GONE, CLAIM_END_NEW_GONE);
	if (err == ERR_OK)
		err = audit_append(txn, AUDIT_APPROVAL_DECIDED, record_bytes(account->id), account->portal, "decision",
		    status_change_name(approved ? CHANGE_APPROVED : CHANGE_REFUSED), "by", by, NULL);
	return err == ERR_OK ? tell(txn, account, approved ? NOTICE_APPROVED : NOTICE_REFUSED) : err;
}

enum err
approval_due(struct txn *txn, struct bytes id)
{
	struct AccountRecord *account;
	enum err err = account_load(txn, id, &account);

	if (err == ERR_OK)
		err = status_change(txn, account, CHANGE_CLOSED_UNDECIDED);
	if (err == ERR_NOT_FOUND || err == ERR_REFUSED)
		return ERR_OK;
	if (err == ERR_OK)
		err = approval_drop(txn, account);
	return err == ERR_OK ? tell(txn, account, NOTICE_UNDECIDED) : err;
}

struct walk {
	struct txn *txn;
	size_t prefix;
	struct bytes after;
	unsigned left;
	approval_fn *fn;
	void *arg;
	enum err told; /* what fn said last */
};

static enum err
visit(void *arg, struct bytes key, struct bytes value)
{
	struct walk *walk = arg;
	struct AccountRecord *account;

	(void)value;
	if (bytes_equal(key, walk->after))
		return ERR_OK;
	if (walk->left == 0)
		return ERR_EXISTS;
	must(key.len > walk->prefix + 8);
	walk->told = account_load(walk->txn, bytes_make(key.data + walk->prefix + 8, key.len - walk->prefix - 8), &account);
	if (walk->told != ERR_OK)
		return walk->told;
	walk->left--;
	return walk->told = walk->fn(walk->arg, account);
}

enum err
approval_walk(struct txn *txn, const char *portal, const struct AccountRecord *after, unsigned most, approval_fn *fn, void *arg)
{
	struct arena *arena = txn_ctx(txn)->arena;
	struct bytes prefix = portal_prefix(arena, portal), first = after != NULL ? row_key(arena, after) : prefix;
	struct walk walk = {.txn = txn, .prefix = prefix.len, .left = most, .fn = fn, .arg = arg};
	enum err err;

	if (after != NULL)
		walk.after = first;
	err = txn_walk_from(txn, TABLE_APPROVAL, prefix, first, visit, &walk);
	return err == ERR_EXISTS ? walk.told : err;
}
