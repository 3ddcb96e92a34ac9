#include "cli/cli.h"
#include "cli/keys.h"

enum cli_status
cmd_keys_list(struct cli *cli)
{
	json_t *list = json_array();
	const struct keyring_row *row;

	for (size_t i = 0; (row = keyring_row(cli->keys, i, cli->ctx.arena)) != NULL; i++)
		json_array_append_new(list,
		    json_pack("{s:s, s:s, s:s, s:b}", "kind", key_kind_print(row->kind), "name",
			row->name, "algorithm", row->algorithm, "in_use", row->in_use));
	return cli_answer(cli, list);
}
