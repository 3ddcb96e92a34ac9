#include "oidc/code.h"

#include <string.h>

#include "account/account.h"
#include "audit/audit.h"
#include "base/random.h"
#include "crypto/seal.h"
#include "oidc/reply.h"

/* A used or expired code is remembered this much longer than the tokens that came of it, so that its reuse is noticed. */
#define MEMORY MINUTES(10)

struct finish {
	const struct journey *journey;
	const char *code;
	const char *token; /* the session's cookie value from now on */
};

static void
fill_code(struct ctx *ctx, const struct journey *journey, const struct SessionRecord *session, struct CodeRecord *code)
{
	const struct pending *pending = journey->pending;
	struct session_level *level = arena_new_object(ctx->arena, struct session_level);

	session_level(session, journey->portal, level);
	code->client = (char *)pending->client;
	code->redirect_uri = (char *)pending->redirect_uri;
	code->challenge = (char *)pending->challenge;
	code->nonce = (char *)pending->nonce;
	code->scope = (char *)pending->scope;
	code->account = session->account;
	code->sub = journey->account->sub;
	code->sid = session->sid;
	code->acr = (char *)level->acr;
	code->amr = (char **)level->amr;
	while (level->amr[code->n_amr] != NULL)
		code->n_amr++;
	code->auth_time = level->auth_time;
	code->locale = (char *)language_print(ctx->language);
	code->access_jti = random_text(ctx->arena, 16);
	code->expires = ctx->now + ctx->config->limits.code_lifetime;
}

static enum err
save_code(struct txn *txn, const struct finish *finish, const struct SessionRecord *session)
{
	struct ctx *ctx = txn_ctx(txn);
	struct CodeRecord code = CODE_RECORD__INIT;
	uint8_t key[SHA256_SIZE];

	fill_code(ctx, finish->journey, session, &code);
	sha256(bytes_of(finish->code), key);
	return record_insert(txn, TABLE_CODE, BYTES(key), &code, code.expires + ctx->config->limits.token_lifetime + MEMORY);
}

/* An account that was closed meanwhile signs nobody in. */
static enum err
check_account(struct txn *txn, const struct SessionRecord *session)
{
	struct AccountRecord *account;
	enum err err = account_load(txn, record_bytes(session->account), &account);

	if (err != ERR_OK)
		return err;
	return account_active(account) ? ERR_OK : ERR_NOT_FOUND;
}

static enum err
note_finished(struct txn *txn, const struct journey *journey, const struct SessionRecord *session)
{
	struct session_level level;

	session_level(session, journey->portal, &level);
	return audit_append(txn, AUDIT_SIGNIN_FINISHED, record_bytes(session->account), journey->portal->id, "provider", session->provider,
	    "acr", level.acr, "factor", session->factor, NULL);
}

/* Under the session as it is now, not as it was when the page was asked for: it may have ended meanwhile. */
static enum err
finish_in(struct txn *txn, void *arg)
{
	struct finish *finish = arg;
	const struct journey *journey = finish->journey;
	const struct pending *pending = journey->pending;
	struct ctx *ctx = txn_ctx(txn);
	struct SessionRecord *session;
	bool first;
	enum err err;

	err = used_mark(txn, "request", pending->id, pending->created + ctx->config->limits.login_lifetime);
	if (err != ERR_OK)
		return err;
	err = session_load(txn, journey->token, pending->client, &session);
	if (err != ERR_OK)
		return err;
	first = !session->reached_portal;
	finish->token = journey->token;
	session->reached_portal = true;
	session->seen = ctx->now;
	if (first)
		err = session_renew_with(txn, journey->token, session, &finish->token);
	else
		err = session_save(txn, journey->token, session);
	if (err == ERR_OK)
		err = check_account(txn, session);
	if (err == ERR_OK)
		err = save_code(txn, finish, session);
	if (err == ERR_OK)
		err = note_finished(txn, journey, session);
	return err;
}

enum err
oidc_finish(struct ctx *ctx, const struct journey *journey, const char **ret_url, const char **ret_token)
{
	struct finish finish = {.journey = journey, .code = random_text(ctx->arena, 32)};
	enum err err;

	must(journey->step == STEP_DONE && journey->session != NULL && journey->account != NULL);
	err = store_update(ctx, finish_in, &finish);
	if (err != ERR_OK)
		return err;
	*ret_url = oidc_code_url(ctx, journey->pending, finish.code);
	*ret_token = finish.token;
	return ERR_OK;
}
