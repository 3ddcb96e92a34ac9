/* Every status of an account, and every state of a claim, at the endpoints of portals: what was issued before the account got its status, whether a
 * browser is signed in, and what the portal's own program is told and may do.  The rows are made from statuses.def and claims.def. */
#include "../page/rules.h"

#include <stdio.h>
#include <string.h>

#include "account/account.h"
#include "account/claim.h"
#include "base/log.h"
#include "oidc/mint.h"
#include "signin/relink.h"

static struct house house;
static struct world world;
static struct shot *empty;
static char bearer[2][4096]; /* of "health" and "work", for the interface */
static unsigned cells;

static int
set_up(void **state)
{
	(void)state;
	log_set_level(LOG_ERROR);
	house_open(&house, "mem");
	empty = shot_take(&house, HOUSE_NOW);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	shot_free(&empty);
	house_close(&house);
	return 0;
}

static void
hold(bool holds, const char *what)
{
	cells++;
	if (!holds)
		fail_msg("%s, factor \"%s\": %s (%d %s %s)", status_name(world.status), world.factor, what, world.person.status, world.person.location,
		    world.person.body);
}

/* ---- what was issued before ---- */

static void
ask_userinfo(void)
{
	char header[4200];

	snprintf(header, sizeof(header), "Bearer %s", world.token);
	world.person.authorization = header;
	person_ask(&world.person, "/userinfo", NULL);
	world.person.authorization = NULL;
}

static void
try_what_was_issued(void)
{
	bool admits = status_admits(world.status);

	/* Nobody whom no status has admitted got anything. */
	hold((*world.code != '\0') == (rules_step(&world, FACTOR) == STEP_DONE || !world_kept(&world)), "a code was issued, or none was");
	if (*world.code == '\0')
		return;
	ask_userinfo();
	hold(world.person.status == (admits ? 200 : 401), "an access token of before");
	hold((strstr(world.person.body, world.sub) != NULL) == admits, "whose sub it is");
	world_redeem(&world.person, world.code);
	hold(world.person.status == (admits ? 200 : 400), "an authorization code of before");
	hold((strstr(world.person.body, "_token\"") != NULL) == admits, "tokens for it");
	world_redeem(&world.person, world.code);
	hold(world.person.status == 400 && strstr(world.person.body, "invalid_grant") != NULL, "an authorization code once more");
}

/* ---- is this browser signed in? ---- */

/* Where a new request begins: a session that opens nothing is not reused. */
static enum step
anew(enum level level)
{
	enum step step = rules_step(&world, level);

	return step == STEP_ENDED ? STEP_CHOOSE_PROVIDER : step;
}

static void
ask_silently(enum step step)
{
	const char *error = step == STEP_CHOOSE_PROVIDER ? "error=login_required" : "error=interaction_required";
	uint64_t updates = shot_updates(&house);

	person_start(&world.person, "health", "&prompt=none");
	if (step == STEP_DONE) {
		hold(person_at_portal(&world.person), "prompt=none of who is signed in");
		return;
	}
	hold(strstr(world.person.location, error) != NULL, "prompt=none of who would have to be asked");
	hold(strstr(world.person.location, "code=") == NULL && shot_updates(&house) == updates, "nothing is issued or changed");
}

static void
ask_openly(enum level level)
{
	struct route route = {.methods = METHOD_GET};
	struct cell cell = {.world = &world, .has_account = true, .level = level, .step = anew(level), .route = &route};

	person_start(&world.person, "health", "");
	if (cell.step == STEP_DONE) {
		hold(person_at_portal(&world.person), "the request of who is signed in");
		return;
	}
	route.path = journey_path(cell.step);
	hold(strcmp(world.person.page, rules_landing(&cell)) == 0, "the page of the own step");
}

static void
try_requests(void)
{
	struct shot *reached = shot_take(&house, world.now);

	for (unsigned level = 0; level < LEVELS; level++) {
		shot_restore(&house, reached, world.now);
		if (!world_come(&world, level))
			continue;
		world.person.now += 1; /* what comes after is a new request */
		ask_silently(anew(level));
		ask_openly(level);
	}
	shot_free(&reached);
}

/* ---- the interface of the portal's own program ---- */

static void
mint(unsigned portal)
{
	struct ctx ctx = house_ctx(&house, world.now);
	const char *token;

	assert_int_equal(mint_api_token(&ctx, &house.portals[portal], &token), ERR_OK);
	snprintf(bearer[portal], sizeof(bearer[portal]), "Bearer %s", token);
	house_ctx_done(&ctx);
}

/* One request of that portal's program: what of, and what is to be done with it ("": it is looked at). */
static void
ask(unsigned portal, const char *list, const char *id, const char *verb)
{
	char target[200];

	mint(portal);
	snprintf(target, sizeof(target), "/api/v1/%s%s%s", list, id, verb);
	world.person.authorization = bearer[portal];
	person_ask(&world.person, target, *verb != '\0' ? (const char *const[]){NULL} : NULL);
	world.person.authorization = NULL;
}

static bool
says(const char *name, const char *value)
{
	char member[200];

	snprintf(member, sizeof(member), "\"%s\":\"%s\"", name, value);
	return strstr(world.person.body, member) != NULL;
}

#define QUOTA (UINT64_C(1) << TABLE_API_MINUTE)

/* The account that has the sub now, as the store has it. */
struct found {
	struct ctx ctx;
	struct AccountRecord *account;
};

static enum err
find_in(struct txn *txn, void *arg)
{
	struct found *found = arg;

	return account_find_subject(txn, "health", world.sub, &found->account);
}

static struct found
find(void)
{
	struct found found = {.ctx = house_ctx(&house, world.now)};

	assert_int_equal(store_view(&found.ctx, find_in, &found), ERR_OK);
	return found;
}

/* That its provider has ended the credential is told to no portal: it would hear it at the same moment as all others that the credential opens. */
static enum status
told(enum status status)
{
	return status == STATUS_UNLINKED ? STATUS_ACTIVE : status;
}

static void
try_look(void)
{
	struct found found = find();
	uint64_t updates = shot_updates(&house);
	enum status status = status_of(found.account);

	hold(world.status == STATUS_MOVED || status == world.status, "the sub leads to the account");
	ask(0, "accounts/", world.sub, "");
	hold(world.person.status == 200 && says("status", status_name(told(status))), "the status by the table's name");
	hold(says("support_reference", found.account->support_reference), "the account");
	ask(1, "accounts/", world.sub, "");
	hold(world.person.status == 404, "another portal");
	ask(0, "approvals", "", "");
	hold((strstr(world.person.body, world.sub) != NULL) == (status == STATUS_WAITING), "who waits for a decision");
	hold(shot_updates(&house) == updates, "to look changes nothing");
	house_ctx_done(&found.ctx);
}

/* What it has done since; *ret_reached is the store now. */
static struct effects
effects_since(struct shot **shot)
{
	struct shot *after = shot_take(&house, world.now);
	struct effects effects;

	rules_effects(*shot, after, &world, house.arena, &effects);
	shot_free(shot);
	*shot = after;
	return effects;
}

static void
hold_refused(struct shot **shot)
{
	hold(world.person.status == 409 && says("type", "urn:vestibule:problem:wrong-state"), "a decision that no row allows");
	hold(strcmp(world.person.content_type, "application/problem+json") == 0, "a problem");
	hold((effects_since(shot).tables & ~QUOTA) == 0, "it changes nothing");
}

/* The browser that was left open goes on by itself, where the account is open by now. */
static void
try_open_browser(enum status status)
{
	person_copy(&world.person, &world.before);
	person_get(&world.person, "/waiting");
	hold(person_at_portal(&world.person) == status_admits(status), "the browser that was left open");
}

static void
try_decision(enum status_change change, const char *verb)
{
	struct shot *shot = shot_take(&house, world.now);
	struct found found = find();
	enum status status = status_of(found.account), to;
	struct effects effects;

	ask(1, "accounts/", world.sub, verb);
	hold(world.person.status == 404 && (effects_since(&shot).tables & ~QUOTA) == 0, "another portal decides nothing");
	ask(0, "accounts/", world.sub, verb);
	if (!status_leads(status, change, &to)) {
		hold_refused(&shot);
	} else {
		effects = effects_since(&shot);
		hold(world.person.status == 200 && says("status", status_name(to)), "a decision that a row allows");
		hold(effects.moved && effects.own && strcmp(effects.to, status_name(to)) == 0, "the row's status");
		hold(strcmp(effects.why, status_change_name(change)) == 0 && effects.mails > 0, "the row's name, and a notice");
		ask(0, "accounts/", world.sub, verb);
		hold_refused(&shot);
		try_open_browser(to);
	}
	house_ctx_done(&found.ctx);
	shot_free(&shot);
}

static void
try_end_sessions(void)
{
	struct shot *shot = shot_take(&house, world.now);
	struct effects effects;
	bool alive = world_kept(&world);

	ask(0, "accounts/", world.sub, "/end-sessions");
	hold(world.person.status == 200 && (strstr(world.person.body, "\"sessions_ended\":0") == NULL) == alive, "sessions that were alive end");
	effects = effects_since(&shot);
	hold(!effects.moved && !effects.security && effects.events == (alive ? 1 : 0), "nothing else ends");
	ask(0, "accounts/", world.sub, "/end-sessions");
	hold((effects_since(&shot).tables & ~QUOTA) == 0, "once more");
	person_copy(&world.person, &world.before);
	person_get(&world.person, "/manage");
	hold(strcmp(world.person.page, "choose-provider") == 0, "the browser that was left open signs in anew");
	shot_free(&shot);
}

static void
try_interface(void)
{
	struct shot *reached = shot_take(&house, world.now);

	try_look();
	try_decision(CHANGE_APPROVED, "/approve");
	shot_restore(&house, reached, world.now);
	try_decision(CHANGE_REFUSED, "/refuse");
	shot_restore(&house, reached, world.now);
	try_end_sessions();
	shot_free(&reached);
}

/* ---- each status with each factor ---- */

static void
visit(enum status status, const char *factor)
{
	static void (*const tries[])(void) = {try_what_was_issued, try_requests, try_interface};
	struct shot *reached;

	world_open(&world, &house, status, factor);
	reached = shot_take(&house, world.now);
	for (size_t i = 0; i < sizeof(tries) / sizeof(tries[0]); i++) {
		tries[i]();
		shot_restore(&house, reached, world.now);
	}
	shot_free(&reached);
	world_close(&world);
	shot_restore(&house, empty, HOUSE_NOW);
}

static void
every_status(void **state)
{
	static const char *const factors[] = {"", "totp", "mail"};

	(void)state;
	for (unsigned i = 0; i < STATUS_COUNT * 3; i++) {
		if (world_exists(i / 3, factors[i % 3]))
			visit(i / 3, factors[i % 3]);
	}
}

/* ---- claims ---- */

struct claiming {
	enum claim_state state;
	struct ClaimRecord *claim;
};

static enum err
end_it(struct txn *txn, struct claiming *claiming)
{
	return claim_end(txn, claiming->claim, CLAIM_END_CANCELLED);
}

/* From the owner's yes on. */
static enum err
go_on(struct txn *txn, struct claiming *claiming)
{
	struct ClaimRecord *claim = claiming->claim;
	enum err err = claim_decide(txn, claim, true, "operator");

	if (err != ERR_OK || claiming->state == CLAIM_PERIOD)
		return err;
	txn_ctx(txn)->now = claim->until;
	err = relink_complete(txn, claim);
	return err == ERR_OK && claiming->state == CLAIM_UNDONE ? relink_undo(txn, claim, "operator") : err;
}

static enum err
claim_in(struct txn *txn, void *arg)
{
	struct claiming *claiming = arg;
	struct claim_new wanted = {.factor_proven = ""};
	enum err err = account_create(txn, "health", "gckey", STATUS_ACTIVE, &wanted.old);

	if (err == ERR_OK)
		err = account_create(txn, "health", "gckey", STATUS_CLAIMANT, &wanted.account);
	if (err == ERR_OK)
		err = claim_open(txn, &wanted, &claiming->claim);
	if (err != ERR_OK || claiming->state == CLAIM_DECISION)
		return err;
	return claiming->state == CLAIM_ENDED ? end_it(txn, claiming) : go_on(txn, claiming);
}

static void
try_claim(const char *id, const char *verb, bool allowed)
{
	struct shot *shot = shot_take(&house, world.now);

	ask(1, "relink-claims/", id, verb);
	hold(world.person.status == 404 && (effects_since(&shot).tables & ~QUOTA) == 0, "another portal decides nothing");
	ask(0, "relink-claims/", id, verb);
	if (allowed) {
		hold(world.person.status == 200 && effects_since(&shot).events > 0, "the owner decides");
		ask(0, "relink-claims/", id, verb);
	}
	hold_refused(&shot);
	shot_free(&shot);
}

static void
every_state_of_a_claim(void **state)
{
	(void)state;
	world_open(&world, &house, STATUS_ACTIVE, "");
	for (unsigned i = 0; i < CLAIM_STATE_COUNT; i++) {
		struct ctx ctx = house_ctx(&house, world.now);
		struct claiming claiming = {.state = i};
		struct shot *reached;
		const char *id;

		house_do(&ctx, claim_in, &claiming);
		id = claim_id_print(ctx.arena, claiming.claim);
		reached = shot_take(&house, world.now);
		ask(0, "relink-claims/", id, "");
		hold(world.person.status == 200 && says("state", claim_state_name(i)), "the state by the table's name");
		ask(1, "relink-claims/", id, "");
		hold(world.person.status == 404, "another portal");
		try_claim(id, "/approve", i == CLAIM_DECISION);
		shot_restore(&house, reached, world.now);
		try_claim(id, "/refuse", i == CLAIM_DECISION);
		shot_free(&reached);
		house_ctx_done(&ctx);
	}
	world_close(&world);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(every_status), cmocka_unit_test(every_state_of_a_claim)};
	int failed = cmocka_run_group_tests(tests, set_up, tear_down);

	print_message("%u checks\n", cells);
	return failed;
}
