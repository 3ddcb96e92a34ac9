#include "cli/internal.h"
#include "crypto/keyring.h"

enum cli_status
cmd_keys_init(struct cli *cli)
{
	const char *directory = cli->config->key_directory, *reason = "";
	enum err err = keyring_create(directory, cli_common_name(cli), cli->ctx.arena, &reason);

	if (err != ERR_OK)
		return cli_fail(cli, err == ERR_EXISTS ? CLI_CONFIG : CLI_IO, "%s", reason);
	return cli_answer(
	    cli, json_pack("{s:s, s:s}", "result", "keys made", "directory", directory));
}
