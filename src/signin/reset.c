#include "signin/reset.h"

#include <string.h>

#include "account/account.h"
#include "account/address.h"
#include "account/agenda.h"
#include "account/caller.h"
#include "account/link.h"
#include "account/notice.h"
#include "audit/audit.h"
#include "factor/mail_code.h"
#include "factor/recovery.h"
#include "factor/throttle.h"
#include "signin/session.h"
#include "text/template.h"

const char *
reset_verdict_print(enum reset_verdict verdict)
{
	static const char *const names[] = {[RESET_ACCEPTED] = "", [RESET_REFUSED_PROOF] = "proof", [RESET_REFUSED_STATUS] = "status",
	    [RESET_REFUSED_FACTOR] = "factor", [RESET_REFUSED_FROZEN] = "frozen", [RESET_REFUSED_ADDRESS] = "address", [RESET_REFUSED_OPEN] = "open",
	    [RESET_REFUSED_NONE] = "none", [RESET_REFUSED_SAME] = "same"};

	return names[verdict];
}

static const char *
end_name(enum reset_end why)
{
	static const char *const names[] = {[RESET_END_LINK] = "stopped-by-link", [RESET_END_SIGN_IN] = "stopped-by-sign-in",
	    [RESET_END_STAFF] = "stopped-by-staff", [RESET_END_FROZEN] = "frozen", [RESET_END_LAPSED] = "not-approved",
	    [RESET_END_ACCOUNT] = "account-changed"};

	return names[why];
}

enum err
reset_load(struct txn *txn, struct bytes account, struct ResetRecord **ret_reset)
{
	return record_load(txn, TABLE_RESET, account, &reset_record__descriptor, ret_reset);
}

struct walk {
	struct arena *arena;
	reset_fn *fn;
	void *arg;
	unsigned left;
};

static enum err
visit(void *arg, struct bytes key, struct bytes value)
{
	struct walk *walk = arg;
	struct ResetRecord *reset;
	enum err err = record_parse(walk->arena, value, &reset_record__descriptor, &reset);

	(void)key;
	if (err == ERR_OK)
		err = walk->fn(walk->arg, reset);
	return err == ERR_OK && --walk->left == 0 ? ERR_EXISTS : err;
}

enum err
reset_walk(struct txn *txn, unsigned most, reset_fn *fn, void *arg)
{
	struct walk walk = {txn_ctx(txn)->arena, fn, arg, most};
	enum err err = most > 0 ? txn_walk(txn, TABLE_RESET, (struct bytes){NULL, 0}, visit, &walk) : ERR_OK;

	return err == ERR_EXISTS && walk.left == 0 ? ERR_OK : err;
}

/* Saved, to be looked at again when it is due. */
static enum err
save(struct txn *txn, const struct ResetRecord *reset)
{
	struct bytes account = record_bytes(reset->account);
	enum err err = record_save(txn, TABLE_RESET, account, reset, NEVER);

	return err == ERR_OK ? agenda_put(txn, AGENDA_RESET, account, reset->due) : err;
}

static enum err
drop(struct txn *txn, const struct ResetRecord *reset)
{
	struct bytes account = record_bytes(reset->account);
	enum err err = txn_delete(txn, TABLE_RESET, account);

	return err == ERR_OK ? agenda_drop(txn, AGENDA_RESET, account, reset->due) : err;
}

/* News of one that can still be stopped: by the link. */
static enum err
tell(struct txn *txn, const struct AccountRecord *account, enum notice notice, int64_t due)
{
	struct ctx *ctx = txn_ctx(txn);
	const struct mail_value until = {"until", text_moment(ctx->text, notice_language(account), due, ctx->arena)};
	const struct notice_stopping sending = {
	    .account = account, .notice = notice, .link = LINK_RESET, .what = notice_kind(notice), .extra = &until, .extra_count = 1};

	return notice_send_stopping(txn, &sending);
}

/* The address that codes will go to: the one that they go to now, or that of notices. ERR_NOT_FOUND. */
static enum err
find_address(struct txn *txn, struct bytes account, const char **ret_address)
{
	enum err err = address_find(txn, account, ADDRESS_FACTOR, ret_address);

	return err == ERR_NOT_FOUND ? address_find(txn, account, ADDRESS_NOTICE, ret_address) : err;
}

static bool
proves_both(unsigned proven)
{
	unsigned mail = 1u << CALLER_MAIL, page = 1u << CALLER_CREDENTIAL | 1u << CALLER_FACTOR;

	return (proven & mail) != 0 && (proven & page) != 0;
}

bool
reset_possible(enum status status)
{
	return status == STATUS_ACTIVE || status == STATUS_WAITING;
}

/* What speaks against a reset of this account, now or later. */
static enum err
judge_account(struct txn *txn, const struct AccountRecord *account, enum reset_verdict *ret_verdict)
{
	const char *address;
	enum err err;

	*ret_verdict = RESET_ACCEPTED;
	if (!reset_possible(status_of(account)))
		*ret_verdict = RESET_REFUSED_STATUS;
	else if (account_frozen(account))
		*ret_verdict = RESET_REFUSED_FROZEN;
	else if (*account->method == '\0')
		*ret_verdict = RESET_REFUSED_FACTOR;
	if (*ret_verdict != RESET_ACCEPTED)
		return ERR_OK;
	err = find_address(txn, record_bytes(account->id), &address);
	if (err == ERR_NOT_FOUND || txn_ctx(txn)->config->mail.url == NULL)
		*ret_verdict = RESET_REFUSED_ADDRESS;
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static enum err
judge_new(struct txn *txn, const struct reset_new *wanted, enum reset_verdict *ret_verdict)
{
	struct ResetRecord *open;
	enum err err = judge_account(txn, wanted->account, ret_verdict);

	if (err != ERR_OK || *ret_verdict != RESET_ACCEPTED)
		return err;
	err = reset_load(txn, record_bytes(wanted->account->id), &open);
	if (err == ERR_OK)
		*ret_verdict = RESET_REFUSED_OPEN;
	else if (err == ERR_NOT_FOUND && !proves_both(wanted->proven))
		*ret_verdict = RESET_REFUSED_PROOF;
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

enum err
reset_ask(struct txn *txn, const struct reset_new *wanted, enum reset_verdict *ret_verdict)
{
	struct ResetRecord reset = RESET_RECORD__INIT;
	struct bytes id = record_bytes(wanted->account->id);
	enum err err = judge_new(txn, wanted, ret_verdict);

	if (err != ERR_OK || *ret_verdict != RESET_ACCEPTED)
		return err;
	reset.account = wanted->account->id;
	reset.state = (char *)RESET_ASKED;
	reset.asked_by = (char *)wanted->staff;
	reset.reason = (char *)wanted->reason;
	reset.ticket = (char *)wanted->ticket;
	reset.asked = txn_ctx(txn)->now;
	reset.due = reset.asked + RESET_LAPSES;
	err = save(txn, &reset);
	if (err == ERR_OK)
		err = audit_append(txn, AUDIT_RESET_ASKED, id, wanted->account->portal, "staff", wanted->staff, "reason", wanted->reason, "ticket",
		    wanted->ticket, NULL);
	return err == ERR_OK ? tell(txn, wanted->account, NOTICE_RESET_ASKED, reset.due) : err;
}

enum err
reset_approve(struct txn *txn, const struct AccountRecord *account, const char *staff, enum reset_verdict *ret_verdict)
{
	struct bytes id = record_bytes(account->id);
	struct ctx *ctx = txn_ctx(txn);
	struct ResetRecord *reset;
	enum err err = reset_load(txn, id, &reset);

	*ret_verdict = RESET_REFUSED_NONE;
	if (err != ERR_OK || strcmp(reset->state, RESET_ASKED) != 0)
		return err == ERR_NOT_FOUND ? ERR_OK : err;
	*ret_verdict = RESET_REFUSED_SAME;
	if (strcmp(reset->asked_by, staff) == 0)
		return ERR_OK;
	err = judge_account(txn, account, ret_verdict);
	if (err == ERR_OK && *ret_verdict == RESET_ACCEPTED)
		err = agenda_drop(txn, AGENDA_RESET, id, reset->due);
	if (err != ERR_OK || *ret_verdict != RESET_ACCEPTED)
		return err;
	reset->state = (char *)RESET_WAITING;
	reset->approved_by = (char *)staff;
	reset->approved = ctx->now;
	reset->due = ctx->now + ctx->config->limits.reset_period;
	err = save(txn, reset);
	if (err == ERR_OK)
		err = audit_append(txn, AUDIT_RESET_APPROVED, id, account->portal, "staff", staff, "until", clock_print(ctx->arena, reset->due), NULL);
	return err == ERR_OK ? tell(txn, account, NOTICE_RESET_APPROVED, reset->due) : err;
}

static enum err
stop(struct txn *txn, const struct AccountRecord *account, const struct ResetRecord *reset, enum reset_end why, const char *staff)
{
	const struct mail_value how = {"how", end_name(why)};
	enum err err = drop(txn, reset);

	if (err == ERR_OK)
		err = audit_append(
		    txn, AUDIT_RESET_STOPPED, record_bytes(account->id), account->portal, "why", end_name(why), "staff", staff, NULL);
	return err == ERR_OK ? notice_send(txn, account, NOTICE_RESET_STOPPED, &how, 1) : err;
}

enum err
reset_stop(struct txn *txn, const struct AccountRecord *account, enum reset_end why, const char *staff)
{
	struct ResetRecord *reset;
	enum err err = reset_load(txn, record_bytes(account->id), &reset);

	return err == ERR_OK ? stop(txn, account, reset, why, staff) : err == ERR_NOT_FOUND ? ERR_OK : err;
}

/* Every method is enabled and without a wait, and the failures of the last 30 days stay counted. */
static enum err
renew_throttles(struct txn *txn, struct bytes id)
{
	const struct second_factor *method;
	enum err err = throttle_renew(txn, id, RECOVERY_METHOD);

	for (size_t i = 0; err == ERR_OK && (method = method_row(i)) != NULL; i++)
		err = throttle_renew(txn, id, method->name);
	return err;
}

/* The former factor and the recovery codes are gone; a code to the address is the factor until the person has set up a method. */
static enum err
replace_factor(struct txn *txn, struct AccountRecord *account, const char *address)
{
	struct bytes id = record_bytes(account->id);
	struct FactorRecord factor = FACTOR_RECORD__INIT;
	enum err err = factor_remove(txn, id, account->method);

	factor.address = (char *)address;
	factor.enrolled = txn_ctx(txn)->now;
	if (err == ERR_OK)
		err = txn_delete(txn, TABLE_RECOVERY, id);
	if (err == ERR_NOT_FOUND)
		err = ERR_OK;
	if (err == ERR_OK)
		err = factor_save(txn, id, MAIL_METHOD, &factor);
	if (err == ERR_OK)
		err = address_put(txn, id, address, ADDRESS_FACTOR);
	account->method = (char *)MAIL_METHOD;
	account->codes_confirmed = false;
	account->enrol_anew = txn_ctx(txn)->now;
	return err == ERR_OK ? renew_throttles(txn, id) : err;
}

static enum err
finish(struct txn *txn, struct AccountRecord *account, const struct ResetRecord *reset)
{
	struct bytes id = record_bytes(account->id);
	const char *address;
	unsigned ended;
	enum err err = find_address(txn, id, &address);

	if (err == ERR_OK)
		err = drop(txn, reset);
	if (err == ERR_OK)
		err = audit_append(txn, AUDIT_RESET_DONE, id, account->portal, "method", account->method, NULL);
	if (err == ERR_OK)
		err = replace_factor(txn, account, address);
	if (err == ERR_OK)
		err = account_save(txn, account);
	if (err == ERR_OK)
		err = session_end_account(txn, id, NULL, &ended);
	return err == ERR_OK ? notice_send(txn, account, NOTICE_RESET_DONE, NULL, 0) : err;
}

/* The person has set up a factor since it was asked for, on a proof from before: nothing is lost that a reset would help with. */
static enum err
has_new_factor(struct txn *txn, const struct AccountRecord *account, const struct ResetRecord *reset, bool *ret_new)
{
	struct FactorRecord *factor;
	enum err err = factor_load(txn, record_bytes(account->id), account->method, &factor);

	*ret_new = err == ERR_OK && factor->enrolled > reset->asked;
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static enum err
due(struct txn *txn, struct AccountRecord *account, const struct ResetRecord *reset)
{
	enum reset_verdict verdict;
	bool renewed = false;
	enum err err;

	if (strcmp(reset->state, RESET_WAITING) != 0)
		return stop(txn, account, reset, RESET_END_LAPSED, "");
	err = judge_account(txn, account, &verdict);
	if (err == ERR_OK && verdict == RESET_ACCEPTED)
		err = has_new_factor(txn, account, reset, &renewed);
	if (err != ERR_OK)
		return err;
	return verdict == RESET_ACCEPTED && !renewed ? finish(txn, account, reset) : stop(txn, account, reset, RESET_END_ACCOUNT, "");
}

enum err
reset_due(struct txn *txn, struct bytes account)
{
	struct AccountRecord *record;
	struct ResetRecord *reset;
	enum err err = reset_load(txn, account, &reset);

	if (err != ERR_OK || reset->due > txn_ctx(txn)->now)
		return err == ERR_NOT_FOUND ? ERR_OK : err;
	err = account_load(txn, account, &record);
	/* Removed with all that hung on it. */
	if (err == ERR_NOT_FOUND)
		return drop(txn, reset);
	return err == ERR_OK ? due(txn, record, reset) : err;
}
