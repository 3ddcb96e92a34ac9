#include "account/account.h"
#include "audit/audit.h"
#include "cli/cli.h"
#include "signin/session.h"

struct ending {
	const char *reference;
	unsigned count;
};

static enum err
ending_update(struct txn *txn, void *arg)
{
	struct ending *ending = arg;
	struct AccountRecord *account;
	enum err err = account_find_reference(txn, ending->reference, &account);

	if (err != ERR_OK)
		return err;
	err = session_end_account(txn, record_bytes(account->id), &ending->count);
	if (err != ERR_OK || ending->count == 0)
		return err;
	return audit_append(txn, AUDIT_SESSION_ENDED, record_bytes(account->id), account->portal,
	    "reason", "operator", NULL);
}

enum cli_status
cmd_session_end(struct cli *cli)
{
	struct ending ending = {0};
	enum err err;

	if (account_reference_parse(cli->ctx.arena, cli->args[0], &ending.reference) != ERR_OK)
		return cli_fail(cli, CLI_USAGE,
		    "\"%.60s\" is no support reference; it looks like VB-7K2M-9QXD", cli->args[0]);
	err = store_update(&cli->ctx, ending_update, &ending);
	if (err == ERR_NOT_FOUND)
		return cli_fail(cli, CLI_IO, "there is no account with the support reference %s",
		    ending.reference);
	if (err != ERR_OK)
		return cli_fail(cli, CLI_IO, "the store in %s cannot be written: %s",
		    cli->config->state_directory, err_print(err));
	return cli_answer(cli, json_pack("{s:s, s:I}", "support_reference", ending.reference,
				   "sessions_ended", (json_int_t)ending.count));
}
