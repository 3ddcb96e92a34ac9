#include "cli/by_reference.h"

#include "account/account.h"

enum cli_status
by_reference_parse(struct cli *cli, const char **ret_reference)
{
	if (account_reference_parse(cli->ctx.arena, cli->args[0], ret_reference) == ERR_OK)
		return CLI_OK;
	return cli_fail(cli, CLI_USAGE, "\"%.60s\" is no support reference; it looks like VB-7K2M-9QXD", cli->args[0]);
}

enum cli_status
by_reference_fail(struct cli *cli, const char *reference, enum err err)
{
	if (err == ERR_NOT_FOUND)
		return cli_fail(cli, CLI_IO, "there is no account with the support reference %s", reference);
	return cli_fail(cli, CLI_IO, "the store in %s does not work: %s", cli->config->state_directory, err_print(err));
}
