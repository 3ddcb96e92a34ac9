#include "cli/invitations.h"

enum cli_status
invitations_portal(struct cli *cli, const struct portal_config **ret_portal)
{
	*ret_portal = config_portal(cli->config, cli->args[0]);
	if (*ret_portal == NULL)
		return cli_fail(cli, CLI_USAGE, "there is no portal \"%.60s\"; vestibulectl portal list shows them", cli->args[0]);
	return CLI_OK;
}

json_t *
invitations_print(const struct cli *cli, const struct InvitationRecord *invitation)
{
	int64_t ended = invitation->used != 0 ? invitation->used : invitation->revoked;

	return json_pack("{s:s, s:s, s:o, s:o, s:o, s:s, s:s}", "id", invitation->id, "state",
	    invitation_state_print(invitation_state(invitation, cli->ctx.now)), "created", cli_time(cli, invitation->created), "until",
	    cli_time(cli, invitation->until), "ended", cli_time(cli, ended), "by", invitation->by, "note", invitation->note);
}

enum cli_status
invitations_fail(struct cli *cli, enum err err)
{
	return cli_fail(cli, CLI_IO, "the store in %s does not work: %s", cli->config->state_directory, err_print(err));
}
