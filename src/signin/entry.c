#include "signin/entry.h"

#include "account/account.h"
#include "account/approval.h"
#include "account/invitation.h"
#include "audit/audit.h"

/* How the account begins. */
static enum status
first_status(const struct portal_config *portal, const struct SessionRecord *session)
{
	switch (portal->admission) {
	case ADMISSION_APPROVAL:
		return STATUS_WAITING;
	case ADMISSION_INVITATION:
		return *session->invitation == '\0' ? STATUS_CLAIMANT : STATUS_ACTIVE;
	case ADMISSION_OPEN:
		break;
	}
	return STATUS_ACTIVE;
}

/* What makes it the account of somebody who is let in, in the same transaction. */
static enum err
use_admission(struct txn *txn, const struct portal_config *portal, const struct SessionRecord *session, const struct AccountRecord *account)
{
	enum err err;

	switch (portal->admission) {
	case ADMISSION_APPROVAL:
		return approval_ask(txn, account);
	case ADMISSION_INVITATION:
		if (status_is(account, STATUS_CLAIMANT))
			return session->claiming ? ERR_OK : ERR_NOT_FOUND;
		err = invitation_use(txn, portal->id, session->invitation, record_bytes(account->id));
		return err == ERR_REFUSED ? ERR_NOT_FOUND : err;
	case ADMISSION_OPEN:
		break;
	}
	return ERR_OK;
}

enum err
entry_open(struct txn *txn, const struct portal_config *portal, struct SessionRecord *session, struct AccountRecord **ret_account)
{
	const struct provider_config *provider = config_provider(txn_ctx(txn)->config, session->provider);
	struct AccountRecord *account;
	enum err err;

	if (provider == NULL)
		return ERR_CONFIG;
	err = account_create(txn, portal->id, provider->id, first_status(portal, session), &account);
	if (err == ERR_OK)
		err = binding_save(txn, record_bytes(session->credential), portal->id, provider->separation, provider->id,
		    record_bytes(account->id));
	if (err == ERR_OK)
		err = audit_append(txn, AUDIT_ACCOUNT_CREATED, record_bytes(account->id), portal->id, "provider", provider->id, "status",
		    account->status, NULL);
	if (err == ERR_OK)
		err = use_admission(txn, portal, session, account);
	if (err != ERR_OK)
		return err;
	session->account = account->id;
	*ret_account = account;
	return ERR_OK;
}

const char *
invite_print(enum invite verdict)
{
	switch (verdict) {
	case INVITE_REQUIRED:
		return "required";
	case INVITE_MALFORMED:
		return "malformed";
	case INVITE_WRONG:
	case INVITE_FOREIGN:
		return "wrong";
	case INVITE_USED:
		return "used";
	case INVITE_EXPIRED:
	case INVITE_REVOKED:
		return "expired";
	case INVITE_ACCEPTED:
	case INVITE_MOVED:
		break;
	}
	return NULL;
}

static enum invite
invite_of(enum invitation_state state)
{
	switch (state) {
	case INVITATION_OPEN:
		return INVITE_ACCEPTED;
	case INVITATION_USED:
		return INVITE_USED;
	case INVITATION_EXPIRED:
		return INVITE_EXPIRED;
	case INVITATION_REVOKED:
		return INVITE_REVOKED;
	case INVITATION_FOREIGN:
		return INVITE_FOREIGN;
	case INVITATION_UNKNOWN:
		break;
	}
	return INVITE_WRONG;
}

static bool
is_begun(const struct journey *journey)
{
	return journey->step == STEP_ENROL || journey->step == STEP_ENROL_MAIL || journey->step == STEP_ENROL_MAIL_CODE ||
	       journey->step == STEP_ENROL_TOTP;
}

bool
entry_takes(const struct journey *journey)
{
	if (journey->portal->admission != ADMISSION_INVITATION)
		return false;
	if (journey->account != NULL)
		return journey->step == STEP_RELINK;
	return journey->step == STEP_ADMISSION || (is_begun(journey) && journey->session->claiming);
}

/* Without a factor to enrol, nothing stands between the invitation and the account. */
static enum err
keep(struct txn *txn, struct journey *now, const char *id)
{
	struct SessionRecord *session = now->session;
	struct AccountRecord *account;
	enum err err = ERR_OK;

	session->invitation = (char *)id;
	session->claiming = false;
	session->seen = txn_ctx(txn)->now;
	if (!journey_wants_factor(now->portal, now->pending, session->provider)) {
		err = entry_open(txn, now->portal, session, &account);
		if (err == ERR_OK) {
			account_signed_in(txn_ctx(txn), account);
			err = account_save(txn, account);
		}
	}
	return err == ERR_OK ? session_save(txn, now->token, session) : err;
}

static enum err
open_claimant(struct txn *txn, struct journey *now, const char *id)
{
	enum err err = invitation_use(txn, now->portal->id, id, record_bytes(now->account->id));

	return err == ERR_OK ? status_change(txn, now->account, CHANGE_INVITED) : err;
}

struct giving {
	const struct journey *journey;
	const char *typed;
	enum invite verdict;
};

static enum err
invite_in(struct txn *txn, void *arg)
{
	struct giving *giving = arg;
	enum invitation_state state;
	struct journey now;
	const char *id;
	enum err err = journey_load(txn, giving->journey->pending, giving->journey->token, &now);

	giving->verdict = INVITE_MOVED;
	if (err != ERR_OK || !entry_takes(&now))
		return err;
	err = invitation_find(txn, now.portal->id, giving->typed, &state, &id);
	giving->verdict = err == ERR_FORMAT ? INVITE_MALFORMED : invite_of(state);
	if (err == ERR_FORMAT)
		return ERR_OK;
	if (err != ERR_OK || giving->verdict != INVITE_ACCEPTED)
		return err;
	return now.account != NULL ? open_claimant(txn, &now, id) : keep(txn, &now, id);
}

enum err
entry_invite(struct ctx *ctx, const struct journey *journey, const char *typed, enum invite *ret_verdict)
{
	struct giving giving = {.journey = journey, .typed = typed};
	enum err err = ERR_OK;

	*ret_verdict = INVITE_REQUIRED;
	if (typed == NULL || *typed == '\0')
		return ERR_OK;
	err = store_update(ctx, invite_in, &giving);
	*ret_verdict = giving.verdict;
	return err;
}

static enum err
claim_in(struct txn *txn, void *arg)
{
	const struct journey *journey = arg;
	struct journey now;
	enum err err = journey_load(txn, journey->pending, journey->token, &now);

	if (err != ERR_OK || now.step != STEP_ADMISSION)
		return err;
	now.session->invitation = (char *)"";
	now.session->claiming = true;
	now.session->seen = txn_ctx(txn)->now;
	return session_save(txn, now.token, now.session);
}

enum err
entry_claim(struct ctx *ctx, const struct journey *journey)
{
	return store_update(ctx, claim_in, (void *)journey);
}

static enum err
lost_in(struct txn *txn, void *arg)
{
	struct giving *giving = arg;
	const struct journey *journey = giving->journey;
	struct InvitationRecord *invitation;
	enum err err = invitation_load(txn, journey->portal->id, journey->session->invitation, &invitation);

	giving->verdict = err == ERR_OK ? invite_of(invitation_state(invitation, txn_now(txn))) : INVITE_EXPIRED;
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

enum err
entry_lost(struct ctx *ctx, const struct journey *journey, enum invite *ret_why)
{
	struct giving giving = {.journey = journey, .verdict = INVITE_ACCEPTED};
	enum err err = ERR_OK;

	if (journey->session != NULL && *journey->session->invitation != '\0')
		err = store_view(ctx, lost_in, &giving);
	*ret_why = giving.verdict;
	return err;
}
