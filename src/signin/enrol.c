#include "signin/enrol.h"

#include <string.h>

#include "account/account.h"
#include "audit/audit.h"
#include "factor/throttle.h"
#include "factor/totp.h"
#include "signin/internal.h"

bool
enrol_allowed(const struct ctx *ctx, const struct journey *journey)
{
	if (journey->step == STEP_ENROL || journey->step == STEP_ENROL_TOTP)
		return true;
	return journey->step == STEP_DONE && journey->session != NULL &&
	       (!journey_has_factor(journey) || journey_may_change(ctx, journey));
}

static void
set_seed(struct ctx *ctx, struct SessionRecord *session)
{
	session->pending_secret = record_data(totp_seed(ctx->arena));
	session->pending_created = session->seen = ctx->now;
}

struct begin {
	struct journey *journey;
	struct journey now;
};

static enum err
begin_in(struct txn *txn, void *arg)
{
	struct begin *begin = arg;
	struct ctx *ctx = txn_ctx(txn);
	enum err err = journey_load(txn, begin->journey->pending, begin->journey->token, &begin->now);

	if (err != ERR_OK)
		return err;
	if (!enrol_allowed(ctx, &begin->now))
		return ERR_REFUSED;
	/* A second click, or another tab, finds the seed that is there: what an app has scanned stays good. */
	if (begin->now.session->pending_secret.len > 0 && ctx->now - begin->now.session->pending_created <= ENROL_WITHIN)
		return ERR_OK;
	set_seed(ctx, begin->now.session);
	return session_save(txn, begin->now.token, begin->now.session);
}

enum err
enrol_begin(struct ctx *ctx, struct journey *journey)
{
	struct begin begin = {.journey = journey};
	enum err err = store_update(ctx, begin_in, &begin);

	if (err == ERR_OK)
		*journey = begin.now;
	return err;
}

static enum err
cancel_in(struct txn *txn, void *arg)
{
	const struct journey *journey = arg;
	struct SessionRecord *session;
	enum err err = session_load(txn, journey->token, journey->portal->id, &session);

	if (err != ERR_OK)
		return err;
	session->pending_secret = record_data((struct bytes){NULL, 0});
	return session_save(txn, journey->token, session);
}

enum err
enrol_cancel(struct ctx *ctx, const struct journey *journey)
{
	enum err err = store_update(ctx, cancel_in, (void *)journey);

	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

struct finish {
	struct journey *journey;
	const char *typed;
	const struct recovery_set *set;
	struct enrolment *enrolment;
	struct SessionRecord *session;
};

/* The account that gets the factor: the one that is there, or a new one, tied to the credential. */
static enum err
take_account(struct txn *txn, struct journey *now, struct finish *finish)
{
	const struct provider_config *provider = config_provider(txn_ctx(txn)->config, now->session->provider);
	enum err err;

	if (now->account != NULL)
		return ERR_OK;
	if (provider == NULL)
		return ERR_CONFIG;
	err = account_create(txn, now->portal->id, provider->id, &now->account);
	if (err != ERR_OK)
		return err;
	err = binding_save(txn, record_bytes(now->session->credential), now->portal->id, provider->separation, provider->id,
	    record_bytes(now->account->id));
	if (err == ERR_REFUSED)
		finish->enrolment->verdict = ENROL_IN_USE;
	if (err != ERR_OK)
		return err;
	now->session->account = now->account->id;
	return audit_append(txn, AUDIT_ACCOUNT_CREATED, record_bytes(now->account->id), now->portal->id, "provider", provider->id,
	    "status", now->account->status, NULL);
}

static enum err
save_factor(struct txn *txn, const struct journey *now, int64_t step)
{
	struct FactorRecord factor = FACTOR_RECORD__INIT;
	struct bytes id = record_bytes(now->account->id);
	enum err err;

	factor.secret = now->session->pending_secret;
	factor.last_step = step;
	factor.enrolled = txn_ctx(txn)->now;
	err = factor_save(txn, id, TOTP_METHOD, &factor);
	/* Another secret: no wait is left of the old one (NIST SP 800-63B-4 section 3.2.2). */
	if (err == ERR_OK)
		err = throttle_renew(txn, id, TOTP_METHOD);
	if (err == ERR_OK)
		err = audit_append(txn, AUDIT_FACTOR_ENROLLED, id, now->portal->id, "method", TOTP_METHOD, NULL);
	return err;
}

/* The session and the account as they are from now on. */
static enum err
settle(struct txn *txn, struct journey *now, struct enrolment *enrolment)
{
	struct ctx *ctx = txn_ctx(txn);
	struct SessionRecord *session = now->session;
	enum err err = ERR_OK;

	session->pending_secret = record_data((struct bytes){NULL, 0});
	session->factor = (char *)TOTP_METHOD;
	session->factor_time = session->seen = ctx->now;
	now->account->method = (char *)TOTP_METHOD;
	account_signed_in(ctx, now->account);
	enrolment->token = now->token;
	if (now->pending->manage || session->reached_portal)
		err = session_renew(txn, now->token, &enrolment->token);
	if (err == ERR_OK)
		err = session_save(txn, enrolment->token, session);
	return err == ERR_OK ? account_save(txn, now->account) : err;
}

static enum err
finish_in(struct txn *txn, void *arg)
{
	struct finish *finish = arg;
	struct ctx *ctx = txn_ctx(txn);
	struct journey now;
	int64_t step;
	enum err err;

	finish->enrolment->verdict = ENROL_MOVED;
	err = journey_load(txn, finish->journey->pending, finish->journey->token, &now);
	if (err != ERR_OK)
		return err;
	/* The page judged this seed: is it still the one? */
	if (!enrol_allowed(ctx, &now) ||
	    !bytes_equal(record_bytes(now.session->pending_secret), record_bytes(finish->journey->session->pending_secret)))
		return ERR_OK;
	finish->enrolment->verdict = ENROL_REFUSED;
	finish->enrolment->factor = totp_match(record_bytes(now.session->pending_secret), 0, ctx->now, finish->typed, &step);
	if (finish->enrolment->factor != FACTOR_ACCEPTED)
		return ERR_OK;
	err = take_account(txn, &now, finish);
	if (err == ERR_OK)
		err = save_factor(txn, &now, step);
	if (err == ERR_OK)
		err = codes_save(txn, &now, finish->set);
	if (err == ERR_OK)
		err = settle(txn, &now, finish->enrolment);
	if (err == ERR_OK)
		finish->enrolment->verdict = ENROL_DONE;
	return err;
}

/* Before anything slow or written: the code against the seed that the page showed. */
static enum factor_verdict
judge(struct ctx *ctx, const struct SessionRecord *session, const char *typed)
{
	int64_t step;

	if (typed == NULL || *typed == '\0')
		return FACTOR_REFUSED_REQUIRED;
	if (ctx->now - session->pending_created > ENROL_WITHIN)
		return FACTOR_REFUSED_EXPIRED;
	return totp_match(record_bytes(session->pending_secret), 0, ctx->now, typed, &step);
}

enum err
enrol_finish(struct ctx *ctx, struct journey *journey, const char *typed, struct enrolment *ret_enrolment)
{
	struct finish finish = {.journey = journey, .typed = typed, .enrolment = ret_enrolment};
	struct recovery_set set;
	enum err err;

	*ret_enrolment = (struct enrolment){.verdict = ENROL_MOVED};
	if (journey->session == NULL || journey->session->pending_secret.len == 0)
		return ERR_OK;
	ret_enrolment->verdict = ENROL_REFUSED;
	ret_enrolment->factor = judge(ctx, journey->session, typed);
	if (ret_enrolment->factor == FACTOR_REFUSED_EXPIRED)
		return enrol_begin(ctx, journey);
	if (ret_enrolment->factor != FACTOR_ACCEPTED)
		return ERR_OK;
	recovery_make(ctx, ctx->config->limits.recovery_codes, &set);
	finish.set = &set;
	err = store_update(ctx, finish_in, &finish);
	/* Taken back as a whole: no account was made. */
	if (err == ERR_REFUSED && ret_enrolment->verdict == ENROL_IN_USE)
		return ERR_OK;
	return err;
}
