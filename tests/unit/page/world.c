#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "account/account.h"
#include "account/address.h"
#include "account/approval.h"
#include "account/claim.h"
#include "account/invitation.h"
#include "signin/life.h"
#include "signin/relink.h"
#include "signin/terminate.h"

const char *
world_level_print(enum level level)
{
	static const char *const names[LEVELS] = {[NOTHING] = "nothing", [BEFORE] = "before", [CREDENTIAL] = "credential", [FACTOR] = "factor",
	    [RECOVERED] = "recovered", [FROZEN] = "frozen", [STALE] = "stale", [DRAFT] = "draft", [CLAIMING] = "claiming", [SECOND_TAB] = "second tab", [FINISHED] = "finished"};

	return names[level];
}

/* ---- what leads to a status ---- */

static struct bytes
credential(struct txn *txn)
{
	return credential_hash(txn_ctx(txn), "partner", "idp", "sp", WORLD_NAME);
}

static enum err
refuse(struct txn *txn, struct AccountRecord *account)
{
	return approval_decide(txn, account, false, "api");
}

static enum err
end_credential(struct txn *txn, struct AccountRecord *account)
{
	unsigned ended;

	(void)account;
	return terminate_credential(txn, credential(txn), &ended);
}

/* Somebody else has proven both, and nobody has objected. */
static enum err
move(struct txn *txn, struct AccountRecord *account)
{
	struct claim_new wanted = {.old = account, .credential_proven = true, .factor_proven = "totp"};
	struct ClaimRecord *claim;
	enum err err = account_create(txn, account->portal, "gckey", STATUS_CLAIMANT, &wanted.account);

	if (err == ERR_OK)
		err = claim_open(txn, &wanted, &claim);
	if (err != ERR_OK)
		return err;
	txn_ctx(txn)->now = claim->until;
	return relink_complete(txn, claim);
}

static enum err
close_it(struct txn *txn, struct AccountRecord *account)
{
	return life_close(txn, account, CHANGE_CLOSED_BY_OPERATOR);
}

/* Who adds a status says here how an account gets there, and whether a session of before lives on. */
#define BEGINS NULL
static const struct way {
	enum admission admission;
	enum err (*go)(struct txn *txn, struct AccountRecord *account);
	bool keeps;
} ways[STATUS_COUNT] = {
    [STATUS_WAITING] = {ADMISSION_APPROVAL, BEGINS, true},
    [STATUS_CLAIMANT] = {ADMISSION_INVITATION, BEGINS, true},
    [STATUS_ACTIVE] = {ADMISSION_OPEN, BEGINS, true},
    [STATUS_REFUSED] = {ADMISSION_APPROVAL, refuse, true},
    [STATUS_UNLINKED] = {ADMISSION_OPEN, end_credential, false},
    [STATUS_MOVED] = {ADMISSION_OPEN, move, false},
    [STATUS_CLOSED] = {ADMISSION_OPEN, close_it, false},
};

bool
world_exists(enum status status, const char *factor)
{
	return status != STATUS_CLAIMANT || *factor != '\0';
}

bool
world_kept(const struct world *world)
{
	return ways[world->status].keeps;
}

/* ---- the browser ---- */

static void
fresh(struct world *world)
{
	int64_t now = world->person.now;

	person_done(&world->person);
	person_init(&world->person, world->house, world->house->text);
	world->person.now = now;
}

static void
arrive(struct world *world)
{
	person_choose(&world->person, "partner");
	person_arrive(&world->person, "ok " WORLD_NAME);
}

/* ---- codes by e-mail ---- */

struct newest {
	struct arena *arena;
	int64_t created;
	char *digits;
};

static enum err
look_at_mail(void *arg, struct bytes key, struct bytes value)
{
	struct newest *newest = arg;
	struct MailRecord *mail;

	(void)key;
	assert_int_equal(record_parse(newest->arena, value, &mail_record__descriptor, &mail), ERR_OK);
	for (size_t i = 0; i < mail->n_names && strcmp(mail->kind, "mail-code") == 0 && mail->created >= newest->created; i++) {
		if (strcmp(mail->names[i], "code") == 0)
			snprintf(newest->digits, 7, "%s", mail->values[i]);
		newest->created = mail->created;
	}
	return ERR_OK;
}

static enum err
look_in(struct txn *txn, void *arg)
{
	((struct newest *)arg)->arena = txn_ctx(txn)->arena;
	return txn_walk(txn, TABLE_MAIL, bytes_make("", 0), look_at_mail, arg);
}

static void
newest_code(struct world *world, char ret_digits[7])
{
	struct ctx ctx = house_ctx(world->house, world->person.now);
	struct newest newest = {.digits = ret_digits};

	assert_int_equal(store_view(&ctx, look_in, &newest), ERR_OK);
	house_ctx_done(&ctx);
}

void
world_digits(struct world *world, char ret_digits[7])
{
	snprintf(ret_digits, 7, "000000");
	if (strcmp(world->factor, "totp") == 0)
		person_digits(world->seed, world->person.now, ret_digits);
	if (strcmp(world->factor, "mail") == 0)
		newest_code(world, ret_digits);
}

/* ---- the account ---- */

static void
enrol_by_mail(struct world *world)
{
	struct person *person = &world->person;
	char digits[7];

	person_post(person, "/enrol", (const char *const[]){"method", "mail", "action", "continue", NULL});
	person_post(person, "/enrol/mail", (const char *const[]){"email", "anna@example.ca", "action", "continue", NULL});
	newest_code(world, digits);
	person_post(person, "/enrol/mail/code", (const char *const[]){"code", digits, "action", "continue", NULL});
	assert_string_equal(person->page, "recovery-codes");
	for (unsigned i = 0; i < 10; i++)
		assert_true(person_attribute(person, "data-recovery-code", i, world->codes[i], 20));
	person_post(person, "/recovery-codes", (const char *const[]){"kept", "yes", "action", "confirm", NULL});
}

static void
enter(struct world *world)
{
	person_start(&world->person, "health", "");
	arrive(world);
	if (world->status == STATUS_CLAIMANT)
		person_post(&world->person, "/admission", (const char *const[]){"action", "recover", NULL});
	if (strcmp(world->factor, "totp") == 0)
		person_enrol(&world->person, world->seed, world->codes);
	if (strcmp(world->factor, "mail") == 0)
		enrol_by_mail(world);
}

struct making {
	struct world *world;
	struct AccountRecord *account;
};

/* What is beside the account from the start: one elsewhere of the same person, one that can be claimed, an invitation. */
static enum err
surround_in(struct txn *txn, void *arg)
{
	struct world *world = ((struct making *)arg)->world;
	const struct invitation_new wanted = {.portal = "health", .note = "", .by = "api"};
	struct InvitationRecord *invitation;
	struct AccountRecord *other, *older;
	enum err err = account_create(txn, "work", "partner", STATUS_ACTIVE, &other);

	if (err == ERR_OK)
		err = binding_save(txn, credential(txn), "work", SEPARATION_SHARED, "partner", record_bytes(other->id));
	if (err == ERR_OK)
		err = account_create(txn, "health", "gckey", STATUS_ACTIVE, &older);
	if (err == ERR_OK)
		err = invitation_create(txn, &wanted, &world->invitation, &invitation);
	if (err != ERR_OK)
		return err;
	world->older = arena_text(world->house->arena, older->support_reference);
	world->invitation = arena_text(world->house->arena, world->invitation);
	return ERR_OK;
}

static enum err
find_in(struct txn *txn, void *arg)
{
	struct making *making = arg;
	enum binding_state state;
	struct bytes id;
	enum err err = binding_find(txn, credential(txn), "health", SEPARATION_SHARED, &state, &id);

	assert_int_equal(state, BINDING_HERE);
	if (err == ERR_OK)
		err = account_load(txn, id, &making->account);
	/* Notices have somewhere to go. */
	return err == ERR_OK ? address_put(txn, id, "anna@example.ca", ADDRESS_NOTICE) : err;
}

static enum err
change_in(struct txn *txn, void *arg)
{
	struct making *making = arg;
	enum err err = account_load(txn, making->world->id, &making->account);

	if (err == ERR_OK && ways[making->world->status].go != BEGINS)
		err = ways[making->world->status].go(txn, making->account);
	return err == ERR_OK ? account_load(txn, making->world->id, &making->account) : err;
}

static void
remember(struct world *world)
{
	struct ctx ctx = house_ctx(world->house, world->person.now);
	struct making making = {.world = world};
	struct arena *arena = world->house->arena;

	house_do(&ctx, find_in, &making);
	world->id = bytes_copy(arena, record_bytes(making.account->id));
	world->sub = arena_text(arena, making.account->sub);
	world->reference = arena_text(arena, making.account->support_reference);
	house_ctx_done(&ctx);
}

static void
surround(struct world *world)
{
	struct ctx ctx = house_ctx(world->house, world->person.now);

	house_do(&ctx, surround_in, &(struct making){.world = world});
	house_ctx_done(&ctx);
}

/* ---- what was issued before ---- */

void
world_redeem(struct person *person, const char *code)
{
	person->authorization = "Basic aGVhbHRoOnNlY3JldA=="; /* health:secret */
	person_ask(person, "/token", (const char *const[]){"grant_type", "authorization_code", "code", code, "redirect_uri", "https://health.example/callback",
		   "code_verifier", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", NULL});
	person->authorization = NULL;
}

static void
take_code(struct world *world)
{
	const char *code;

	person_start(&world->person, "health", "");
	assert_true(person_at_portal(&world->person));
	code = strstr(world->person.location, "code=") + strlen("code=");
	snprintf(world->code, sizeof(world->code), "%.*s", (int)strcspn(code, "&"), code);
}

static void
take_token(struct world *world)
{
	const char *token;

	take_code(world);
	world_redeem(&world->person, world->code);
	assert_int_equal(world->person.status, 200);
	token = strstr(world->person.body, "\"access_token\":\"");
	assert_non_null(token);
	token += strlen("\"access_token\":\"");
	snprintf(world->token, sizeof(world->token), "%.*s", (int)strcspn(token, "\""), token);
}

/* The browser that stays open: at a page of its own, under a request that is not over. */
static void
leave_open(struct world *world)
{
	if (person_at_portal(&world->person)) {
		take_token(world);
		take_code(world);
		person_ask(&world->person, "/manage?portal=health", NULL);
		person_follow(&world->person);
		assert_string_equal(world->person.page, "manage");
	}
	person_copy(&world->before, &world->person);
}

/* ---- a world ---- */

static void
configure(struct world *world, enum admission admission)
{
	static const char *totp[] = {"totp"}, *mail[] = {"mail"};
	static const char *providers[] = {"gckey", "partner"};
	struct portal_config *portal = &world->house->portals[0];

	world->house->config.limits.recovery_codes = 10;
	portal->admission = admission;
	portal->methods = (struct texts){strcmp(world->factor, "mail") == 0 ? mail : totp, 1};
	portal->required_for = *world->factor != '\0' ? (struct texts){providers, 2} : (struct texts){NULL, 0};
	portal->client_secret_file = "health.secret";
	portal->client_secret = bytes_of("secret");
	portal->jwks_file = "health.jwks.json";
	world->house->portals[1].name = (struct names){WORLD_OTHER_PORTAL, WORLD_OTHER_PORTAL};
	world->house->portals[1].jwks_file = "work.jwks.json";
}

static void
change(struct world *world)
{
	struct ctx ctx = house_ctx(world->house, world->person.now);
	struct making making = {.world = world};
	int64_t period = world->house->config.limits.claim_period;

	world->house->config.limits.claim_period = SECONDS(1);
	house_do(&ctx, change_in, &making);
	world->house->config.limits.claim_period = period;
	assert_true(status_is(making.account, world->status));
	house_ctx_done(&ctx);
}

static void
init(struct world *world, struct house *house, const char *factor, enum admission admission)
{
	memset(world, 0, sizeof(*world));
	world->house = house;
	world->factor = factor;
	configure(world, admission);
	person_init(&world->person, house, house->text);
	person_init(&world->before, house, house->text);
	surround(world);
}

void
world_open(struct world *world, struct house *house, enum status status, const char *factor)
{
	init(world, house, factor, ways[status].admission);
	world->status = status;
	enter(world);
	remember(world);
	world->person.now += MINUTES(1);
	leave_open(world);
	change(world);
	world->person.now += SECONDS(1);
	world->before.now = world->now = world->person.now;
	world->house->config.limits.recovery_codes = 1; /* each costs a slow hash: those of later sets are not looked at */
}

void
world_close(struct world *world)
{
	person_done(&world->person);
	person_done(&world->before);
}

/* ---- on the way to an account ---- */

static void
begin_enrolment(struct world *world, enum step step)
{
	struct person *person = &world->person;
	char digits[7];

	if (step == STEP_ENROL)
		return;
	person_post(person, "/enrol", (const char *const[]){"method", world->factor, "action", "continue", NULL});
	if (step == STEP_ENROL_MAIL_CODE)
		person_post(person, "/enrol/mail", (const char *const[]){"email", "anna@example.ca", "action", "continue", NULL});
	if (strcmp(world->factor, "totp") == 0)
		person_seed(person, world->seed);
	if (step != STEP_RECOVERY_CODES && step != STEP_NOTICE_ADDRESS)
		return;
	world_digits(world, digits);
	person_post(person, "/enrol/app", (const char *const[]){"code", digits, "action", "continue", NULL});
	if (step == STEP_NOTICE_ADDRESS)
		person_post(person, "/recovery-codes", (const char *const[]){"kept", "yes", "action", "confirm", NULL});
}

/* A GCKey that has gone to another portal. */
static void
come_from_elsewhere(struct world *world)
{
	struct ctx ctx = house_ctx(world->house, world->person.now);
	struct pending *pending = house_request(&ctx, "work");
	struct journey journey = house_journey(&ctx, pending, house_arrive(&ctx, pending, "gckey", WORLD_NAME), STEP_ENROL);

	house_enrol(&ctx, &journey, NULL, NULL);
	house_ctx_done(&ctx);
	person_choose(&world->person, "gckey");
	person_arrive(&world->person, "ok " WORLD_NAME);
}

bool
world_begin(struct world *world, struct house *house, enum step step)
{
	bool by_mail = step == STEP_ENROL_MAIL || step == STEP_ENROL_MAIL_CODE;

	init(world, house, by_mail ? "mail" : "totp", step == STEP_ADMISSION ? ADMISSION_INVITATION : ADMISSION_OPEN);
	person_start(&world->person, "health", "");
	switch (step) {
	case STEP_CREDENTIAL_IN_USE:
		come_from_elsewhere(world);
		return true;
	case STEP_ADMISSION:
		arrive(world);
		return true;
	case STEP_ENROL:
	case STEP_ENROL_TOTP:
	case STEP_ENROL_MAIL:
	case STEP_ENROL_MAIL_CODE:
	case STEP_RECOVERY_CODES:
	case STEP_NOTICE_ADDRESS:
		arrive(world);
		begin_enrolment(world, step);
		return true;
	case STEP_CHOOSE_PROVIDER:
	case STEP_ENDED:
	case STEP_SECOND_FACTOR:
	case STEP_WAITING:
	case STEP_RELINK:
	case STEP_DONE:
		break;
	}
	return false;
}

/* ---- where its person stands ---- */

static enum err
freeze_in(struct txn *txn, void *arg)
{
	struct making *making = arg;
	enum err err = account_load(txn, making->world->id, &making->account);

	return err == ERR_OK ? account_freeze(txn, making->account, "mail-factor-changed") : err;
}

void
world_freeze(struct world *world)
{
	struct ctx ctx = house_ctx(world->house, world->person.now);

	house_do(&ctx, freeze_in, &(struct making){.world = world});
	house_ctx_done(&ctx);
}

static void
prove(struct world *world)
{
	char digits[7];

	if (strcmp(world->person.page, "second-factor") != 0)
		return;
	world_digits(world, digits);
	person_post(&world->person, "/second-factor", (const char *const[]){"code", digits, "action", "continue", NULL});
}

static void
come(struct world *world, bool managing)
{
	fresh(world);
	person_start(&world->person, "health", "");
	if (managing)
		person_get(&world->person, "/manage");
	arrive(world);
}

static bool
come_and_recover(struct world *world)
{
	if (*world->factor == '\0')
		return false;
	come(world, false);
	if (strcmp(world->person.page, "second-factor") != 0)
		return false;
	person_post(&world->person, "/recover", (const char *const[]){"recovery_code", world->codes[0], "action", "continue", NULL});
	return true;
}

/* Where claims are nobody's business the form leads elsewhere. */
static bool
come_and_claim(struct world *world, bool opened)
{
	come(world, true);
	prove(world);
	person_post(&world->person, "/relink", (const char *const[]){"support_reference", world->older, "action", "continue", NULL});
	if (opened)
		person_post(&world->person, "/relink/review", (const char *const[]){"action", "confirm", NULL});
	return strcmp(world->person.page, "relink") == 0;
}

static bool
come_in_two_tabs(struct world *world)
{
	char first[sizeof(world->person.handle)];

	fresh(world);
	person_start(&world->person, "health", "");
	person_get(&world->person, "/manage");
	snprintf(first, sizeof(first), "%s", world->person.handle);
	person_start(&world->person, "health", "");
	arrive(world);
	prove(world);
	if (!person_at_portal(&world->person))
		return false;
	snprintf(world->person.handle, sizeof(world->person.handle), "%s", first);
	person_get(&world->person, "/success");
	return true;
}

bool
world_come(struct world *world, enum level level)
{
	world->person.now = world->now;
	switch (level) {
	case NOTHING:
		fresh(world);
		person_start(&world->person, "health", "");
		break;
	case BEFORE:
		person_copy(&world->person, &world->before);
		break;
	case CREDENTIAL:
		come(world, false);
		return !person_at_portal(&world->person);
	case RECOVERED:
		return come_and_recover(world);
	case DRAFT:
	case CLAIMING:
		return come_and_claim(world, level == CLAIMING);
	case FROZEN:
		world_freeze(world);
		come(world, true);
		prove(world);
		break;
	case FACTOR:
	case STALE:
		come(world, true);
		prove(world);
		world->person.now += level == STALE ? MINUTES(11) : 0;
		break;
	case SECOND_TAB:
		return come_in_two_tabs(world);
	case FINISHED:
		come(world, false);
		prove(world);
		return person_at_portal(&world->person);
	case LEVELS:
		break;
	}
	return true;
}
