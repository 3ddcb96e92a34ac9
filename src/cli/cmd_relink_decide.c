#include <string.h>

#include "cli/by_claim.h"

static enum err
agree(struct txn *txn, struct ClaimRecord *claim)
{
	return claim_decide(txn, claim, true, "operator");
}

static enum err
refuse(struct txn *txn, struct ClaimRecord *claim)
{
	return claim_decide(txn, claim, false, "operator");
}

enum cli_status
cmd_relink_decide(struct cli *cli)
{
	bool agreed = strcmp(cli->args[1], "yes") == 0;

	if (!agreed && strcmp(cli->args[1], "no") != 0)
		return cli_fail(cli, CLI_USAGE, "a decision is yes or no, not \"%.60s\"", cli->args[1]);
	return by_claim_do(cli, agreed ? agree : refuse,
	    agreed ? "cannot be agreed to: it does not wait for a decision, another claim to the same account was agreed to, or one of its accounts is out of use"
		   : "does not wait for a decision");
}
