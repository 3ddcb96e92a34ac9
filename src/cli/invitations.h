/* invitations.h - what the commands about invitations have in common. */
#ifndef CLI_INVITATIONS_H
#define CLI_INVITATIONS_H

#include "account/invitation.h"
#include "cli/cli.h"

/* The portal that the first argument names. CLI_USAGE, and said, when there is none. */
enum cli_status invitations_portal(struct cli *cli, const struct portal_config **ret_portal);
/* What an answer tells of one; never its code. */
json_t *invitations_print(const struct cli *cli, const struct InvitationRecord *invitation);
/* What to say when the store did not do it. */
enum cli_status invitations_fail(struct cli *cli, enum err err);

#endif
