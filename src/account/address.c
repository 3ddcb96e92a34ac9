#include "account/address.h"

#include <string.h>

#include "mail/mailbox.h"

/* Nobody proves more than limits.mail_sends_day addresses a day, so it stays short. */
struct list {
	struct ctx *ctx;
	struct AddressRecord **items;
	size_t count;
};

static struct bytes
address_key(struct ctx *ctx, struct bytes account, const char *address)
{
	struct bytes hash = mailbox_hash(ctx, address);
	uint8_t *key = arena_alloc(ctx->arena, account.len + hash.len);

	memcpy(key, account.data, account.len);
	memcpy(key + account.len, hash.data, hash.len);
	return bytes_make(key, account.len + hash.len);
}

static bool
gets_notices(const struct AddressRecord *address, int64_t now)
{
	return address->factor || address->notice || now < address->replaced + ADDRESS_OUTLIVES;
}

static enum err
add(void *arg, struct bytes key, struct bytes value)
{
	struct list *list = arg;
	struct AddressRecord *address;
	enum err err = record_parse(list->ctx->arena, value, &address_record__descriptor, &address);

	(void)key;
	if (err != ERR_OK || !gets_notices(address, list->ctx->now))
		return err;
	list->items = arena_grow(list->ctx->arena, list->items, list->count * sizeof(struct AddressRecord *),
	    (list->count + 1) * sizeof(struct AddressRecord *));
	list->items[list->count++] = address;
	return ERR_OK;
}

static enum err
load_list(struct txn *txn, struct bytes account, struct list *ret_list)
{
	*ret_list = (struct list){.ctx = txn_ctx(txn)};
	return txn_walk(txn, TABLE_ADDRESS, account, add, ret_list);
}

static bool
has_use(const struct AddressRecord *address, enum address_use use)
{
	return use == ADDRESS_FACTOR ? address->factor : address->notice;
}

static void
set_use(struct AddressRecord *address, enum address_use use, bool value)
{
	if (use == ADDRESS_FACTOR)
		address->factor = value;
	else
		address->notice = value;
}

static enum err
save(struct txn *txn, struct bytes account, const struct AddressRecord *address)
{
	return record_save(txn, TABLE_ADDRESS, address_key(txn_ctx(txn), account, address->address), address,
	    address->replaced == 0 ? NEVER : address->replaced + ADDRESS_OUTLIVES);
}

enum err
address_drop(struct txn *txn, struct bytes account, enum address_use use)
{
	struct list list;
	enum err err = load_list(txn, account, &list);

	for (size_t i = 0; i < list.count && err == ERR_OK; i++) {
		struct AddressRecord *address = list.items[i];
		if (!has_use(address, use))
			continue;
		set_use(address, use, false);
		if (!address->factor && !address->notice)
			address->replaced = txn_ctx(txn)->now;
		err = save(txn, account, address);
	}
	return err;
}

enum err
address_put(struct txn *txn, struct bytes account, const char *address, enum address_use use)
{
	struct ctx *ctx = txn_ctx(txn);
	struct AddressRecord *record;
	enum err err = address_drop(txn, account, use);

	if (err != ERR_OK)
		return err;
	err = record_load(txn, TABLE_ADDRESS, address_key(ctx, account, address), &address_record__descriptor, &record);
	if (err == ERR_NOT_FOUND) {
		record = arena_new_object(ctx->arena, struct AddressRecord);
		address_record__init(record);
		err = ERR_OK;
	}
	if (err != ERR_OK)
		return err;
	record->address = (char *)address;
	record->proven = ctx->now;
	record->replaced = 0;
	set_use(record, use, true);
	return save(txn, account, record);
}

enum err
address_find(struct txn *txn, struct bytes account, enum address_use use, const char **ret_address)
{
	struct list list;
	enum err err = load_list(txn, account, &list);

	if (err != ERR_OK)
		return err;
	for (size_t i = 0; i < list.count; i++) {
		if (has_use(list.items[i], use)) {
			*ret_address = list.items[i]->address;
			return ERR_OK;
		}
	}
	return ERR_NOT_FOUND;
}

enum err
address_walk(struct txn *txn, struct bytes account, address_fn *fn, void *arg)
{
	struct list list;
	enum err err = load_list(txn, account, &list);

	for (size_t i = 0; i < list.count && err == ERR_OK; i++)
		err = fn(arg, list.items[i]);
	return err;
}
