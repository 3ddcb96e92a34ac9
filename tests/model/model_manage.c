/* The notice address, the overview of an account, ends of sessions, and "this was not me". */
#include <stdio.h>
#include <string.h>

#include "account/account.h"
#include "model.h"
#include "signin/freeze.h"
#include "signin/notice_address.h"
#include "signin/overview.h"

static bool
may_notice(const struct world *world, const struct place *place)
{
	if (place->account == NULL || place->account->frozen)
		return false;
	return place->step == STEP_NOTICE_ADDRESS || (place->step == STEP_DONE && rule_may_change(world, place->session));
}

static void
set_proving(struct world *world, struct m_session *session, int spelling)
{
	session->pending = spelling < 0 ? M_NONE : M_NOTICE;
	session->pending_spelling = spelling;
	session->seen = world->now;
	rule_save(world, session);
}

void
do_notice_send(struct world *world, struct place *place)
{
	bool may = may_notice(world, place), again = world_chance(world, 300);
	int spelling = world_chance(world, 100) ? -1 : (int)world_pick(world, world_chance(world, 600) ? 2 : SPELLINGS);
	const char *typed;
	enum mail_send_verdict verdict = MAIL_QUEUED;
	struct mail_sending sending = {.verdict = MAIL_QUEUED};
	int64_t wait = 0;
	enum err err;

	if (place->account != NULL && place->account->method == M_MAIL && world_chance(world, 500))
		spelling = place->account->spelling; /* where sign-in codes go too */
	typed = again ? NULL : spelling < 0 ? "" : spellings[spelling];
	world_log(world, "%d at %s: wants notices at %s", place->number, portal_ids[place->portal], typed != NULL ? typed : "(again)");
	if (may && again)
		spelling = place->session->pending == M_NOTICE ? place->session->pending_spelling : -1;
	if (may && spelling >= 0)
		verdict = rule_send(world, place->session, MAIL_FOR_NOTICE, spelling, &wait);
	err = notice_address_send(&world->ctx, &place->journey, typed, &sending);
	AGREE_NUMBER(world, "sending allowed", err, may ? ERR_OK : ERR_REFUSED);
	if (!may)
		return;
	AGREE_NUMBER(world, "sending", sending.verdict, verdict);
	if (verdict == MAIL_LIMITED)
		AGREE(world, sending.wait > 0 && (wait == 0 || sending.wait == wait), "wait %lld, not %lld", (long long)sending.wait, (long long)wait);
	else
		set_proving(world, place->session, spelling);
}

/* As a page shows it. */
static const char *
masked(int spelling)
{
	static const char *const masks[] = {"a•••@o•••.example", "A•••@o•••.example", "b•••@t•••.example", "B•••@t•••.example", "c•••@t•••.example",
	    "C•••@t•••.example", "d•••@f•••.example", "D•••@f•••.example"};

	return masks[spelling];
}

void
do_notice_confirm(struct world *world, struct place *place)
{
	bool may = may_notice(world, place) && place->session->pending == M_NOTICE, empty;
	enum factor_verdict verdict = FACTOR_REFUSED_REQUIRED;
	struct factor_answer answer;
	struct m_typed typed;
	int spelling;
	enum err err;

	typed_mail(world, place, MAIL_FOR_NOTICE, &typed);
	empty = typed.none || *typed.text == '\0';
	world_log(world, "%d at %s: proves the notice address with \"%s\"", place->number, portal_ids[place->portal], typed.none ? "(nothing)" : typed.text);
	if (may && !empty)
		verdict = *typed.digits == '\0' ? FACTOR_REFUSED_MALFORMED
						: rule_code(world, place->session, MAIL_FOR_NOTICE, place->session->pending_spelling, typed.digits);
	err = notice_address_confirm(&world->ctx, &place->journey, typed_field(&typed), &answer);
	AGREE_NUMBER(world, "a notice address allowed", err, may || empty ? ERR_OK : ERR_REFUSED);
	if (!may)
		return;
	AGREE(world, answer.verdict == verdict, "the program says \"%s\", the model \"%s\"", factor_verdict_print(answer.verdict), factor_verdict_print(verdict));
	if (verdict != FACTOR_ACCEPTED)
		return;
	spelling = place->session->pending_spelling;
	rule_put_address(place->account, spelling, false, world->now);
	place->account->offered = true;
	rule_notice(world, place->account, "mail-address-changed", "address", masked(spelling));
	set_proving(world, place->session, -1);
	world->tally[50]++;
}

void
do_notice_skip(struct world *world, struct place *place)
{
	world_log(world, "%d at %s: wants no notices", place->number, portal_ids[place->portal]);
	AGREE(world, notice_address_skip(&world->ctx, &place->journey) == ERR_OK, "notice_address_skip");
	if (!may_notice(world, place))
		return;
	set_proving(world, place->session, -1);
	place->account->offered = true;
}

/* ---- the overview ---- */

static unsigned
count_sessions(struct world *world, const struct m_account *account)
{
	unsigned count = 0;

	for (int i = 0; i < BROWSERS * PORTALS; i++) {
		const struct m_session *session = &world->browsers[i / PORTALS].sessions[i % PORTALS];
		count += rule_alive(session, world->now) && session->tied && rule_account(world, session) == account;
	}
	return count;
}

static void
compare_address(struct world *world, const char *what, const char *address, int spelling)
{
	AGREE(world, (address == NULL) == (spelling < 0) && (address == NULL || strcmp(address, spellings[spelling]) == 0), "%s: %s, the model says %d", what,
	    address != NULL ? address : "none", spelling);
}

void
do_overview(struct world *world, struct place *place)
{
	struct overview overview;
	unsigned left = 0;

	if (place->step != STEP_DONE)
		return;
	AGREE(world, overview_load(&world->ctx, &place->journey, &overview) == ERR_OK, "overview_load");
	for (unsigned i = 0; i < CODES; i++)
		left += !place->account->used[i];
	AGREE_NUMBER(world, "codes left", overview.codes_left, left);
	AGREE_NUMBER(world, "frozen", overview.frozen, place->account->frozen);
	AGREE(world, strcmp(overview.method, method_names[place->account->method]) == 0, "method %s", overview.method);
	compare_address(world, "address for codes", overview.address, place->account->method == M_MAIL ? place->account->spelling : -1);
	compare_address(world, "address for notices", overview.notice_address, rule_find_address(place->account, false));
	AGREE_NUMBER(world, "open sessions", overview.session_count, count_sessions(world, place->account));
}

/* What the portal would be told. */
void
do_level(struct world *world, struct place *place)
{
	static const char *const acr[] = {[M_TOTP] = ACR_TOTP, [M_MAIL] = ACR_MAIL, [M_RECOVERY] = "loa2"};
	static const char *const amr[] = {[M_TOTP] = "otp", [M_MAIL] = "mail", [M_RECOVERY] = "rc"};
	struct session_level level;
	const struct m_session *session = place->session;

	if (place->step != STEP_DONE)
		return;
	session_level(place->journey.session, place->journey.portal, &level);
	AGREE(world, strcmp(level.acr, acr[session->factor]) == 0, "acr %s after %s", level.acr, method_names[session->factor]);
	AGREE(world, strcmp(level.amr[0], amr[session->factor]) == 0 && strcmp(level.amr[1], "mfa") == 0 && level.amr[2] == NULL, "amr %s after %s", level.amr[0],
	    method_names[session->factor]);
	AGREE_NUMBER(world, "auth_time", level.auth_time, session->factor_time > session->credential_time ? session->factor_time : session->credential_time);
}

void
do_end_one(struct world *world, struct place *place)
{
	struct m_session *other = &world->browsers[world_pick(world, BROWSERS)].sessions[place->portal];
	bool ended = false, may;

	if (place->step != STEP_DONE)
		return;
	world_log(world, "%d at %s: ends session %s", place->number, portal_ids[place->portal], other->sid);
	may = rule_alive(other, world->now) && other->tied && rule_account(world, other) == place->account;
	AGREE(world, overview_end(&world->ctx, &place->journey, other->sid, &ended) == ERR_OK, "overview_end");
	AGREE_NUMBER(world, "ended", ended, may);
	if (may)
		other->there = false;
}

void
do_leave(struct world *world, struct place *place)
{
	world_log(world, "%d at %s: signs out", place->number, portal_ids[place->portal]);
	AGREE(world, overview_leave(&world->ctx, &place->journey) == ERR_OK, "overview_leave");
	if (place->session != NULL)
		place->session->there = false;
}

/* ---- "this was not me" ---- */

void
do_freeze(struct world *world, struct place *place)
{
	struct m_link *link = &world->links[world_pick(world, LINKS)];
	bool works = *link->token != '\0' && !link->used && world->now < link->end;
	struct frozen frozen;

	(void)place;
	world_log(world, "somebody says \"this was not me\"");
	AGREE(world, freeze_look(&world->ctx, link->token, &frozen) == ERR_OK, "freeze_look");
	AGREE_NUMBER(world, "the link is over", frozen.over, !works);
	AGREE(world, freeze_do(&world->ctx, link->token, &frozen) == ERR_OK, "freeze_do");
	AGREE_NUMBER(world, "the link was over", frozen.over, !works);
	if (!works)
		return;
	link->used = true;
	link->account->frozen = true;
	rule_end_sessions(world, link->account, NULL);
	rule_notice(world, link->account, "mail-account-frozen", NULL, "");
	world->expected[world->expected_count++] =
	    (struct m_mail){.kind = "mail-report-not-me", .to = HELP_DESK, .language = link->account->language, .account = link->account};
	world->tally[51]++;
}

struct thaw {
	struct bytes id;
	enum err err;
};

static enum err
thaw_in(struct txn *txn, void *arg)
{
	struct thaw *thaw = arg;
	struct AccountRecord *account;
	enum err err = account_load(txn, thaw->id, &account);

	if (err != ERR_OK)
		return err;
	thaw->err = account_unfreeze(txn, account);
	return ERR_OK;
}

/* The help desk has looked. */
void
do_unfreeze(struct world *world, struct place *place)
{
	struct thaw thaw;

	if (place->account == NULL)
		return;
	thaw.id = record_bytes(place->journey.account->id);
	world_log(world, "the help desk unfreezes the account of %d at %s", place->number, portal_ids[place->portal]);
	AGREE(world, store_update(&world->ctx, thaw_in, &thaw) == ERR_OK, "unfreezing");
	AGREE_NUMBER(world, "unfrozen", thaw.err, place->account->frozen ? ERR_OK : ERR_EXISTS);
	place->account->frozen = false;
}
