#include "account/status.h"

#include <string.h>

#include "account/account.h"
#include "account/agenda.h"
#include "account/claim.h"
#include "audit/audit.h"
#include "config/config.h"

static const struct {
	const char *name;
	bool admits, claimable;
	const char *en, *fr;
} statuses[STATUS_COUNT] = {
#define STATUS(id, name, admits, claimable, en, fr) {name, admits, claimable, en, fr},
#include "account/statuses.def"
};

#define FROM(id) (1u << STATUS_##id)
static const struct {
	const char *name;
	unsigned from;
	enum status to;
} changes[CHANGE_COUNT] = {
#define CHANGE(id, name, from, to) {name, from, STATUS_##to},
#include "account/statuses.def"
};

enum status
status_of(const struct AccountRecord *account)
{
	for (unsigned i = 0; i < STATUS_COUNT; i++) {
		if (strcmp(account->status, statuses[i].name) == 0)
			return (enum status)i;
	}
	return STATUS_CLOSED;
}

bool
status_is(const struct AccountRecord *account, enum status status)
{
	return status_of(account) == status;
}

const char *
status_name(enum status status)
{
	must((unsigned)status < STATUS_COUNT);
	return statuses[status].name;
}

bool
status_admits(enum status status)
{
	must((unsigned)status < STATUS_COUNT);
	return statuses[status].admits;
}

bool
status_claimable(enum status status)
{
	must((unsigned)status < STATUS_COUNT);
	return statuses[status].claimable;
}

const char *
status_sentence(enum status status, enum language language)
{
	must((unsigned)status < STATUS_COUNT);
	return language == LANGUAGE_FR ? statuses[status].fr : statuses[status].en;
}

const char *
status_change_name(enum status_change change)
{
	must((unsigned)change < CHANGE_COUNT);
	return changes[change].name;
}

bool
status_leads(enum status from, enum status_change change, enum status *ret_to)
{
	must((unsigned)change < CHANGE_COUNT);
	if ((changes[change].from & 1u << from) == 0)
		return false;
	*ret_to = changes[change].to;
	return true;
}

/* With an account that has taken another's sub over, the sub would go: not while the claim can still be undone. */
static int64_t
kept_closed(const struct config *config, const struct AccountRecord *account)
{
	int64_t period = config->retention.closed_accounts;

	return account->moved_from.len > 0 && period < CLAIM_UNDO ? CLAIM_UNDO : period;
}

int64_t
status_purge_due(const struct config *config, const struct AccountRecord *account)
{
	switch (status_of(account)) {
	case STATUS_CLOSED:
		return account->status_since + kept_closed(config, account);
	case STATUS_MOVED:
		return account->status_since + config->retention.claims;
	case STATUS_WAITING:
	case STATUS_CLAIMANT:
	case STATUS_ACTIVE:
	case STATUS_REFUSED:
	case STATUS_UNLINKED:
	case STATUS_COUNT:
		break;
	}
	return 0;
}

static enum err
move_row(struct txn *txn, enum agenda kind, struct bytes id, int64_t *due, int64_t then)
{
	enum err err = ERR_OK;

	if (*due != 0 && *due != then)
		err = agenda_drop(txn, kind, id, *due);
	if (err == ERR_OK && then != 0)
		err = agenda_put(txn, kind, id, then);
	if (err == ERR_OK)
		*due = then;
	return err;
}

enum err
status_unused_at(struct txn *txn, struct AccountRecord *account, int64_t due)
{
	return move_row(txn, AGENDA_UNUSED, record_bytes(account->id), &account->unused_due, due);
}

enum err
status_purge_at(struct txn *txn, struct AccountRecord *account, int64_t due)
{
	return move_row(txn, AGENDA_PURGE, record_bytes(account->id), &account->purge_due, due);
}

/* Exactly the rows that the new status needs, so that nothing of an account is left behind in the agenda. */
static enum err
plan(struct txn *txn, struct AccountRecord *account)
{
	int64_t purge = status_purge_due(txn_ctx(txn)->config, account);
	enum err err = status_purge_at(txn, account, purge);

	if (err == ERR_OK)
		err = status_unused_at(txn, account, purge != 0 ? 0 : txn_now(txn) + ACCOUNT_LOOKED_AT);
	return err;
}

/* What the portal goes on being told. */
static void
keep_open(struct AccountRecord *account, enum status_change change)
{
	bool ended = change == CHANGE_CREDENTIAL_ENDED;

	account->open_since = ended ? account->status_since : 0;
	account->open_why = ended ? account->status_why : (char *)"";
}

enum err
status_change(struct txn *txn, struct AccountRecord *account, enum status_change change)
{
	struct ctx *ctx = txn_ctx(txn);
	const char *before = account->status;
	enum status to;
	enum err err;

	if (!status_leads(status_of(account), change, &to))
		return ERR_REFUSED;
	keep_open(account, change);
	account->status = arena_text(ctx->arena, statuses[to].name);
	account->status_since = txn_now(txn);
	account->status_why = arena_text(ctx->arena, changes[change].name);
	err = plan(txn, account);
	if (err == ERR_OK)
		err = account_save(txn, account);
	if (err != ERR_OK)
		return err;
	return audit_append(txn, AUDIT_ACCOUNT_STATUS, record_bytes(account->id), account->portal, "from", before, "to", account->status, "why",
	    account->status_why, NULL);
}
