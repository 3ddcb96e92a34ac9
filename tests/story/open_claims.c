/* open_claims CONFIGURATION PORTAL COUNT - claims to older accounts, put into the store beside the running daemon, for stories of what becomes of
 * them; how people open claims is another story.  Prints one line a claim: its id, and the subs of the claimed and the claimant's account. */
#include <stdio.h>
#include <stdlib.h>

#include "beside.h"

#include "account/account.h"
#include "account/claim.h"
#include "config/config.h"

struct opened {
	const char *portal;
	struct AccountRecord *old, *account;
	struct ClaimRecord *claim;
};

static enum err
open_one(struct txn *txn, void *arg)
{
	struct opened *opened = arg;
	const char *provider = txn_ctx(txn)->config->providers[0].id;
	struct claim_new wanted = {.credential_proven = true, .factor_proven = ""};
	enum err err = account_create(txn, opened->portal, provider, STATUS_ACTIVE, &opened->old);

	if (err == ERR_OK)
		err = account_create(txn, opened->portal, provider, STATUS_CLAIMANT, &opened->account);
	if (err != ERR_OK)
		return err;
	wanted.account = opened->account;
	wanted.old = opened->old;
	return claim_open(txn, &wanted, &opened->claim);
}

static int
open_all(struct ctx *ctx, void *arg)
{
	char **args = arg;

	for (int i = 0; i < atoi(args[1]); i++) {
		struct opened opened = {.portal = args[0]};
		enum err err = store_update(ctx, open_one, &opened);
		if (err != ERR_OK)
			return beside_fail("claim", err_print(err));
		printf("%s %s %s\n", claim_id_print(ctx->arena, opened.claim), opened.old->sub, opened.account->sub);
	}
	return 0;
}

int
main(int argc, char **argv)
{
	return argc == 4 ? beside(argv[1], open_all, argv + 2) : beside_fail("usage", "open_claims CONFIGURATION PORTAL COUNT");
}
