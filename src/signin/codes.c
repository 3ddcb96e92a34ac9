#include "account/account.h"
#include "account/notice.h"
#include "audit/audit.h"
#include "factor/recovery.h"
#include "signin/enrol.h"
#include "signin/internal.h"

static void
set_codes(struct SessionRecord *session, const struct recovery_set *set)
{
	session->pending_codes = (char **)set->codes;
	session->n_pending_codes = set->record.n_codes;
	session->codes_made = set->record.created;
	session->pending_set = set->record.salt;
}

enum err
codes_save(struct txn *txn, struct journey *now, const struct recovery_set *set)
{
	struct bytes id = record_bytes(now->account->id);
	enum err err = recovery_save(txn, id, set);

	set_codes(now->session, set);
	now->account->codes_confirmed = false;
	if (err == ERR_OK)
		err = audit_append(txn, AUDIT_RECOVERY_CODES_MADE, id, now->portal->id, "count",
		    arena_printf(txn_ctx(txn)->arena, "%zu", set->record.n_codes), NULL);
	return err;
}

/* Are the codes that wait in the session those of the account's set?  Another browser may have made a newer one. */
static enum err
codes_are_newest(struct txn *txn, const struct journey *journey, bool *ret_newest)
{
	struct RecoveryRecord *record;
	enum err err;

	*ret_newest = false;
	if (journey->session == NULL || journey->session->n_pending_codes == 0 || journey->account == NULL)
		return ERR_OK;
	err = recovery_load(txn, record_bytes(journey->account->id), &record);
	if (err == ERR_OK)
		*ret_newest = bytes_equal(record_bytes(record->salt), record_bytes(journey->session->pending_set));
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

struct codes {
	struct journey *journey;
	const struct recovery_set *set;
	struct journey now;
	bool newest;
};

static enum err
look_in(struct txn *txn, void *arg)
{
	struct codes *codes = arg;
	enum err err = journey_load(txn, codes->journey->pending, codes->journey->token, &codes->now);

	return err == ERR_OK ? codes_are_newest(txn, &codes->now, &codes->newest) : err;
}

/* The owner is told that the old set is dead, whatever made the new one. */
static enum err
put_set(struct txn *txn, struct codes *codes)
{
	enum err err = codes_save(txn, &codes->now, codes->set);

	if (err == ERR_OK)
		err = session_save(txn, codes->now.token, codes->now.session);
	if (err == ERR_OK)
		err = account_save(txn, codes->now.account);
	return err == ERR_OK ? notice_send(txn, codes->now.account, NOTICE_CODES_RENEWED, NULL, 0) : err;
}

static enum err
show_in(struct txn *txn, void *arg)
{
	struct codes *codes = arg;
	enum err err = look_in(txn, codes);

	if (err != ERR_OK || codes->newest || codes->now.step != STEP_RECOVERY_CODES)
		return err;
	codes->now.session->n_pending_codes = 0;
	if (!codes->now.account->codes_confirmed)
		return put_set(txn, codes);
	/* A newer set is kept already: this one is dead and must not be taken for good. */
	err = session_save(txn, codes->now.token, codes->now.session);
	return err == ERR_OK ? look_in(txn, codes) : err;
}

enum err
codes_show(struct ctx *ctx, struct journey *journey)
{
	struct codes codes = {.journey = journey};
	struct recovery_set set;
	enum err err;

	err = store_view(ctx, look_in, &codes);
	if (err == ERR_OK && !codes.newest && codes.now.step == STEP_RECOVERY_CODES) {
		recovery_make(ctx, ctx->config->limits.recovery_codes, &set);
		codes.set = &set;
		err = store_update(ctx, show_in, &codes);
	}
	if (err == ERR_OK)
		*journey = codes.now;
	return err;
}

static enum err
renew_in(struct txn *txn, void *arg)
{
	struct codes *codes = arg;
	enum err err = look_in(txn, codes);

	/* A double click finds the set of the first one. */
	if (err != ERR_OK || codes->newest)
		return err;
	if (codes->now.step != STEP_DONE || journey_frozen(&codes->now) || !journey_has_factor(&codes->now) || !journey_may_change(txn_ctx(txn), &codes->now))
		return ERR_REFUSED;
	return put_set(txn, codes);
}

enum err
codes_renew(struct ctx *ctx, struct journey *journey)
{
	struct codes codes = {.journey = journey};
	struct recovery_set set;
	enum err err;

	if (!journey_may_change(ctx, journey))
		return ERR_REFUSED;
	recovery_make(ctx, ctx->config->limits.recovery_codes, &set);
	codes.set = &set;
	err = store_update(ctx, renew_in, &codes);
	if (err == ERR_OK)
		*journey = codes.now;
	return err;
}

static enum err
confirm_in(struct txn *txn, void *arg)
{
	const struct journey *journey = arg;
	struct journey now;
	bool newest;
	enum err err;

	err = journey_load(txn, journey->pending, journey->token, &now);
	if (err != ERR_OK || now.step != STEP_RECOVERY_CODES || now.session->n_pending_codes == 0)
		return err;
	err = codes_are_newest(txn, &now, &newest);
	if (err != ERR_OK)
		return err;
	/* To have kept an older set is worth nothing: the next page shows the newest one, if it is not kept yet. */
	now.session->pending_codes = NULL;
	now.session->n_pending_codes = 0;
	now.session->seen = txn_ctx(txn)->now;
	err = session_save(txn, now.token, now.session);
	if (err != ERR_OK || !newest)
		return err;
	now.account->codes_confirmed = true;
	err = account_save(txn, now.account);
	if (err == ERR_OK)
		err = audit_append(txn, AUDIT_RECOVERY_CODES_CONFIRMED, record_bytes(now.account->id), now.portal->id, NULL);
	return err;
}

enum err
codes_confirm(struct ctx *ctx, const struct journey *journey)
{
	return store_update(ctx, confirm_in, (void *)journey);
}
