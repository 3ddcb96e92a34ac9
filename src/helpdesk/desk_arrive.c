#include "helpdesk/desk_arrive.h"

#include <string.h>

#include "account/binding.h"
#include "audit/audit.h"
#include "helpdesk/desk_session.h"
#include "helpdesk/staff.h"

bool
desk_arrive_role(const struct texts *values, enum role *ret_role, const char **ret_reason)
{
	*ret_reason = "role-missing";
	if (values->count == 0)
		return false;
	*ret_reason = "role-several";
	if (values->count > 1)
		return false;
	*ret_reason = "role-unknown";
	return role_parse(values->items[0], ret_role) == ERR_OK;
}

struct arrive {
	const struct desk_login *login;
	const struct credential *credential;	/* NULL: refused */
	enum role role;
	const char *provider, *reason;		/* refused, or without a role */
	const char *token;
};

static enum err
mark_request(struct txn *txn, const struct desk_login *login)
{
	const struct limits_config *limits = &txn_ctx(txn)->config->limits;

	return used_mark(txn, "saml-request", login->request, login->requested + DESK_LOGIN_LIFETIME + limits->clock_skew);
}

/* As long as they would be believed. */
static enum err
mark_used(struct txn *txn, const struct arrive *a)
{
	struct ctx *ctx = txn_ctx(txn);
	enum err err = mark_request(txn, a->login);

	if (err != ERR_OK)
		return err;
	return used_mark(txn, "assertion", arena_printf(ctx->arena, "%s %s", a->credential->provider, a->credential->assertion_id),
	    a->credential->assertion_until + ctx->config->limits.clock_skew);
}

static struct bytes
key_of(struct ctx *ctx, const struct credential *c)
{
	return credential_hash(ctx, c->provider, c->name_qualifier, c->sp_name_qualifier, c->name_id);
}

/* The role that the provider names now, "" for none.  When it is another one, what was begun with the former one ends. */
static enum err
take_role(struct txn *txn, struct StaffRecord *staff, const char *role)
{
	enum err err = ERR_OK;

	if (strcmp(staff->role, role) != 0)
		err = desk_session_end_staff(txn, record_bytes(staff->credential), NULL);
	staff->role = (char *)role;
	return err == ERR_OK ? staff_save(txn, staff) : err;
}

static enum err
arrive_in(struct txn *txn, void *arg)
{
	struct arrive *a = arg;
	struct StaffRecord *staff;
	enum err err = mark_used(txn, a);

	if (err == ERR_OK)
		err = staff_load_or_make(txn, key_of(txn_ctx(txn), a->credential), &staff);
	if (err != ERR_OK)
		return err;
	staff->seen = txn_ctx(txn)->now;
	err = take_role(txn, staff, role_name(a->role));
	return err == ERR_OK ? desk_session_begin(txn, staff, a->role, a->credential->session_until, &a->token) : err;
}

enum err
desk_arrive(struct ctx *ctx, const struct desk_login *login, const struct credential *credential, enum role role, const char **ret_token)
{
	struct arrive a = {.login = login, .credential = credential, .role = role};
	enum err err = store_update(ctx, arrive_in, &a);

	if (err == ERR_OK)
		*ret_token = a.token;
	return err;
}

static enum err
without_role_in(struct txn *txn, void *arg)
{
	const struct arrive *a = arg;
	struct StaffRecord *staff = NULL;
	enum err err = mark_used(txn, a);

	if (err == ERR_OK)
		err = staff_load(txn, key_of(txn_ctx(txn), a->credential), &staff);
	if (err == ERR_OK)
		err = take_role(txn, staff, "");
	if (err != ERR_OK && err != ERR_NOT_FOUND)
		return err;
	return audit_append(txn, AUDIT_DESK_ROLE_REFUSED, bytes_make("", 0), NULL, "reason", a->reason, "staff",
	    staff != NULL ? staff->code : "", NULL);
}

enum err
desk_arrive_without_role(struct ctx *ctx, const struct desk_login *login, const struct credential *credential, const char *reason)
{
	struct arrive a = {.login = login, .credential = credential, .reason = reason};

	return store_update(ctx, without_role_in, &a);
}

static enum err
refused_in(struct txn *txn, void *arg)
{
	const struct arrive *a = arg;
	enum err err = mark_request(txn, a->login);

	if (err != ERR_OK)
		return err;
	return audit_append(txn, AUDIT_CREDENTIAL_REFUSED, bytes_make("", 0), NULL, "provider", a->provider, "reason", a->reason, NULL);
}

enum err
desk_arrive_refused(struct ctx *ctx, const struct desk_login *login, const char *provider, const char *reason)
{
	struct arrive a = {.login = login, .provider = provider, .reason = reason};

	return store_update(ctx, refused_in, &a);
}
