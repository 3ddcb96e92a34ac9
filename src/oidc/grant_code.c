#include "oidc/grant.h"

#include <string.h>

#include "audit/audit.h"
#include "crypto/seal.h"
#include "oidc/mint.h"
#include "signin/session.h"

#define VERIFIER_MIN 43 /* RFC 7636 section 4.1 */
#define VERIFIER_MAX 128
#define CODE_MAX 128

enum redeem_verdict {
	REDEEM_ACCEPTED,
	REDEEM_REPLAYED_CLIENT,	/* the portal's assertion was used before */
	REDEEM_UNKNOWN,		/* no such code, or another client's: nothing is touched */
	REDEEM_REUSED,
	REDEEM_UNFIT,		/* expired, another redirect URI, a wrong verifier: the code is dead from now on */
	REDEEM_ENDED		/* the session ended before the code was used */
};

struct redeem {
	const struct client_proof *client;
	const char *redirect_uri;
	uint8_t key[SHA256_SIZE];
	const char *challenge; /* made from the verifier */
	struct CodeRecord *code;
	enum redeem_verdict verdict;
};

/* Whoever holds a used code is a thief or was robbed: what came of its first use ends (RFC 6749 section 4.1.2). */
static enum err
revoke(struct txn *txn, struct redeem *redeem)
{
	struct TokenRecord *token;
	struct bytes jti = bytes_of(redeem->code->access_jti);
	enum err err;

	redeem->verdict = REDEEM_REUSED;
	err = record_load(txn, TABLE_TOKEN, jti, &token_record__descriptor, &token);
	if (err == ERR_OK) {
		token->revoked = true;
		err = record_save(txn, TABLE_TOKEN, jti, token, txn_now(txn) + txn_ctx(txn)->config->limits.token_lifetime);
	}
	if (err != ERR_OK && err != ERR_NOT_FOUND)
		return err;
	return audit_append(txn, AUDIT_CODE_REUSED, record_bytes(redeem->code->account), redeem->code->client, NULL);
}

/* Is it the code that this portal asked for with this redirect URI and this verifier, and in time? */
static bool
code_fits(struct txn *txn, const struct redeem *redeem)
{
	const struct CodeRecord *code = redeem->code;

	return txn_now(txn) < code->expires && strcmp(code->redirect_uri, redeem->redirect_uri) == 0 &&
	    bytes_equal_secret(bytes_of(code->challenge), bytes_of(redeem->challenge));
}

static enum err
save_token(struct txn *txn, const struct CodeRecord *code)
{
	struct TokenRecord token = TOKEN_RECORD__INIT;

	token.client = code->client;
	token.sub = code->sub;
	token.sid = code->sid;
	token.scope = code->scope;
	token.account = code->account;
	return record_insert(txn, TABLE_TOKEN, bytes_of(code->access_jti), &token,
	    txn_now(txn) + txn_ctx(txn)->config->limits.token_lifetime);
}

static enum err
redeem_in(struct txn *txn, void *arg)
{
	struct redeem *redeem = arg;
	const struct portal_config *portal = redeem->client->portal;
	enum err err;

	err = client_mark(txn, redeem->client);
	if (err == ERR_EXISTS) {
		redeem->verdict = REDEEM_REPLAYED_CLIENT;
		return ERR_OK;
	}
	if (err != ERR_OK)
		return err;
	redeem->verdict = REDEEM_UNKNOWN;
	err = record_load(txn, TABLE_CODE, BYTES(redeem->key), &code_record__descriptor, &redeem->code);
	if (err == ERR_NOT_FOUND || (err == ERR_OK && strcmp(redeem->code->client, portal->id) != 0))
		return ERR_OK;
	if (err != ERR_OK)
		return err;
	if (redeem->code->used != 0)
		return revoke(txn, redeem);

	redeem->code->used = txn_now(txn);
	err = record_save(txn, TABLE_CODE, BYTES(redeem->key), redeem->code,
	    redeem->code->expires + txn_ctx(txn)->config->limits.token_lifetime + MINUTES(10));
	if (err != ERR_OK)
		return err;
	redeem->verdict = REDEEM_UNFIT;
	if (!code_fits(txn, redeem))
		return ERR_OK;
	redeem->verdict = REDEEM_ENDED;
	if (!session_alive(txn, record_bytes(redeem->code->account), redeem->code->sid))
		return ERR_OK;
	redeem->verdict = REDEEM_ACCEPTED;
	return save_token(txn, redeem->code);
}

static enum err
give(struct ctx *ctx, const struct portal_config *portal, const struct CodeRecord *code, struct oidc_answer *ret_answer)
{
	const char *id_token, *access_token;
	enum err err;

	err = mint_id_token(ctx, portal, code, &id_token);
	if (err == ERR_OK)
		err = mint_access_token(ctx, portal, code, &access_token);
	if (err != ERR_OK)
		return err;
	grant_answer(ctx, access_token, code->scope, id_token, ret_answer);
	return ERR_OK;
}

static enum err
answer_redeemed(struct ctx *ctx, struct redeem *redeem, struct oidc_answer *ret_answer)
{
	switch (redeem->verdict) {
	case REDEEM_ACCEPTED:
		return give(ctx, redeem->client->portal, redeem->code, ret_answer);
	case REDEEM_REPLAYED_CLIENT:
		grant_refuse_replay(ctx, ret_answer);
		return ERR_OK;
	case REDEEM_REUSED:
		log_event(LOG_WARNING, &ctx->log, "An authorization code was used again");
		break;
	case REDEEM_UNKNOWN:
	case REDEEM_UNFIT:
	case REDEEM_ENDED:
		break;
	}
	oidc_refuse(ctx, 400, "invalid_grant", "the authorization code is not valid", ret_answer);
	return ERR_OK;
}

static bool
verifier_valid(const char *verifier)
{
	size_t len = strlen(verifier);

	return len >= VERIFIER_MIN && len <= VERIFIER_MAX &&
	    strspn(verifier, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~") == len;
}

static const char *
malformed_grant(const char *code, const char *redirect_uri, const char *verifier)
{
	if (code == NULL || *code == '\0' || strlen(code) > CODE_MAX)
		return "code is missing or malformed";
	if (redirect_uri == NULL)
		return "redirect_uri is missing";
	if (verifier == NULL || !verifier_valid(verifier))
		return "code_verifier is missing or malformed";
	return NULL;
}

enum err
grant_code(struct ctx *ctx, const struct client_proof *client, const struct fields *form, struct oidc_answer *ret_answer)
{
	const char *code = fields_get(form, "code"), *verifier = fields_get(form, "code_verifier"), *wrong;
	struct redeem redeem = {.client = client, .redirect_uri = fields_get(form, "redirect_uri")};
	uint8_t hash[SHA256_SIZE];
	enum err err;

	wrong = malformed_grant(code, redeem.redirect_uri, verifier);
	if (wrong != NULL) {
		oidc_refuse(ctx, 400, "invalid_request", wrong, ret_answer);
		return ERR_OK;
	}
	sha256(bytes_of(code), redeem.key);
	sha256(bytes_of(verifier), hash);
	redeem.challenge = base64url_print(ctx->arena, BYTES(hash));
	err = store_update(ctx, redeem_in, &redeem);
	if (err != ERR_OK)
		return err;
	return answer_redeemed(ctx, &redeem, ret_answer);
}
