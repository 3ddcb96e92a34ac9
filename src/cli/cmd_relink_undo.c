#include "cli/by_claim.h"
#include "signin/relink.h"

static enum err
undo(struct txn *txn, struct ClaimRecord *claim)
{
	return relink_undo(txn, claim, "operator");
}

enum cli_status
cmd_relink_undo(struct cli *cli)
{
	return by_claim_do(cli, undo, "cannot be undone: it was not completed in the last 30 days, or the account has moved on since");
}
