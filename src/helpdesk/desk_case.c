#include "helpdesk/desk_case.h"

#include <string.h>

#include "account/account.h"
#include "base/random.h"

#define KEY_SIZE 16

static int64_t
end_of(const struct DeskCaseRecord *record, int64_t now)
{
	int64_t idle = now + DESK_CASE_IDLE, longest = record->opened + DESK_CASE_LONGEST;

	return idle < longest ? idle : longest;
}

static enum err
save(struct txn *txn, struct bytes key, struct DeskCaseRecord *record)
{
	record->until = end_of(record, txn_ctx(txn)->now);
	return record_save(txn, TABLE_DESK_CASE, key, record, record->until);
}

enum err
desk_case_open(struct txn *txn, struct DeskSessionRecord *session, const struct AccountRecord *account, unsigned proven,
    const char **ret_handle)
{
	struct ctx *ctx = txn_ctx(txn);
	struct DeskCaseRecord record = DESK_CASE_RECORD__INIT;
	uint8_t *key = arena_alloc(ctx->arena, KEY_SIZE);
	enum err err = desk_case_close(txn, session);

	if (err != ERR_OK)
		return err;
	random_bytes(key, KEY_SIZE);
	record.staff = session->staff;
	record.account = account->id;
	record.opened = ctx->now;
	record.proven = proven;
	err = save(txn, bytes_make(key, KEY_SIZE), &record);
	if (err != ERR_OK)
		return err;
	session->open_case = record_data(bytes_make(key, KEY_SIZE));
	*ret_handle = hex_print(ctx->arena, bytes_make(key, KEY_SIZE));
	return ERR_OK;
}

enum err
desk_case_load(struct txn *txn, const struct DeskSessionRecord *session, const char *handle, struct desk_case *ret_case)
{
	struct ctx *ctx = txn_ctx(txn);
	struct desk_case found = {.handle = hex_print(ctx->arena, record_bytes(session->open_case))};
	enum err err;

	if (handle == NULL || session->open_case.len != KEY_SIZE || strcmp(handle, found.handle) != 0)
		return ERR_NOT_FOUND;
	err = record_load(txn, TABLE_DESK_CASE, record_bytes(session->open_case), &desk_case_record__descriptor, &found.record);
	if (err == ERR_OK)
		err = account_load(txn, record_bytes(found.record->account), &found.account);
	if (err != ERR_OK)
		return err;
	found.proven = found.record->proven;
	*ret_case = found;
	return ERR_OK;
}

static enum err
save_again(struct txn *txn, struct desk_case *which)
{
	struct bytes key;
	enum err err = hex_parse(txn_ctx(txn)->arena, which->handle, &key);

	return err == ERR_OK ? save(txn, key, which->record) : err;
}

enum err
desk_case_touch(struct txn *txn, struct desk_case *which)
{
	return save_again(txn, which);
}

enum err
desk_case_note(struct txn *txn, struct desk_case *which, enum caller_grade grade)
{
	which->proven = which->record->proven |= 1u << grade;
	return save_again(txn, which);
}

enum err
desk_case_close(struct txn *txn, struct DeskSessionRecord *session)
{
	enum err err = ERR_OK;

	if (session->open_case.len > 0)
		err = txn_delete(txn, TABLE_DESK_CASE, record_bytes(session->open_case));
	session->open_case = record_data((struct bytes){NULL, 0});
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

unsigned
desk_case_grades(unsigned proven)
{
	unsigned count = 0;

	for (unsigned grade = 0; grade < CALLER_GRADE_COUNT; grade++)
		count += proven >> grade & 1;
	return count;
}
