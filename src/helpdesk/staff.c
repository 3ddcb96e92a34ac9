#include "helpdesk/staff.h"

#include <string.h>

#include "audit/audit.h"
#include "base/random.h"
#include "base/typed.h"
#include "factor/throttle.h"
#include "factor/totp.h"
#include "helpdesk/desk_session.h"

#define STAFF_ID_SIZE 16
#define CHARACTERS 6
#define TOOL_CODE "S-000000"
#define TOOL_KEY "ticketing tool"
#define TRIES 16 /* at a million members of staff a code is taken once in a thousand */

enum err
staff_load(struct txn *txn, struct bytes key, struct StaffRecord **ret_staff)
{
	if (key.len == 0)
		return ERR_NOT_FOUND;
	return record_load(txn, TABLE_STAFF, key, &staff_record__descriptor, ret_staff);
}

enum err
staff_save(struct txn *txn, const struct StaffRecord *staff)
{
	return record_save(txn, TABLE_STAFF, record_bytes(staff->credential), staff, NEVER);
}

struct walk {
	struct arena *arena;
	staff_fn *fn;
	void *arg;
};

static enum err
walk_in(void *arg, struct bytes key, struct bytes value)
{
	const struct walk *walk = arg;
	struct StaffRecord *staff;
	enum err err = record_parse(walk->arena, value, &staff_record__descriptor, &staff);

	(void)key;
	return err == ERR_OK ? walk->fn(walk->arg, staff) : err;
}

enum err
staff_walk(struct txn *txn, staff_fn *fn, void *arg)
{
	struct walk walk = {txn_ctx(txn)->arena, fn, arg};

	return txn_walk(txn, TABLE_STAFF, bytes_make("", 0), walk_in, &walk);
}

struct find {
	const char *code;
	const struct StaffRecord *staff;
};

static enum err
find_in(void *arg, const struct StaffRecord *staff)
{
	struct find *find = arg;

	if (strcmp(staff->code, find->code) != 0)
		return ERR_OK;
	find->staff = staff;
	return ERR_EXISTS;
}

enum err
staff_find(struct txn *txn, const char *code, struct StaffRecord **ret_staff)
{
	struct find find = {.code = code};
	enum err err = staff_walk(txn, find_in, &find);

	if (err != ERR_EXISTS)
		return err == ERR_OK ? ERR_NOT_FOUND : err;
	return staff_load(txn, record_bytes(find.staff->credential), ret_staff);
}

static const char *
random_code(struct arena *arena)
{
	uint8_t random[5];

	random_bytes(random, sizeof(random));
	return arena_printf(arena, "S-%.*s", CHARACTERS, crockford_print(arena, BYTES(random)));
}

/* A code that nobody has. */
static enum err
choose_code(struct txn *txn, const char **ret_code)
{
	for (unsigned i = 0; i < TRIES; i++) {
		const char *code = random_code(txn_ctx(txn)->arena);
		struct StaffRecord *other;
		enum err err = staff_find(txn, code, &other);
		if (err == ERR_NOT_FOUND && strcmp(code, TOOL_CODE) != 0) {
			*ret_code = code;
			return ERR_OK;
		}
		if (err != ERR_OK && err != ERR_NOT_FOUND)
			return err;
	}
	return ERR_BUSY;
}

static struct StaffRecord *
make(struct ctx *ctx, struct bytes key, const char *code)
{
	struct StaffRecord *staff = arena_new_object(ctx->arena, struct StaffRecord);
	uint8_t *id = arena_alloc(ctx->arena, STAFF_ID_SIZE);

	random_bytes(id, STAFF_ID_SIZE);
	staff_record__init(staff);
	staff->id = record_data(bytes_make(id, STAFF_ID_SIZE));
	staff->code = (char *)code;
	staff->created = ctx->now;
	staff->credential = record_data(key);
	return staff;
}

enum err
staff_load_or_make(struct txn *txn, struct bytes key, struct StaffRecord **ret_staff)
{
	const char *code = NULL;
	enum err err = staff_load(txn, key, ret_staff);

	if (err != ERR_NOT_FOUND)
		return err;
	err = choose_code(txn, &code);
	if (err == ERR_OK)
		*ret_staff = make(txn_ctx(txn), key, code);
	return err;
}

enum err
staff_load_tool(struct txn *txn, struct StaffRecord **ret_staff)
{
	enum err err = staff_load(txn, bytes_of(TOOL_KEY), ret_staff);

	if (err == ERR_NOT_FOUND) {
		*ret_staff = make(txn_ctx(txn), bytes_of(TOOL_KEY), TOOL_CODE);
		err = ERR_OK;
	}
	return err;
}

bool
staff_is_tool(const struct StaffRecord *staff)
{
	return strcmp(staff->code, TOOL_CODE) == 0;
}

enum err
staff_code_parse(struct arena *arena, const char *typed, const char **ret_code)
{
	char characters[CHARACTERS + 2];
	const char *start = characters;

	if (typed_parse(typed, CHARACTERS + 1, characters) && *characters == 'S')
		start++;
	else if (!typed_parse(typed, CHARACTERS, characters))
		return ERR_FORMAT;
	*ret_code = arena_printf(arena, "S-%s", start);
	return ERR_OK;
}

enum err
staff_reset(struct txn *txn, struct StaffRecord *staff)
{
	struct bytes id = record_bytes(staff->id);
	enum err err = factor_remove(txn, id, TOTP_METHOD);

	if (err == ERR_OK || err == ERR_NOT_FOUND)
		err = throttle_renew(txn, id, TOTP_METHOD);
	if (err == ERR_OK)
		err = desk_session_end_staff(txn, record_bytes(staff->credential), NULL);
	staff->method = (char *)"";
	if (err == ERR_OK)
		err = staff_save(txn, staff);
	if (err == ERR_OK)
		err = audit_append(txn, AUDIT_STAFF_RESET, (struct bytes){NULL, 0}, NULL, "staff", staff->code, NULL);
	return err;
}
