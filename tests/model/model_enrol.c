/* Setting a second factor up, changing it, and the recovery codes. */
#include <stdio.h>
#include <string.h>

#include "model.h"
#include "signin/enrol.h"

static void
start_pending(struct world *world, struct place *place, enum method method)
{
	struct m_session *session = place->session;

	session->pending = method;
	session->pending_spelling = -1;
	session->pending_created = session->seen = world->now;
	rule_save(world, session);
}

/* What the QR code shows. */
static void
read_seed(struct world *world, struct place *place)
{
	struct bytes seed = record_bytes(place->journey.session->pending_secret);

	AGREE_NUMBER(world, "bytes of a seed", seed.len, SEED_SIZE);
	memcpy(place->session->pending_seed, seed.data, SEED_SIZE);
}

/* Is an app's seed or a method's beginning there already? */
static bool
is_begun(const struct world *world, const struct m_session *session, enum method method)
{
	return session->pending == method && (method != M_TOTP || world->now - session->pending_created <= MINUTES(30));
}

static void
compare_seed(struct world *world, struct place *place, bool begun)
{
	struct bytes seed = record_bytes(place->journey.session->pending_secret);
	bool same = seed.len == SEED_SIZE && memcmp(seed.data, place->session->pending_seed, SEED_SIZE) == 0;

	AGREE_NUMBER(world, "the seed that was shown", same, begun);
	read_seed(world, place);
}

static bool
offers(const struct world *world, const struct place *place, enum method method)
{
	return rule_takes(world, place->portal, method) &&
	       (place->step == STEP_DONE || !rule_too_weak(world, place->session, place->request, method));
}

void
do_begin(struct world *world, struct place *place)
{
	enum method method = world_chance(world, 400) ? M_TOTP : M_MAIL;
	bool may = rule_may_enrol(world, place) && offers(world, place, method), begun;
	enum err err;

	world_log(world, "%d at %s: begins with %s", place->number, portal_ids[place->portal], method_names[method]);
	err = enrol_begin(&world->ctx, &place->journey, method_names[method]);
	AGREE_NUMBER(world, "beginning allowed", err, may ? ERR_OK : ERR_REFUSED);
	if (!may)
		return;
	begun = is_begun(world, place->session, method);
	if (!begun)
		start_pending(world, place, method);
	if (method == M_TOTP)
		compare_seed(world, place, begun);
}

void
do_cancel(struct world *world, struct place *place)
{
	world_log(world, "%d at %s: gives the enrolment up", place->number, portal_ids[place->portal]);
	AGREE(world, enrol_cancel(&world->ctx, &place->journey) == ERR_OK, "enrol_cancel");
	if (place->session != NULL)
		start_pending(world, place, M_NONE);
}

/* -1: the same once more; -2: take it back. */
static int
pick_address(struct world *world, const char **ret_typed)
{
	unsigned how = world_pick(world, 10);

	*ret_typed = how < 3 ? NULL : how == 3 ? "" : spellings[world_pick(world, world_chance(world, 600) ? 2 : SPELLINGS)]; /* many live in one house */
	for (int i = 0; *ret_typed != NULL && i < SPELLINGS; i++) {
		if (strcmp(spellings[i], *ret_typed) == 0)
			return i;
	}
	return how < 3 ? -1 : -2;
}

void
do_send(struct world *world, struct place *place)
{
	bool may = rule_may_enrol(world, place) && rule_enrolling(world, place->session) == M_MAIL;
	enum mail_send_verdict verdict = MAIL_QUEUED;
	struct mail_sending sending = {.verdict = MAIL_QUEUED};
	const char *typed;
	int spelling = pick_address(world, &typed);
	int64_t wait = 0;
	enum err err;

	world_log(world, "%d at %s: enrols the address %s", place->number, portal_ids[place->portal], typed != NULL ? typed : "(again)");
	if (may && spelling == -1)
		spelling = place->session->pending_spelling;
	if (may && spelling >= 0)
		verdict = rule_send(world, place->session, MAIL_FOR_ENROLMENT, spelling, &wait);
	err = enrol_send(&world->ctx, &place->journey, typed, &sending);
	AGREE_NUMBER(world, "sending allowed", err, may ? ERR_OK : ERR_REFUSED);
	if (!may)
		return;
	AGREE_NUMBER(world, "sending", sending.verdict, verdict);
	if (verdict == MAIL_LIMITED) {
		AGREE(world, sending.wait > 0 && (wait == 0 || sending.wait == wait), "wait %lld, not %lld", (long long)sending.wait, (long long)wait);
		return;
	}
	start_pending(world, place, M_MAIL);
	place->session->pending_spelling = spelling < 0 ? -1 : spelling;
}

/* ---- the proof of what is enrolled ---- */

static enum factor_verdict
judge(struct world *world, struct place *place, const struct m_typed *typed, int64_t *ret_step)
{
	struct m_session *session = place->session;

	if (session->pending == M_TOTP)
		return rule_fits(session->pending_seed, world->now, typed->digits, ret_step) ? FACTOR_ACCEPTED : FACTOR_REFUSED_WRONG;
	if (session->pending_spelling < 0)
		return FACTOR_REFUSED_EXPIRED;
	return rule_code(world, session, MAIL_FOR_ENROLMENT, session->pending_spelling, typed->digits);
}

/* The account with its new factor: the old one, its address, its codes and its other sessions are gone. */
static void
take_factor(struct world *world, struct place *place, int64_t step)
{
	struct m_session *session = place->session;
	struct m_account *account = &world->accounts[session->person][session->portal];
	bool changed = account->exists;

	if (changed) {
		if (session->pending != M_MAIL)
			rule_drop_address(account, true, world->now);
		rule_end_sessions(world, account, session);
	}
	account->exists = true;
	place->account = account;
	account->method = session->pending;
	account->language = world->ctx.language;
	account->burnt_step = 0;
	account->last_step = step;
	memcpy(account->seed, session->pending_seed, SEED_SIZE);
	account->spelling = session->pending_spelling;
	rule_renew(&account->throttle[account->method]);
	if (account->method == M_MAIL)
		rule_put_address(account, account->spelling, true, world->now);
	session->pending = M_NONE;
	session->pending_spelling = -1;
	session->factor = account->method;
	session->factor_time = session->seen = world->now;
	rule_save(world, session);
	rule_new_set(world, account, session);
	rule_notice(world, account, changed ? "mail-factor-changed" : "mail-factor-enrolled", "method", method_names[account->method]);
	world->tally[30 + (int)account->method + (changed ? 10 : 0)]++;
}

enum outcome { MOVED, LOOKED_AT, NEW_SEED, JUDGED };

/* What happens before anything slow: the page's own half. */
static enum outcome
look(struct world *world, struct place *place, const struct m_typed *typed, enum factor_verdict *verdict)
{
	struct m_session *session = place->session;
	int64_t step;

	if (session == NULL || rule_enrolling(world, session) == M_NONE)
		return MOVED;
	*verdict = FACTOR_REFUSED_REQUIRED;
	if (typed->none || *typed->text == '\0')
		return LOOKED_AT;
	*verdict = FACTOR_REFUSED_EXPIRED;
	if (session->pending == M_TOTP && world->now - session->pending_created > MINUTES(30))
		return NEW_SEED;
	*verdict = FACTOR_REFUSED_MALFORMED;
	if (*typed->digits == '\0')
		return LOOKED_AT;
	*verdict = FACTOR_REFUSED_WRONG;
	if (session->pending == M_TOTP && !rule_fits(session->pending_seed, world->now, typed->digits, &step))
		return LOOKED_AT;
	return rule_may_enrol(world, place) ? JUDGED : MOVED;
}

/* A seed that nobody has proven for long: a new one, where the person may still enrol. */
static void
expect_new_seed(struct world *world, struct place *place, enum err err)
{
	bool may = rule_may_enrol(world, place) && offers(world, place, M_TOTP);

	AGREE_NUMBER(world, "a new seed allowed", err, may ? ERR_OK : ERR_REFUSED);
	if (!may)
		return;
	start_pending(world, place, M_TOTP);
	compare_seed(world, place, false);
}

static void
type_for(struct world *world, struct place *place, struct m_typed *typed)
{
	if (place->session != NULL && place->session->pending == M_MAIL)
		typed_mail(world, place, MAIL_FOR_ENROLMENT, typed);
	else if (place->session != NULL)
		typed_app(world, place->session->pending_seed, typed);
	else
		typed_wrong(world, typed);
}

void
do_enrol(struct world *world, struct place *place)
{
	enum factor_verdict verdict = FACTOR_ACCEPTED;
	struct enrolment enrolment;
	enum outcome outcome;
	struct m_typed typed;
	int64_t step = 0;
	bool renewed;
	enum err err;

	type_for(world, place, &typed);
	world_log(world, "%d at %s: proves what is enrolled with \"%s\"", place->number, portal_ids[place->portal], typed.none ? "(nothing)" : typed.text);
	renewed = place->session != NULL && (place->request->pending.manage || place->session->reached_portal);
	outcome = look(world, place, &typed, &verdict);
	if (outcome == JUDGED)
		verdict = judge(world, place, &typed, &step);
	err = enrol_finish(&world->ctx, &place->journey, typed_field(&typed), &enrolment);
	if (outcome == NEW_SEED) {
		expect_new_seed(world, place, err);
		return;
	}
	AGREE(world, err == ERR_OK, "enrol_finish: %s", err_print(err));
	AGREE_NUMBER(world, "enrolment", enrolment.verdict, outcome == MOVED ? ENROL_MOVED : verdict == FACTOR_ACCEPTED ? ENROL_DONE : ENROL_REFUSED);
	if (outcome != MOVED)
		AGREE(world, enrolment.answer.verdict == verdict, "enrolling: the program says \"%s\", the model \"%s\"",
		    factor_verdict_print(enrolment.answer.verdict), factor_verdict_print(verdict));
	if (outcome != JUDGED || verdict != FACTOR_ACCEPTED)
		return;
	take_factor(world, place, step);
	place_token(world, place, enrolment.token, renewed);
}

/* ---- recovery codes ---- */

/* What the page shows is what the person writes down. */
static void
read_codes(struct world *world, struct place *place)
{
	const struct SessionRecord *session = place->journey.session;
	struct m_account *account = place->account;

	AGREE_NUMBER(world, "codes on the page", session->n_pending_codes, CODES);
	for (unsigned i = 0; i < CODES; i++) {
		const char *code = session->pending_codes[i];
		AGREE(world, strlen(code) == 19, "a code of %zu characters", strlen(code));
		if (*account->codes[i] != '\0')
			AGREE(world, strcmp(account->codes[i], code) == 0, "other codes than before are shown for the same set");
		memcpy(account->codes[i], code, 20);
	}
}

static bool
is_newest(const struct place *place)
{
	return place->session != NULL && place->account != NULL && place->session->shown != 0 && place->session->shown == place->account->set;
}

void
do_show(struct world *world, struct place *place)
{
	bool here = place->step == STEP_RECOVERY_CODES, shown = here;

	world_log(world, "%d at %s: looks at the codes", place->number, portal_ids[place->portal]);
	if (here && !is_newest(place) && place->account->confirmed) {
		place->session->shown = 0; /* another browser's are kept already */
		rule_save(world, place->session);
		shown = false;
	} else if (here && !is_newest(place)) {
		rule_new_set(world, place->account, place->session);
		rule_save(world, place->session);
		rule_notice(world, place->account, "mail-codes-renewed", NULL, "");
	}
	AGREE(world, codes_show(&world->ctx, &place->journey) == ERR_OK, "codes_show");
	if (here)
		AGREE_NUMBER(world, "codes are shown", place->journey.step == STEP_RECOVERY_CODES, shown);
	if (shown)
		read_codes(world, place);
}

void
do_renew(struct world *world, struct place *place)
{
	bool newest = is_newest(place), may = rule_may_change(world, place->session);
	enum err err;

	world_log(world, "%d at %s: wants new codes", place->number, portal_ids[place->portal]);
	may = may && (newest || (place->step == STEP_DONE && !place->account->frozen));
	err = codes_renew(&world->ctx, &place->journey);
	AGREE_NUMBER(world, "new codes allowed", err, may ? ERR_OK : ERR_REFUSED);
	if (!may || newest)
		return;
	rule_new_set(world, place->account, place->session);
	rule_save(world, place->session);
	rule_notice(world, place->account, "mail-codes-renewed", NULL, "");
	read_codes(world, place);
}

void
do_confirm(struct world *world, struct place *place)
{
	bool newest = is_newest(place);

	world_log(world, "%d at %s: has kept the codes", place->number, portal_ids[place->portal]);
	AGREE(world, codes_confirm(&world->ctx, &place->journey) == ERR_OK, "codes_confirm");
	if (place->step != STEP_RECOVERY_CODES || place->session->shown == 0)
		return;
	place->session->shown = 0;
	place->session->seen = world->now;
	rule_save(world, place->session);
	place->account->confirmed = place->account->confirmed || newest;
}
