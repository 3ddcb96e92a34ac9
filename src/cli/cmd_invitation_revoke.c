#include "cli/invitations.h"

struct revocation {
	const char *portal, *id;
	struct InvitationRecord *invitation;
};

static enum err
revoke_in(struct txn *txn, void *arg)
{
	struct revocation *revocation = arg;

	return invitation_revoke(txn, revocation->portal, revocation->id, "operator", &revocation->invitation);
}

enum cli_status
cmd_invitation_revoke(struct cli *cli)
{
	struct revocation revocation = {.id = cli->args[1]};
	const struct portal_config *portal;
	enum cli_status status = invitations_portal(cli, &portal);
	enum err err;

	if (status != CLI_OK)
		return status;
	revocation.portal = portal->id;
	err = store_update(&cli->ctx, revoke_in, &revocation);
	if (err == ERR_NOT_FOUND)
		return cli_fail(cli, CLI_IO, "%s has no invitation \"%.60s\"; vestibulectl invitation list %s shows them", portal->id, cli->args[1], portal->id);
	if (err == ERR_EXISTS)
		return cli_fail(cli, CLI_IO, "the invitation is over already: it is %s",
		    invitation_state_print(invitation_state(revocation.invitation, cli->ctx.now)));
	if (err != ERR_OK)
		return invitations_fail(cli, err);
	return cli_answer(cli, invitations_print(cli, revocation.invitation));
}
