/* Every status of an account, and every step on the way to one, in every page: no step can be skipped or repeated.
 *
 * The rows are made from statuses.def: each status, with each kind of second factor, for a person who has proven each thing (world.h).  The columns
 * are page_routes itself: each path for people, as a GET and as a POST with each button that any page has, with and without what its fields would take.
 * What must hold is in rules.c. */
#include "rules.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "page/routes.h"
#include "signin/life.h"

static struct house house;
static struct world world;
static struct person start;	/* the browser at the beginning of a cell */
static struct shot *at_start;	/* and the store */
static struct shot *empty;

static struct effects last;	/* what the request in hand has done */

static struct {
	unsigned worlds, gets, posts, changed, again, accounts, claims, codes;
	unsigned made;	/* bit set of changes of statuses.def */
	uint32_t steps;
} counted;

static const char *const actions[] = {"", "continue", "confirm", "change", "recover", "resend", "new-codes", "end-session", "close", "sign-out",
    "old-credential", "review", "back", "forget", "cancel", "no-such-button"};
#define ACTIONS (sizeof(actions) / sizeof(actions[0]))

static int
set_up(void **state)
{
	(void)state;
	log_set_level(LOG_ERROR); /* thousands of refusals are no news */
	house_open(&house, "mem");
	empty = shot_take(&house, HOUSE_NOW);
	person_init(&start, &house, house.text);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	shot_free(&at_start);
	shot_free(&empty);
	person_done(&start);
	house_close(&house);
	return 0;
}

/* ---- one cell ---- */

static void
print_tables(uint64_t tables)
{
	static const char *const names[TABLE_COUNT] = {
#define TABLE(id, name) name,
#include "store/tables.def"
#undef TABLE
	};

	for (unsigned i = 0; i < TABLE_COUNT; i++) {
		if ((tables & UINT64_C(1) << i) != 0)
			print_error("changed: %s\n", names[i]);
	}
}

static void
hold(const struct cell *cell, const char *broken)
{
	if (broken == NULL)
		return;
	print_tables(last.tables);
	fail_msg("%s, factor \"%s\", step %d: %s %s%s%s%s: %s (%d %s %s)", cell->who, cell->world->factor, (int)cell->step, cell->action == NULL ? "GET" : "POST",
	    cell->route->path, cell->action == NULL ? "" : ", button ", cell->action == NULL ? "" : cell->action, cell->full ? ", all fields" : "", broken,
	    world.person.status, world.person.page, world.person.location);
}

static void
rewind_browser(void)
{
	person_copy(&world.person, &start);
}

/* Since at_start; nothing when no update ran. */
static bool
look(uint64_t updates, const struct shot *before, struct arena *arena)
{
	struct shot *after;

	last = (struct effects){.tables = 0};
	if (shot_updates(&house) == updates)
		return false;
	after = shot_take(&house, world.person.now);
	rules_effects(before, after, &world, arena, &last);
	shot_free(&after);
	return last.tables != 0;
}

static void
get(struct cell *cell)
{
	struct arena *arena = arena_new(1 << 22);
	uint64_t updates = shot_updates(&house);
	const char *landing = rules_landing(cell);

	rewind_browser();
	person_get(&world.person, cell->route->path);
	hold(cell, rules_check_answer(cell, &world.person));
	if (*landing == '\0')
		hold(cell, world.person.status == 200 || person_at_portal(&world.person) ? NULL : "neither a file nor the portal");
	else if (strcmp(world.person.page, landing) != 0)
		hold(cell, arena_printf(arena, "this is not the page %s", landing));
	if (look(updates, at_start, arena)) {
		hold(cell, rules_check_get(cell, &last));
		shot_restore(&house, at_start, world.person.now);
	}
	arena_free(&arena);
	counted.gets++;
}

static void
send_form(const struct cell *cell, const char *csrf)
{
	char digits[7], target[160];
	const char *form[32] = {"csrf", csrf};
	size_t count = 2;
	const char *fields[] = {"provider", "partner", "method", *world.factor != '\0' ? world.factor : "totp", "code", digits, "email", "else@example.ca", "recovery_code", world.codes[1],
	    "kept", "yes", "invitation", world.invitation, "support_reference", world.older, "session", "none", "SAMLResponse", "ok " WORLD_NAME, "RelayState",
	    world.person.handle};

	world_digits(&world, digits);
	if (*cell->action != '\0') {
		form[count++] = "action";
		form[count++] = cell->action;
	}
	for (size_t i = 0; cell->full && i < sizeof(fields) / sizeof(fields[0]); i++)
		form[count++] = fields[i];
	snprintf(target, sizeof(target), "%s?r=%s", cell->route->path, world.person.handle);
	person_ask(&world.person, target, form);
}

/* The form is accepted: once more, in the browser that got the answer, and in one that did not. */
static void
repeat(struct cell *cell)
{
	struct shot *once = shot_take(&house, world.person.now);
	struct arena *arena = arena_new(1 << 22);

	for (unsigned lost = 0; lost < 2; lost++) {
		uint64_t updates = shot_updates(&house);
			if (lost)
			rewind_browser();
		send_form(cell, start.csrf);
		person_follow(&world.person);
		hold(cell, rules_check_answer(cell, &world.person));
		if (look(updates, once, arena)) {
			hold(cell, rules_check_repeated(cell, &last));
			shot_restore(&house, once, world.person.now);
		}
		counted.again++;
	}
	arena_free(&arena);
	shot_free(&once);
}

/* Whatever a form can do, it does not without its csrf. */
static void
forge(struct cell *cell)
{
	uint64_t updates = shot_updates(&house);

	rewind_browser();
	send_form(cell, "forged");
	hold(cell, world.person.status == 403 || world.person.status == 303 ? NULL : "a forged form is not refused");
	hold(cell, shot_updates(&house) == updates ? NULL : "a forged form has changed the store");
}

static bool
is_theirs(const struct cell *cell)
{
	return rules_is_place(cell->route->path) && rules_is_theirs(cell);
}

/* What the rules allow happens as well. */
static void
count(const struct effects *effects)
{
	counted.codes += effects->codes;
	counted.accounts += effects->accounts;
	counted.claims += effects->claims;
	for (unsigned i = 0; i < CHANGE_COUNT && effects->moved; i++) {
		if (strcmp(effects->why, status_change_name(i)) == 0)
			counted.made |= 1u << i;
	}
	counted.changed++;
}

static void
post(struct cell *cell)
{
	struct arena *arena = arena_new(1 << 22);
	uint64_t updates = shot_updates(&house);
	bool accepted;

	rewind_browser();
	send_form(cell, start.csrf);
	accepted = world.person.status == 303;
	hold(cell, rules_check_answer(cell, &world.person));
	person_follow(&world.person);
	hold(cell, rules_check_answer(cell, &world.person));
	if (look(updates, at_start, arena)) {
		hold(cell, rules_check_post(cell, &last));
		count(&last);
		if (accepted)
			repeat(cell);
		shot_restore(&house, at_start, world.person.now);
		forge(cell);
	} else if (rules_is_place(cell->route->path) && !rules_is_theirs(cell) && strcmp(world.person.page, rules_landing(cell)) != 0) {
		hold(cell, "not sent to the page of the own step");
	}
	arena_free(&arena);
	counted.posts++;
}

/* ---- one person, every path ---- */

/* A button that a page shows is one that the matrix presses, and that the page knows. */
static void
press_shown(struct cell *cell)
{
	char shown[32];

	for (unsigned i = 0; person_attribute(&world.person, "name=\"action\" value", i, shown, sizeof(shown)); i++) {
		size_t known = 0;
		while (known < ACTIONS && strcmp(actions[known], shown) != 0)
			known++;
		hold(cell, known < ACTIONS ? NULL : "a button that the matrix does not press");
	}
}

static void
visit(struct cell *cell)
{
	cell->action = NULL;
	cell->full = false;
	if ((cell->route->methods & METHOD_GET) != 0) {
		get(cell);
		press_shown(cell);
	}
	for (size_t i = 0; (cell->route->methods & METHOD_POST) != 0 && i < 2 * ACTIONS; i++) {
		cell->action = actions[i / 2];
		cell->full = i % 2 == 0;
		if (cell->full || is_theirs(cell)) /* where all fields do nothing, none does less */
			post(cell);
	}
}

/* A session that was not used for a while notes that it is: here, and not in every cell. */
static void
be_seen(struct cell *cell)
{
	const struct route own = {.methods = METHOD_GET, .path = cell->step == STEP_DONE ? "/success" : journey_path(cell->step)};
	struct arena *arena = arena_new(1 << 22);
	uint64_t updates = shot_updates(&house);

	cell->route = &own;
	cell->action = NULL;
	person_get(&world.person, own.path);
	if (look(updates, at_start, arena))
		hold(cell, rules_check_get(cell, &last));
	cell->seen = true;
	arena_free(&arena);
}

static void
begin(struct cell *cell)
{
	shot_free(&at_start);
	at_start = shot_take(&house, world.person.now);
	if (!cell->seen) {
		be_seen(cell);
		begin(cell);
	}
	person_copy(&start, &world.person);
}

static void
visit_all(struct cell *cell)
{
	unsigned codes = counted.codes, claims = counted.claims;

	begin(cell);
	for (size_t i = 0; i < page_routes.count; i++) {
		cell->route = &page_routes.items[i];
		if (!cell->route->machine)
			visit(cell);
	}
	cell->action = NULL;
	hold(cell, (counted.codes > codes) == rules_leads_to_portal(cell) ? NULL : "there is, or there is no way to the portal");
	hold(cell, (counted.claims > claims) == (cell->has_account && cell->level == DRAFT) ? NULL : "a claim can be opened, or cannot");
	counted.worlds++;
	counted.steps |= 1u << cell->step;
}

static void
start_over(void)
{
	world_close(&world);
	shot_restore(&house, empty, HOUSE_NOW);
}

static void
visit_status(enum status status, const char *factor)
{
	struct shot *reached;

	world_open(&world, &house, status, factor);
	reached = shot_take(&house, world.now);
	for (unsigned level = 0; level < LEVELS; level++) {
		char who[64];
		struct cell cell = {.world = &world, .who = who, .has_account = true, .level = level, .seen = level != STALE};

		snprintf(who, sizeof(who), "%s, %s", status_name(status), world_level_print(level));
		shot_restore(&house, reached, world.now);
		if (!world_come(&world, level))
			continue;
		cell.step = rules_step(&world, level);
		visit_all(&cell);
	}
	shot_free(&reached);
	start_over();
}

static void
every_status(void **state)
{
	static const char *const factors[] = {"", "totp", "mail"};

	(void)state;
	for (unsigned status = 0; status < STATUS_COUNT; status++) {
		for (size_t i = 0; i < sizeof(factors) / sizeof(factors[0]); i++) {
			if (world_exists(status, factors[i]))
				visit_status(status, factors[i]);
		}
	}
	if (rules_unused() != NULL)
		fail_msg("no GET needs this exception: %s", rules_unused());
	assert_int_equal(counted.made, 1u << CHANGE_CLOSED_BY_PERSON | 1u << CHANGE_INVITED);
}

static void
every_step(void **state)
{
	(void)state;
	for (unsigned step = 0; step <= STEP_DONE; step++) {
		struct cell cell = {.world = &world, .who = "on the way", .level = CREDENTIAL, .step = step, .seen = true};

		if (world_begin(&world, &house, step))
			visit_all(&cell);
		start_over();
	}
	assert_int_equal(counted.accounts, 4); /* with each method, by its button and by Enter */
	assert_int_equal(counted.steps, (1u << (STEP_DONE + 1)) - 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(every_status), cmocka_unit_test(every_step)};
	int failed = cmocka_run_group_tests(tests, set_up, tear_down);

	print_message("%u worlds, %u pages, %u forms, of which %u changed something; %u repeated\n", counted.worlds, counted.gets, counted.posts, counted.changed,
	    counted.again);
	return failed;
}
