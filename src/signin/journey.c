#include "signin/journey.h"

#include <string.h>

#include "account/account.h"
#include "account/invitation.h"

#define CHANGE_WITHIN MINUTES(10)
/* So far apart may the clocks of two requests be; a proof from further ahead is from before the clock was set back. */
#define CLOCK_JITTER MINUTES(1)

bool
journey_wants_factor(const struct portal_config *portal, const struct pending *pending, const char *provider)
{
	/* acr_values is a list of words; no rung's name is a part of another one's. */
	return texts_has(&portal->required_for, provider) || strstr(pending->acr_values, ACR_TOTP) != NULL ||
	       strstr(pending->acr_values, ACR_MAIL) != NULL;
}

bool
journey_has_factor(const struct journey *journey)
{
	return journey->account != NULL && *journey->account->method != '\0';
}

bool
journey_frozen(const struct journey *journey)
{
	return journey->account != NULL && account_frozen(journey->account);
}

const char *
journey_enrolling(const struct journey *journey)
{
	const char *name = journey->session != NULL ? journey->session->pending_method : "";

	return texts_has(&journey->portal->methods, name) && method_find(name) != NULL ? name : "";
}

/* The rows stand in the order of the ladder, the highest first. */
static bool
reaches(const struct second_factor *method, const struct second_factor *rung)
{
	return method <= rung;
}

/* The lowest rung of the list: what any method must reach. NULL: none is asked for. */
static const struct second_factor *
asked_rung(const char *acr_values)
{
	const struct second_factor *row, *lowest = NULL;

	for (size_t i = 0; (row = method_row(i)) != NULL; i++) {
		if (strstr(acr_values, row->acr) != NULL)
			lowest = row;
	}
	return lowest;
}

/* Does acr_values ask for more than this method, and the portal take one that has it? */
static bool
is_below(const struct journey *j, const struct second_factor *method)
{
	const struct second_factor *row, *rung = asked_rung(j->pending->acr_values);

	if (rung == NULL || reaches(method, rung))
		return false;
	for (size_t i = 0; (row = method_row(i)) != NULL; i++) {
		if (reaches(row, rung) && texts_has(&j->portal->methods, row->name))
			return true;
	}
	return false;
}

static bool
is_refused(const struct journey *j, const struct second_factor *method)
{
	return !texts_has(&j->portal->methods, method->name) && texts_has(&j->portal->required_for, j->session->provider);
}

bool
journey_too_weak(const struct journey *journey, const struct second_factor *method)
{
	return is_refused(journey, method) || (!journey->pending->not_stronger && is_below(journey, method));
}

/* After a reset: what stands in for the factor is not to stay. */
static bool
enrols_anew(const struct journey *journey)
{
	return journey->account->enrol_anew != 0 && !journey_frozen(journey);
}

bool
journey_may_skip(const struct journey *journey)
{
	const struct second_factor *method = journey->account != NULL ? method_find(journey->account->method) : NULL;

	return method != NULL && !enrols_anew(journey) && journey_too_weak(journey, method) && !is_refused(journey, method);
}

struct mail_case
journey_mail_case(const struct ctx *ctx, const struct journey *journey, enum mail_purpose purpose, const char *address)
{
	return (struct mail_case){.purpose = purpose, .sid = journey->session->sid, .account = record_bytes(journey->session->account),
	    .credential = record_bytes(journey->session->credential), .address = address, .portal = journey->portal, .language = ctx->language};
}

static bool
proven_recently(const struct SessionRecord *session, int64_t now)
{
	return *session->factor != '\0' && now - session->factor_time <= CHANGE_WITHIN && now >= session->factor_time - CLOCK_JITTER;
}

bool
journey_may_change(const struct ctx *ctx, const struct journey *journey)
{
	return journey->session != NULL && proven_recently(journey->session, ctx->now);
}

/* The steps: is this person's place here? */

static bool
is_ended(const struct journey *j)
{
	if (j->account == NULL)
		return false;
	switch (status_of(j->account)) {
	case STATUS_REFUSED:
	case STATUS_UNLINKED:
	case STATUS_MOVED:
	case STATUS_CLOSED:
		return true;
	case STATUS_WAITING:
	case STATUS_CLAIMANT:
	case STATUS_ACTIVE:
	case STATUS_COUNT:
		break;
	}
	return false;
}

/* A session that opens nothing is not reused: who comes anew may take another credential. */
static bool
is_dead_end(const struct journey *j)
{
	return is_ended(j) && j->session->credential_time < j->pending->created;
}

static bool
needs_credential(const struct journey *j)
{
	return j->session == NULL || !session_fresh(j->session, j->portal, j->pending) ||
	       !texts_has(&j->portal->providers, j->session->provider) || is_dead_end(j);
}

static bool
is_in_use_elsewhere(const struct journey *j)
{
	return j->account == NULL && j->binding == BINDING_ELSEWHERE;
}

static bool
needs_admission(const struct journey *j)
{
	return j->account == NULL && j->portal->admission == ADMISSION_INVITATION && !j->invited && !j->session->claiming;
}

static bool
is_waiting(const struct journey *j)
{
	return status_is(j->account, STATUS_WAITING);
}

static bool
is_claimant(const struct journey *j)
{
	return status_is(j->account, STATUS_CLAIMANT);
}

/* What prompt=login and max_age ask of the credential (session_fresh()) they ask of the factor too: a session whose credential was proven
 * anew in another tab does not lend its old factor to this request. */
static bool
is_recent_enough(const struct journey *j)
{
	int64_t age = j->pending->created - j->session->factor_time;

	return age <= 0 || (!j->pending->prompt_login && (j->pending->max_age < 0 || age <= j->pending->max_age));
}

/* Proven with what the account has now, or recovered. */
static bool
is_proven(const struct journey *j)
{
	return (strcmp(j->session->factor, SESSION_RECOVERED) == 0 || strcmp(j->session->factor, j->account->method) == 0) && is_recent_enough(j);
}

/* Is a better method asked for than the account has, or one instead of what a reset has left?  Where nothing may be changed, only the portal that takes no other insists. */
static bool
needs_better(const struct journey *j)
{
	const struct second_factor *method = method_find(j->account->method);

	if (method == NULL)
		return false;
	if (enrols_anew(j))
		return true;
	return journey_too_weak(j, method) && !(journey_frozen(j) && journey_may_skip(j));
}

static bool
needs_factor(const struct journey *j)
{
	if (j->account == NULL)
		return true; /* an account is made with its factor, or at arrival where none is asked for */
	if (!journey_has_factor(j))
		return journey_wants_factor(j->portal, j->pending, j->session->provider);
	/* A change like any other: the present one is proven first, and not long ago. */
	return is_proven(j) && needs_better(j) && proven_recently(j->session, j->now);
}

static bool
needs_method(const struct journey *j)
{
	return needs_factor(j) && *journey_enrolling(j) == '\0';
}

static bool
needs_address(const struct journey *j)
{
	return needs_factor(j) && strcmp(journey_enrolling(j), MAIL_METHOD) == 0 && *j->session->pending_address == '\0';
}

static bool
needs_mail_code(const struct journey *j)
{
	return needs_factor(j) && strcmp(journey_enrolling(j), MAIL_METHOD) == 0;
}

static bool
needs_proof(const struct journey *j)
{
	return journey_has_factor(j) && (!is_proven(j) || needs_better(j));
}

static bool
needs_confirmation(const struct journey *j)
{
	return journey_has_factor(j) && !journey_frozen(j) && (j->session->n_pending_codes > 0 || !j->account->codes_confirmed);
}

/* Who gets codes by e-mail gets notices there too. */
static bool
needs_notice_address(const struct journey *j)
{
	return j->mails && journey_has_factor(j) && strcmp(j->account->method, MAIL_METHOD) != 0 && !j->account->notice_offered &&
	       !journey_frozen(j) && !j->session->reached_portal;
}

static bool
is_done(const struct journey *j)
{
	must(status_admits(status_of(j->account)));
	return true;
}

static const struct {
	enum step step;
	const char *path;
	bool (*claims)(const struct journey *journey);
} steps[] = {
    {STEP_CHOOSE_PROVIDER, "/sign-in", needs_credential},
    {STEP_CREDENTIAL_IN_USE, "/credential-in-use", is_in_use_elsewhere},
    {STEP_ENDED, "/account-ended", is_ended},
    {STEP_ADMISSION, "/admission", needs_admission},
    {STEP_ENROL, "/enrol", needs_method},
    {STEP_ENROL_MAIL, "/enrol/mail", needs_address},
    {STEP_ENROL_MAIL_CODE, "/enrol/mail/code", needs_mail_code},
    {STEP_ENROL_TOTP, "/enrol/app", needs_factor},
    {STEP_SECOND_FACTOR, "/second-factor", needs_proof},
    {STEP_RECOVERY_CODES, "/recovery-codes", needs_confirmation},
    {STEP_NOTICE_ADDRESS, "/notice-address", needs_notice_address},
    {STEP_WAITING, "/waiting", is_waiting},
    {STEP_RELINK, "/relink", is_claimant},
    {STEP_DONE, "/continue", is_done},
};

const char *
journey_path(enum step step)
{
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		if (steps[i].step == step)
			return steps[i].path;
	}
	return "/continue";
}

bool
journey_over(const struct journey *journey)
{
	bool recovered = journey->step == STEP_DONE && strcmp(journey->session->factor, SESSION_RECOVERED) == 0;

	return journey->step == STEP_DONE && !journey->pending->manage && !journey->pending->relink && journey->session->claim_stopped == 0 &&
	       !(recovered && !journey->session->reached_portal);
}

void
journey_again(struct journey *journey)
{
	size_t i = 0;

	while (!steps[i].claims(journey))
		i++;
	journey->step = steps[i].step;
}

static enum err
load_account(struct txn *txn, struct journey *journey)
{
	const struct provider_config *provider = config_provider(txn_ctx(txn)->config, journey->session->provider);
	struct bytes account;

	if (journey->session->account.len > 0) {
		journey->binding = BINDING_HERE;
		return account_load(txn, record_bytes(journey->session->account), &journey->account);
	}
	/* A provider that is not configured any more: needs_credential() leads away from here. */
	if (provider == NULL)
		return ERR_OK;
	return binding_find(txn, record_bytes(journey->session->credential), journey->portal->id, provider->separation,
	    &journey->binding, &account);
}

/* The invitation that the person gave may have been used by another one, taken back or run out meanwhile. */
static enum err
load_invitation(struct txn *txn, struct journey *journey)
{
	struct InvitationRecord *invitation;
	enum err err;

	if (journey->account != NULL || *journey->session->invitation == '\0')
		return ERR_OK;
	err = invitation_load(txn, journey->portal->id, journey->session->invitation, &invitation);
	journey->invited = err == ERR_OK && invitation_state(invitation, txn_now(txn)) == INVITATION_OPEN;
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

enum err
journey_load(struct txn *txn, const struct pending *pending, const char *cookie, struct journey *ret_journey)
{
	struct journey journey = {.pending = pending, .token = cookie, .binding = BINDING_NONE, .mails = txn_ctx(txn)->config->mail.url != NULL,
	    .now = txn_ctx(txn)->now};
	enum err err;

	journey.portal = config_portal(txn_ctx(txn)->config, pending->client);
	if (journey.portal == NULL)
		return ERR_CONFIG;
	err = session_load(txn, cookie, pending->client, &journey.session);
	if (err == ERR_OK)
		err = load_account(txn, &journey);
	else if (err == ERR_NOT_FOUND)
		err = ERR_OK;
	if (err == ERR_OK && journey.session != NULL)
		err = load_invitation(txn, &journey);
	if (err != ERR_OK)
		return err;
	journey_again(&journey);
	*ret_journey = journey;
	return ERR_OK;
}

struct find {
	const struct pending *pending;
	const char *cookie;
	struct journey *journey;
};

static enum err
find_in(struct txn *txn, void *arg)
{
	struct find *find = arg;

	return journey_load(txn, find->pending, find->cookie, find->journey);
}

enum err
journey_find(struct ctx *ctx, const struct pending *pending, const char *cookie, struct journey *ret_journey)
{
	struct find find = {.pending = pending, .cookie = cookie, .journey = ret_journey};

	return store_view(ctx, find_in, &find);
}

static enum err
touch_in(struct txn *txn, void *arg)
{
	const struct journey *journey = arg;
	struct SessionRecord *session;
	enum err err = session_load(txn, journey->token, journey->portal->id, &session);

	if (err != ERR_OK)
		return err;
	session->seen = txn_ctx(txn)->now;
	return session_save(txn, journey->token, session);
}

enum err
journey_touch(struct ctx *ctx, const struct journey *journey)
{
	enum err err;

	if (journey->session == NULL || ctx->now - journey->session->seen < journey->portal->idle / 4)
		return ERR_OK;
	err = store_update(ctx, touch_in, (void *)journey);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}
