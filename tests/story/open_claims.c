/* open_claims CONFIGURATION PORTAL COUNT - claims to older accounts, put into the store beside the running daemon, for stories of what becomes of
 * them; how people open claims is another story.  Prints one line a claim: its id, and the subs of the claimed and the claimant's account. */
#include <stdio.h>
#include <stdlib.h>

#include "account/account.h"
#include "account/claim.h"
#include "config/config.h"
#include "crypto/keyring.h"
#include "store/store.h"
#include "text/template.h"

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
fail(const char *what, const char *reason)
{
	fprintf(stderr, "open_claims: %s: %s\n", what, reason);
	return 1;
}

static int
open_all(struct ctx *ctx, const char *portal, int count)
{
	for (int i = 0; i < count; i++) {
		struct opened opened = {.portal = portal};
		enum err err = store_update(ctx, open_one, &opened);
		if (err != ERR_OK)
			return fail("claim", err_print(err));
		printf("%s %s %s\n", claim_id_print(ctx->arena, opened.claim), opened.old->sub, opened.account->sub);
	}
	return 0;
}

int
main(int argc, char **argv)
{
	struct ctx ctx = {.arena = arena_new((size_t)64 << 20), .now = clock_now(), .log.request = "story"};
	struct store_options options = {0};
	struct config *config = NULL;
	struct keyring *keys = NULL;
	struct text *text = NULL;
	const char *reason = "";
	int status;

	if (argc != 4)
		return fail("usage", "open_claims CONFIGURATION PORTAL COUNT");
	if (config_load(argv[1], ctx.arena, &config, &reason) != ERR_OK || keyring_load(config->key_directory, ctx.arena, &keys, &reason) != ERR_OK ||
	    text_load(config->template_directory, config->theme_directory, ctx.arena, &text, &reason) != ERR_OK)
		return fail("open", reason);
	options = (struct store_options){.backend = config->store_backend, .directory = config->state_directory, .keys = keys};
	ctx.config = config;
	ctx.keys = keys;
	ctx.text = text;
	if (store_open(&options, ctx.arena, &ctx.store, &reason) != ERR_OK)
		return fail("store", reason);
	status = open_all(&ctx, argv[2], atoi(argv[3]));
	store_close(&ctx.store);
	text_free(&text);
	keyring_free(&keys);
	config_free(&config);
	arena_free(&ctx.arena);
	return status;
}
