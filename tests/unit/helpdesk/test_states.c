/* Every status of an account at the help desk: what staff and their ticketing tool are shown, and what each button does, frozen or not. */
#include "../page/rules.h"
#include "console.h"

#include <stdio.h>
#include <string.h>

#include "account/caller.h"
#include "base/log.h"
#include "helpdesk/desk_routes.h"
#include "helpdesk/tool.h"

static struct world world;
static struct shot *empty;
static struct person before;	/* the browser of staff before the button in hand is pressed */
static char target[128];	/* of the case */
static bool frozen;
static char words[STATUS_COUNT][32];
static unsigned cells;

static const char *const deeds[] = {"clear-wait", "end-sessions", "resend-mail", "start-reset", "stop-reset", "stop-claim", "unfreeze", "send-caller-code"};
#define DEEDS (sizeof(deeds) / sizeof(deeds[0]))

static int
set_up(void **state)
{
	log_set_level(LOG_ERROR);
	console_set_up(state);
	house.config.helpdesk.tool_secret = bytes_of("secret-of-the-tool");
	house.config.helpdesk.looks_hour = house.config.helpdesk.looks_day = 1000;
	staff.routes = &desk_routes;
	console_enrol(&staff, "ok anna supervisor", seed);
	empty = shot_take(&house, HOUSE_NOW);
	return 0;
}

static int
tear_down(void **state)
{
	shot_free(&empty);
	person_done(&before);
	return console_tear_down(state);
}

static void
hold(bool holds, const char *what, const char *deed)
{
	cells++;
	if (!holds)
		fail_msg("%s%s, factor \"%s\": %s %s (%d %s %s)", status_name(world.status), frozen ? ", frozen" : "", world.factor, deed, what, staff.status,
		    staff.page, staff.location);
}

/* ---- what is shown ---- */

static const char *
caller(enum caller_grade grade)
{
	struct ctx ctx = house_ctx(&house, staff.now);
	const char *digits = arena_text(house.arena, caller_code(&ctx, world.id, grade).digits);

	house_ctx_done(&ctx);
	return digits;
}

static void
look_up(void)
{
	console_get(&staff, "/");
	person_ask(&staff, "/", (const char *const[]){"reference", world.reference, "caller_code", caller(CALLER_CREDENTIAL), "action", "look", NULL});
	assert_int_equal(staff.status, 303);
	snprintf(target, sizeof(target), "%.100s", staff.location);
	person_ask(&staff, target, (const char *const[]){"caller_code", caller(CALLER_MAIL), "action", "verify", NULL});
	assert_int_equal(staff.status, 303);
	console_get(&staff, target);
	assert_string_equal(staff.page, "desk-account");
}

/* One word a status, and of a status that admits the words for what else there may be. */
static void
check_words(void)
{
	char word[32];
	bool fine;

	hold(person_attribute(&staff, "data-state", 0, word, sizeof(word)), "the state", "look");
	fine = strcmp(word, "fine") == 0 || strcmp(word, "no-factor") == 0 || strcmp(word, "frozen") == 0;
	hold(fine == status_admits(world.status), "a status that admits", word);
	if (fine)
		return;
	for (unsigned i = 0; i < STATUS_COUNT; i++)
		hold((strcmp(words[i], word) == 0) <= (i == (unsigned)world.status), "says the same as another status", word);
	snprintf(words[world.status], sizeof(words[0]), "%s", word);
	hold(strstr(staff.body, world.sub) == NULL && strstr(staff.body, WORLD_NAME) == NULL, "no subject and no NameID", "look");
}

static void
ask_tool(void)
{
	struct ctx ctx = house_ctx(&house, staff.now);
	const char *body = arena_printf(ctx.arena, "{\"support_reference\":\"%s\",\"agent\":\"A-1\"}", world.reference);
	struct field header = {"Authorization", "Bearer secret-of-the-tool"};
	const struct request request = {.method = METHOD_POST, .path = TOOL_LOOK_UPS, .raw_query = "", .headers = {&header, 1}, .json = true, .body = bytes_of(body),
	    .content_type = "application/json"};
	struct response response;

	ctx.text = house.text;
	router_serve(&desk_routes, &ctx, &request, &response);
	hold(response.status == 200, "answers", "the tool");
	hold(strstr(buf_text(&response.body), arena_printf(ctx.arena, "\"status\":\"%s\"", status_name(world.status))) != NULL, "the table's name", "the tool");
	hold(strstr(buf_text(&response.body), world.sub) == NULL, "no subject", "the tool");
	house_ctx_done(&ctx);
}

/* ---- what may be done ---- */

/* A reset is for whom the page asks for a factor: in front of the portal, or of the waiting for its owner. */
static bool
may_reset(void)
{
	enum step end = rules_step(&world, FACTOR);

	return (end == STEP_DONE || end == STEP_WAITING) && *world.factor != '\0' && !frozen;
}

/* Whether there is something to do: 1 yes, 0 no, -1 the status says nothing about it. */
static int
expected(const char *deed)
{
	if (strcmp(deed, "start-reset") == 0)
		return may_reset();
	if (strcmp(deed, "end-sessions") == 0)
		return world_kept(&world);
	if (strcmp(deed, "unfreeze") == 0)
		return frozen;
	return strcmp(deed, "resend-mail") == 0 || strcmp(deed, "send-caller-code") == 0 ? -1 : 0;
}

static struct effects
press(const char *deed)
{
	struct shot *shot = shot_take(&house, staff.now), *after;
	struct effects effects;

	person_ask(&staff, target, (const char *const[]){"action", deed, "reason", "caller-asked", "ticket", "T-1", NULL});
	after = shot_take(&house, staff.now);
	rules_effects(shot, after, &world, house.arena, &effects);
	shot_free(&shot);
	shot_free(&after);
	return effects;
}

static void
check_done(const char *deed, const struct effects *effects)
{
	bool protects = strcmp(deed, "start-reset") == 0 || strcmp(deed, "unfreeze") == 0;

	hold(strstr(staff.location, deed) != NULL, "is told as done", deed);
	hold(effects->events > 0, "stands in the audit", deed);
	hold(effects->security == protects, "changes what protects the account, or does not", deed);
}

static void
check_refused(const char *deed, const struct effects *effects)
{
	hold(staff.status == 422 && strcmp(staff.page, "desk-account") == 0 && *staff.error != '\0', "is refused, and says why", deed);
	hold(effects->tables == 0, "is refused, and changes nothing", deed);
}

/* Is its button on the page? */
static bool
is_offered(const char *deed)
{
	char shown[32];

	for (unsigned i = 0; person_attribute(&before, "name=\"action\" value", i, shown, sizeof(shown)); i++) {
		if (strcmp(shown, deed) == 0)
			return true;
	}
	return false;
}

static void
try_deed(const char *deed)
{
	struct effects effects = press(deed);
	int wanted = expected(deed);
	bool done = staff.status == 303;

	hold(!effects.moved && effects.codes == 0 && effects.accounts == 0, "changes no status", deed);
	hold(wanted < 0 || done == wanted, "is done, or is not", deed);
	hold(done || wanted < 0 || !is_offered(deed), "is offered and not done", deed);
	if (!done) {
		check_refused(deed, &effects);
		return;
	}
	check_done(deed, &effects);
	if (wanted < 0)
		return;
	effects = press(deed);
	check_refused(deed, &effects);
}

static void
try_deeds(void)
{
	struct shot *reached = shot_take(&house, staff.now);

	person_copy(&before, &staff);
	for (size_t i = 0; i < DEEDS; i++) {
		try_deed(deeds[i]);
		shot_restore(&house, reached, staff.now);
		person_copy(&staff, &before);
	}
	shot_free(&reached);
}

static void
visit(enum status status, const char *factor)
{
	world_open(&world, &house, status, factor);
	if (frozen)
		world_freeze(&world);
	staff.now = world.now;
	look_up();
	check_words();
	try_deeds();
	ask_tool();
	world_close(&world);
	shot_restore(&house, empty, HOUSE_NOW);
}

static void
every_status(void **state)
{
	static const char *const factors[] = {"", "totp", "mail"};

	(void)state;
	for (unsigned i = 0; i < STATUS_COUNT * 3 * 2; i++) {
		frozen = i % 2 != 0;
		if (world_exists(i / 6, factors[i / 2 % 3]))
			visit(i / 6, factors[i / 2 % 3]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(every_status)};
	int failed = cmocka_run_group_tests(tests, set_up, tear_down);

	print_message("%u checks\n", cells);
	return failed;
}
