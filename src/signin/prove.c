#include "signin/prove.h"

#include <string.h>

#include "account/account.h"
#include "audit/audit.h"
#include "factor/recovery.h"
#include "factor/throttle.h"

struct prove {
	const struct journey *journey;	/* as the page saw it */
	const char *typed;
	const struct recovery_try *attempt; /* instead of typed */
	struct proof *proof;
};

/* What a failure leads to is told once, when it starts. */
static enum err
audit_failure(struct txn *txn, const struct AccountRecord *account, const char *method, enum factor_verdict verdict)
{
	struct ctx *ctx = txn_ctx(txn);
	struct ThrottleRecord *row;
	int64_t wait = 0;
	enum err err;

	if (verdict != FACTOR_REFUSED_WRONG && verdict != FACTOR_REFUSED_USED)
		return ERR_OK;
	err = audit_append(txn, AUDIT_FACTOR_FAILED, record_bytes(account->id), account->portal, "method", method, "reason",
	    factor_verdict_print(verdict), NULL);
	if (err == ERR_OK)
		err = throttle_load(txn, record_bytes(account->id), method, &row);
	if (err != ERR_OK)
		return err;
	switch (throttle_judge(row, ctx->now, &wait)) {
	case THROTTLE_OPEN:
		return ERR_OK;
	case THROTTLE_WAIT:
	case THROTTLE_DISABLED:
		break;
	}
	return audit_append(txn, AUDIT_FACTOR_LOCKED, record_bytes(account->id), account->portal, "method", method, "until",
	    row->disabled ? "" : clock_print(ctx->arena, row->wait_until), NULL);
}

/* The step up: the session says so, under a new token where nothing else will renew it (oidc_finish() does, on a first way to a portal). */
static enum err
step_up(struct txn *txn, struct journey *now, const char *factor, struct proof *proof)
{
	struct ctx *ctx = txn_ctx(txn);
	struct SessionRecord *session = now->session;
	enum err err;

	session->factor = (char *)factor;
	session->factor_time = session->seen = ctx->now;
	account_signed_in(ctx, now->account);
	proof->token = now->token;
	if (now->pending->manage || session->reached_portal)
		err = session_renew_with(txn, now->token, session, &proof->token);
	else
		err = session_save(txn, now->token, session);
	return err == ERR_OK ? account_save(txn, now->account) : err;
}

static enum err
factor_in(struct txn *txn, void *arg)
{
	struct prove *prove = arg;
	struct proof *proof = prove->proof;
	const struct second_factor *method;
	struct journey now;
	enum err err;

	*proof = (struct proof){.moved = true};
	err = journey_load(txn, prove->journey->pending, prove->journey->token, &now);
	if (err != ERR_OK || now.step != STEP_SECOND_FACTOR)
		return err;
	method = method_find(now.account->method);
	if (method == NULL)
		return ERR_CONFIG;
	proof->moved = false;
	err = method->check(txn, &(struct factor_case){record_bytes(now.account->id), now.session->sid, now.portal, txn_ctx(txn)->language}, prove->typed,
	    &proof->answer);
	if (err != ERR_OK)
		return err;
	if (proof->answer.verdict != FACTOR_ACCEPTED)
		return audit_failure(txn, now.account, method->name, proof->answer.verdict);
	err = step_up(txn, &now, method->name, proof);
	if (err == ERR_OK)
		err = audit_append(txn, AUDIT_FACTOR_ACCEPTED, record_bytes(now.account->id), now.portal->id, "method", method->name, NULL);
	return err;
}

enum err
prove_factor(struct ctx *ctx, const struct journey *journey, const char *typed, struct proof *ret_proof)
{
	struct prove prove = {.journey = journey, .typed = typed, .proof = ret_proof};

	if (typed == NULL || *typed == '\0') {
		*ret_proof = (struct proof){.answer.verdict = FACTOR_REFUSED_REQUIRED};
		return ERR_OK;
	}
	return store_update(ctx, factor_in, &prove);
}

static enum err
recovery_in(struct txn *txn, void *arg)
{
	struct prove *prove = arg;
	struct proof *proof = prove->proof;
	struct RecoveryRecord *record;
	struct journey now;
	struct bytes id;
	enum err err;

	*proof = (struct proof){.moved = true};
	err = journey_load(txn, prove->journey->pending, prove->journey->token, &now);
	if (err != ERR_OK || now.step != STEP_SECOND_FACTOR)
		return err;
	proof->moved = false;
	id = record_bytes(now.account->id);
	err = recovery_check(txn, id, prove->attempt, &proof->answer);
	if (err != ERR_OK)
		return err;
	if (proof->answer.verdict != FACTOR_ACCEPTED)
		return audit_failure(txn, now.account, RECOVERY_METHOD, proof->answer.verdict);
	err = recovery_load(txn, id, &record);
	if (err == ERR_OK)
		err = step_up(txn, &now, SESSION_RECOVERED, proof);
	if (err == ERR_OK)
		err = audit_append(txn, AUDIT_RECOVERY_CODE_USED, id, now.portal->id, "left",
		    arena_printf(txn_ctx(txn)->arena, "%u", recovery_left(record)), NULL);
	return err;
}

enum err
prove_recovery(struct ctx *ctx, const struct journey *journey, const char *typed, struct proof *ret_proof)
{
	struct recovery_try attempt;
	struct prove prove = {.journey = journey, .attempt = &attempt, .proof = ret_proof};
	enum err err;

	must(journey->account != NULL);
	err = recovery_prepare(ctx, record_bytes(journey->account->id), typed, &attempt);
	if (err != ERR_OK)
		return err;
	*ret_proof = (struct proof){.answer = {.verdict = attempt.verdict, .wait = attempt.wait}};
	/* Refused without looking at the code: nothing to write. */
	if (attempt.verdict != FACTOR_ACCEPTED)
		return ERR_OK;
	return store_update(ctx, recovery_in, &prove);
}

struct left {
	struct bytes account;
	unsigned left;
};

static enum err
left_in(struct txn *txn, void *arg)
{
	struct left *left = arg;
	struct RecoveryRecord *record;
	enum err err = recovery_load(txn, left->account, &record);

	if (err == ERR_OK)
		left->left = recovery_left(record);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

enum err
prove_codes_left(struct ctx *ctx, const struct journey *journey, unsigned *ret_left)
{
	struct left left = {.account = record_bytes(journey->account->id)};
	enum err err = store_view(ctx, left_in, &left);

	if (err == ERR_OK)
		*ret_left = left.left;
	return err;
}

static enum err
again_in(struct txn *txn, void *arg)
{
	const struct journey *journey = arg;
	struct SessionRecord *session;
	enum err err = session_load(txn, journey->token, journey->portal->id, &session);

	if (err != ERR_OK)
		return err;
	session->factor = (char *)"";
	return session_save(txn, journey->token, session);
}

enum err
prove_again(struct ctx *ctx, const struct journey *journey)
{
	enum err err = store_update(ctx, again_in, (void *)journey);

	return err == ERR_NOT_FOUND ? ERR_OK : err;
}
