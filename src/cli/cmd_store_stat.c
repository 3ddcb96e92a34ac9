#include "cli/cli.h"
#include "store/store.h"

enum cli_status
cmd_store_stat(struct cli *cli)
{
	static const char *const names[] = {
#define TABLE(id, name) name,
#include "store/tables.def"
#undef TABLE
	};
	struct store_stat stat;
	json_t *tables = json_array();
	enum err err = store_stat(cli->store, &stat);

	if (err != ERR_OK) {
		json_decref(tables);
		return cli_fail(cli, CLI_IO, "the store in %s cannot be counted: %s",
		    cli->config->state_directory, err_print(err));
	}
	for (size_t i = 0; i < TABLE_COUNT; i++)
		json_array_append_new(tables, json_pack("{s:s, s:I}", "table", names[i], "records",
						  (json_int_t)stat.records[i]));
	return cli_answer(
	    cli, json_pack("{s:s, s:s, s:I, s:I, s:I, s:o}", "directory",
		     cli->config->state_directory, "backend", cli->config->store_backend, "schema",
		     (json_int_t)stat.schema, "bytes_used", (json_int_t)stat.bytes_used, "map_size",
		     (json_int_t)stat.map_size, "tables", tables));
}
