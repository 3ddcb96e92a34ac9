#include "account/account.h"
#include "cli/by_reference.h"

static enum err
unfreeze(struct txn *txn, void *arg)
{
	struct AccountRecord *account;
	enum err err = account_find_reference(txn, arg, &account);

	return err == ERR_OK ? account_unfreeze(txn, account) : err;
}

enum cli_status
cmd_account_unfreeze(struct cli *cli)
{
	const char *reference;
	enum cli_status status = by_reference_parse(cli, &reference);
	enum err err;

	if (status != CLI_OK)
		return status;
	err = store_update(&cli->ctx, unfreeze, (void *)reference);
	if (err == ERR_EXISTS)
		return cli_fail(cli, CLI_IO, "the account %s is not frozen: it can be changed already", reference);
	if (err != ERR_OK)
		return by_reference_fail(cli, reference, err);
	return cli_answer(cli, json_pack("{s:s, s:b}", "support_reference", reference, "frozen", false));
}
