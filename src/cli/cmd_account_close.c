#include "account/account.h"
#include "cli/by_reference.h"
#include "signin/life.h"

struct closing {
	const char *reference;
	struct AccountRecord *account;
};

static enum err
closing_update(struct txn *txn, void *arg)
{
	struct closing *closing = arg;
	enum err err = account_find_reference(txn, closing->reference, &closing->account);

	return err == ERR_OK ? life_close(txn, closing->account, CHANGE_CLOSED_BY_OPERATOR) : err;
}

enum cli_status
cmd_account_close(struct cli *cli)
{
	struct closing closing = {0};
	enum cli_status status = by_reference_parse(cli, &closing.reference);
	enum err err;

	if (status != CLI_OK)
		return status;
	err = store_update(&cli->ctx, closing_update, &closing);
	if (err == ERR_REFUSED)
		return cli_fail(cli, CLI_IO, "the account %s is closed already", closing.reference);
	if (err != ERR_OK)
		return by_reference_fail(cli, closing.reference, err);
	return cli_answer(cli, json_pack("{s:s, s:s, s:o}", "support_reference", closing.reference, "status", closing.account->status, "removed",
				   cli_time(cli, closing.account->purge_due)));
}
