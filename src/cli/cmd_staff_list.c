#include "cli/cli.h"
#include "helpdesk/staff.h"

struct listing {
	struct cli *cli;
	json_t *list;
};

static enum err
add(void *arg, const struct StaffRecord *staff)
{
	const struct listing *listing = arg;

	json_array_append_new(listing->list,
	    json_pack("{s:s, s:s, s:s, s:o, s:o}", "staff", staff->code, "role", *staff->role != '\0' ? staff->role : "none", "second_factor",
		*staff->method != '\0' ? staff->method : "none", "since", cli_time(listing->cli, staff->created), "last_sign_in",
		cli_time(listing->cli, staff->seen)));
	return ERR_OK;
}

static enum err
listing_view(struct txn *txn, void *arg)
{
	return staff_walk(txn, add, arg);
}

enum cli_status
cmd_staff_list(struct cli *cli)
{
	struct listing listing = {cli, json_array()};
	enum err err = store_view(&cli->ctx, listing_view, &listing);

	if (err == ERR_OK)
		return cli_answer(cli, listing.list);
	json_decref(listing.list);
	return cli_fail(cli, cli_status_of(err), "the list of the help desk's staff cannot be read: %s", err_print(err));
}
