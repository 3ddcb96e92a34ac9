/* The part of enrol.h in which a factor is proven and takes effect. */
#include <string.h>

#include "account/account.h"
#include "account/address.h"
#include "account/notice.h"
#include "audit/audit.h"
#include "factor/digits.h"
#include "factor/throttle.h"
#include "factor/totp.h"
#include "signin/entry.h"
#include "signin/enrol.h"
#include "signin/internal.h"

struct finish {
	struct journey *journey;
	const char *typed;
	const struct recovery_set *set;
	struct enrolment *enrolment;
};

/* The account that gets the factor: the one that is there, or a new one, tied to the credential. */
static enum err
take_account(struct txn *txn, struct journey *now, struct finish *finish)
{
	enum err err;

	if (now->account != NULL)
		return ERR_OK;
	err = entry_open(txn, now->portal, now->session, &now->account);
	if (err == ERR_REFUSED)
		finish->enrolment->verdict = ENROL_IN_USE;
	return err;
}

/* Judge the code of what is being enrolled, and fill the factor that it proves. */
static enum err
judge(struct txn *txn, const struct journey *now, const char *typed, struct FactorRecord *factor, struct factor_answer *ret_answer)
{
	struct ctx *ctx = txn_ctx(txn);
	const struct SessionRecord *session = now->session;
	struct mail_case which;

	factor_record__init(factor);
	factor->enrolled = ctx->now;
	if (strcmp(journey_enrolling(now), TOTP_METHOD) == 0) {
		factor->secret = session->pending_secret;
		ret_answer->verdict = totp_match(record_bytes(session->pending_secret), 0, ctx->now, typed, &factor->last_step);
		return ERR_OK;
	}
	which = journey_mail_case(ctx, now, MAIL_FOR_ENROLMENT, session->pending_address);
	factor->address = session->pending_address;
	return mail_code_check(txn, &which, typed, ret_answer);
}

/* What the former method leaves behind: its secret is gone; an address gets notices for a while. */
static enum err
drop_former(struct txn *txn, const struct journey *now, const char *method)
{
	struct bytes id = record_bytes(now->account->id);
	unsigned ended;
	enum err err = ERR_OK;

	if (strcmp(now->account->method, method) != 0)
		err = factor_remove(txn, id, now->account->method);
	if (err == ERR_OK && strcmp(method, MAIL_METHOD) != 0)
		err = address_drop(txn, id, ADDRESS_FACTOR);
	if (err == ERR_OK)
		err = session_end_account(txn, id, now->session->sid, &ended);
	if (err == ERR_OK)
		err = audit_append(txn, AUDIT_FACTOR_CHANGED, id, now->portal->id, "from", now->account->method, "to", method, NULL);
	return err;
}

static enum err
save_factor(struct txn *txn, const struct journey *now, const char *method, const struct FactorRecord *factor)
{
	struct bytes id = record_bytes(now->account->id);
	enum err err = ERR_OK;

	if (*now->account->method != '\0')
		err = drop_former(txn, now, method);
	if (err == ERR_OK)
		err = factor_save(txn, id, method, factor);
	/* Another secret: no wait is left of the old one (NIST SP 800-63B-4 section 3.2.2). */
	if (err == ERR_OK)
		err = throttle_renew(txn, id, method);
	if (err == ERR_OK && *factor->address != '\0')
		err = address_put(txn, id, factor->address, ADDRESS_FACTOR);
	if (err == ERR_OK)
		err = audit_append(txn, AUDIT_FACTOR_ENROLLED, id, now->portal->id, "method", method, NULL);
	return err;
}

static enum err
tell(struct txn *txn, const struct AccountRecord *account, const char *method, bool changed)
{
	const struct mail_value value = {"method", method};

	return notice_send(txn, account, changed ? NOTICE_FACTOR_CHANGED : NOTICE_FACTOR_ENROLLED, &value, 1);
}

/* The session and the account as they are from now on. */
static enum err
settle(struct txn *txn, struct journey *now, const char *method, struct enrolment *enrolment)
{
	struct ctx *ctx = txn_ctx(txn);
	struct SessionRecord *session = now->session;
	bool changed = *now->account->method != '\0';
	enum err err;

	session->pending_secret = record_data((struct bytes){NULL, 0});
	session->pending_method = session->pending_address = (char *)"";
	session->factor = (char *)method;
	session->factor_time = session->seen = ctx->now;
	now->account->method = (char *)method;
	now->account->enrol_anew = 0;
	account_signed_in(ctx, now->account);
	enrolment->token = now->token;
	if (now->pending->manage || session->reached_portal)
		err = session_renew(txn, now->token, session, &enrolment->token);
	else
		err = session_save(txn, now->token, session);
	if (err == ERR_OK)
		err = account_save(txn, now->account);
	return err == ERR_OK ? tell(txn, now->account, method, changed) : err;
}

/* Does the session hold what the page showed? */
static bool
is_same(const struct journey *now, const struct journey *seen)
{
	return strcmp(now->session->pending_method, seen->session->pending_method) == 0 &&
	       strcmp(now->session->pending_address, seen->session->pending_address) == 0 &&
	       bytes_equal(record_bytes(now->session->pending_secret), record_bytes(seen->session->pending_secret));
}

static enum err
finish_in(struct txn *txn, void *arg)
{
	struct finish *finish = arg;
	struct FactorRecord factor;
	struct journey now;
	const char *method;
	enum err err;

	finish->enrolment->verdict = ENROL_MOVED;
	err = journey_load(txn, finish->journey->pending, finish->journey->token, &now);
	if (err != ERR_OK)
		return err;
	if (!enrol_allowed(txn_ctx(txn), &now) || !is_same(&now, finish->journey))
		return ERR_OK;
	finish->enrolment->verdict = ENROL_REFUSED;
	method = method_find(now.session->pending_method)->name;
	err = judge(txn, &now, finish->typed, &factor, &finish->enrolment->answer);
	if (err != ERR_OK || finish->enrolment->answer.verdict != FACTOR_ACCEPTED)
		return err;
	err = take_account(txn, &now, finish);
	if (err == ERR_OK)
		err = save_factor(txn, &now, method, &factor);
	if (err == ERR_OK)
		err = codes_save(txn, &now, finish->set);
	if (err == ERR_OK)
		err = settle(txn, &now, method, finish->enrolment);
	if (err == ERR_OK)
		finish->enrolment->verdict = ENROL_DONE;
	return err;
}

/* Before anything slow or written: is it worth to look? An app's code is judged here already, against the seed that the page showed; a code by
 * e-mail is counted where it is judged. */
static enum factor_verdict
look(struct ctx *ctx, const struct journey *journey, const char *typed)
{
	const struct SessionRecord *session = journey->session;
	char digits[MAIL_CODE_DIGITS + 1];
	int64_t step;

	if (typed == NULL || *typed == '\0')
		return FACTOR_REFUSED_REQUIRED;
	if (strcmp(journey_enrolling(journey), MAIL_METHOD) == 0)
		return digits_parse(typed, MAIL_CODE_DIGITS, digits) ? FACTOR_ACCEPTED : FACTOR_REFUSED_MALFORMED;
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
	if (journey->session == NULL || *journey_enrolling(journey) == '\0')
		return ERR_OK;
	ret_enrolment->verdict = ENROL_REFUSED;
	ret_enrolment->answer.verdict = look(ctx, journey, typed);
	if (ret_enrolment->answer.verdict == FACTOR_REFUSED_EXPIRED)
		return enrol_begin(ctx, journey, TOTP_METHOD);
	if (ret_enrolment->answer.verdict != FACTOR_ACCEPTED)
		return ERR_OK;
	recovery_make(ctx, ctx->config->limits.recovery_codes, &set);
	finish.set = &set;
	err = store_update(ctx, finish_in, &finish);
	/* Taken back as a whole: no account was made. */
	if (err == ERR_REFUSED && ret_enrolment->verdict == ENROL_IN_USE)
		return ERR_OK;
	return err;
}
