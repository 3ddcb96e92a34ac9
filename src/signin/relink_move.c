/* What comes of a claim: it is completed, lapses, or is undone. */
#include "signin/relink.h"

#include <string.h>

#include "account/account.h"
#include "account/agenda.h"
#include "account/approval.h"
#include "account/binding.h"
#include "account/notice.h"
#include "audit/audit.h"
#include "signin/reset.h"

struct pair {
	struct AccountRecord *account;	/* the claimant's */
	struct AccountRecord *old;
};

/* NULL where one is gone. */
static enum err
load_one(struct txn *txn, struct bytes id, struct AccountRecord **ret_account)
{
	enum err err = account_load(txn, id, ret_account);

	if (err == ERR_NOT_FOUND)
		*ret_account = NULL;
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static enum err
load_pair(struct txn *txn, const struct ClaimRecord *claim, struct pair *ret_pair)
{
	enum err err = load_one(txn, record_bytes(claim->account), &ret_pair->account);

	return err == ERR_OK ? load_one(txn, record_bytes(claim->old), &ret_pair->old) : err;
}

static enum err
end_sessions(struct txn *txn, const struct pair *pair)
{
	unsigned count;
	enum err err = session_end_account(txn, record_bytes(pair->account->id), NULL, &count);

	return err == ERR_OK ? session_end_account(txn, record_bytes(pair->old->id), NULL, &count) : err;
}

/* --- complete --- */

/* The one rule of all claims, asked once more at the end: both proven and nobody else claims it, or the portal's owner agreed. */
static bool
is_enough(const struct ClaimRecord *claim)
{
	return claim->decided != 0 || (claim_kind(claim) == 'a' && !claim->contested);
}

static enum err
settle(struct txn *txn, struct ClaimRecord *claim, enum claim_state state, enum claim_end why)
{
	struct ctx *ctx = txn_ctx(txn);

	claim->state = arena_text(ctx->arena, claim_state_name(state));
	claim->why = arena_text(ctx->arena, claim_end_name(why));
	claim->ended = ctx->now;
	claim->due = 0;
	return claim_save(txn, claim);
}

static enum err
move(struct txn *txn, struct ClaimRecord *claim, struct pair *pair)
{
	enum err err = approval_drop(txn, pair->account);

	claim->status_before = pair->account->status;
	if (err == ERR_OK)
		err = account_take_subject(txn, pair->account, pair->old);
	if (err == ERR_OK)
		err = status_change(txn, pair->old, CHANGE_TAKEN_OVER);
	return err == ERR_OK ? status_change(txn, pair->account, CHANGE_CLAIM_COMPLETED) : err;
}

/* What else was under way in either account, and everybody who is signed in to one: under the sub of before. */
static enum err
end_the_rest(struct txn *txn, const struct pair *pair)
{
	enum err err = end_sessions(txn, pair);

	if (err == ERR_OK)
		err = claim_end_all_of(txn, record_bytes(pair->old->id), CLAIM_END_SUPERSEDED, CLAIM_END_NEW_GONE);
	if (err == ERR_OK)
		err = claim_end_all_of(txn, record_bytes(pair->account->id), CLAIM_END_SUPERSEDED, CLAIM_END_NEW_GONE);
	return err == ERR_OK ? reset_stop(txn, pair->old, RESET_END_ACCOUNT, "") : err;
}

static enum err
complete(struct txn *txn, struct ClaimRecord *claim, struct pair *pair)
{
	const struct claim_news news = {.claim = claim, .event = AUDIT_CLAIM_COMPLETED, .notice = NOTICE_CLAIM_COMPLETED};
	enum err err = move(txn, claim, pair);

	if (err == ERR_OK)
		err = settle(txn, claim, CLAIM_COMPLETED, CLAIM_END_COMPLETED);
	if (err == ERR_OK)
		err = end_the_rest(txn, pair);
	return err == ERR_OK ? claim_tell(txn, &news) : err;
}

/* "This was not me" was said in one of the accounts: what was proven may be a thief's.  The help desk looks first, and after that everybody
 * has a whole waiting period again to object. */
static enum err
postpone(struct txn *txn, struct ClaimRecord *claim)
{
	struct ctx *ctx = txn_ctx(txn);
	int64_t since = claim->decided != 0 ? claim->decided : claim->opened;
	const struct claim_news news = {.claim = claim, .event = AUDIT_CLAIM_POSTPONED, .notice = CLAIM_NO_NOTICE};
	enum err err;

	if (ctx->now >= since + ctx->config->limits.claim_decision)
		return claim_end(txn, claim, CLAIM_END_LAPSED);
	err = claim_wait(txn, claim);
	return err == ERR_OK ? claim_tell(txn, &news) : err;
}

enum err
relink_complete(struct txn *txn, struct ClaimRecord *claim)
{
	struct pair pair;
	enum err err = load_pair(txn, claim, &pair);

	if (err != ERR_OK)
		return err;
	if (claim_state(claim) != CLAIM_PERIOD || txn_now(txn) < claim->until)
		return ERR_REFUSED;
	if (pair.old == NULL || !status_claimable(status_of(pair.old)))
		return claim_end(txn, claim, CLAIM_END_OLD_GONE);
	if (pair.account == NULL)
		return claim_end(txn, claim, CLAIM_END_NEW_GONE);
	if (account_frozen(pair.old) || account_frozen(pair.account))
		return postpone(txn, claim);
	if (!claim_possible(pair.account, pair.old))
		return claim_end(txn, claim, CLAIM_END_NEW_GONE);
	/* It never comes to that; if it did, nothing moves. */
	if (!is_enough(claim))
		return claim_end(txn, claim, CLAIM_END_LAPSED);
	return complete(txn, claim, &pair);
}

/* --- by itself --- */

static enum err
remind(struct txn *txn, struct ClaimRecord *claim)
{
	const struct claim_news news = {.claim = claim, .event = CLAIM_NO_EVENT, .notice = NOTICE_CLAIM_REMINDER};
	enum err err;

	claim->due = claim->until;
	err = claim_save(txn, claim);
	if (err == ERR_OK)
		err = agenda_put(txn, AGENDA_CLAIM, record_bytes(claim->id), claim->due);
	return err == ERR_OK ? claim_tell(txn, &news) : err;
}

enum err
relink_due(struct txn *txn, struct bytes id)
{
	struct ClaimRecord *claim;
	enum err err = claim_load(txn, id, &claim);

	if (err != ERR_OK)
		return err == ERR_NOT_FOUND ? ERR_OK : err;
	if (!claim_is_open(claim) || txn_now(txn) < claim->due)
		return ERR_OK;
	if (claim_state(claim) == CLAIM_DECISION)
		return claim_end(txn, claim, CLAIM_END_LAPSED);
	return txn_now(txn) < claim->until ? remind(txn, claim) : relink_complete(txn, claim);
}

/* --- undo --- */

/* Only what was moved by this claim, and is still where it put it: what a later claim has moved on is given back by undoing that one first,
 * and not at all once the account between is closed. */
static enum err
load_moved(struct txn *txn, const struct ClaimRecord *claim, struct pair *ret_pair)
{
	struct AccountRecord *holder;
	enum err err = load_pair(txn, claim, ret_pair);

	if (err != ERR_OK)
		return err;
	if (claim_state(claim) != CLAIM_COMPLETED || txn_now(txn) >= claim->ended + CLAIM_UNDO || ret_pair->account == NULL || ret_pair->old == NULL)
		return ERR_REFUSED;
	if (!bytes_equal(record_bytes(ret_pair->account->moved_from), record_bytes(claim->old)) ||
	    !bytes_equal(record_bytes(ret_pair->old->moved_to), record_bytes(claim->account)))
		return ERR_REFUSED;
	if (!status_is(ret_pair->old, STATUS_MOVED) || status_is(ret_pair->account, STATUS_MOVED))
		return ERR_REFUSED;
	err = account_find_subject(txn, claim->portal, ret_pair->old->sub, &holder);
	if (err != ERR_OK)
		return err == ERR_NOT_FOUND ? ERR_REFUSED : err;
	return bytes_equal(record_bytes(holder->id), record_bytes(claim->account)) ? ERR_OK : ERR_REFUSED;
}

enum err
relink_taker(struct txn *txn, const struct ClaimRecord *claim, struct AccountRecord **ret_account)
{
	struct pair pair;
	enum err err = load_moved(txn, claim, &pair);

	if (err == ERR_OK)
		*ret_account = pair.account;
	return err;
}

static bool
was(const char *before, enum status status)
{
	return strcmp(before, status_name(status)) == 0;
}

/* The claimant's: one that opened nothing before the claim opens nothing after it.  Whatever else became of it meanwhile stays. */
static enum err
put_back_claimant(struct txn *txn, const struct ClaimRecord *claim, struct AccountRecord *account)
{
	struct bytes id = record_bytes(account->id);
	enum status to;
	enum err err;

	if (was(claim->status_before, STATUS_ACTIVE) || !status_leads(status_of(account), CHANGE_CLAIM_UNDONE_CLAIMANT, &to))
		return account_save(txn, account);
	err = status_change(txn, account, CHANGE_CLAIM_UNDONE_CLAIMANT);
	return err == ERR_OK ? claim_end_all_of(txn, id, CLAIM_END_OLD_GONE, CLAIM_END_NEW_GONE) : err;
}

static enum err
put_back(struct txn *txn, const struct ClaimRecord *claim, struct pair *pair)
{
	bool unlinked = false;
	enum err err = binding_ended(txn, record_bytes(pair->old->id), &unlinked);

	if (err == ERR_OK)
		err = account_return_subject(txn, pair->account, pair->old);
	/* Its provider may have ended the credential before the claim or after. */
	if (err == ERR_OK)
		err = status_change(txn, pair->old, unlinked ? CHANGE_CLAIM_UNDONE_UNLINKED : CHANGE_CLAIM_UNDONE);
	/* Who has claimed the account since has claimed the files that it gives back. */
	if (err == ERR_OK)
		err = claim_end_all_to(txn, record_bytes(pair->account->id), CLAIM_END_OLD_GONE, &(unsigned){0});
	return err == ERR_OK ? put_back_claimant(txn, claim, pair->account) : err;
}

enum err
relink_undo(struct txn *txn, struct ClaimRecord *claim, const char *by)
{
	const struct claim_news news = {
	    .claim = claim, .event = AUDIT_CLAIM_UNDONE, .notice = NOTICE_CLAIM_UNDONE, .names = {"by"}, .values = {by}};
	struct pair pair;
	enum err err = load_moved(txn, claim, &pair);

	if (err == ERR_OK)
		err = put_back(txn, claim, &pair);
	if (err == ERR_OK)
		err = end_sessions(txn, &pair);
	if (err == ERR_OK)
		err = settle(txn, claim, CLAIM_UNDONE, CLAIM_END_UNDONE);
	return err == ERR_OK ? claim_tell(txn, &news) : err;
}
