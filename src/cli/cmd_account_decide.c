#include "account/account.h"
#include "account/approval.h"
#include "cli/by_reference.h"

struct decision {
	const char *reference;
	bool approved;
	struct AccountRecord *account;
};

static enum err
decide_in(struct txn *txn, void *arg)
{
	struct decision *decision = arg;
	enum err err = account_find_reference(txn, decision->reference, &decision->account);

	return err == ERR_OK ? approval_decide(txn, decision->account, decision->approved, "operator") : err;
}

static enum cli_status
decide(struct cli *cli, bool approved)
{
	struct decision decision = {.approved = approved};
	enum cli_status status = by_reference_parse(cli, &decision.reference);
	enum err err;

	if (status != CLI_OK)
		return status;
	err = store_update(&cli->ctx, decide_in, &decision);
	if (err == ERR_REFUSED)
		return cli_fail(cli, CLI_IO, "the account %s does not wait for approval: it %s", decision.reference,
		    status_sentence(status_of(decision.account), LANGUAGE_EN));
	if (err != ERR_OK)
		return by_reference_fail(cli, decision.reference, err);
	return cli_answer(cli, json_pack("{s:s, s:s}", "support_reference", decision.reference, "status", decision.account->status));
}

enum cli_status
cmd_account_approve(struct cli *cli)
{
	return decide(cli, true);
}

enum cli_status
cmd_account_refuse(struct cli *cli)
{
	return decide(cli, false);
}
