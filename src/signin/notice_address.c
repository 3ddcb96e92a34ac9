#include "signin/notice_address.h"

#include <string.h>

#include "account/account.h"
#include "account/address.h"
#include "account/notice.h"
#include "audit/audit.h"
#include "mail/mailbox.h"

/* Stands in session->pending_method: no method has this name, so that no enrolment is mistaken for it. */
#define PROVING "notice"

bool
notice_address_allowed(const struct ctx *ctx, const struct journey *journey)
{
	if (!journey->mails || journey_frozen(journey))
		return false;
	return journey->step == STEP_NOTICE_ADDRESS ||
	       (journey->step == STEP_DONE && journey_has_factor(journey) && journey_may_change(ctx, journey));
}

const char *
notice_address_proving(const struct journey *journey)
{
	return strcmp(journey->session->pending_method, PROVING) == 0 ? journey->session->pending_address : "";
}

struct proving {
	const struct journey *journey;
	const char *address, *typed;
	struct mail_sending *sending;
	struct notice_address *found;
	struct factor_answer *answer;
	struct journey now;
};

/* ERR_REFUSED: not this person's business (any more). */
static enum err
load(struct txn *txn, struct proving *p)
{
	enum err err = journey_load(txn, p->journey->pending, p->journey->token, &p->now);

	if (err != ERR_OK)
		return err;
	return notice_address_allowed(txn_ctx(txn), &p->now) ? ERR_OK : ERR_REFUSED;
}

static struct mail_case
case_of(struct txn *txn, const struct journey *journey, const char *address)
{
	return journey_mail_case(txn_ctx(txn), journey, MAIL_FOR_NOTICE, address);
}

static void
set_proving(struct txn *txn, struct SessionRecord *session, const char *address)
{
	session->pending_method = (char *)(*address != '\0' ? PROVING : "");
	session->pending_address = (char *)address;
	session->seen = txn_ctx(txn)->now;
}

static enum err
send_in(struct txn *txn, void *arg)
{
	struct proving *p = arg;
	struct mail_case which;
	const char *address;
	enum err err = load(txn, p);

	if (err != ERR_OK)
		return err;
	address = p->address != NULL ? p->address : notice_address_proving(&p->now);
	if (*address != '\0') {
		which = case_of(txn, &p->now, address);
		err = mail_code_send(txn, &which, p->sending);
		if (err != ERR_OK || p->sending->verdict == MAIL_LIMITED)
			return err;
	}
	set_proving(txn, p->now.session, address);
	return session_save(txn, p->now.token, p->now.session);
}

enum err
notice_address_send(struct ctx *ctx, struct journey *journey, const char *address, struct mail_sending *ret_sending)
{
	struct proving p = {.journey = journey, .address = address, .sending = ret_sending};
	enum err err = store_update(ctx, send_in, &p);

	if (err == ERR_OK)
		*journey = p.now;
	return err;
}

static enum err
load_in(struct txn *txn, void *arg)
{
	struct proving *p = arg;
	const char *address = notice_address_proving(p->journey);
	struct mail_case which = case_of(txn, p->journey, address);
	enum err err = address_find(txn, record_bytes(p->journey->account->id), ADDRESS_NOTICE, &p->found->present);

	if (err != ERR_OK && err != ERR_NOT_FOUND)
		return err;
	return *address != '\0' ? mail_code_state(txn, &which, &p->found->code) : ERR_OK;
}

enum err
notice_address_load(struct ctx *ctx, const struct journey *journey, struct notice_address *ret_address)
{
	struct proving p = {.journey = journey, .found = ret_address};

	*ret_address = (struct notice_address){.present = NULL};
	return store_view(ctx, load_in, &p);
}

static enum err
take(struct txn *txn, struct journey *now, const char *address)
{
	struct bytes id = record_bytes(now->account->id);
	const struct mail_value value = {"address", mailbox_mask(txn_ctx(txn)->arena, address)};
	enum err err = address_put(txn, id, address, ADDRESS_NOTICE);

	now->account->notice_offered = true;
	if (err == ERR_OK)
		err = account_save(txn, now->account);
	if (err == ERR_OK)
		err = audit_append(txn, AUDIT_NOTICE_ADDRESS_SET, id, now->portal->id, NULL);
	return err == ERR_OK ? notice_send(txn, now->account, NOTICE_ADDRESS_CHANGED, &value, 1) : err;
}

static enum err
confirm_in(struct txn *txn, void *arg)
{
	struct proving *p = arg;
	struct mail_case which;
	const char *address;
	enum err err = load(txn, p);

	if (err != ERR_OK)
		return err;
	address = notice_address_proving(&p->now);
	if (*address == '\0')
		return ERR_REFUSED;
	which = case_of(txn, &p->now, address);
	err = mail_code_check(txn, &which, p->typed, p->answer);
	if (err != ERR_OK || p->answer->verdict != FACTOR_ACCEPTED)
		return err;
	err = take(txn, &p->now, address);
	set_proving(txn, p->now.session, "");
	return err == ERR_OK ? session_save(txn, p->now.token, p->now.session) : err;
}

enum err
notice_address_confirm(struct ctx *ctx, const struct journey *journey, const char *typed, struct factor_answer *ret_answer)
{
	struct proving p = {.journey = journey, .typed = typed, .answer = ret_answer};

	*ret_answer = (struct factor_answer){.verdict = FACTOR_REFUSED_REQUIRED};
	return typed == NULL || *typed == '\0' ? ERR_OK : store_update(ctx, confirm_in, &p);
}

static enum err
skip_in(struct txn *txn, void *arg)
{
	struct proving *p = arg;
	enum err err = load(txn, p);

	if (err != ERR_OK)
		return err == ERR_REFUSED ? ERR_OK : err;
	set_proving(txn, p->now.session, "");
	err = session_save(txn, p->now.token, p->now.session);
	if (err != ERR_OK || p->now.account->notice_offered)
		return err;
	p->now.account->notice_offered = true;
	return account_save(txn, p->now.account);
}

enum err
notice_address_skip(struct ctx *ctx, const struct journey *journey)
{
	struct proving p = {.journey = journey};

	return store_update(ctx, skip_in, &p);
}
