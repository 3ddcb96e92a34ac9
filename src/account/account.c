#include "account/account.h"

#include <string.h>

#include "account/agenda.h"
#include "audit/audit.h"
#include "base/random.h"

#define SIGN_INS_MOST 10
#define REFERENCE_CHARACTERS 8 /* 40 bits: 2^20 accounts before the first clash is likely, and clashes are noticed */
#define REFERENCE_TRIES 32

static struct bytes
subject_key(struct arena *arena, const char *portal, const char *sub)
{
	size_t portal_len = strlen(portal), sub_len = strlen(sub);
	uint8_t *key = arena_alloc(arena, portal_len + 1 + sub_len);

	memcpy(key, portal, portal_len);
	memcpy(key + portal_len + 1, sub, sub_len);
	return bytes_make(key, portal_len + 1 + sub_len);
}

static const char *
print_reference(struct arena *arena, const char *characters)
{
	return arena_printf(arena, "VB-%.4s-%.4s", characters, characters + 4);
}

/* A support reference that no account has, taken in this transaction. */
static enum err
take_reference(struct txn *txn, struct bytes id, const char **ret_reference)
{
	struct arena *arena = txn_ctx(txn)->arena;
	enum err err = ERR_EXISTS;

	for (unsigned i = 0; i < REFERENCE_TRIES && err == ERR_EXISTS; i++) {
		uint8_t random[REFERENCE_CHARACTERS * 5 / 8];
		random_bytes(random, sizeof(random));
		*ret_reference = print_reference(arena, crockford_print(arena, BYTES(random)));
		err = txn_insert(txn, TABLE_REFERENCE, bytes_of(*ret_reference), id, NEVER);
	}
	return err == ERR_EXISTS ? ERR_FULL : err;
}

enum err
account_create(struct txn *txn, const char *portal, const char *provider, enum status status, struct AccountRecord **ret_account)
{
	struct ctx *ctx = txn_ctx(txn);
	struct AccountRecord *account = arena_new_object(ctx->arena, struct AccountRecord);
	uint8_t *id = arena_alloc(ctx->arena, ACCOUNT_ID_SIZE);
	const char *reference;
	enum err err;

	account_record__init(account);
	random_bytes(id, ACCOUNT_ID_SIZE);
	account->id = record_data(bytes_make(id, ACCOUNT_ID_SIZE));
	account->portal = (char *)portal;
	account->provider = (char *)provider;
	account->status = arena_text(ctx->arena, status_name(status));
	account->status_since = ctx->now;
	account->sub = random_text(ctx->arena, 16);
	account->language = arena_text(ctx->arena, language_print(ctx->language));
	account->method = arena_text(ctx->arena, "");
	account->created = ctx->now;
	account->unused_due = ctx->now + ACCOUNT_LOOKED_AT;
	err = take_reference(txn, record_bytes(account->id), &reference);
	if (err != ERR_OK)
		return err;
	account->support_reference = (char *)reference;
	err = txn_insert(txn, TABLE_SUBJECT, subject_key(ctx->arena, portal, account->sub), record_bytes(account->id), NEVER);
	if (err == ERR_OK)
		err = agenda_put(txn, AGENDA_UNUSED, record_bytes(account->id), account->unused_due);
	if (err == ERR_OK)
		err = account_save(txn, account);
	if (err == ERR_OK)
		*ret_account = account;
	return err;
}

enum err
account_load(struct txn *txn, struct bytes id, struct AccountRecord **ret_account)
{
	return record_load(txn, TABLE_ACCOUNT, id, &account_record__descriptor, ret_account);
}

enum err
account_find_subject(struct txn *txn, const char *portal, const char *sub, struct AccountRecord **ret_account)
{
	struct bytes id;
	enum err err = txn_get(txn, TABLE_SUBJECT, subject_key(txn_ctx(txn)->arena, portal, sub), &id);

	return err == ERR_OK ? account_load(txn, id, ret_account) : err;
}

enum err
account_take_subject(struct txn *txn, struct AccountRecord *account, struct AccountRecord *old)
{
	must(*account->former_sub == '\0' && strcmp(account->portal, old->portal) == 0);
	account->former_sub = account->sub;
	account->sub = old->sub;
	account->moved_from = old->id;
	old->moved_to = account->id;
	return txn_put(txn, TABLE_SUBJECT, subject_key(txn_ctx(txn)->arena, old->portal, old->sub), record_bytes(account->id), NEVER);
}

enum err
account_return_subject(struct txn *txn, struct AccountRecord *account, struct AccountRecord *old)
{
	must(*account->former_sub != '\0' && strcmp(account->sub, old->sub) == 0);
	account->sub = account->former_sub;
	account->former_sub = (char *)"";
	account->moved_from = old->moved_to = record_data((struct bytes){NULL, 0});
	return txn_put(txn, TABLE_SUBJECT, subject_key(txn_ctx(txn)->arena, old->portal, old->sub), record_bytes(old->id), NEVER);
}

enum err
account_find_reference(struct txn *txn, const char *reference, struct AccountRecord **ret_account)
{
	struct bytes id;
	enum err err = txn_get(txn, TABLE_REFERENCE, bytes_of(reference), &id);

	return err == ERR_OK ? account_load(txn, id, ret_account) : err;
}

enum err
account_save(struct txn *txn, const struct AccountRecord *account)
{
	return record_save(txn, TABLE_ACCOUNT, record_bytes(account->id), account, NEVER);
}

struct walk {
	struct arena *arena;
	struct bytes after;
	unsigned left;
	account_fn *fn;
	void *arg;
	enum err told; /* what fn said last */
};

static enum err
visit(void *arg, struct bytes key, struct bytes value)
{
	struct walk *walk = arg;
	struct AccountRecord *account;

	if (bytes_equal(key, walk->after))
		return ERR_OK;
	if (walk->left == 0)
		return ERR_EXISTS;
	walk->told = record_parse(walk->arena, value, &account_record__descriptor, &account);
	if (walk->told != ERR_OK)
		return walk->told;
	walk->left--;
	return walk->told = walk->fn(walk->arg, account);
}

enum err
account_walk(struct txn *txn, const struct AccountRecord *after, unsigned most, account_fn *fn, void *arg)
{
	struct bytes nothing = bytes_make("", 0), first = after != NULL ? record_bytes(after->id) : nothing;
	struct walk walk = {.arena = txn_ctx(txn)->arena, .after = first, .left = most, .fn = fn, .arg = arg};
	enum err err = txn_walk_from(txn, TABLE_ACCOUNT, nothing, first, visit, &walk);

	return err == ERR_EXISTS ? walk.told : err;
}

/* A sub that another account has taken over is that one's. */
static enum err
remove_subject(struct txn *txn, const struct AccountRecord *account, const char *sub)
{
	struct bytes key = subject_key(txn_ctx(txn)->arena, account->portal, sub), id;
	enum err err = *sub != '\0' ? txn_get(txn, TABLE_SUBJECT, key, &id) : ERR_NOT_FOUND;

	if (err == ERR_OK && bytes_equal(id, record_bytes(account->id)))
		err = txn_delete(txn, TABLE_SUBJECT, key);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

enum err
account_remove(struct txn *txn, const struct AccountRecord *account)
{
	enum err err = remove_subject(txn, account, account->sub);

	if (err == ERR_OK)
		err = remove_subject(txn, account, account->former_sub);
	if (err == ERR_OK)
		err = txn_delete(txn, TABLE_REFERENCE, bytes_of(account->support_reference));
	if (err == ERR_OK || err == ERR_NOT_FOUND)
		err = txn_delete(txn, TABLE_ACCOUNT, record_bytes(account->id));
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

bool
account_frozen(const struct AccountRecord *account)
{
	return account->frozen != 0;
}

enum err
account_freeze(struct txn *txn, struct AccountRecord *account, const char *notice)
{
	enum err err;

	if (!account_frozen(account))
		account->frozen = txn_ctx(txn)->now;
	err = account_save(txn, account);
	if (err != ERR_OK)
		return err;
	return audit_append(txn, AUDIT_ACCOUNT_FROZEN, record_bytes(account->id), account->portal, "notice", notice, NULL);
}

enum err
account_unfreeze(struct txn *txn, struct AccountRecord *account)
{
	enum err err;

	if (!account_frozen(account))
		return ERR_EXISTS;
	account->frozen = 0;
	err = account_save(txn, account);
	if (err != ERR_OK)
		return err;
	return audit_append(txn, AUDIT_ACCOUNT_UNFROZEN, record_bytes(account->id), account->portal, NULL);
}

void
account_signed_in(struct ctx *ctx, struct AccountRecord *account)
{
	size_t kept = account->n_sign_ins < SIGN_INS_MOST ? account->n_sign_ins : SIGN_INS_MOST - 1;
	int64_t *sign_ins = arena_array(ctx->arena, kept + 1, sizeof(*sign_ins));

	sign_ins[0] = ctx->now;
	for (size_t i = 0; i < kept; i++)
		sign_ins[i + 1] = account->sign_ins[i];
	account->sign_ins = sign_ins;
	account->n_sign_ins = kept + 1;
	account->language = arena_text(ctx->arena, language_print(ctx->language));
}

static char
reference_character(char c)
{
	if (c >= 'a' && c <= 'z')
		c = (char)(c - 'a' + 'A');
	if (c == 'O')
		return '0';
	return c == 'I' || c == 'L' ? '1' : c;
}

enum err
account_reference_parse(struct arena *arena, const char *typed, const char **ret_reference)
{
	char characters[REFERENCE_CHARACTERS + 3];
	const char *start = characters;
	size_t count = 0;

	for (; *typed != '\0'; typed++) {
		if (*typed == ' ' || *typed == '-')
			continue;
		if (count == sizeof(characters) - 1)
			return ERR_FORMAT;
		characters[count++] = reference_character(*typed);
	}
	characters[count] = '\0';
	if (count == REFERENCE_CHARACTERS + 2 && strncmp(characters, "VB", 2) == 0)
		start += 2;
	if (strlen(start) != REFERENCE_CHARACTERS || strspn(start, "0123456789ABCDEFGHJKMNPQRSTVWXYZ") != REFERENCE_CHARACTERS)
		return ERR_FORMAT;
	*ret_reference = print_reference(arena, start);
	return ERR_OK;
}
