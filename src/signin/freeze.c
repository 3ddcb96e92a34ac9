#include "signin/freeze.h"

#include "account/account.h"
#include "account/link.h"
#include "account/notice.h"
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

static enum err
look_in(struct txn *txn, void *arg)
{
	struct look *look = arg;
	struct LinkRecord *link;
	enum err err;

	*look->frozen = (struct frozen){.over = true};
	if (look->token == NULL)
		return ERR_OK;
	err = link_load(txn, LINK_NOT_ME, look->token, &link);
	if (err != ERR_OK || link->used != 0)
		return err == ERR_NOT_FOUND ? ERR_OK : err;
	return fill(txn, link, look->frozen);
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

static enum err
do_in(struct txn *txn, void *arg)
{
	struct look *look = arg;
	struct LinkRecord *link;
	enum err err;

	*look->frozen = (struct frozen){.over = true};
	if (look->token == NULL)
		return ERR_OK;
	err = link_use(txn, LINK_NOT_ME, look->token, &link);
	if (err != ERR_OK)
		return err == ERR_NOT_FOUND || err == ERR_EXISTS ? ERR_OK : err;
	err = fill(txn, link, look->frozen);
	return err == ERR_OK && !look->frozen->over ? freeze(txn, look->frozen->account, link) : err;
}

enum err
freeze_do(struct ctx *ctx, const char *token, struct frozen *ret_frozen)
{
	struct look look = {token, ret_frozen};

	return store_update(ctx, do_in, &look);
}
