/* Sessions, and which step is a person's. */
#include <string.h>

#include "model.h"

#define IDLE MINUTES(20)

struct m_account *
rule_account(struct world *world, const struct m_session *session)
{
	struct m_account *account = &world->accounts[session->person][session->portal];

	return account->exists ? account : NULL;
}

bool
rule_alive(const struct m_session *session, int64_t now)
{
	return session->there && now < session->seen + IDLE && now < session->until;
}

/* A session that is written while there is an account is one of the account's from then on. */
void
rule_save(struct world *world, struct m_session *session)
{
	session->tied = rule_account(world, session) != NULL;
}

bool
rule_fresh(const struct m_session *session, const struct m_request *request)
{
	int64_t age = request->pending.created - session->credential_time;

	if (age <= 0)
		return true;
	if (request->pending.prompt_login || age > MINUTES(20))
		return false;
	return request->pending.max_age < 0 || age <= request->pending.max_age;
}

bool
rule_takes(const struct world *world, int portal, enum method method)
{
	return method == M_TOTP || (method == M_MAIL && portal == 0 && world->mail_allowed);
}

/* Is the method less than what the request asks for?  Either rung satisfies who names both. */
static bool
is_below(const struct m_request *request, enum method method)
{
	return request->asked == ASKED_TOTP && method == M_MAIL;
}

bool
rule_too_weak(const struct world *world, const struct m_session *session, const struct m_request *request, enum method method)
{
	return !rule_takes(world, session->portal, method) || (!request->pending.not_stronger && is_below(request, method));
}

enum method
rule_enrolling(const struct world *world, const struct m_session *session)
{
	return rule_takes(world, session->portal, session->pending) ? session->pending : M_NONE;
}

static bool
is_in_use(struct world *world, const struct m_session *session)
{
	return strcmp(kinds_of_provider[session->person], "gckey") == 0 && world->accounts[session->person][!session->portal].exists;
}

static enum step
enrol_step(const struct world *world, const struct m_session *session)
{
	enum method method = rule_enrolling(world, session);

	if (method == M_TOTP)
		return STEP_ENROL_TOTP;
	if (method == M_MAIL)
		return session->pending_spelling < 0 ? STEP_ENROL_MAIL : STEP_ENROL_MAIL_CODE;
	return STEP_ENROL;
}

/* With what the account has now, or a recovery code, and as lately as the request wants it. */
static bool
is_proven(const struct m_session *session, const struct m_account *account, const struct m_request *request)
{
	int64_t age = request->pending.created - session->factor_time;

	if (session->factor != M_RECOVERY && session->factor != account->method)
		return false;
	return age <= 0 || (!request->pending.prompt_login && (request->pending.max_age < 0 || age <= request->pending.max_age));
}

/* A frozen account goes on with what it has, unless the portal takes no such method at all. */
static bool
needs_better(const struct world *world, const struct m_session *session, const struct m_account *account, const struct m_request *request)
{
	return rule_too_weak(world, session, request, account->method) && !(account->frozen && rule_takes(world, session->portal, account->method));
}

enum step
rule_step(struct world *world, const struct m_session *session, const struct m_request *request)
{
	const struct m_account *account;
	bool proven, better;

	if (session == NULL || !rule_fresh(session, request))
		return STEP_CHOOSE_PROVIDER;
	account = rule_account(world, session);
	if (account == NULL)
		return is_in_use(world, session) ? STEP_CREDENTIAL_IN_USE : enrol_step(world, session);
	proven = is_proven(session, account, request);
	better = needs_better(world, session, account, request);
	if (proven && better && rule_may_change(world, session))
		return enrol_step(world, session);
	if (!proven || better)
		return STEP_SECOND_FACTOR;
	if (!account->frozen && (session->shown != 0 || !account->confirmed))
		return STEP_RECOVERY_CODES;
	if (account->method == M_TOTP && !account->frozen && !account->offered && !session->reached_portal)
		return STEP_NOTICE_ADDRESS;
	return STEP_DONE;
}

bool
rule_may_change(const struct world *world, const struct m_session *session)
{
	return session != NULL && session->factor != M_NONE && world->now - session->factor_time <= MINUTES(10) &&
	       world->now >= session->factor_time - MINUTES(1); /* a proof from the future is none of the last ten minutes */
}

bool
rule_may_enrol(const struct world *world, const struct place *place)
{
	if (place->account != NULL && place->account->frozen)
		return false;
	if (place->step == STEP_ENROL || place->step == STEP_ENROL_TOTP || place->step == STEP_ENROL_MAIL || place->step == STEP_ENROL_MAIL_CODE)
		return true;
	return place->step == STEP_DONE && rule_may_change(world, place->session);
}

void
rule_end_sessions(struct world *world, const struct m_account *account, const struct m_session *but)
{
	for (int b = 0; b < BROWSERS; b++) {
		for (int p = 0; p < PORTALS; p++) {
			struct m_session *session = &world->browsers[b].sessions[p];
			if (session != but && session->there && session->tied && rule_account(world, session) == account)
				session->there = false;
		}
	}
}

void
rule_renew_token(struct world *world, struct m_browser *browser)
{
	for (int p = 0; p < PORTALS; p++) {
		struct m_session *session = &browser->sessions[p];
		if (session->there && !rule_alive(session, world->now))
			session->there = false;
	}
}

static void
sweep_sends(struct m_sends *sends, int64_t now)
{
	if (sends->end <= now)
		sends->count = 0;
}

static void
sweep_account(struct m_account *account, int64_t now)
{
	sweep_sends(&account->sends, now);
	for (int i = 0; i < MAILBOXES; i++) {
		struct m_address *address = &account->addresses[i];
		if (address->known && address->replaced != 0 && address->replaced + DAYS(30) <= now)
			address->known = false;
	}
}

static void
sweep_session(struct m_session *session, int64_t now)
{
	if (session->there && !rule_alive(session, now))
		session->there = false;
	for (int i = 0; i < 3; i++) {
		if (session->codes[i].created + MINUTES(70) <= now)
			session->codes[i].made = false;
	}
}

/* What has ended is gone for good, also when the clock is set back. */
void
rule_sweep(struct world *world)
{
	for (int i = 0; i < PEOPLE; i++) {
		for (int p = 0; p < PORTALS; p++) {
			sweep_sends(&world->of_credential[i][p], world->now);
			sweep_account(&world->accounts[i][p], world->now);
		}
	}
	for (int i = 0; i < MAILBOXES; i++)
		sweep_sends(&world->of_mailbox[i], world->now);
	for (int b = 0; b < BROWSERS; b++) {
		for (int p = 0; p < PORTALS; p++)
			sweep_session(&world->browsers[b].sessions[p], world->now);
	}
	for (unsigned i = 0; i < LINKS; i++) {
		if (world->links[i].end <= world->now)
			world->links[i].end = 0;
	}
	world->old_swept = world->old_swept || world->old_until + DAYS(1) <= world->now;
}

/* The old set dies with the new one; the codes themselves come from the page. */
void
rule_new_set(struct world *world, struct m_account *account, struct m_session *session)
{
	memcpy(account->old_codes, account->codes, sizeof(account->codes));
	memset(account->codes, 0, sizeof(account->codes));
	memset(account->used, 0, sizeof(account->used));
	account->set = session->shown = ++world->sets;
	account->confirmed = false;
	rule_renew(&account->throttle[M_RECOVERY]);
}
