#include "signin/terminate.h"

#include "account/account.h"
#include "account/binding.h"
#include "account/claim.h"
#include "account/notice.h"
#include "audit/audit.h"
#include "signin/life.h"
#include "signin/session.h"

/* A credential opens one account a portal at most, and there are no more portals than the configuration may have. */
#define PORTALS_MOST 1024

struct ties {
	struct arena *arena;
	struct bytes keys[PORTALS_MOST];
	struct BindingRecord *bindings[PORTALS_MOST];
	size_t count;
};

static enum err
collect(void *arg, struct bytes key, struct bytes value)
{
	struct ties *ties = arg;
	enum err err;

	if (ties->count == PORTALS_MOST)
		return ERR_TOO_BIG;
	err = record_parse(ties->arena, value, &binding_record__descriptor, &ties->bindings[ties->count]);
	if (err == ERR_OK)
		ties->keys[ties->count++] = bytes_copy(ties->arena, key);
	return err;
}

static enum err
tell(struct txn *txn, const struct AccountRecord *account)
{
	const struct ctx *ctx = txn_ctx(txn);
	const struct provider_config *provider = config_provider(ctx->config, account->provider);
	const char *name = account->provider;
	struct mail_value value = {"provider_name", NULL};

	if (provider != NULL)
		name = notice_language(account) == LANGUAGE_FR ? provider->name.fr : provider->name.en;
	value.value = name;
	return notice_send(txn, account, NOTICE_CREDENTIAL_ENDED, &value, 1);
}

struct made {
	const struct AccountRecord *account;
	struct ClaimRecord *claim;
};

static enum err
find_made(void *arg, const struct ClaimRecord *claim)
{
	struct made *made = arg;

	if (!bytes_equal(record_bytes(claim->account), record_bytes(made->account->id)))
		return ERR_OK;
	made->claim = (struct ClaimRecord *)claim;
	return ERR_EXISTS;
}

/* The claim that it makes, if any: it would move an account to a credential that is no more. */
static enum err
end_own_claim(struct txn *txn, const struct AccountRecord *account)
{
	struct made made = {.account = account};
	enum err err = claim_walk_open(txn, record_bytes(account->id), find_made, &made);

	return err == ERR_EXISTS ? claim_end(txn, made.claim, CLAIM_END_NEW_GONE) : err;
}

static enum err
unlink_account(struct txn *txn, struct AccountRecord *account)
{
	unsigned ended;
	enum err err = status_change(txn, account, CHANGE_CREDENTIAL_ENDED);

	if (err == ERR_OK)
		err = session_end_account(txn, record_bytes(account->id), NULL, &ended);
	if (err == ERR_OK)
		err = end_own_claim(txn, account);
	return err == ERR_OK ? tell(txn, account) : err;
}

/* What it means for the account: one that is over already, or was moved, has nothing to lose. */
static enum err
end_account(struct txn *txn, struct bytes id)
{
	struct AccountRecord *account;
	enum status to;
	enum err err = account_load(txn, id, &account);

	if (err != ERR_OK)
		return err == ERR_NOT_FOUND ? ERR_OK : err;
	if (status_leads(status_of(account), CHANGE_CREDENTIAL_ENDED, &to))
		return unlink_account(txn, account);
	if (status_leads(status_of(account), CHANGE_CREDENTIAL_ENDED_EARLY, &to))
		return life_close(txn, account, CHANGE_CREDENTIAL_ENDED_EARLY);
	return ERR_OK;
}

static enum err
end_tie(struct txn *txn, struct bytes key, struct BindingRecord *binding)
{
	const char *portal = arena_text_of(txn_ctx(txn)->arena, bytes_make(key.data + CREDENTIAL_SIZE, key.len - CREDENTIAL_SIZE));
	enum err err;

	binding->ended = txn_now(txn);
	err = record_save(txn, TABLE_BINDING, key, binding, NEVER);
	if (err == ERR_OK)
		err = audit_append(txn, AUDIT_CREDENTIAL_ENDED, record_bytes(binding->account), portal, "provider", binding->provider, NULL);
	return err == ERR_OK ? end_account(txn, record_bytes(binding->account)) : err;
}

enum err
terminate_credential(struct txn *txn, struct bytes credential, unsigned *ret_accounts)
{
	struct ties *ties = arena_new_object(txn_ctx(txn)->arena, struct ties);
	enum err err;

	must(credential.len == CREDENTIAL_SIZE);
	*ret_accounts = 0;
	ties->arena = txn_ctx(txn)->arena;
	err = txn_walk(txn, TABLE_BINDING, credential, collect, ties);
	for (size_t i = 0; err == ERR_OK && i < ties->count; i++) {
		if (ties->bindings[i]->ended != 0)
			continue;
		err = end_tie(txn, ties->keys[i], ties->bindings[i]);
		*ret_accounts += err == ERR_OK ? 1 : 0;
	}
	return err;
}

struct order {
	const struct termination *termination;
	struct bytes credential;
	unsigned accounts;
};

static enum err
do_order(struct txn *txn, void *arg)
{
	struct order *order = arg;
	const struct termination *what = order->termination;
	const char *id = arena_printf(txn_ctx(txn)->arena, "%s %s", what->provider, what->order);
	enum err err = used_mark(txn, "saml-order", id, what->order_until);

	return err == ERR_OK ? terminate_credential(txn, order->credential, &order->accounts) : err;
}

enum err
terminate_order(struct ctx *ctx, const struct termination *termination, unsigned *ret_accounts)
{
	struct order order = {.termination = termination,
	    .credential = credential_hash(ctx, termination->provider, termination->name_qualifier, termination->sp_name_qualifier,
		termination->name_id)};
	enum err err = store_update(ctx, do_order, &order);

	if (err == ERR_OK)
		*ret_accounts = order.accounts;
	return err;
}
