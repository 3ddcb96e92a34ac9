/* Requests of portals, answers of providers, and the second factor. */
#include <stdio.h>
#include <string.h>

#include "model.h"
#include "signin/arrive.h"
#include "signin/prove.h"

static const char *
acr_values(enum asked asked)
{
	static const char *const texts[] = {[ASKED_NOTHING] = "", [ASKED_TOTP] = ACR_TOTP, [ASKED_MAIL] = ACR_MAIL, [ASKED_EITHER] = ACR_TOTP " " ACR_MAIL};

	return texts[asked];
}

/* A portal sends the browser, or the person comes to manage the account. */
void
do_request(struct world *world, struct place *place)
{
	struct m_request *request = place->request;

	request->asked = world_chance(world, 250) ? (enum asked)(1 + world_pick(world, 3)) : ASKED_NOTHING;
	request->pending = *pending_new(&world->ctx, portal_ids[place->portal]);
	snprintf(request->id, sizeof(request->id), "%s", request->pending.id);
	request->pending.id = request->id;
	request->pending.client = portal_ids[place->portal];
	request->pending.acr_values = acr_values(request->asked);
	request->pending.manage = world_chance(world, 400);
	request->pending.redirect_uri = request->pending.manage ? "" : "https://portal.example/callback";
	request->pending.max_age = world_chance(world, 100) ? MINUTES(5) : -1;
	request->pending.prompt_login = world_chance(world, 100);
	world_log(world, "%d at %s: request acr=%d max_age=%d login=%d manage=%d", place->number, portal_ids[place->portal], (int)request->asked,
	    request->pending.max_age >= 0, request->pending.prompt_login, request->pending.manage);
}

static struct arrival
arrival_of(struct world *world, const struct pending *pending, int person, const char *assertion)
{
	static const char *const names[PEOPLE] = {"ann", "bob", "cy", "di"};

	return (struct arrival){.pending = pending, .provider = config_provider(world->ctx.config, kinds_of_provider[person]), .name_qualifier = "idp",
	    .sp_name_qualifier = "sp", .name_id = arena_printf(world->ctx.arena, "%s-%u", names[person], world->generation[person]), .session_index = "", .session_until = NEVER, .level = "loa2",
	    .assertion_id = assertion, .assertion_until = world->now + MINUTES(5)};
}

/* The browser had a session here: the same credential's goes on when it is fresh, with what it has proven, else under its old sid. */
static void
join_model(struct world *world, struct place *place, const struct m_session *arrived)
{
	struct m_session *old = &place->browser->sessions[place->portal], joined = *arrived;

	if (!rule_alive(old, world->now) || old->person != arrived->person) {
		*old = *arrived;
		return;
	}
	if (rule_fresh(old, place->request)) {
		old->credential_time = arrived->credential_time;
		old->seen = arrived->seen;
		rule_save(world, old);
		return;
	}
	memcpy(joined.sid, old->sid, sizeof(joined.sid));
	memcpy(joined.codes, old->codes, sizeof(joined.codes));
	*old = joined;
}

void
do_arrive(struct world *world, struct place *place)
{
	struct m_session arrived = {.there = true, .portal = place->portal, .seen = world->now, .until = world->now + HOURS(12),
	    .credential_time = world->now, .pending_spelling = -1};
	struct pending pending;
	const char *token, *joined;
	struct SessionRecord *record;
	struct arrival arrival;
	char text[32];

	arrived.person = world_chance(world, 800) ? (place->number + place->portal * 2) % PEOPLE : (int)world_pick(world, PEOPLE);
	do_request(world, place);
	pending = place->request->pending;
	snprintf(text, sizeof(text), "id-%u-%d", world->step, world->lmdb);
	pending.provider = kinds_of_provider[arrived.person];
	pending.saml_request = text;
	world_log(world, "%d at %s: person %d signs in", place->number, portal_ids[place->portal], arrived.person);
	arrival = arrival_of(world, &pending, arrived.person, text);
	AGREE(world, arrive(&world->ctx, &arrival, &token) == ERR_OK, "arrive");
	memcpy(world->old_assertion, text, sizeof(text));
	memcpy(world->old_request, text, sizeof(text));
	world->old_until = arrival.assertion_until;
	world->old_person = arrived.person;
	world->old_swept = false;
	rule_save(world, &arrived);
	AGREE(world, session_find(&world->ctx, token, portal_ids[place->portal], &record) == ERR_OK, "the session that has arrived");
	snprintf(arrived.sid, sizeof(arrived.sid), "%s", record->sid);
	pending.arrived = token;
	AGREE(world, arrive_join(&world->ctx, &pending, place->browser->token, &joined) == ERR_OK && joined != NULL, "arrive_join");
	join_model(world, place, &arrived);
	place_token(world, place, joined, true);
}

/* The answer of a provider once more, from a request or under an assertion that was used. */
void
do_replay(struct world *world, struct place *place)
{
	struct pending pending = place->request->pending;
	struct arrival arrival;
	const char *token;
	enum err err;

	if (*world->old_assertion == '\0' || world->old_swept || world->now >= world->old_until + DAYS(1))
		return;
	pending.provider = kinds_of_provider[world->old_person];
	pending.saml_request = world_chance(world, 500) ? world->old_request : "another";
	arrival = arrival_of(world, &pending, world->old_person, pending.saml_request == world->old_request ? "another" : world->old_assertion);
	world_log(world, "%d at %s: an answer is played again", place->number, portal_ids[place->portal]);
	err = arrive(&world->ctx, &arrival, &token);
	AGREE(world, err == ERR_EXISTS, "an answer that was used: %s", err_print(err));
}

/* ---- proofs ---- */

static void
compare_answer(struct world *world, const struct factor_answer *answer, enum factor_verdict verdict, int64_t wait, bool disabled, bool clock)
{
	AGREE(world, answer->verdict == verdict, "the program says \"%s\", the model \"%s\"", factor_verdict_print(answer->verdict), factor_verdict_print(verdict));
	if (verdict == FACTOR_REFUSED_LOCKED)
		AGREE_NUMBER(world, "wait", answer->wait, wait);
	if (verdict == FACTOR_REFUSED_EXHAUSTED)
		AGREE_NUMBER(world, "disabled", answer->disabled, disabled);
	if (verdict == FACTOR_REFUSED_WRONG)
		AGREE_NUMBER(world, "a hint at the clock", answer->clock, clock);
}

static void
count_failure(struct world *world, struct m_account *account, enum method method)
{
	if (rule_count(&account->throttle[method], world->now))
		rule_notice(world, account, "mail-factor-locked", "method", method_names[method]);
}

static bool
renews(const struct place *place)
{
	return place->request->pending.manage || place->session->reached_portal;
}

/* The session from now on; true when it goes on to the portal at once. */
static bool
step_up(struct world *world, struct place *place, enum method factor, bool ends)
{
	struct m_session *session = place->session;

	rule_forgive(&place->account->throttle[factor]);
	session->factor = factor;
	session->factor_time = session->seen = world->now;
	place->account->language = world->ctx.language;
	rule_save(world, session);
	return ends && !place->request->pending.manage && rule_step(world, session, place->request) == STEP_DONE;
}

/* What oidc/ does: the session has been at the portal, under a new cookie. */
static enum err
reach(struct txn *txn, struct journey *journey, void *arg)
{
	journey->session->reached_portal = true;
	return session_renew(txn, journey->token, journey->session, arg);
}

static void
prove_with(struct world *world, struct place *place, const struct m_typed *typed)
{
	const char *token = NULL;
	const struct prove_end end = {reach, &token};
	bool ends = world_chance(world, 500), here = place->step == STEP_SECOND_FACTOR, finished = false, clock = false, disabled = false;
	enum factor_verdict verdict = FACTOR_ACCEPTED;
	enum method method = place->account != NULL ? place->account->method : M_NONE;
	struct proof proof = {0};
	int64_t wait = 0;

	world_log(world, "%d at %s: proves %s with \"%s\"", place->number, portal_ids[place->portal], method_names[method], typed->none ? "(nothing)" : typed->text);
	if (typed->none || *typed->text == '\0') {
		verdict = FACTOR_REFUSED_REQUIRED;
	} else if (here) {
		verdict = rule_gate(&place->account->throttle[method], world->now, &wait);
		disabled = verdict == FACTOR_REFUSED_EXHAUSTED;
		if (verdict == FACTOR_ACCEPTED && *typed->digits == '\0')
			verdict = FACTOR_REFUSED_MALFORMED;
		else if (verdict == FACTOR_ACCEPTED)
			verdict = method == M_TOTP ? rule_app(place->account, world->now, typed->digits, &clock)
						   : rule_code(world, place->session, MAIL_FOR_SIGN_IN, place->account->spelling, typed->digits);
		if (verdict == FACTOR_REFUSED_WRONG)
			count_failure(world, place->account, method);
		if (verdict == FACTOR_ACCEPTED)
			finished = step_up(world, place, method, ends);
	}
	AGREE(world, prove_factor(&world->ctx, &place->journey, typed_field(typed), ends ? &end : NULL, &proof) == ERR_OK, "prove_factor");
	AGREE_NUMBER(world, "moved", proof.moved, !here && verdict != FACTOR_REFUSED_REQUIRED);
	if (!here)
		return;
	compare_answer(world, &proof.answer, verdict, wait, disabled, clock);
	world->tally[1 + verdict]++;
	if (verdict != FACTOR_ACCEPTED)
		return;
	AGREE_NUMBER(world, "finished", proof.finished, finished);
	place_token(world, place, finished ? token : proof.token, finished || renews(place));
	place->session->reached_portal = place->session->reached_portal || finished;
}

void
do_prove(struct world *world, struct place *place)
{
	struct m_typed typed;

	if (place->account != NULL && place->account->method == M_MAIL)
		typed_mail(world, place, MAIL_FOR_SIGN_IN, &typed);
	else if (place->account != NULL)
		typed_app(world, place->account->seed, &typed);
	else
		typed_wrong(world, &typed);
	prove_with(world, place, &typed);
}

void
do_prove_send(struct world *world, struct place *place)
{
	bool may = place->step == STEP_SECOND_FACTOR && place->account->method == M_MAIL;
	enum mail_send_verdict verdict = MAIL_LIMITED;
	struct mail_sending sending;
	int64_t wait = 0;
	enum err err;

	world_log(world, "%d at %s: asks for a code", place->number, portal_ids[place->portal]);
	if (may)
		verdict = rule_send(world, place->session, MAIL_FOR_SIGN_IN, place->account->spelling, &wait);
	err = prove_send(&world->ctx, &place->journey, &sending);
	AGREE_NUMBER(world, "sending allowed", err, may ? ERR_OK : ERR_REFUSED);
	if (!may)
		return;
	AGREE_NUMBER(world, "sending", sending.verdict, verdict);
	if (verdict == MAIL_LIMITED)
		AGREE(world, sending.wait > 0 && sending.wait <= DAYS(1) && (wait == 0 || sending.wait == wait), "wait %lld, the model says %lld",
		    (long long)sending.wait, (long long)wait);
	world->tally[10 + verdict]++;
}

/* The number of a code that is left, or that is used, or CODES. */
static unsigned
find_recovery(const struct m_account *account, const char *code)
{
	unsigned i = 0;

	while (i < CODES && strcmp(account->codes[i], code) != 0)
		i++;
	return i;
}

static unsigned
left_of(const struct m_account *account)
{
	unsigned left = 0;

	for (unsigned i = 0; i < CODES && account->set != 0; i++)
		left += !account->used[i];
	return left;
}

static enum factor_verdict
judge_recovery(struct world *world, struct m_account *account, const char *code)
{
	unsigned i = find_recovery(account, code);

	if (i < CODES && !account->used[i]) {
		account->used[i] = true;
		return FACTOR_ACCEPTED;
	}
	count_failure(world, account, M_RECOVERY);
	return i < CODES ? FACTOR_REFUSED_USED : FACTOR_REFUSED_WRONG;
}

static void
recover_with(struct world *world, struct place *place, const struct m_typed *typed)
{
	struct m_account *account = place->account;
	bool here = place->step == STEP_SECOND_FACTOR, judged = false, disabled = false;
	enum factor_verdict verdict = FACTOR_REFUSED_REQUIRED;
	struct proof proof = {0};
	int64_t wait = 0;
	char left[8];

	world_log(world, "%d at %s: recovers with \"%s\"", place->number, portal_ids[place->portal], typed->none ? "(nothing)" : typed->text);
	if (!typed->none && *typed->text != '\0') {
		verdict = rule_gate(&account->throttle[M_RECOVERY], world->now, &wait);
		disabled = verdict == FACTOR_REFUSED_EXHAUSTED;
		if (verdict == FACTOR_ACCEPTED && left_of(account) == 0)
			verdict = FACTOR_REFUSED_EXHAUSTED;
		if (verdict == FACTOR_ACCEPTED && *typed->digits == '\0')
			verdict = FACTOR_REFUSED_MALFORMED;
		judged = verdict == FACTOR_ACCEPTED;
	}
	if (judged && here)
		verdict = judge_recovery(world, account, typed->digits);
	if (judged && here && verdict == FACTOR_ACCEPTED) {
		step_up(world, place, M_RECOVERY, false);
		snprintf(left, sizeof(left), "%u", left_of(account));
		rule_notice(world, account, "mail-recovery-used", "codes_left", left);
	}
	AGREE(world, prove_recovery(&world->ctx, &place->journey, typed_field(typed), &proof) == ERR_OK, "prove_recovery");
	AGREE_NUMBER(world, "moved", proof.moved, judged && !here);
	if (proof.moved)
		return;
	compare_answer(world, &proof.answer, verdict, wait, disabled, false);
	world->tally[20 + verdict]++;
	if (verdict == FACTOR_ACCEPTED)
		place_token(world, place, proof.token, renews(place));
}

void
do_recover(struct world *world, struct place *place)
{
	struct m_typed typed;

	if (place->account == NULL)
		return;
	typed_recovery(world, place->account, &typed);
	recover_with(world, place, &typed);
}

/* One try of somebody who guesses. */
void
do_guess(struct world *world, struct place *place, enum method method)
{
	struct m_typed typed = {.text = "0000-1111-2222-3333", .digits = "0000-1111-2222-3333"};

	if (method == M_RECOVERY) {
		recover_with(world, place, &typed);
		return;
	}
	if (place->account->method == M_MAIL && !rule_code_alive(world, place->session, MAIL_FOR_SIGN_IN, place->account->spelling)) {
		do_prove_send(world, place);
		return;
	}
	typed_wrong(world, &typed);
	prove_with(world, place, &typed);
}

/* The owner. */
void
do_prove_right(struct world *world, struct place *place)
{
	struct m_typed typed = {.none = false};
	const struct m_account *account = place->account;

	if (account->method == M_TOTP)
		rule_totp(account->seed, world->now / 30000, typed.digits);
	else
		snprintf(typed.digits, sizeof(typed.digits), "%s", place->session->codes[MAIL_FOR_SIGN_IN].digits);
	snprintf(typed.text, sizeof(typed.text), "%s", typed.digits);
	prove_with(world, place, &typed);
}

void
do_prove_again(struct world *world, struct place *place)
{
	world_log(world, "%d at %s: is to prove it again", place->number, portal_ids[place->portal]);
	AGREE(world, prove_again(&world->ctx, &place->journey) == ERR_OK, "prove_again");
	if (place->session == NULL)
		return;
	place->session->factor = M_NONE;
	rule_save(world, place->session);
}

/* A cookie that was renewed is worth nothing. */
void
do_former(struct world *world, struct place *place)
{
	struct journey journey;

	world_log(world, "%d at %s: comes with the cookie before the last one", place->number, portal_ids[place->portal]);
	AGREE(world, journey_find(&world->ctx, &place->request->pending, place->browser->former, &journey) == ERR_OK, "journey_find");
	AGREE(world, journey.session == NULL && journey.step == STEP_CHOOSE_PROVIDER, "an old cookie opens %s", journey_path(journey.step));
}

static enum err
finish_in(struct txn *txn, void *arg)
{
	struct place *place = arg;
	struct journey now;
	enum err err = journey_load(txn, &place->request->pending, place->browser->token, &now);

	if (err == ERR_OK)
		err = reach(txn, &now, &place->journey.token);
	return err;
}

/* The journey is done: on to the portal. */
void
do_finish(struct world *world, struct place *place)
{
	if (place->step != STEP_DONE)
		return;
	world_log(world, "%d at %s: goes to the portal", place->number, portal_ids[place->portal]);
	AGREE(world, store_update(&world->ctx, finish_in, place) == ERR_OK, "to the portal");
	place->session->reached_portal = true;
	rule_save(world, place->session);
	place_token(world, place, place->journey.token, true);
}

/* "Not now", where a stronger method was asked for. */
void
do_skip_stronger(struct world *world, struct place *place)
{
	bool may = place->account != NULL && place->session != NULL && rule_takes(world, place->portal, place->account->method) &&
		   rule_too_weak(world, place->session, place->request, place->account->method);

	world_log(world, "%d at %s: not now", place->number, portal_ids[place->portal]);
	AGREE_NUMBER(world, "may skip a stronger method", journey_may_skip(&place->journey), may);
	if (may)
		place->request->pending.not_stronger = true;
}
