#include "account/account.h"
#include "audit/audit.h"
#include "cli/by_reference.h"
#include "signin/session.h"

struct ending {
	const char *reference;
	unsigned count;
};

static enum err
ending_update(struct txn *txn, void *arg)
{
	struct ending *ending = arg;
	struct AccountRecord *account;
	enum err err = account_find_reference(txn, ending->reference, &account);

	if (err != ERR_OK)
		return err;
	err = session_end_account(txn, record_bytes(account->id), NULL, &ending->count);
	if (err != ERR_OK || ending->count == 0)
		return err;
	return audit_append(txn, AUDIT_SESSION_ENDED, record_bytes(account->id), account->portal,
	    "reason", "operator", NULL);
}

enum cli_status
cmd_session_end(struct cli *cli)
{
	struct ending ending = {0};
	enum cli_status status = by_reference_parse(cli, &ending.reference);
	enum err err;

	if (status != CLI_OK)
		return status;
	err = store_update(&cli->ctx, ending_update, &ending);
	if (err != ERR_OK)
		return by_reference_fail(cli, ending.reference, err);
	return cli_answer(cli, json_pack("{s:s, s:I}", "support_reference", ending.reference,
				   "sessions_ended", (json_int_t)ending.count));
}
