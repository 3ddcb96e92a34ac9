#include "rules.h"

#include <stdio.h>
#include <string.h>

#include "store/records.h"

/* ---- the table of statuses: where somebody stands who has proven all that is asked for ---- */

/* Who adds a status says here where its people end: where it admits, at STEP_DONE. */
static const enum step ends[STATUS_COUNT] = {
    [STATUS_WAITING] = STEP_WAITING,
    [STATUS_CLAIMANT] = STEP_RELINK,
    [STATUS_ACTIVE] = STEP_DONE,
    [STATUS_REFUSED] = STEP_ENDED,
    [STATUS_UNLINKED] = STEP_ENDED,
    [STATUS_MOVED] = STEP_ENDED,
    [STATUS_CLOSED] = STEP_ENDED,
};

enum step
rules_step(const struct world *world, enum level level)
{
	enum step end = ends[world->status];

	assert_int_equal(end == STEP_DONE, status_admits(world->status));
	if (level == NOTHING || (level == BEFORE && !world_kept(world)))
		return STEP_CHOOSE_PROVIDER;
	if (end != STEP_ENDED && level == CREDENTIAL && *world->factor != '\0')
		return STEP_SECOND_FACTOR;
	return end;
}

/* ---- what each path is for, written down a second time ---- */

static bool
proved_lately(const struct cell *cell)
{
	return cell->level != NOTHING && cell->level != CREDENTIAL && cell->level != FROZEN && cell->level != STALE;
}

static bool
has_factor(const struct cell *cell)
{
	return *cell->world->factor != '\0';
}

static const char *
close_page(const struct cell *cell)
{
	return cell->level == FROZEN ? "error" : "close-account";
}

static const char *
enrol_page(const struct cell *cell)
{
	bool may = cell->step != STEP_DONE || (cell->level != FROZEN && (proved_lately(cell) || !has_factor(cell)));

	return may ? "enrol" : NULL;
}

static const char *
begun_page(const struct cell *cell)
{
	if (cell->step == STEP_DONE)
		return NULL; /* nobody here has begun a change */
	return cell->step == STEP_ENROL_TOTP ? "enrol-totp" : "enrol-mail";
}

static const char *
code_page(const struct cell *cell)
{
	return cell->step == STEP_DONE ? NULL : "enrol-mail-code";
}

static const char *
address_page(const struct cell *cell)
{
	if (cell->step == STEP_NOTICE_ADDRESS)
		return "notice-address";
	if (!has_factor(cell))
		return NULL;
	if (cell->level == FROZEN)
		return "error";
	return proved_lately(cell) ? "notice-address" : "second-factor";
}

static const char *
admission_page(const struct cell *cell)
{
	bool may = cell->step == STEP_ADMISSION || cell->step == STEP_RELINK;

	return may ? "admission" : NULL;
}

static const char *
continue_page(const struct cell *cell)
{
	return cell->level == RECOVERED ? "" : "success";
}

#define AT(name) (1u << STEP_##name)
static const struct place {
	const char *path;
	unsigned steps;
	const char *page;				/* data-page; "": the portal, or a file */
	const char *(*asks)(const struct cell *cell);	/* the same, or NULL: not this person's place after all */
} places[] = {
    {"/sign-in", AT(CHOOSE_PROVIDER), "choose-provider", NULL},
    {"/credential-in-use", AT(CREDENTIAL_IN_USE), "credential-in-use", NULL},
    {"/account-ended", AT(ENDED), "error", NULL},
    {"/admission", AT(ADMISSION) | AT(RELINK), "admission", admission_page},
    {"/enrol", AT(ENROL) | AT(ENROL_TOTP) | AT(ENROL_MAIL) | AT(ENROL_MAIL_CODE) | AT(DONE), "enrol", enrol_page},
    {"/enrol/app", AT(ENROL_TOTP) | AT(DONE), "enrol-totp", begun_page},
    {"/enrol/mail", AT(ENROL_MAIL) | AT(ENROL_MAIL_CODE) | AT(DONE), "enrol-mail", begun_page},
    {"/enrol/mail/code", AT(ENROL_MAIL_CODE) | AT(DONE), "enrol-mail-code", code_page},
    {"/second-factor", AT(SECOND_FACTOR), "second-factor", NULL},
    {"/recover", AT(SECOND_FACTOR), "recover", NULL},
    {"/recovery-codes", AT(RECOVERY_CODES), "recovery-codes", NULL},
    {"/recovery-codes/download", AT(RECOVERY_CODES), "", NULL},
    {"/notice-address", AT(NOTICE_ADDRESS) | AT(DONE), "notice-address", address_page},
    {"/waiting", AT(WAITING), "waiting-approval", NULL},
    {"/relink", AT(RELINK) | AT(WAITING) | AT(DONE), "relink", NULL},
    {"/relink/review", AT(RELINK) | AT(WAITING) | AT(DONE), "relink", NULL},
    {"/success", AT(DONE), "success", NULL},
    {"/manage", AT(DONE), "manage", NULL},
    {"/close-account", AT(DONE), "close-account", close_page},
    {"/continue", AT(DONE), "", continue_page},
};

/* The same at every step. */
static const struct {
	const char *path, *page;
} everybodys[] = {
    {"/", "choose-portal"}, {"/signed-out", "signed-out"}, {"/not-me", "not-me"}, {"/language", "error"}, {"/authorize", "error"}, {"/saml/metadata", ""},
    {"/style.css", ""}, {"/favicon.svg", ""},
    /* of a request that has ended so; others are sent to manage */
    {"/account-closed", NULL},
    /* a form only */
    {"/saml/acs", NULL}};

static const struct place *
place_of(const char *path)
{
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		if (strcmp(places[i].path, path) == 0)
			return &places[i];
	}
	return NULL;
}

bool
rules_is_place(const char *path)
{
	for (size_t i = 0; i < sizeof(everybodys) / sizeof(everybodys[0]); i++) {
		if (strcmp(everybodys[i].path, path) == 0)
			return false;
	}
	if (place_of(path) == NULL)
		fail_msg("%s: whose page is it? A row in tests/unit/page/rules.c says so.", path);
	return true;
}

static const char *
page_at(const struct place *place, const struct cell *cell)
{
	if ((place->steps & 1u << cell->step) == 0 || cell->level == FINISHED)
		return NULL;
	return place->asks != NULL ? place->asks(cell) : place->page;
}

bool
rules_is_theirs(const struct cell *cell)
{
	return page_at(place_of(cell->route->path), cell) != NULL;
}

/* Where whoever asks for anything else is sent. */
static const char *
home(const struct cell *cell)
{
	if (cell->level == FINISHED)
		return "continue";
	return cell->step == STEP_DONE ? "success" : place_of(journey_path(cell->step))->page;
}

static const char *
everybodys_page(const struct cell *cell)
{
	struct cell manage = *cell;
	const struct route route = {.path = "/manage"};

	for (size_t i = 0; i < sizeof(everybodys) / sizeof(everybodys[0]); i++) {
		if (strcmp(everybodys[i].path, cell->route->path) == 0 && everybodys[i].page != NULL)
			return everybodys[i].page;
	}
	manage.route = &route;
	return rules_landing(&manage);
}

const char *
rules_landing(const struct cell *cell)
{
	const struct place *place = place_of(cell->route->path);
	const char *page = place != NULL ? page_at(place, cell) : everybodys_page(cell);

	return page != NULL ? page : home(cell);
}

/* ---- what a request has done ---- */

static void
note_account(struct effects *effects, const struct bytes *before, const struct bytes *after)
{
	struct AccountRecord *old, *new;

	if (before == NULL)
		effects->accounts++;
	if (before == NULL || after == NULL)
		return;
	assert_int_equal(record_parse(effects->arena, *before, &account_record__descriptor, &old), ERR_OK);
	assert_int_equal(record_parse(effects->arena, *after, &account_record__descriptor, &new), ERR_OK);
	effects->security |= strcmp(old->method, new->method) != 0 || old->frozen != new->frozen || strcmp(old->sub, new->sub) != 0;
	if (strcmp(old->status, new->status) == 0)
		return;
	effects->moved = true;
	effects->from = old->status;
	effects->to = new->status;
	effects->why = new->status_why;
	effects->own = bytes_equal(record_bytes(new->id), effects->world->id);
}

/* What is marked used of a factor or a set of codes is no other factor or set. */
static bool
same_factor(struct arena *arena, const struct bytes *before, const struct bytes *after)
{
	struct FactorRecord *old, *new;

	if (before == NULL || after == NULL)
		return false;
	assert_int_equal(record_parse(arena, *before, &factor_record__descriptor, &old), ERR_OK);
	assert_int_equal(record_parse(arena, *after, &factor_record__descriptor, &new), ERR_OK);
	return bytes_equal(record_bytes(old->secret), record_bytes(new->secret)) && strcmp(old->address, new->address) == 0;
}

static bool
same_codes(struct arena *arena, const struct bytes *before, const struct bytes *after)
{
	struct RecoveryRecord *old, *new;

	if (before == NULL || after == NULL)
		return false;
	assert_int_equal(record_parse(arena, *before, &recovery_record__descriptor, &old), ERR_OK);
	assert_int_equal(record_parse(arena, *after, &recovery_record__descriptor, &new), ERR_OK);
	return bytes_equal(record_bytes(old->salt), record_bytes(new->salt));
}

#define BIT(table) (UINT64_C(1) << TABLE_##table)

static void
note(void *arg, enum table table, const struct bytes *before, const struct bytes *after)
{
	struct effects *effects = arg;
	uint64_t guarded = BIT(ADDRESS) | BIT(BINDING) | BIT(CLAIM) | BIT(RESET);
	bool new = before == NULL;

	effects->tables |= UINT64_C(1) << table;
	effects->codes += new && table == TABLE_CODE;
	effects->mails += new && table == TABLE_MAIL;
	effects->events += new && table == TABLE_AUDIT;
	effects->claims += new && table == TABLE_CLAIM;
	effects->security |= (guarded & UINT64_C(1) << table) != 0;
	if (table == TABLE_ACCOUNT)
		note_account(effects, before, after);
	if (table == TABLE_FACTOR)
		effects->security |= !same_factor(effects->arena, before, after);
	if (table == TABLE_RECOVERY)
		effects->security |= !same_codes(effects->arena, before, after);
}

void
rules_effects(const struct shot *before, const struct shot *after, const struct world *world, struct arena *arena, struct effects *ret_effects)
{
	*ret_effects = (struct effects){.arena = arena, .world = world};
	shot_compare(before, after, note, ret_effects);
}

/* ---- the rules ---- */

#define SESSIONS (BIT(SESSION) | BIT(SESSION_OF))
#define MAILS (BIT(MAIL) | BIT(MAIL_DUE) | BIT(MAIL_CODE) | BIT(MAIL_SENDS))
#define EVENTS (BIT(AUDIT) | BIT(AUDIT_OF) | BIT(META))

static bool
is_path(const struct cell *cell, const char *path)
{
	return strcmp(cell->route->path, path) == 0;
}

static bool
asks_for_old_proof(const struct cell *cell)
{
	return cell->level == STALE && is_path(cell, "/notice-address");
}

static bool
is_seen(const struct cell *cell)
{
	return !cell->seen;
}

static bool
goes_back(const struct cell *cell)
{
	return cell->level == RECOVERED && cell->step == STEP_DONE && is_path(cell, "/continue");
}

/* The GETs that change something, and why they may. */
static struct {
	const char *why;
	bool (*fits)(const struct cell *cell);
	uint64_t tables;
	bool used;
} exceptions[] = {
    {"who asks to change the notice address too long after the last proof is asked for the factor, and gets a code", asks_for_old_proof, SESSIONS | MAILS | EVENTS, false},
    {"the session lives on, since somebody is there: noted once in a while", is_seen, SESSIONS, false},
    {"the way back to the portal is a redirect", goes_back, SESSIONS | BIT(CODE) | BIT(USED) | EVENTS, false},
};
#define EXCEPTIONS (sizeof(exceptions) / sizeof(exceptions[0]))

const char *
rules_unused(void)
{
	for (size_t i = 0; i < EXCEPTIONS; i++) {
		if (!exceptions[i].used)
			return exceptions[i].why;
	}
	return NULL;
}

const char *
rules_check_get(const struct cell *cell, const struct effects *effects)
{
	for (size_t i = 0; i < EXCEPTIONS; i++) {
		if (!exceptions[i].fits(cell) || (effects->tables & ~exceptions[i].tables) != 0)
			continue;
		exceptions[i].used = exceptions[i].used || effects->tables != 0;
		return NULL;
	}
	return effects->tables != 0 ? "a GET has changed the store" : NULL;
}

static bool
is_button(const struct cell *cell, const char *path, const char *action)
{
	return is_path(cell, path) && (strcmp(cell->action, action) == 0 || *cell->action == '\0');
}

/* The changes of statuses.def that a person can make by a form, and what it takes. */
static bool
is_entitled(const struct cell *cell, const char *change)
{
	if (strcmp(change, status_change_name(CHANGE_CLOSED_BY_PERSON)) == 0)
		return is_button(cell, "/close-account", "confirm") && proved_lately(cell);
	if (strcmp(change, status_change_name(CHANGE_INVITED)) == 0)
		return is_button(cell, "/admission", "continue") && cell->full && cell->step == STEP_RELINK;
	return false;
}

static const char *
check_status(const struct cell *cell, const struct effects *effects)
{
	enum status to;

	if (!effects->own || !cell->has_account)
		return "another account's status has changed";
	if (strcmp(effects->from, status_name(cell->world->status)) != 0)
		return "the account was in another status than this";
	for (unsigned i = 0; i < CHANGE_COUNT; i++) {
		if (strcmp(effects->why, status_change_name(i)) != 0)
			continue;
		if (!status_leads(cell->world->status, i, &to) || strcmp(status_name(to), effects->to) != 0)
			return "a status has changed where no row of statuses.def leads";
		return is_entitled(cell, effects->why) ? NULL : "this person may not make that change";
	}
	return "a status has changed for no reason of statuses.def";
}

static bool
admits(const char *name)
{
	for (unsigned i = 0; i < STATUS_COUNT; i++) {
		if (strcmp(status_name(i), name) == 0)
			return status_admits(i);
	}
	return false;
}

/* May this form end at the portal?  Only where the status admits, or does since this form, and all that is asked for is proven, or just now. */
static bool
may_end(const struct cell *cell, const struct effects *effects)
{
	if (!cell->has_account)
		return cell->step == STEP_RECOVERY_CODES || cell->step == STEP_NOTICE_ADDRESS;
	if (effects->moved)
		return admits(effects->to) && cell->step != STEP_SECOND_FACTOR;
	if (!status_admits(cell->world->status))
		return false;
	return cell->step == STEP_DONE || (cell->step == STEP_SECOND_FACTOR && cell->full && is_button(cell, "/second-factor", "continue"));
}

bool
rules_leads_to_portal(const struct cell *cell)
{
	if (!cell->has_account)
		return cell->step == STEP_NOTICE_ADDRESS;
	if (cell->step == STEP_RELINK)
		return cell->level == BEFORE; /* with the invitation; the others came to manage, or are shown first that they recovered */
	/* BEFORE has come to manage by itself, and FINISHED is there. */
	if (cell->level == NOTHING || cell->level == BEFORE || cell->level == FINISHED)
		return false;
	return status_admits(cell->world->status);
}

static bool
may_create(const struct cell *cell)
{
	return !cell->has_account && cell->full && rules_is_theirs(cell) &&
	       ((cell->step == STEP_ENROL_TOTP && is_button(cell, "/enrol/app", "continue")) ||
		   (cell->step == STEP_ENROL_MAIL_CODE && is_button(cell, "/enrol/mail/code", "continue")));
}

/* Opened with the draft in hand, and taken back, as long as it is open. */
static bool
may_claim(const struct cell *cell)
{
	return (cell->level == DRAFT && is_button(cell, "/relink/review", "confirm")) || (cell->level == CLAIMING && is_button(cell, "/relink", "cancel"));
}

static bool
may_change(const struct cell *cell)
{
	return may_create(cell) || may_claim(cell) || (cell->has_account && cell->step == STEP_DONE && proved_lately(cell)) ||
	       (!cell->has_account && cell->step == STEP_NOTICE_ADDRESS);
}

const char *
rules_check_post(const struct cell *cell, const struct effects *effects)
{
	bool theirs = rules_is_place(cell->route->path) && rules_is_theirs(cell);

	if (!theirs && effects->tables != 0)
		return "a form of a page that is not this person's has changed the store";
	if (effects->codes > 1 || (effects->codes > 0 && !may_end(cell, effects)))
		return "an authorization code was issued";
	if (effects->accounts > (may_create(cell) ? 1 : 0))
		return "an account was made";
	if (effects->claims > (may_claim(cell) ? 1 : 0))
		return "a claim was opened";
	if (cell->level == STALE && has_factor(cell) && (effects->tables & BIT(THROTTLE)) != 0)
		return "something was tried that asks for a fresh proof";
	if (effects->security && !may_change(cell))
		return "what protects the account has changed";
	return effects->moved ? check_status(cell, effects) : NULL;
}

/* The same form once more: what is counted are tries, and the session may be seen; a code that is on its way is sent once more, and is the same.
 * Nothing else happens twice. */
const char *
rules_check_repeated(const struct cell *cell, const struct effects *effects)
{
	bool sends = is_path(cell, "/notice-address") || is_path(cell, "/enrol/mail");
	uint64_t counted = SESSIONS | BIT(THROTTLE) | (sends ? MAILS | EVENTS : 0);

	return (effects->tables & ~counted) != 0 ? "the same form had a second effect" : NULL;
}

static bool
shows(const struct person *answer, const char *what)
{
	return strstr(answer->body, what) != NULL || strstr(answer->location, what) != NULL;
}

/* Something in <main> that leads on.  Two pages are an end: who wants more is told whom to call. */
static bool
leads_on(const struct person *answer)
{
	const char *main = strstr(answer->body, "<main");
	const char *link = main;

	if (main == NULL)
		return false;
	if (strcmp(answer->page, "not-me") == 0 || strcmp(answer->page, "account-closed") == 0)
		return shows(answer, answer->house->config.help.en);
	while ((link = strstr(link, "<a ")) != NULL) {
		if (strncmp(strstr(link, "href=\""), "href=\"#", 7) != 0)
			return true;
		link++;
	}
	return strstr(main, "<button") != NULL;
}

const char *
rules_check_answer(const struct cell *cell, const struct person *answer)
{
	bool html = strncmp(answer->content_type, "text/html", 9) == 0 && *answer->body != '\0';

	if (answer->status >= 500)
		return "the service has failed";
	if (html && *answer->page == '\0')
		return "the page has no data-page";
	if (html && !leads_on(answer))
		return "the page leads nowhere";
	if (shows(answer, WORLD_NAME))
		return "the NameID is shown";
	if (cell->world->sub != NULL && shows(answer, cell->world->sub))
		return "the subject is shown";
	if (shows(answer, WORLD_OTHER_PORTAL) && strcmp(answer->page, "choose-portal") != 0)
		return "another portal is shown";
	return NULL;
}
