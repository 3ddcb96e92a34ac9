#include "signin/prove.h"

#include <string.h>

#include "account/account.h"
#include "account/notice.h"
#include "audit/audit.h"
#include "factor/recovery.h"
#include "factor/throttle.h"
#include "signin/relink.h"
#include "signin/reset.h"
#include "text/template.h"

struct prove {
	const struct journey *journey;	/* as the page saw it */
	const char *typed;
	const struct recovery_try *attempt; /* instead of typed */
	const struct prove_end *end;
	struct proof *proof;
};

/* The owner hears of it when guessing first costs a wait, and when it has cost the method: not of each wait between. */
static enum err
tell_locked(struct txn *txn, const struct AccountRecord *account, const char *method, const struct ThrottleRecord *row)
{
	struct ctx *ctx = txn_ctx(txn);
	const struct mail_value values[] = {{"method", method},
	    {"wait", row->disabled ? "" : text_duration(ctx->text, notice_language(account), row->wait_until - ctx->now, ctx->arena)}};

	if (!throttle_alarming(row))
		return ERR_OK;
	return notice_send(txn, account, NOTICE_FACTOR_LOCKED, values, 2);
}

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
	err = audit_append(txn, AUDIT_FACTOR_LOCKED, record_bytes(account->id), account->portal, "method", method, "until",
	    row->disabled ? "" : clock_print(ctx->arena, row->wait_until), NULL);
	return err == ERR_OK ? tell_locked(txn, account, method, row) : err;
}

/* The session under a new token where nothing else will renew it (oidc_finish() does, on a first way to a portal). */
static enum err
save_session(struct txn *txn, struct journey *now, struct proof *proof)
{
	proof->token = now->token;
	if (now->pending->manage || now->session->reached_portal)
		return session_renew(txn, now->token, now->session, &proof->token);
	return session_save(txn, now->token, now->session);
}

/* The step up: the session says so, and ends at the portal when nothing else is to be done. */
static enum err
step_up(struct txn *txn, struct journey *now, const char *factor, const struct prove *prove)
{
	struct ctx *ctx = txn_ctx(txn);
	enum err err;

	now->session->factor = (char *)factor;
	now->session->factor_time = now->session->seen = ctx->now;
	account_signed_in(ctx, now->account);
	err = account_save(txn, now->account);
	/* Who can prove it needs no reset; whoever asked for one is somebody else. */
	if (err == ERR_OK)
		err = reset_stop(txn, now->account, RESET_END_SIGN_IN, "");
	if (err == ERR_OK)
		err = relink_signed_in(txn, now);
	if (err != ERR_OK)
		return err;
	journey_again(now);
	if (prove->end != NULL && journey_over(now) && *now->pending->redirect_uri != '\0') {
		err = prove->end->run(txn, now, prove->end->arg);
		prove->proof->finished = err == ERR_OK;
		if (err != ERR_EXISTS)
			return err;
	}
	return save_session(txn, now, prove->proof);
}

static struct factor_case
case_of(const struct ctx *ctx, const struct journey *journey)
{
	return (struct factor_case){record_bytes(journey->account->id), journey->session->sid, journey->portal, ctx->language};
}

static enum err
factor_in(struct txn *txn, void *arg)
{
	struct prove *prove = arg;
	struct proof *proof = prove->proof;
	const struct second_factor *method;
	struct factor_case which;
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
	which = case_of(txn_ctx(txn), &now);
	err = method->check(txn, &which, prove->typed, &proof->answer);
	if (err != ERR_OK)
		return err;
	if (proof->answer.verdict != FACTOR_ACCEPTED)
		return audit_failure(txn, now.account, method->name, proof->answer.verdict);
	err = audit_append(txn, AUDIT_FACTOR_ACCEPTED, record_bytes(now.account->id), now.portal->id, "method", method->name, NULL);
	return err == ERR_OK ? step_up(txn, &now, method->name, prove) : err;
}

enum err
prove_factor(struct ctx *ctx, const struct journey *journey, const char *typed, const struct prove_end *end, struct proof *ret_proof)
{
	struct prove prove = {.journey = journey, .typed = typed, .end = end, .proof = ret_proof};

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
	struct mail_value left = {"codes_left", ""};
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
		err = step_up(txn, &now, SESSION_RECOVERED, prove);
	if (err != ERR_OK)
		return err;
	left.value = arena_printf(txn_ctx(txn)->arena, "%u", recovery_left(record));
	err = audit_append(txn, AUDIT_RECOVERY_CODE_USED, id, now.portal->id, "left", left.value, NULL);
	return err == ERR_OK ? notice_send(txn, now.account, NOTICE_RECOVERY_USED, &left, 1) : err;
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
	*ret_proof = (struct proof){.answer = {.verdict = attempt.verdict, .wait = attempt.wait, .disabled = attempt.disabled}};
	/* Refused without looking at the code: nothing to write. */
	if (attempt.verdict != FACTOR_ACCEPTED)
		return ERR_OK;
	return store_update(ctx, recovery_in, &prove);
}

/* ---- methods that send their codes ---- */

struct sent {
	const struct journey *journey;
	const char *address;
	struct mail_code_state *state;
	bool again;
	struct mail_sending *sending;
};

static enum err
sent_in(struct txn *txn, void *arg)
{
	struct sent *sent = arg;
	struct factor_case which = case_of(txn_ctx(txn), sent->journey);
	struct mail_case mail;
	enum err err = mail_code_case(txn, &which, &mail);

	if (err != ERR_OK)
		return err;
	sent->address = mail.address;
	return mail_code_state(txn, &mail, sent->state);
}

enum err
prove_sent(struct ctx *ctx, const struct journey *journey, const char **ret_address, struct mail_code_state *ret_state)
{
	struct sent sent = {.journey = journey, .state = ret_state};
	const struct second_factor *method = method_find(journey->account->method);
	enum err err = ERR_OK;

	if (method != NULL && method->send != NULL)
		err = store_view(ctx, sent_in, &sent);
	if (err == ERR_OK)
		*ret_address = sent.address;
	return err;
}

static enum err
send_in(struct txn *txn, void *arg)
{
	struct sent *sent = arg;
	const struct second_factor *method;
	struct factor_case which;
	struct journey now;
	enum err err = journey_load(txn, sent->journey->pending, sent->journey->token, &now);

	if (err != ERR_OK)
		return err;
	if (now.step != STEP_SECOND_FACTOR)
		return ERR_REFUSED;
	method = method_find(now.account->method);
	if (method == NULL || method->send == NULL || !now.mails)
		return ERR_REFUSED;
	if (!sent->again) {
		struct mail_code_state state = {.alive = false};
		struct sent present = {.journey = &now, .state = &state};
		err = sent_in(txn, &present);
		*sent->sending = (struct mail_sending){.verdict = MAIL_REPEATED};
		if (err != ERR_OK || state.alive)
			return err;
	}
	which = case_of(txn_ctx(txn), &now);
	return method->send(txn, &which, sent->sending);
}

enum err
prove_send(struct ctx *ctx, const struct journey *journey, struct mail_sending *ret_sending)
{
	struct sent sent = {.journey = journey, .again = true, .sending = ret_sending};

	return store_update(ctx, send_in, &sent);
}

enum err
prove_send_first(struct ctx *ctx, const struct journey *journey, struct mail_sending *ret_sending)
{
	struct sent sent = {.journey = journey, .sending = ret_sending};

	return store_update(ctx, send_in, &sent);
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
