#include <stdio.h>

#include "cli/cli.h"

enum cli_status
cmd_config_example(struct cli *cli)
{
	const char *example = config_example(cli->ctx.arena);

	if (cli->json)
		return cli_answer(cli, json_pack("{s:s}", "example", example));
	fputs(example, stdout);
	return CLI_OK;
}
