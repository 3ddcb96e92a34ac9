#include "signin/overview.h"

#include <stdlib.h>
#include <string.h>

#include "account/account.h"
#include "account/address.h"
#include "audit/audit.h"
#include "factor/recovery.h"

struct load {
	const struct journey *journey;
	struct overview *overview;
	struct txn *txn;
};

static enum err
add_session(void *arg, struct bytes of, struct bytes key)
{
	struct load *load = arg;
	struct overview *overview = load->overview;
	struct SessionRecord *session;
	enum err err;

	(void)of;
	if (overview->session_count == OVERVIEW_SESSIONS_MOST)
		return ERR_EXISTS;
	err = record_load(load->txn, TABLE_SESSION, key, &session_record__descriptor, &session);
	if (err != ERR_OK)
		return err == ERR_NOT_FOUND ? ERR_OK : err;
	overview->sessions[overview->session_count++] = (struct overview_session){.sid = session->sid, .provider = session->provider,
	    .started = session->created, .seen = session->seen, .current = strcmp(session->sid, load->journey->session->sid) == 0};
	return ERR_OK;
}

static int
by_use(const void *a, const void *b)
{
	int64_t first = ((const struct overview_session *)a)->seen, second = ((const struct overview_session *)b)->seen;

	return (first < second) - (first > second);
}

static enum err
load_factor(struct txn *txn, const struct AccountRecord *account, struct overview *overview)
{
	struct bytes id = record_bytes(account->id);
	struct RecoveryRecord *codes;
	struct FactorRecord *factor;
	enum err err;

	overview->method = account->method;
	overview->frozen = account_frozen(account);
	err = factor_load(txn, id, account->method, &factor);
	if (err == ERR_OK)
		overview->method_since = factor->enrolled;
	if (err == ERR_OK && *factor->address != '\0')
		overview->address = factor->address;
	if (err != ERR_OK && err != ERR_NOT_FOUND)
		return err;
	err = address_find(txn, id, ADDRESS_NOTICE, &overview->notice_address);
	if (err != ERR_OK && err != ERR_NOT_FOUND)
		return err;
	err = recovery_load(txn, id, &codes);
	if (err == ERR_OK)
		overview->codes_left = recovery_left(codes);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static enum err
load_in(struct txn *txn, void *arg)
{
	struct load *load = arg;
	const struct AccountRecord *account = load->journey->account;
	enum err err;

	*load->overview = (struct overview){.method = ""};
	load->txn = txn;
	err = load_factor(txn, account, load->overview);
	if (err == ERR_OK)
		err = txn_walk(txn, TABLE_SESSION_OF, record_bytes(account->id), add_session, load);
	if (err == ERR_OK || err == ERR_EXISTS)
		qsort(load->overview->sessions, load->overview->session_count, sizeof(load->overview->sessions[0]), by_use);
	return err == ERR_EXISTS ? ERR_OK : err;
}

enum err
overview_load(struct ctx *ctx, const struct journey *journey, struct overview *ret_overview)
{
	struct load load = {.journey = journey, .overview = ret_overview};

	return store_view(ctx, load_in, &load);
}

struct end {
	const struct journey *journey;
	const char *sid;
	bool ended;
};

static enum err
end_in(struct txn *txn, void *arg)
{
	struct end *end = arg;
	struct bytes id = record_bytes(end->journey->account->id);
	enum err err;

	end->ended = session_alive(txn, id, end->sid);
	if (!end->ended)
		return ERR_OK;
	err = session_end_sid(txn, id, end->sid);
	return err == ERR_OK ? audit_append(txn, AUDIT_SESSION_ENDED, id, end->journey->portal->id, "reason", "person", NULL) : err;
}

enum err
overview_end(struct ctx *ctx, const struct journey *journey, const char *sid, bool *ret_ended)
{
	struct end end = {.journey = journey, .sid = sid};
	enum err err = store_update(ctx, end_in, &end);

	if (err == ERR_OK)
		*ret_ended = end.ended;
	return err;
}

static enum err
leave_in(struct txn *txn, void *arg)
{
	const struct journey *journey = arg;
	struct SessionRecord *session;
	enum err err = session_load(txn, journey->token, journey->portal->id, &session);

	if (err != ERR_OK)
		return err == ERR_NOT_FOUND ? ERR_OK : err;
	err = session_end(txn, journey->token, journey->portal->id);
	if (err != ERR_OK || session->account.len == 0)
		return err;
	return audit_append(txn, AUDIT_SESSION_ENDED, record_bytes(session->account), journey->portal->id, "reason", "sign-out", NULL);
}

enum err
overview_leave(struct ctx *ctx, const struct journey *journey)
{
	return store_update(ctx, leave_in, (void *)journey);
}
