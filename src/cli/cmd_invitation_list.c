#include "cli/invitations.h"

/* So many in one look at the store; what an answer may hold. */
#define PIECE 500
#define MOST 20000

struct listing {
	struct cli *cli;
	const char *portal, *after;
	json_t *list;
};

static enum err
put(void *arg, const struct InvitationRecord *invitation)
{
	struct listing *listing = arg;

	json_array_append_new(listing->list, invitations_print(listing->cli, invitation));
	listing->after = invitation->id;
	return ERR_OK;
}

static enum err
piece_in(struct txn *txn, void *arg)
{
	struct listing *listing = arg;

	return invitation_walk(txn, listing->portal, listing->after, PIECE, put, listing);
}

static enum err
collect(struct listing *listing)
{
	size_t before;
	enum err err;

	do {
		before = json_array_size(listing->list);
		err = store_view(&listing->cli->ctx, piece_in, listing);
	} while (err == ERR_OK && json_array_size(listing->list) == before + PIECE && before + PIECE < MOST);
	return err;
}

enum cli_status
cmd_invitation_list(struct cli *cli)
{
	struct listing listing = {.cli = cli};
	const struct portal_config *portal;
	enum cli_status status = invitations_portal(cli, &portal);
	enum err err;

	if (status != CLI_OK)
		return status;
	listing.portal = portal->id;
	listing.list = json_array();
	err = collect(&listing);
	if (err == ERR_OK)
		return cli_answer(cli, listing.list);
	json_decref(listing.list);
	return invitations_fail(cli, err);
}
