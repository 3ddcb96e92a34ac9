#include "signin/life.h"

#include <string.h>

#include "account/account.h"
#include "account/approval.h"
#include "account/claim.h"
#include "account/notice.h"
#include "audit/audit.h"
#include "signin/reset.h"
#include "signin/session.h"
#include "text/template.h"

#define PROVEN_WITHIN MINUTES(10)

/* What the mail says of the reason. Whoever had an account closed in another way is told by who did that, or not at all. */
static const char *
reason_of(enum status_change change)
{
	if (change == CHANGE_CLOSED_BY_PERSON)
		return "person";
	if (change == CHANGE_CLOSED_UNUSED)
		return "unused";
	return change == CHANGE_CREDENTIAL_ENDED_EARLY ? "credential-ended" : "operator";
}

static enum err
tell_closed(struct txn *txn, const struct AccountRecord *account, enum status_change change)
{
	struct ctx *ctx = txn_ctx(txn);
	const struct mail_value values[] = {{"why", reason_of(change)},
	    {"free_when", text_moment(ctx->text, notice_language(account), account->purge_due, ctx->arena)}};

	return notice_send(txn, account, NOTICE_ACCOUNT_CLOSED, values, 2);
}

/* What an account that is closed leaves behind ends: sessions, claims, its place on the owner's list. */
static enum err
end_ties(struct txn *txn, const struct AccountRecord *account)
{
	struct bytes id = record_bytes(account->id);
	unsigned ended;
	enum err err;

	err = session_end_account(txn, id, NULL, &ended);
	if (err == ERR_OK)
		err = claim_end_all_of(txn, id, CLAIM_END_OLD_GONE, CLAIM_END_NEW_GONE);
	if (err == ERR_OK)
		err = reset_stop(txn, account, RESET_END_ACCOUNT, "");
	return err == ERR_OK ? approval_drop(txn, account) : err;
}

enum err
life_close(struct txn *txn, struct AccountRecord *account, enum status_change change)
{
	enum err err;

	err = status_change(txn, account, change);
	if (err != ERR_OK)
		return err;
	must(status_is(account, STATUS_CLOSED));
	err = end_ties(txn, account);
	return err == ERR_OK ? tell_closed(txn, account, change) : err;
}

enum err
undecided_due(struct txn *txn, struct bytes id)
{
	struct AccountRecord *account;
	enum err err = approval_due(txn, id);

	if (err == ERR_OK)
		err = account_load(txn, id, &account);
	if (err != ERR_OK || !status_is(account, STATUS_CLOSED))
		return err == ERR_NOT_FOUND ? ERR_OK : err;
	return end_ties(txn, account);
}

/* --- by the person --- */

bool
life_may_close(const struct ctx *ctx, const struct journey *journey)
{
	if (journey_has_factor(journey))
		return journey_may_change(ctx, journey);
	return journey->session != NULL && ctx->now - journey->session->credential_time <= PROVEN_WITHIN;
}

struct own {
	const struct journey *journey;
	enum life_verdict verdict;
};

static enum err
close_in(struct txn *txn, void *arg)
{
	struct own *own = arg;
	struct journey now;
	enum err err = journey_load(txn, own->journey->pending, own->journey->token, &now);

	own->verdict = LIFE_MOVED;
	if (err != ERR_OK || now.account == NULL)
		return err;
	own->verdict = LIFE_FROZEN;
	if (journey_frozen(&now))
		return ERR_OK;
	own->verdict = LIFE_UNPROVEN;
	if (!life_may_close(txn_ctx(txn), &now))
		return ERR_OK;
	own->verdict = LIFE_CLOSED;
	return life_close(txn, now.account, CHANGE_CLOSED_BY_PERSON);
}

enum err
life_close_own(struct ctx *ctx, const struct journey *journey, enum life_verdict *ret_verdict)
{
	struct own own = {.journey = journey};
	enum err err = store_update(ctx, close_in, &own);

	*ret_verdict = own.verdict;
	return err;
}

/* --- not used --- */

static int64_t
last_use(const struct AccountRecord *account)
{
	int64_t used = account->n_sign_ins > 0 ? account->sign_ins[0] : account->created;

	return used > account->status_since ? used : account->status_since;
}

static int64_t
later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* Not after `when`, and soon enough to notice another policy. */
static enum err
look_again(struct txn *txn, struct AccountRecord *account, int64_t when)
{
	int64_t latest = txn_now(txn) + ACCOUNT_LOOKED_AT;
	enum err err = status_unused_at(txn, account, when < latest ? when : latest);

	return err == ERR_OK ? account_save(txn, account) : err;
}

static enum err
tell_unused(struct txn *txn, struct AccountRecord *account, int64_t closes)
{
	struct ctx *ctx = txn_ctx(txn);
	const struct mail_value value = {"closes", text_moment(ctx->text, notice_language(account), closes, ctx->arena)};
	enum err err;

	account->unused_told = ctx->now;
	err = look_again(txn, account, closes);
	if (err == ERR_OK)
		err = notice_send(txn, account, NOTICE_ACCOUNT_UNUSED, &value, 1);
	return err == ERR_OK ? audit_append(txn, AUDIT_ACCOUNT_UNUSED, record_bytes(account->id), account->portal, "closes",
				   clock_print(ctx->arena, closes), NULL)
			     : err;
}

/* An account that is out of use at `ends`. */
static enum err
judge(struct txn *txn, struct AccountRecord *account, int64_t ends)
{
	int64_t now = txn_now(txn), closes;

	if (account->unused_told != 0 && last_use(account) > account->unused_told)
		account->unused_told = 0; /* it was used after all */
	if (account->unused_told == 0 && now < ends - LIFE_WARNED)
		return look_again(txn, account, ends - LIFE_WARNED);
	if (account->unused_told == 0)
		return tell_unused(txn, account, later(ends, now + LIFE_WARNED));
	closes = later(ends, account->unused_told + LIFE_WARNED);
	return now < closes ? look_again(txn, account, closes) : life_close(txn, account, CHANGE_CLOSED_UNUSED);
}

static enum err
is_claimed(void *arg, const struct ClaimRecord *claim)
{
	(void)arg;
	(void)claim;
	return ERR_EXISTS;
}

enum err
unused_due(struct txn *txn, struct bytes id)
{
	int64_t policy = txn_ctx(txn)->config->retention.unused_accounts;
	struct AccountRecord *account;
	enum status to;
	enum err err = account_load(txn, id, &account);

	if (err == ERR_NOT_FOUND)
		return ERR_OK;
	if (err != ERR_OK || account->unused_due == 0 || account->unused_due > txn_now(txn))
		return err;
	if (policy == 0 || !status_leads(status_of(account), CHANGE_CLOSED_UNUSED, &to))
		return look_again(txn, account, NEVER);
	err = claim_walk_open(txn, id, is_claimed, NULL);
	if (err == ERR_EXISTS) {
		account->unused_told = 0; /* whatever comes of the claim, the person is told anew */
		return look_again(txn, account, NEVER);
	}
	if (err != ERR_OK)
		return err;
	return judge(txn, account, last_use(account) + policy);
}
