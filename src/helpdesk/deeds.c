#include "helpdesk/deeds.h"

#include <string.h>

#include "account/account.h"
#include "account/address.h"
#include "account/caller.h"
#include "account/claim.h"
#include "account/notice.h"
#include "audit/audit.h"
#include "config/config.h"
#include "factor/recovery.h"
#include "factor/throttle.h"
#include "mail/outbox.h"
#include "signin/reset.h"
#include "signin/session.h"
#include "text/template.h"

#define CODES_MOST 3
#define CODES_WITHIN HOURS(1)
#define CODES_MOST_DAY 10

static const char *const reasons[] = {
#define REASON(name) name,
#include "helpdesk/reasons.def"
#undef REASON
};

const char *
reason_row(size_t index)
{
	return index < sizeof(reasons) / sizeof(reasons[0]) ? reasons[index] : NULL;
}

bool
reason_known(const char *name)
{
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		if (strcmp(reasons[i], name) == 0)
			return true;
	}
	return false;
}

bool
ticket_valid(const char *ticket)
{
	size_t len = strspn(ticket, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-");

	return ticket[len] == '\0' && len <= TICKET_MAX;
}

const char *
deed_verdict_print(enum deed_verdict verdict)
{
	static const char *const names[] = {[DEED_DONE] = "done", [DEED_NOTHING] = "nothing", [DEED_DISABLED] = "disabled", [DEED_LIMITED] = "limited",
	    [DEED_NO_ADDRESS] = "no-address", [DEED_CODE_MAIL] = "code-mail", [DEED_PROOF] = "proof", [DEED_STATUS] = "status",
	    [DEED_NO_FACTOR] = "no-factor", [DEED_FROZEN] = "frozen", [DEED_OPEN] = "open", [DEED_SAME] = "same"};

	return names[verdict];
}

static struct bytes
id_of(const struct deed *deed)
{
	return record_bytes(deed->account->id);
}

/* It was done: the audit says by whom and why.  what: a method or a kind of mail, where the deed chose one. */
static enum err
done(struct txn *txn, struct deed *deed, const char *power, const char *what)
{
	deed->power = power;
	deed->verdict = DEED_DONE;
	return audit_append(txn, AUDIT_DESK_ACTED, id_of(deed), deed->account->portal, "staff", deed->staff, "power", power, "what", what, "reason",
	    deed->reason, "ticket", deed->ticket, NULL);
}

/* ---- waits ---- */

static enum err
clear_wait(struct txn *txn, struct deed *deed, const char *method)
{
	struct ThrottleRecord *row;
	int64_t wait;
	enum err err = throttle_load(txn, id_of(deed), method, &row);

	if (err != ERR_OK)
		return err;
	switch (throttle_judge(row, txn_ctx(txn)->now, &wait)) {
	case THROTTLE_OPEN:
		return ERR_OK;
	case THROTTLE_DISABLED:
		if (deed->verdict == DEED_NOTHING)
			deed->verdict = DEED_DISABLED;
		return ERR_OK;
	case THROTTLE_WAIT:
		break;
	}
	throttle_forgive(row);
	err = throttle_save(txn, id_of(deed), method, row);
	return err == ERR_OK ? done(txn, deed, "clear-wait", method) : err;
}

enum err
deed_clear_waits(struct txn *txn, struct deed *deed)
{
	const struct second_factor *method;
	enum err err;

	deed->verdict = DEED_NOTHING;
	err = clear_wait(txn, deed, RECOVERY_METHOD);
	for (size_t i = 0; err == ERR_OK && (method = method_row(i)) != NULL; i++)
		err = clear_wait(txn, deed, method->name);
	if (err != ERR_OK || deed->verdict != DEED_DONE)
		return err;
	return notice_send(txn, deed->account, NOTICE_DESK_CLEARED, NULL, 0);
}

/* ---- sessions ---- */

enum err
deed_end_sessions(struct txn *txn, struct deed *deed)
{
	unsigned ended;
	enum err err = session_end_account(txn, id_of(deed), NULL, &ended);

	deed->verdict = DEED_NOTHING;
	if (err != ERR_OK || ended == 0)
		return err;
	err = done(txn, deed, "end-sessions", "");
	return err == ERR_OK ? notice_send(txn, deed->account, NOTICE_DESK_SESSIONS_ENDED, NULL, 0) : err;
}

/* ---- mails ---- */

struct choice {
	struct bytes waiting, failed; /* keys of the newest ones */
	const struct MailRecord *waiting_mail, *failed_mail;
	bool told; /* the person has been told of the failed one since */
};

static enum err
choose(void *arg, struct bytes key, const struct MailRecord *mail)
{
	struct choice *choice = arg;

	if (strcmp(mail->state, MAIL_WAITING) == 0 && choice->waiting_mail == NULL) {
		choice->waiting = key;
		choice->waiting_mail = mail;
	}
	if (strcmp(mail->kind, notice_kind(NOTICE_DESK_AGAIN)) == 0) {
		choice->told = choice->told || (choice->failed_mail == NULL && strcmp(mail->state, MAIL_FAILED) != 0);
	} else if (strcmp(mail->state, MAIL_FAILED) == 0 && choice->failed_mail == NULL) {
		choice->failed = key;
		choice->failed_mail = mail;
	}
	return choice->waiting_mail != NULL && choice->failed_mail != NULL ? ERR_EXISTS : ERR_OK;
}

static bool
holds_code(const struct MailRecord *mail)
{
	return strcmp(mail->kind, "mail-code") == 0 || strcmp(mail->kind, "mail-caller-code") == 0;
}

/* What stood in a mail is wiped at its end: the person learns that there was one, and what it was about. */
static enum err
tell_again(struct txn *txn, struct deed *deed, const struct MailRecord *mail)
{
	struct ctx *ctx = txn_ctx(txn);
	enum language language = notice_language(deed->account);
	const char *key = arena_printf(ctx->arena, "%s.subject", mail->kind);
	const struct mail_value extra[] = {{"mail_title", text_has(ctx->text, key) ? text_sentence(ctx->text, language, key, NULL, ctx->arena) : mail->kind},
	    {"event_when", text_moment(ctx->text, language, mail->created, ctx->arena)}};
	enum err err;

	if (holds_code(mail)) {
		deed->verdict = DEED_CODE_MAIL;
		return ERR_OK;
	}
	err = done(txn, deed, "resend-mail", mail->kind);
	return err == ERR_OK ? notice_send(txn, deed->account, NOTICE_DESK_AGAIN, extra, 2) : err;
}

enum err
deed_resend_mail(struct txn *txn, struct deed *deed)
{
	struct choice choice = {.waiting_mail = NULL};
	enum err err = outbox_walk_account(txn, id_of(deed), choose, &choice);

	deed->verdict = DEED_NOTHING;
	if (err != ERR_OK && err != ERR_EXISTS)
		return err;
	if (choice.waiting_mail != NULL) {
		err = outbox_hurry(txn, choice.waiting);
		if (err == ERR_OK)
			return done(txn, deed, "resend-mail", choice.waiting_mail->kind);
		if (err != ERR_EXISTS && err != ERR_NOT_FOUND)
			return err;
	}
	return choice.failed_mail != NULL && !choice.told ? tell_again(txn, deed, choice.failed_mail) : ERR_OK;
}

/* "d" and the account's id: apart from what is sent for sign-ins and claims (factor/mail_code.c), so that none uses the other's up. */
static struct bytes
sends_key(struct arena *arena, struct bytes account)
{
	uint8_t *key = arena_alloc(arena, account.len + 1);

	key[0] = 'd';
	memcpy(key + 1, account.data, account.len);
	return bytes_make(key, account.len + 1);
}

/* How long until one of the last `most` is so old; the clock may have been set back: no longer than if all were now. */
static int64_t
wait_for(const struct MailSendsRecord *sends, size_t most, int64_t within, int64_t now)
{
	int64_t wait = sends->n_times >= most ? sends->times[sends->n_times - most] + within - now : 0;

	return wait < 0 ? 0 : wait < within ? wait : within;
}

/* Count one more caller code; *ret_wait is not 0 when there were enough. */
static enum err
count_send(struct txn *txn, struct bytes account, int64_t *ret_wait)
{
	struct ctx *ctx = txn_ctx(txn);
	struct bytes key = sends_key(ctx->arena, account);
	struct MailSendsRecord fresh = MAIL_SENDS_RECORD__INIT, *old;
	int64_t hour, day;
	enum err err = record_load(txn, TABLE_MAIL_SENDS, key, &mail_sends_record__descriptor, &old);

	*ret_wait = 0;
	if (err != ERR_OK && err != ERR_NOT_FOUND)
		return err;
	fresh.times = arena_array(ctx->arena, CODES_MOST_DAY + 1, sizeof(*fresh.times));
	for (size_t i = 0; err == ERR_OK && i < old->n_times; i++) {
		if (old->times[i] > ctx->now - DAYS(1) && fresh.n_times < CODES_MOST_DAY)
			fresh.times[fresh.n_times++] = old->times[i];
	}
	hour = wait_for(&fresh, CODES_MOST, CODES_WITHIN, ctx->now);
	day = wait_for(&fresh, CODES_MOST_DAY, DAYS(1), ctx->now);
	*ret_wait = hour > day ? hour : day;
	if (*ret_wait > 0)
		return ERR_OK;
	fresh.times[fresh.n_times++] = ctx->now;
	return record_save(txn, TABLE_MAIL_SENDS, key, &fresh, ctx->now + DAYS(1));
}

static enum err
put_code(struct txn *txn, const struct deed *deed, const char *address)
{
	struct ctx *ctx = txn_ctx(txn);
	const struct AccountRecord *account = deed->account;
	enum language language = notice_language(account);
	const struct portal_config *portal = config_portal(ctx->config, account->portal);
	struct caller_code code = caller_code(ctx, id_of(deed), CALLER_MAIL);
	const char *name = portal == NULL ? account->portal : language == LANGUAGE_FR ? portal->name.fr : portal->name.en;
	const struct mail_value values[] = {{"portal_name", name}, {"when", text_moment(ctx->text, language, ctx->now, ctx->arena)},
	    {"support_reference", account->support_reference}, {"code", code.digits}};
	const struct outgoing mail = {.kind = "mail-caller-code", .language = language, .to = address, .account = id_of(deed), .until = code.expires,
	    .values = values, .value_count = sizeof(values) / sizeof(values[0])};

	return outbox_put(txn, &mail, NULL);
}

enum err
deed_send_caller_code(struct txn *txn, struct deed *deed)
{
	const char *address;
	enum err err = address_find(txn, id_of(deed), ADDRESS_FACTOR, &address);

	if (err == ERR_NOT_FOUND)
		err = address_find(txn, id_of(deed), ADDRESS_NOTICE, &address);
	deed->verdict = DEED_NO_ADDRESS;
	if (err != ERR_OK || txn_ctx(txn)->config->mail.url == NULL)
		return err == ERR_NOT_FOUND ? ERR_OK : err;
	err = count_send(txn, id_of(deed), &deed->wait);
	deed->verdict = DEED_LIMITED;
	if (err != ERR_OK || deed->wait > 0)
		return err;
	err = put_code(txn, deed, address);
	return err == ERR_OK ? done(txn, deed, "send-caller-code", "") : err;
}

/* ---- resets ---- */

/* It was not done, for a reason that no button leads to: the audit keeps that it was tried. */
static enum err
denied(struct txn *txn, const struct deed *deed, const char *power, const char *reason)
{
	return audit_append(txn, AUDIT_DESK_REFUSED, id_of(deed), deed->account->portal, "staff", deed->staff, "power", power, "reason", reason, NULL);
}

static enum deed_verdict
of_reset(enum reset_verdict verdict)
{
	switch (verdict) {
	case RESET_ACCEPTED:
		break;
	case RESET_REFUSED_PROOF:
		return DEED_PROOF;
	case RESET_REFUSED_STATUS:
		return DEED_STATUS;
	case RESET_REFUSED_FACTOR:
		return DEED_NO_FACTOR;
	case RESET_REFUSED_FROZEN:
		return DEED_FROZEN;
	case RESET_REFUSED_ADDRESS:
		return DEED_NO_ADDRESS;
	case RESET_REFUSED_OPEN:
		return DEED_OPEN;
	case RESET_REFUSED_NONE:
		return DEED_NOTHING;
	case RESET_REFUSED_SAME:
		return DEED_SAME;
	}
	return DEED_DONE;
}

enum err
deed_start_reset(struct txn *txn, struct deed *deed)
{
	const struct reset_new wanted = {deed->account, deed->proven, deed->staff, deed->reason, deed->ticket};
	enum reset_verdict verdict;
	enum err err = reset_ask(txn, &wanted, &verdict);

	if (err == ERR_OK)
		deed->verdict = of_reset(verdict);
	if (err == ERR_OK && deed->verdict == DEED_PROOF)
		return denied(txn, deed, "start-reset", "unverified");
	return err == ERR_OK && deed->verdict == DEED_DONE ? done(txn, deed, "start-reset", "") : err;
}

enum err
deed_approve_reset(struct txn *txn, struct deed *deed)
{
	enum reset_verdict verdict;
	enum err err = reset_approve(txn, deed->account, deed->staff, &verdict);

	if (err == ERR_OK)
		deed->verdict = of_reset(verdict);
	if (err == ERR_OK && deed->verdict == DEED_SAME)
		return denied(txn, deed, "approve-reset", "same-person");
	return err == ERR_OK && deed->verdict == DEED_DONE ? done(txn, deed, "approve-reset", "") : err;
}

enum err
deed_stop_reset(struct txn *txn, struct deed *deed)
{
	struct ResetRecord *reset;
	enum err err = reset_load(txn, id_of(deed), &reset);

	deed->verdict = DEED_NOTHING;
	if (err != ERR_OK)
		return err == ERR_NOT_FOUND ? ERR_OK : err;
	err = reset_stop(txn, deed->account, RESET_END_STAFF, deed->staff);
	return err == ERR_OK ? done(txn, deed, "stop-reset", "") : err;
}

/* ---- claims, frozen accounts ---- */

static enum err
is_claimed(void *arg, const struct ClaimRecord *claim)
{
	(void)arg;
	(void)claim;
	return ERR_EXISTS;
}

enum err
deed_stop_claim(struct txn *txn, struct deed *deed)
{
	enum err err = claim_walk_open(txn, id_of(deed), is_claimed, NULL);

	deed->verdict = DEED_NOTHING;
	if (err != ERR_EXISTS)
		return err;
	err = claim_end_all_of(txn, id_of(deed), CLAIM_END_DESK, CLAIM_END_DESK);
	return err == ERR_OK ? done(txn, deed, "stop-claim", "") : err;
}

enum err
deed_unfreeze(struct txn *txn, struct deed *deed)
{
	enum err err = account_unfreeze(txn, deed->account);

	deed->verdict = DEED_NOTHING;
	if (err != ERR_OK)
		return err == ERR_EXISTS ? ERR_OK : err;
	err = done(txn, deed, "unfreeze", "");
	return err == ERR_OK ? notice_send(txn, deed->account, NOTICE_DESK_UNFROZEN, NULL, 0) : err;
}
