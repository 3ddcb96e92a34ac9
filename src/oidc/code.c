#include "oidc/code.h"

#include <string.h>

#include "audit/audit.h"
#include "base/random.h"
#include "crypto/seal.h"
#include "oidc/reply.h"

/* A used or expired code is remembered this much longer than the tokens that came of it, so that its reuse is noticed. */
#define MEMORY MINUTES(10)
/* The single-use mark of a portal's request. */
#define REQUEST_MARK "request"

struct finish {
	struct journey *journey;
	struct oidc_end *end;
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
save_code(struct txn *txn, const struct journey *journey, const struct oidc_end *end)
{
	struct ctx *ctx = txn_ctx(txn);
	struct CodeRecord code = CODE_RECORD__INIT;
	uint8_t key[SHA256_SIZE];

	fill_code(ctx, journey, journey->session, &code);
	sha256(bytes_of(end->code), key);
	return record_insert(txn, TABLE_CODE, BYTES(key), &code, code.expires + ctx->config->limits.token_lifetime + MEMORY);
}

static enum err
note_finished(struct txn *txn, const struct journey *journey, const struct SessionRecord *session)
{
	struct session_level level;

	session_level(session, journey->portal, &level);
	return audit_append(txn, AUDIT_SIGNIN_FINISHED, record_bytes(session->account), journey->portal->id, "provider", session->provider,
	    "acr", level.acr, "factor", session->factor, NULL);
}

struct oidc_end *
oidc_end_new(struct ctx *ctx)
{
	struct oidc_end *end = arena_new_object(ctx->arena, struct oidc_end);

	end->code = random_text(ctx->arena, 32);
	return end;
}

enum err
oidc_end_run(struct txn *txn, struct journey *journey, void *arg)
{
	const struct pending *pending = journey->pending;
	struct SessionRecord *session = journey->session;
	struct ctx *ctx = txn_ctx(txn);
	struct oidc_end *end = arg;
	bool renew = !session->reached_portal || end->stepped_up;
	enum err err;

	err = used_mark(txn, REQUEST_MARK, pending->id, pending->created + ctx->config->limits.login_lifetime);
	if (err != ERR_OK)
		return err;
	end->token = journey->token;
	session->reached_portal = true;
	session->claim_stopped = 0;
	session->seen = ctx->now;
	if (renew)
		err = session_renew(txn, journey->token, session, &end->token);
	else
		err = session_save(txn, journey->token, session);
	if (err == ERR_OK)
		err = save_code(txn, journey, end);
	if (err == ERR_OK)
		err = note_finished(txn, journey, session);
	return err;
}

/* Under the session and the account as they are now, not as they were when the page was asked for. */
static enum err
finish_in(struct txn *txn, void *arg)
{
	struct finish *finish = arg;
	enum err err = journey_load(txn, finish->journey->pending, finish->journey->token, finish->journey);

	if (err == ERR_OK && finish->journey->step != STEP_DONE)
		err = ERR_NOT_FOUND;
	return err == ERR_OK ? oidc_end_run(txn, finish->journey, finish->end) : err;
}

const char *
oidc_end_url(struct ctx *ctx, const struct journey *journey, const struct oidc_end *end)
{
	return oidc_code_url(ctx, journey->pending, end->code);
}

enum err
oidc_finish(struct ctx *ctx, struct journey *journey, struct oidc_end *end)
{
	struct finish finish = {.journey = journey, .end = end};

	must(journey->step == STEP_DONE && journey->session != NULL && journey->account != NULL);
	return store_update(ctx, finish_in, &finish);
}

struct answered {
	const struct pending *pending;
	bool answered;
};

static enum err
answered_in(struct txn *txn, void *arg)
{
	struct answered *answered = arg;

	return used_marked(txn, REQUEST_MARK, answered->pending->id, &answered->answered);
}

enum err
oidc_answered(struct ctx *ctx, const struct pending *pending, bool *ret_answered)
{
	struct answered answered = {.pending = pending};
	enum err err = store_view(ctx, answered_in, &answered);

	if (err == ERR_OK)
		*ret_answered = answered.answered;
	return err;
}
