#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "saml/metadata.h"

enum cli_status
cmd_metadata_show(struct cli *cli)
{
	bool staff = cli->arg_count > 0;
	const char *xml;
	enum err err;

	if (staff && strcmp(cli->args[0], "staff") != 0)
		return cli_fail(cli, CLI_USAGE, "metadata show: \"%.60s\" is nobody to show it to; write staff, or leave it out", cli->args[0]);
	if (staff && cli->config->helpdesk.public_url == NULL)
		return cli_fail(cli, CLI_CONFIG, "there is no help desk in the configuration, so staff sign in nowhere; add helpdesk, or leave staff out");
	err = saml_metadata_print(cli->config, cli->keys, staff ? METADATA_STAFF : METADATA_FEDERATION, cli->ctx.arena, &xml);
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
