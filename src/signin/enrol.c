#include "signin/enrol.h"

#include <string.h>

#include "config/config.h"
#include "factor/totp.h"
#include "signin/internal.h"

bool
enrol_allowed(const struct ctx *ctx, const struct journey *journey)
{
	if (journey_frozen(journey))
		return false;
	if (journey->step == STEP_ENROL || journey->step == STEP_ENROL_TOTP || journey->step == STEP_ENROL_MAIL ||
	    journey->step == STEP_ENROL_MAIL_CODE)
		return true;
	return journey->step == STEP_DONE && journey->session != NULL &&
	       (!journey_has_factor(journey) || journey_may_change(ctx, journey));
}

bool
enrol_offers(const struct ctx *ctx, const struct journey *journey, const char *name)
{
	const struct second_factor *method = method_find(name);

	if (method == NULL || !texts_has(&journey->portal->methods, name))
		return false;
	if (method->send != NULL && ctx->config->mail.url == NULL)
		return false;
	return journey->step == STEP_DONE || !journey_too_weak(journey, method);
}

static void
start_with(struct ctx *ctx, struct SessionRecord *session, const char *method)
{
	session->pending_method = (char *)method;
	session->pending_address = (char *)"";
	session->pending_secret = record_data(strcmp(method, TOTP_METHOD) == 0 ? totp_seed(ctx->arena) : (struct bytes){NULL, 0});
	session->pending_created = session->seen = ctx->now;
}

struct begin {
	struct journey *journey;
	const char *method;		/* enrol_begin() */
	const char *address;		/* enrol_send() */
	struct mail_sending *sending;
	struct journey now;
};

/* A second click, or another tab, finds what is there: what an app has scanned stays good. */
static bool
is_begun(const struct ctx *ctx, const struct SessionRecord *session, const char *method)
{
	if (strcmp(session->pending_method, method) != 0)
		return false;
	return session->pending_secret.len == 0 || ctx->now - session->pending_created <= ENROL_WITHIN;
}

static enum err
begin_in(struct txn *txn, void *arg)
{
	struct begin *begin = arg;
	struct ctx *ctx = txn_ctx(txn);
	enum err err = journey_load(txn, begin->journey->pending, begin->journey->token, &begin->now);

	if (err != ERR_OK)
		return err;
	if (!enrol_allowed(ctx, &begin->now) || !enrol_offers(ctx, &begin->now, begin->method))
		return ERR_REFUSED;
	if (is_begun(ctx, begin->now.session, begin->method))
		return ERR_OK;
	start_with(ctx, begin->now.session, begin->method);
	return session_save(txn, begin->now.token, begin->now.session);
}

enum err
enrol_begin(struct ctx *ctx, struct journey *journey, const char *method)
{
	struct begin begin = {.journey = journey, .method = method_find(method) != NULL ? method_find(method)->name : ""};
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
	start_with(txn_ctx(txn), session, "");
	return session_save(txn, journey->token, session);
}

enum err
enrol_cancel(struct ctx *ctx, const struct journey *journey)
{
	enum err err = store_update(ctx, cancel_in, (void *)journey);

	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static enum err
send_in(struct txn *txn, void *arg)
{
	struct begin *begin = arg;
	struct journey *now = &begin->now;
	const char *address = begin->address;
	struct mail_case which;
	enum err err = journey_load(txn, begin->journey->pending, begin->journey->token, now);

	if (err != ERR_OK)
		return err;
	if (!enrol_allowed(txn_ctx(txn), now) || strcmp(journey_enrolling(now), MAIL_METHOD) != 0)
		return ERR_REFUSED;
	if (address == NULL)
		address = now->session->pending_address;
	if (*address != '\0') {
		which = journey_mail_case(txn_ctx(txn), now, MAIL_FOR_ENROLMENT, address);
		err = mail_code_send(txn, &which, begin->sending);
		if (err != ERR_OK || begin->sending->verdict == MAIL_LIMITED)
			return err;
	}
	now->session->pending_address = (char *)address;
	now->session->pending_created = now->session->seen = txn_ctx(txn)->now;
	return session_save(txn, now->token, now->session);
}

enum err
enrol_send(struct ctx *ctx, struct journey *journey, const char *address, struct mail_sending *ret_sending)
{
	struct begin begin = {.journey = journey, .address = address, .sending = ret_sending};
	enum err err = store_update(ctx, send_in, &begin);

	if (err == ERR_OK)
		*journey = begin.now;
	return err;
}

struct sent {
	const struct journey *journey;
	struct mail_code_state *state;
};

static enum err
sent_in(struct txn *txn, void *arg)
{
	struct sent *sent = arg;
	struct mail_case which =
	    journey_mail_case(txn_ctx(txn), sent->journey, MAIL_FOR_ENROLMENT, sent->journey->session->pending_address);

	return mail_code_state(txn, &which, sent->state);
}

enum err
enrol_sent(struct ctx *ctx, const struct journey *journey, struct mail_code_state *ret_state)
{
	struct sent sent = {journey, ret_state};

	return store_view(ctx, sent_in, &sent);
}
