#include "signin/freeze.h"

#include <string.h>

#include "account/account.h"
#include "account/claim.h"
#include "account/link.h"
#include "account/notice.h"
#include "signin/relink.h"
#include "signin/reset.h"
#include "signin/session.h"

struct look {
	const char *token;
	struct frozen *frozen;
};

/* An account that is gone or closed has nothing to freeze. */
static enum err
fill(struct txn *txn, const struct LinkRecord *link, struct frozen *frozen)
{
	enum err err = account_load(txn, record_bytes(link->account), &frozen->account);

	if (err == ERR_OK) {
		frozen->kind = link->what;
		frozen->when = link->created;
		frozen->over = false;
	}
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

/* What the link of a claim stops by now; `over` when nothing any more. */
static enum err
fill_claim(struct txn *txn, const struct LinkRecord *link, struct frozen *frozen, struct ClaimRecord **ret_claim)
{
	struct AccountRecord *taker;
	struct ClaimRecord *claim;
	struct bytes id;
	enum err err = claim_id_parse(txn_ctx(txn)->arena, link->what, &id);

	if (err == ERR_OK)
		err = claim_load(txn, id, &claim);
	if (err != ERR_OK)
		return err == ERR_NOT_FOUND ? ERR_OK : err;
	frozen->stops = claim_is_open(claim) ? FREEZE_CLAIM : FREEZE_TAKER;
	if (frozen->stops == FREEZE_TAKER)
		err = relink_taker(txn, claim, &taker);
	if (err != ERR_OK)
		return err == ERR_REFUSED ? ERR_OK : err;
	err = fill(txn, link, frozen);
	frozen->kind = notice_kind(frozen->stops == FREEZE_CLAIM ? NOTICE_CLAIM_OPENED : NOTICE_CLAIM_COMPLETED);
	*ret_claim = claim;
	return err;
}

/* ERR_NOT_FOUND: no such link. */
static enum err
find_link(struct txn *txn, const char *token, struct LinkRecord **ret_link)
{
	enum err err = link_load(txn, LINK_NOT_ME, token, ret_link);

	if (err == ERR_NOT_FOUND)
		err = link_load(txn, LINK_CLAIM, token, ret_link);
	return err == ERR_NOT_FOUND ? link_load(txn, LINK_RESET, token, ret_link) : err;
}

/* The link of a reset, which may be over: then the account is what can be protected. */
static enum err
fill_reset(struct txn *txn, const struct LinkRecord *link, struct frozen *frozen)
{
	struct ResetRecord *reset;
	enum err err = fill(txn, link, frozen);

	if (err != ERR_OK || frozen->over || strcmp(link->kind, LINK_RESET) != 0)
		return err;
	err = reset_load(txn, record_bytes(link->account), &reset);
	if (err == ERR_OK)
		frozen->stops = FREEZE_RESET;
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static bool
is_of_claim(const struct LinkRecord *link)
{
	return strcmp(link->kind, LINK_CLAIM) == 0;
}

static enum err
look_in(struct txn *txn, void *arg)
{
	struct look *look = arg;
	struct ClaimRecord *claim;
	struct LinkRecord *link;
	enum err err;

	*look->frozen = (struct frozen){.over = true};
	if (look->token == NULL)
		return ERR_OK;
	err = find_link(txn, look->token, &link);
	if (err != ERR_OK || link->used != 0)
		return err == ERR_NOT_FOUND ? ERR_OK : err;
	return is_of_claim(link) ? fill_claim(txn, link, look->frozen, &claim) : fill_reset(txn, link, look->frozen);
}

enum err
freeze_look(struct ctx *ctx, const char *token, struct frozen *ret_frozen)
{
	struct look look = {token, ret_frozen};

	return store_view(ctx, look_in, &look);
}

static enum err
freeze(struct txn *txn, struct AccountRecord *account, const struct LinkRecord *link)
{
	struct bytes id = record_bytes(account->id);
	unsigned ended;
	enum err err;

	err = account_freeze(txn, account, link->what);
	if (err == ERR_OK)
		err = session_end_account(txn, id, NULL, &ended);
	if (err == ERR_OK)
		err = reset_stop(txn, account, RESET_END_FROZEN, "");
	if (err == ERR_OK)
		err = notice_send(txn, account, NOTICE_FROZEN, NULL, 0);
	return err == ERR_OK ? notice_report(txn, account, link) : err;
}

/* Who has the account now keeps it until the help desk has looked, but can do nothing with it: undoing the claim is the operator's. */
static enum err
freeze_taker(struct txn *txn, const struct ClaimRecord *claim, const struct LinkRecord *link)
{
	struct LinkRecord report = *link;
	struct AccountRecord *taker;
	enum err err = relink_taker(txn, claim, &taker);

	report.what = (char *)notice_kind(NOTICE_CLAIM_COMPLETED);
	return err == ERR_OK ? freeze(txn, taker, &report) : err;
}

static enum err
stop_claim(struct txn *txn, const struct LinkRecord *link, struct frozen *frozen)
{
	struct ClaimRecord *claim;
	enum err err = fill_claim(txn, link, frozen, &claim);

	if (err != ERR_OK || frozen->over)
		return err;
	return frozen->stops == FREEZE_CLAIM ? claim_end(txn, claim, CLAIM_END_LINK) : freeze_taker(txn, claim, link);
}

static enum err
do_in(struct txn *txn, void *arg)
{
	struct look *look = arg;
	struct LinkRecord *link;
	enum err err;

	*look->frozen = (struct frozen){.over = true};
	if (look->token == NULL)
		return ERR_OK;
	err = find_link(txn, look->token, &link);
	if (err == ERR_OK)
		err = link_use(txn, link->kind, look->token, &link);
	if (err != ERR_OK)
		return err == ERR_NOT_FOUND || err == ERR_EXISTS ? ERR_OK : err;
	if (is_of_claim(link))
		return stop_claim(txn, link, look->frozen);
	err = fill_reset(txn, link, look->frozen);
	if (err != ERR_OK || look->frozen->over)
		return err;
	if (look->frozen->stops == FREEZE_RESET)
		return reset_stop(txn, look->frozen->account, RESET_END_LINK, "");
	return freeze(txn, look->frozen->account, link);
}

enum err
freeze_do(struct ctx *ctx, const char *token, struct frozen *ret_frozen)
{
	struct look look = {token, ret_frozen};

	return store_update(ctx, do_in, &look);
}
