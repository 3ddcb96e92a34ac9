#include "cli/cli.h"
#include "helpdesk/staff.h"

static enum err
reset_update(struct txn *txn, void *arg)
{
	const char *code = arg;
	struct StaffRecord *staff;
	enum err err = staff_find(txn, code, &staff);

	return err == ERR_OK ? staff_reset(txn, staff) : err;
}

enum cli_status
cmd_staff_reset(struct cli *cli)
{
	const char *code;
	enum err err = staff_code_parse(cli->ctx.arena, cli->args[0], &code);

	if (err != ERR_OK)
		return cli_fail(cli, CLI_USAGE, "\"%s\" is no staff code: it is S- and six letters and digits, as in S-7K2M4Q", cli->args[0]);
	err = store_update(&cli->ctx, reset_update, (void *)code);
	if (err == ERR_NOT_FOUND)
		return cli_fail(cli, CLI_IO, "no member of staff has the code %s; staff list shows them", code);
	if (err != ERR_OK)
		return cli_fail(cli, cli_status_of(err), "%s cannot be reset: %s", code, err_print(err));
	return cli_answer(cli, json_pack("{s:s, s:s}", "staff", code, "second_factor", "none"));
}
