#include "helpdesk/desk_factor.h"

#include "audit/audit.h"
#include "factor/throttle.h"
#include "factor/totp.h"
#include "factor/totp_show.h"
#include "helpdesk/desk.h"
#include "web/look.h"

/* A key that nobody has proven by then gives way to a new one. */
#define ENROL_WITHIN MINUTES(30)

/* A code that was typed, on its way through the transaction. */
struct proof {
	struct desk *desk;
	const char *typed;
	struct factor_answer answer;
	const char *token;	/* the renewed cookie, once accepted */
};

/* ---- signed in ---- */

/* The factor is proven: the session says so under a new token, and is this member of staff's only one. */
static enum err
sign_in(struct txn *txn, struct desk_now *now, struct proof *proof)
{
	struct ctx *ctx = txn_ctx(txn);
	enum err err;

	now->session->factor_time = ctx->now;
	now->session->pending_secret = record_data(bytes_make(NULL, 0));
	now->staff->seen = ctx->now;
	err = staff_save(txn, now->staff);
	if (err == ERR_OK)
		err = desk_session_end_staff(txn, record_bytes(now->session->staff), now->session->sid);
	if (err == ERR_OK)
		err = desk_session_renew(txn, proof->desk->token, now->session, &proof->token);
	if (err == ERR_OK)
		err = audit_append(txn, AUDIT_DESK_SIGNED_IN, bytes_make("", 0), NULL, "staff", now->staff->code, "role", now->session->role, NULL);
	return err;
}

/* What a page does with the verdict. */
static enum err
answer(struct proof *proof, enum err err)
{
	struct desk *desk = proof->desk;

	if (err != ERR_OK)
		return desk_over(desk, err);
	if (proof->answer.verdict == FACTOR_ACCEPTED) {
		response_cookie(desk->response, DESK_COOKIE, proof->token, SAME_SITE_LAX, -1);
		return desk_go(desk, desk_home(desk->role));
	}
	view_flag(desk->view, "clock_hint", proof->answer.clock);
	desk_fail_factor(desk, "code", proof->answer.verdict == FACTOR_REFUSED_EXHAUSTED ? "code-desk" : "code", &proof->answer);
	return desk_show(desk);
}

/* ---- setting it up ---- */

static bool
has_key(const struct ctx *ctx, const struct DeskSessionRecord *session)
{
	return session->pending_secret.len > 0 && ctx->now - session->pending_created <= ENROL_WITHIN;
}

/* Another tab, or a reload, finds the key that is there: what an app has scanned stays good. */
static enum err
make_key_in(struct txn *txn, void *arg)
{
	struct desk *desk = arg;
	struct ctx *ctx = txn_ctx(txn);
	struct desk_now now;
	enum err err = desk_again(txn, desk, &now);

	if (err == ERR_OK && !has_key(ctx, now.session)) {
		now.session->pending_secret = record_data(totp_seed(ctx->arena));
		now.session->pending_created = ctx->now;
		err = desk_session_save(txn, desk->token, now.session);
	}
	if (err == ERR_OK)
		desk->session = now.session;
	return err;
}

static enum err
show_enrol(struct desk *desk)
{
	struct ctx *ctx = desk->ctx;
	const char *issuer, *account;
	enum err err = ERR_OK;

	if (!has_key(ctx, desk->session))
		err = store_update(ctx, make_key_in, desk);
	if (err != ERR_OK)
		return desk_over(desk, err);
	issuer = look_name(ctx, &ctx->config->service_name);
	account = text_sentence(ctx->text, ctx->language, "desk-enrol.app-account", desk->view, ctx->arena);
	return totp_show(ctx->arena, record_bytes(desk->session->pending_secret), issuer, account, desk->view);
}

static enum err
enrol_in(struct txn *txn, void *arg)
{
	struct proof *proof = arg;
	struct ctx *ctx = txn_ctx(txn);
	struct FactorRecord factor = FACTOR_RECORD__INIT;
	struct desk_now now;
	enum err err = desk_again(txn, proof->desk, &now);

	proof->answer = (struct factor_answer){.verdict = FACTOR_REFUSED_EXPIRED};
	if (err != ERR_OK || !has_key(ctx, now.session))
		return err;
	proof->answer.verdict = totp_match(record_bytes(now.session->pending_secret), 0, ctx->now, proof->typed, &factor.last_step);
	if (proof->answer.verdict != FACTOR_ACCEPTED)
		return ERR_OK;
	factor.secret = now.session->pending_secret;
	factor.enrolled = ctx->now;
	now.staff->method = (char *)TOTP_METHOD;
	err = factor_save(txn, record_bytes(now.staff->id), TOTP_METHOD, &factor);
	if (err == ERR_OK)
		err = throttle_renew(txn, record_bytes(now.staff->id), TOTP_METHOD);
	if (err == ERR_OK)
		err = audit_append(txn, AUDIT_DESK_FACTOR_ENROLLED, bytes_make("", 0), NULL, "staff", now.staff->code, NULL);
	return err == ERR_OK ? sign_in(txn, &now, proof) : err;
}

/* ---- asking for it ---- */

static enum err
show_code(struct desk *desk)
{
	/* Asked for each day: after a failure the summary is read first. */
	view_flag(desk->view, "code_focus", desk->request->method == METHOD_GET);
	return ERR_OK;
}

static enum err
audit_failure(struct txn *txn, const struct StaffRecord *staff, enum factor_verdict verdict)
{
	if (verdict != FACTOR_REFUSED_WRONG && verdict != FACTOR_REFUSED_USED)
		return ERR_OK;
	return audit_append(txn, AUDIT_DESK_FACTOR_FAILED, bytes_make("", 0), NULL, "staff", staff->code, "reason", factor_verdict_print(verdict),
	    NULL);
}

static enum err
code_in(struct txn *txn, void *arg)
{
	struct proof *proof = arg;
	struct factor_case which = {.language = txn_ctx(txn)->language};
	struct desk_now now;
	enum err err = desk_again(txn, proof->desk, &now);

	if (err != ERR_OK)
		return err;
	which.account = record_bytes(now.staff->id);
	which.sid = now.session->sid;
	err = totp_check(txn, &which, proof->typed, &proof->answer);
	if (err != ERR_OK)
		return err;
	return proof->answer.verdict == FACTOR_ACCEPTED ? sign_in(txn, &now, proof) : audit_failure(txn, now.staff, proof->answer.verdict);
}

/* ---- the two screens ---- */

static enum err
prove(struct desk *desk, store_fn *fn)
{
	struct proof proof = {.desk = desk, .typed = request_form(desk->request, "code"), .answer.verdict = FACTOR_REFUSED_REQUIRED};
	enum err err = ERR_OK;

	if (proof.typed != NULL && *proof.typed != '\0')
		err = store_update(desk->ctx, fn, &proof);
	return answer(&proof, err);
}

static enum err
prove_enrol(struct desk *desk)
{
	return prove(desk, enrol_in);
}

static enum err
prove_code(struct desk *desk)
{
	return prove(desk, code_in);
}

static const struct desk_action enrol_actions[] = {{"continue", POWER_NONE, 0, prove_enrol}, {NULL, POWER_NONE, 0, NULL}};
static const struct desk_screen enrol_screen = {
    .name = "desk-enrol",
    .path = DESK_ENROL_PATH,
    .step = DESK_ENROL,
    .power = POWER_NONE,
    .show = show_enrol,
    .actions = enrol_actions,
};

static const struct desk_action code_actions[] = {{"continue", POWER_NONE, 0, prove_code}, {NULL, POWER_NONE, 0, NULL}};
static const struct desk_screen code_screen = {
    .name = "desk-code",
    .path = DESK_CODE_PATH,
    .step = DESK_CODE,
    .power = POWER_NONE,
    .show = show_code,
    .actions = code_actions,
};

enum err
desk_enrol(struct ctx *ctx, const struct request *request, struct response *response)
{
	return desk_serve(ctx, request, response, &enrol_screen);
}

enum err
desk_code(struct ctx *ctx, const struct request *request, struct response *response)
{
	return desk_serve(ctx, request, response, &code_screen);
}
