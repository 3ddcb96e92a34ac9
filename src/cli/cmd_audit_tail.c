#include <stdlib.h>
#include <string.h>

#include "audit/audit.h"
#include "cli/cli.h"

#define COUNT_DEFAULT 20
#define COUNT_MAX 1000

struct tail {
	struct cli *cli;
	unsigned count;
	json_t *list;
};

static enum err
event_put(void *arg, uint64_t sequence, const struct AuditRecord *record)
{
	struct tail *tail = arg;
	struct arena *arena = tail->cli->ctx.arena;

	json_array_append_new(tail->list,
	    json_pack("{s:I, s:o, s:s, s:s, s:s, s:s, s:s}", "sequence", (json_int_t)sequence,
		"time", cli_time(tail->cli, record->time), "event", record->event, "portal",
		record->portal, "account", hex_print(arena, record_bytes(record->account)),
		"request", record->request, "what", audit_tell(&tail->cli->ctx, record, LANGUAGE_EN)));
	return ERR_OK;
}

static enum err
tail_view(struct txn *txn, void *arg)
{
	struct tail *tail = arg;
	uint64_t newest = 0;
	enum err err = audit_newest(txn, &newest);

	if (err != ERR_OK || newest == 0)
		return err;
	return audit_walk(
	    txn, newest > tail->count ? newest - tail->count + 1 : 1, tail->count, event_put, tail);
}

enum cli_status
cmd_audit_tail(struct cli *cli)
{
	struct tail tail = {.cli = cli, .count = COUNT_DEFAULT};
	enum err err;

	if (cli->arg_count == 1) {
		tail.count = strspn(cli->args[0], "0123456789") == strlen(cli->args[0]) &&
				     strlen(cli->args[0]) <= 4
				 ? (unsigned)atoi(cli->args[0])
				 : 0;
		if (tail.count < 1 || tail.count > COUNT_MAX)
			return cli_fail(cli, CLI_USAGE,
			    "\"%.60s\" is no count of events; write a number from 1 to %d",
			    cli->args[0], COUNT_MAX);
	}
	tail.list = json_array();
	err = store_view(&cli->ctx, tail_view, &tail);
	if (err == ERR_OK)
		return cli_answer(cli, tail.list);
	json_decref(tail.list);
	return cli_fail(cli, CLI_IO, "the audit in %s cannot be read: %s",
	    cli->config->state_directory, err_print(err));
}
