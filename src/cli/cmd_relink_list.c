#include "cli/by_claim.h"
#include "cli/invitations.h"

/* So many in one look at the store; what an answer may hold. */
#define PIECE 200
#define MOST 20000

struct listing {
	struct cli *cli;
	struct txn *txn;
	const char *portal;
	const struct ClaimRecord *after;
	json_t *list;
};

static enum err
put(void *arg, const struct ClaimRecord *claim)
{
	struct listing *listing = arg;
	json_t *json;
	enum err err = by_claim_print(listing->txn, listing->cli, claim, &json);

	if (err != ERR_OK)
		return err;
	json_array_append_new(listing->list, json);
	listing->after = claim;
	return ERR_OK;
}

static enum err
piece_in(struct txn *txn, void *arg)
{
	struct listing *listing = arg;

	listing->txn = txn;
	return claim_walk_portal(txn, listing->portal, listing->after, PIECE, put, listing);
}

static enum err
collect(struct listing *listing)
{
	size_t before;
	enum err err;

	do {
		before = json_array_size(listing->list);
		err = store_view(&listing->cli->ctx, piece_in, listing);
	} while (err == ERR_OK && json_array_size(listing->list) > before && json_array_size(listing->list) < MOST);
	return err;
}

enum cli_status
cmd_relink_list(struct cli *cli)
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
