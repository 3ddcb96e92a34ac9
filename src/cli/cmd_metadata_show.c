#include <stdio.h>

#include "cli/cli.h"
#include "saml/metadata.h"

enum cli_status
cmd_metadata_show(struct cli *cli)
{
	const char *xml;
	enum err err = saml_metadata_print(cli->config, cli->keys, cli->ctx.arena, &xml);

	if (err != ERR_OK)
		return cli_fail(cli, cli_status_of(err),
		    "the metadata cannot be made from the keys in %s: %s; look at them with "
		    "vestibulectl keys list",
		    cli->config->key_directory, err_print(err));
	if (cli->json)
		return cli_answer(cli,
		    json_pack("{s:s, s:s}", "entity_id", cli->config->entity_id, "metadata", xml));
	puts(xml);
	return CLI_OK;
}
