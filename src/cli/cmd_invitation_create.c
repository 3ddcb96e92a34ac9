#include <stdlib.h>
#include <string.h>

#include "cli/invitations.h"

#define DIGITS_MOST 4

struct creation {
	struct invitation_new wanted;
	const char *code;
	struct InvitationRecord *invitation;
};

/* "14d", "36h". False: neither. */
static bool
life_parse(const char *text, int64_t *ret_life)
{
	size_t digits = strspn(text, "0123456789");

	if (digits < 1 || digits > DIGITS_MOST || (strcmp(text + digits, "d") != 0 && strcmp(text + digits, "h") != 0))
		return false;
	*ret_life = text[digits] == 'd' ? DAYS(strtol(text, NULL, 10)) : HOURS(strtol(text, NULL, 10));
	return true;
}

static enum err
create_in(struct txn *txn, void *arg)
{
	struct creation *creation = arg;

	return invitation_create(txn, &creation->wanted, &creation->code, &creation->invitation);
}

static enum cli_status
create(struct cli *cli, struct creation *creation)
{
	enum err err = store_update(&cli->ctx, create_in, creation);

	if (err == ERR_FORMAT)
		return cli_fail(cli, CLI_USAGE, "this note cannot be kept; write at most %d bytes without control characters", INVITATION_NOTE_MAX);
	if (err == ERR_REFUSED)
		return cli_fail(cli, CLI_USAGE, "an invitation lives from 1h to 90d");
	if (err != ERR_OK)
		return invitations_fail(cli, err);
	return cli_answer(cli, json_pack("{s:s, s:s, s:o}", "code", creation->code, "id", creation->invitation->id, "until",
				   cli_time(cli, creation->invitation->until)));
}

enum cli_status
cmd_invitation_create(struct cli *cli)
{
	struct creation creation = {.wanted = {.note = cli->arg_count > 2 ? cli->args[2] : "", .by = "operator"}};
	const struct portal_config *portal;
	enum cli_status status = invitations_portal(cli, &portal);

	if (status != CLI_OK)
		return status;
	if (portal->admission != ADMISSION_INVITATION)
		return cli_fail(cli, CLI_USAGE, "%s asks for no invitation: its admission is another one", portal->id);
	if (cli->arg_count > 1 && (!life_parse(cli->args[1], &creation.wanted.life) || creation.wanted.life == 0))
		return cli_fail(cli, CLI_USAGE, "\"%.60s\" is no life of an invitation; write it as 14d or 36h, from 1h to 90d", cli->args[1]);
	creation.wanted.portal = portal->id;
	return create(cli, &creation);
}
