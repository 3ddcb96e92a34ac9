#include "oidc/grant.h"

#include <string.h>

#include "oidc/mint.h"

static enum err
mark(struct txn *txn, void *arg)
{
	return client_mark(txn, arg);
}

/* A token for /api/ acts for the portal's owner: a secret that lies in a legacy portal's configuration is not enough for that. */
static const char *
unfit(const struct client_proof *client, const char *scope, const char **ret_description)
{
	if (client->jti == NULL) {
		*ret_description = "this grant takes private_key_jwt only";
		return "unauthorized_client";
	}
	if (scope == NULL || strcmp(scope, SCOPE_ACCOUNTS) != 0) {
		*ret_description = "scope must be accounts";
		return "invalid_scope";
	}
	return NULL;
}

enum err
grant_client(struct ctx *ctx, const struct client_proof *client, const struct fields *form, struct oidc_answer *ret_answer)
{
	const char *description, *token, *error = unfit(client, fields_get(form, "scope"), &description);
	struct client_proof proof = *client;
	enum err err;

	if (error != NULL) {
		oidc_refuse(ctx, 400, error, description, ret_answer);
		return ERR_OK;
	}
	err = store_update(ctx, mark, &proof);
	if (err == ERR_EXISTS) {
		grant_refuse_replay(ctx, ret_answer);
		return ERR_OK;
	}
	if (err == ERR_OK)
		err = mint_api_token(ctx, client->portal, &token);
	if (err == ERR_OK)
		grant_answer(ctx, token, SCOPE_ACCOUNTS, NULL, ret_answer);
	return err;
}
