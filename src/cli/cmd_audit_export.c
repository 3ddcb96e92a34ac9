#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "audit/export.h"
#include "cli/internal.h"

/* The keys that sign heads: those of an elliptic curve. */
static enum cli_status
print_keys(struct cli *cli)
{
	json_t *set = json_loads(jws_own_set(cli->keys, cli->ctx.arena), 0, NULL), *keys = json_object_get(set, "keys");
	const char *type;

	must(json_is_array(keys));
	for (size_t i = json_array_size(keys); i > 0; i--) {
		type = json_string_value(json_object_get(json_array_get(keys, i - 1), "kty"));
		if (type == NULL || strcmp(type, "EC") != 0)
			json_array_remove(keys, i - 1);
	}
	json_dumpf(set, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(set);
	return CLI_OK;
}

/* A sequence number, or a time: a day alone is its beginning. */
static enum cli_status
bound(struct cli *cli, const char *text, bool is_end, uint64_t *ret_sequence)
{
	struct arena *arena = cli->ctx.arena;
	int64_t time;
	enum err err;

	if (strlen(text) <= 15 && strspn(text, "0123456789") == strlen(text) && atoll(text) > 0) {
		*ret_sequence = (uint64_t)atoll(text);
		return CLI_OK;
	}
	if (clock_parse(strlen(text) == 10 ? arena_printf(arena, "%sT00:00:00Z", text) : text, &time) != ERR_OK)
		return cli_fail(cli, CLI_USAGE, "\"%.60s\" is neither a sequence number nor a time as in 2026-11-24 or 2026-11-24T14:00:00Z", text);
	err = export_find(&cli->ctx, time, ret_sequence);
	if (err != ERR_OK)
		return cli_fail(cli, CLI_IO, "the audit in %s cannot be read: %s", cli->config->state_directory, err_print(err));
	/* up to a time: the last event before it */
	*ret_sequence -= is_end;
	return CLI_OK;
}

static enum err
print_lines(void *arg, struct bytes lines)
{
	(void)arg;
	return fwrite(lines.data, 1, lines.len, stdout) == lines.len ? ERR_OK : ERR_IO;
}

static enum cli_status
export_fail(struct cli *cli, const struct export_range *range, const struct export_done *done, enum err err)
{
	switch ((int)err) {
	case ERR_NOT_FOUND:
		return cli_fail(cli, CLI_USAGE, "there are no events from %" PRIu64 " on in this order, or they have been removed", range->from);
	case ERR_FORMAT:
		return cli_fail(cli, CLI_DATA, "what follows on event %" PRIu64 " is damaged: vestibulectl audit verify says more", done->to);
	case ERR_EXISTS:
		return cli_fail(cli, CLI_IO, "event %" PRIu64 " is missing, or was removed meanwhile: vestibulectl audit verify says more", done->to + 1);
	}
	return cli_fail(cli, CLI_IO, "the export ended after event %" PRIu64 ": %s", done->to, err_print(err));
}

enum cli_status
cmd_audit_export(struct cli *cli)
{
	struct export_range range = {0, 0};
	struct export_done done = {0};
	enum cli_status status = CLI_OK;
	const char *none;
	enum err err;

	if (cli_option(cli, "--keys", &none))
		return print_keys(cli);
	if (cli->arg_count > 0)
		status = bound(cli, cli->args[0], false, &range.from);
	if (status == CLI_OK && cli->arg_count > 1)
		status = bound(cli, cli->args[1], true, &range.to);
	if (status != CLI_OK)
		return status;
	err = export_write(&cli->ctx, &range, print_lines, NULL, &done);
	return err == ERR_OK ? CLI_OK : export_fail(cli, &range, &done, err);
}
