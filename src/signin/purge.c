/* The part of life.h that removes what is kept long enough. */
#include "account/account.h"
#include "account/binding.h"
#include "account/link.h"
#include "audit/audit.h"
#include "mail/outbox.h"
#include "signin/life.h"
#include "signin/session.h"

#define AT_ONCE 64

/* The keys of one account's rows in one table: a walk must not write to its table. */
struct rows {
	struct arena *arena;
	struct bytes keys[AT_ONCE];
	size_t count;
};

static enum err
collect(void *arg, struct bytes key, struct bytes value)
{
	struct rows *rows = arg;

	(void)value;
	rows->keys[rows->count++] = bytes_copy(rows->arena, key);
	return rows->count == AT_ONCE ? ERR_EXISTS : ERR_OK;
}

/* All rows whose key begins with the account's id. */
static enum err
remove_rows(struct txn *txn, enum table table, struct bytes id)
{
	struct rows *rows = arena_new_object(txn_ctx(txn)->arena, struct rows);
	enum err err;

	rows->arena = txn_ctx(txn)->arena;
	do {
		rows->count = 0;
		err = txn_walk(txn, table, id, collect, rows);
		if (err == ERR_EXISTS)
			err = ERR_OK;
		for (size_t i = 0; err == ERR_OK && i < rows->count; i++)
			err = txn_delete(txn, table, rows->keys[i]);
	} while (err == ERR_OK && rows->count == AT_ONCE);
	return err;
}

/* What each of these tables keeps under an account's id: doc/STORE.md. */
static enum err
remove_belongings(struct txn *txn, struct bytes id)
{
	static const enum table tables[] = {TABLE_FACTOR, TABLE_THROTTLE, TABLE_RECOVERY, TABLE_ADDRESS, TABLE_RESET};
	enum err err = ERR_OK;

	for (size_t i = 0; err == ERR_OK && i < sizeof(tables) / sizeof(tables[0]); i++)
		err = remove_rows(txn, tables[i], id);
	return err;
}

/* The other account of a claim does not point to one that is gone. */
static enum err
forget_partner(struct txn *txn, struct bytes partner, struct bytes id)
{
	struct AccountRecord *account;
	enum err err = partner.len > 0 ? account_load(txn, partner, &account) : ERR_NOT_FOUND;

	if (err != ERR_OK)
		return err == ERR_NOT_FOUND ? ERR_OK : err;
	if (bytes_equal(record_bytes(account->moved_to), id))
		account->moved_to = record_data((struct bytes){NULL, 0});
	if (bytes_equal(record_bytes(account->moved_from), id))
		account->moved_from = record_data((struct bytes){NULL, 0});
	return account_save(txn, account);
}

static enum err
purge(struct txn *txn, const struct AccountRecord *account)
{
	struct bytes id = record_bytes(account->id);
	unsigned ended;
	enum err err;

	err = session_end_account(txn, id, NULL, &ended);
	if (err == ERR_OK)
		err = binding_remove(txn, id);
	if (err == ERR_OK)
		err = outbox_forget(txn, id);
	if (err == ERR_OK)
		err = link_forget(txn, id);
	if (err == ERR_OK)
		err = remove_belongings(txn, id);
	if (err == ERR_OK)
		err = forget_partner(txn, record_bytes(account->moved_to), id);
	if (err == ERR_OK)
		err = forget_partner(txn, record_bytes(account->moved_from), id);
	if (err == ERR_OK)
		err = account_remove(txn, account);
	if (err == ERR_OK)
		err = audit_append(txn, AUDIT_ACCOUNT_PURGED, id, account->portal, "why", account->status_why, NULL);
	return err;
}

enum err
purge_due(struct txn *txn, struct bytes id)
{
	struct AccountRecord *account;
	int64_t due;
	enum err err = account_load(txn, id, &account);

	if (err != ERR_OK || account->purge_due == 0 || account->purge_due > txn_now(txn))
		return err == ERR_NOT_FOUND ? ERR_OK : err;
	due = status_purge_due(txn_ctx(txn)->config, account);
	if (due > txn_now(txn)) {
		err = status_purge_at(txn, account, due);
		return err == ERR_OK ? account_save(txn, account) : err;
	}
	if (status_is(account, STATUS_MOVED))
		return status_change(txn, account, CHANGE_CLOSED_AFTER_MOVE);
	return status_is(account, STATUS_CLOSED) ? purge(txn, account) : ERR_OK;
}
