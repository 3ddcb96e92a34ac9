#include "signin/dossier.h"

#include <string.h>

#include "account/account.h"
#include "account/address.h"
#include "audit/audit.h"
#include "factor/recovery.h"
#include "factor/throttle.h"
#include "mail/mailbox.h"
#include "mail/outbox.h"
#include "signin/reset.h"

struct load {
	struct txn *txn;
	const struct AccountRecord *account;
	struct dossier *dossier;
	struct dossier_details *details;
};

static struct ctx *
ctx_of(const struct load *load)
{
	return txn_ctx(load->txn);
}

/* ---- for everybody ---- */

static enum err
add_lock(struct load *load, const char *method)
{
	struct dossier *dossier = load->dossier;
	struct dossier_lock lock = {.method = method, .own = strcmp(method, load->account->method) == 0};
	struct ThrottleRecord *row;
	enum err err = throttle_load(load->txn, record_bytes(load->account->id), method, &row);

	if (err != ERR_OK || throttle_judge(row, ctx_of(load)->now, &lock.wait) == THROTTLE_OPEN)
		return err;
	lock.disabled = row->disabled;
	lock.failures = row->in_a_row;
	must(dossier->lock_count < DOSSIER_LOCKS_MOST);
	dossier->locks[dossier->lock_count++] = lock;
	return ERR_OK;
}

static enum err
load_locks(struct load *load)
{
	const struct second_factor *method;
	enum err err = ERR_OK;

	if (*load->account->method != '\0')
		err = add_lock(load, load->account->method);
	for (size_t i = 0; err == ERR_OK && (method = method_row(i)) != NULL; i++) {
		if (strcmp(method->name, load->account->method) != 0)
			err = add_lock(load, method->name);
	}
	return err == ERR_OK ? add_lock(load, RECOVERY_METHOD) : err;
}

static enum err
load_reset(struct load *load)
{
	struct ResetRecord *reset;
	enum err err = reset_load(load->txn, record_bytes(load->account->id), &reset);

	load->dossier->reset = "";
	if (err != ERR_OK)
		return err == ERR_NOT_FOUND ? ERR_OK : err;
	load->dossier->reset = reset->state;
	load->dossier->reset_due = reset->due;
	if (load->details == NULL)
		return ERR_OK;
	load->details->reset_by = reset->asked_by;
	load->details->reset_approved_by = reset->approved_by;
	load->details->reset_reason = reset->reason;
	load->details->reset_ticket = reset->ticket;
	load->details->reset_asked = reset->asked;
	return ERR_OK;
}

static enum err
add_claim(void *arg, const struct ClaimRecord *claim)
{
	struct load *load = arg;
	struct dossier_details *details = load->details;

	load->dossier->claimed = true;
	if (details == NULL || details->claim_count == DOSSIER_CLAIMS_MOST)
		return ERR_EXISTS;
	details->claims[details->claim_count++] = (struct dossier_claim){.as_old = bytes_equal(record_bytes(claim->old), record_bytes(load->account->id)),
	    .state = claim->state, .opened = claim->opened, .due = claim->due};
	return ERR_OK;
}

static enum err
load_claims(struct load *load)
{
	enum err err = claim_walk_open(load->txn, record_bytes(load->account->id), add_claim, load);

	return err == ERR_EXISTS ? ERR_OK : err;
}

/* ---- for the person ---- */

static enum err
load_addresses(struct load *load)
{
	struct bytes id = record_bytes(load->account->id);
	const char *address;
	enum err err = address_find(load->txn, id, ADDRESS_FACTOR, &address);

	if (err == ERR_OK)
		load->details->address = mailbox_mask(ctx_of(load)->arena, address);
	if (err != ERR_OK && err != ERR_NOT_FOUND)
		return err;
	err = address_find(load->txn, id, ADDRESS_NOTICE, &address);
	if (err == ERR_OK)
		load->details->notice_address = mailbox_mask(ctx_of(load)->arena, address);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static enum err
load_factor(struct load *load)
{
	struct bytes id = record_bytes(load->account->id);
	struct RecoveryRecord *codes;
	struct FactorRecord *factor;
	enum err err = factor_load(load->txn, id, load->account->method, &factor);

	if (err == ERR_OK)
		load->details->method_since = factor->enrolled;
	if (err != ERR_OK && err != ERR_NOT_FOUND)
		return err;
	err = recovery_load(load->txn, id, &codes);
	if (err == ERR_OK)
		load->details->codes_left = recovery_left(codes);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static enum err
count_session(void *arg, struct bytes of, struct bytes key)
{
	struct load *load = arg;
	struct SessionRecord *session;
	enum err err = record_load(load->txn, TABLE_SESSION, key, &session_record__descriptor, &session);

	(void)of;
	if (err != ERR_OK)
		return err == ERR_NOT_FOUND ? ERR_OK : err;
	load->details->sessions++;
	if (session->seen > load->details->last_seen)
		load->details->last_seen = session->seen;
	return ERR_OK;
}

static enum err
add_mail(void *arg, struct bytes key, const struct MailRecord *mail)
{
	struct dossier_details *details = ((struct load *)arg)->details;

	(void)key;
	if (details->mail_count == DOSSIER_MAILS_MOST)
		return ERR_EXISTS;
	details->mails[details->mail_count++] = (struct dossier_mail){.kind = mail->kind, .created = mail->created, .state = mail->state,
	    .outcome = mail->outcome, .attempts = mail->attempts, .due = mail->due};
	return ERR_OK;
}

static enum err
add_event(void *arg, uint64_t sequence, const struct AuditRecord *record)
{
	struct load *load = arg;
	struct dossier_details *details = load->details;

	if (details->event_count == DOSSIER_EVENTS_MOST) {
		details->older = true;
		return ERR_EXISTS;
	}
	details->events[details->event_count++] = (struct dossier_event){
	    .time = record->time, .sequence = sequence, .sentence = audit_tell_plain(ctx_of(load), record, ctx_of(load)->language)};
	return ERR_OK;
}

static enum err
load_events(struct load *load, uint64_t before)
{
	const struct audit_of of = {.account = record_bytes(load->account->id), .portal = load->account->portal, .before = before, .most = DOSSIER_EVENTS_MOST + 1};
	enum err err = audit_walk_account(load->txn, &of, add_event, load);

	return err == ERR_EXISTS ? ERR_OK : err;
}

static void
copy_account(struct load *load)
{
	const struct AccountRecord *account = load->account;
	struct dossier_details *details = load->details;
	size_t most = sizeof(details->sign_ins) / sizeof(details->sign_ins[0]);

	details->portal = account->portal;
	details->provider = account->provider;
	details->language = account->language;
	details->created = account->created;
	details->status_since = account->status_since;
	details->status_why = account->status_why;
	details->method = account->method;
	details->enrols_anew = account->enrol_anew != 0;
	details->sign_in_count = account->n_sign_ins < most ? account->n_sign_ins : most;
	for (size_t i = 0; i < details->sign_in_count; i++)
		details->sign_ins[i] = account->sign_ins[i];
}

static enum err
load_details(struct load *load, uint64_t before)
{
	struct bytes id = record_bytes(load->account->id);
	enum err err;

	copy_account(load);
	err = load_addresses(load);
	if (err == ERR_OK)
		err = load_factor(load);
	if (err == ERR_OK)
		err = txn_walk(load->txn, TABLE_SESSION_OF, id, count_session, load);
	if (err == ERR_OK)
		err = outbox_walk_account(load->txn, id, add_mail, load);
	if (err == ERR_OK || err == ERR_EXISTS)
		err = load_events(load, before);
	return err;
}

enum err
dossier_load(struct txn *txn, const struct AccountRecord *account, bool verified, uint64_t before, struct dossier *ret_dossier)
{
	struct load load = {.txn = txn, .account = account, .dossier = ret_dossier};
	enum err err;

	*ret_dossier = (struct dossier){.support_reference = account->support_reference, .status = status_of(account), .frozen = account->frozen,
	    .has_factor = *account->method != '\0'};
	if (verified) {
		load.details = arena_new_object(txn_ctx(txn)->arena, struct dossier_details);
		load.details->reset_by = load.details->reset_approved_by = load.details->reset_reason = load.details->reset_ticket = "";
		ret_dossier->details = load.details;
	}
	err = load_locks(&load);
	if (err == ERR_OK)
		err = load_reset(&load);
	if (err == ERR_OK)
		err = load_claims(&load);
	return err == ERR_OK && verified ? load_details(&load, before) : err;
}
