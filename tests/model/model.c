/* A random walk: few people, two portals, some browsers, and everything that second factors allow or refuse.
 *
 * MODEL_SEED (a number, or "random") and MODEL_STEPS choose a walk; both are printed, to repeat it. MODEL_BACKEND (mem, lmdb) leaves the other one out. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "model.h"

#define SEED 353612141 /* a change is judged by the same walk each time; who looks for more takes a random one */
#define STEPS 100000
#define STEPS_LMDB 4000
#define ATTACK_MOST 70
#define PATIENT 260	/* tries between which the owner signs in: the bound of a month */

static const struct {
	action_fn *run;
	unsigned weight;
} any[] = {{do_request, 4}, {do_arrive, 4}, {do_replay, 2}, {do_prove, 8}, {do_prove_send, 4}, {do_recover, 5}, {do_prove_again, 4}, {do_former, 2},
    {do_finish, 4}, {do_skip_stronger, 2}, {do_begin, 5}, {do_cancel, 2}, {do_send, 4}, {do_enrol, 4}, {do_show, 3}, {do_renew, 2}, {do_confirm, 3},
    {do_notice_send, 4}, {do_notice_confirm, 4}, {do_notice_skip, 2}, {do_overview, 4}, {do_end_one, 3}, {do_leave, 1}, {do_freeze, 3}, {do_unfreeze, 5},
    {do_level, 6}};

/* What a person would do at a step. */
static const struct {
	enum step step;
	action_fn *likely[4];
} ways[] = {
    {STEP_CHOOSE_PROVIDER, {do_arrive, do_arrive, do_arrive, do_request}},
    {STEP_CREDENTIAL_IN_USE, {do_arrive, do_arrive, do_leave, do_request}},
    {STEP_ENROL, {do_begin, do_begin, do_begin, do_skip_stronger}},
    {STEP_ENROL_TOTP, {do_enrol, do_enrol, do_enrol, do_begin}},
    {STEP_ENROL_MAIL, {do_send, do_send, do_enrol, do_cancel}},
    {STEP_ENROL_MAIL_CODE, {do_enrol, do_enrol, do_enrol, do_send}},
    {STEP_SECOND_FACTOR, {do_prove, do_prove, do_prove, do_prove_send}},
    {STEP_RECOVERY_CODES, {do_show, do_show, do_confirm, do_confirm}},
    {STEP_NOTICE_ADDRESS, {do_notice_send, do_notice_confirm, do_notice_confirm, do_notice_skip}},
    {STEP_DONE, {do_finish, do_level, do_prove_again, do_overview}},
};

/* On with what was begun. */
static action_fn *
go_on(struct world *world, enum method pending)
{
	if (pending == M_NOTICE)
		return do_notice_confirm;
	return pending == M_MAIL && world_chance(world, 400) ? do_send : do_enrol;
}

static action_fn *
choose(struct world *world, const struct place *place)
{
	unsigned sum = 0, pick;

	if (place->step == STEP_DONE && place->session->pending != M_NONE && world_chance(world, 500))
		return go_on(world, place->session->pending);
	if (place->step == STEP_DONE && place->account->frozen && world_chance(world, 300))
		return world_chance(world, 500) ? do_renew : world_chance(world, 500) ? do_begin : do_notice_send;
	if (place->step == STEP_DONE && place->session->codes[MAIL_FOR_NOTICE].made && world_chance(world, 300))
		return do_prove_again;
	/* The page does so by itself. */
	if (place->step == STEP_SECOND_FACTOR && place->account->method == M_MAIL && world_chance(world, 500) &&
	    !rule_code_alive(world, place->session, MAIL_FOR_SIGN_IN, place->account->spelling))
		return do_prove_send;
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		if (ways[i].step == place->step && world_chance(world, 600))
			return ways[i].likely[world_pick(world, 4)];
	}
	for (size_t i = 0; i < sizeof(any) / sizeof(any[0]); i++)
		sum += any[i].weight;
	pick = world_pick(world, sum);
	for (size_t i = 0;; i++) {
		if (pick < any[i].weight)
			return any[i].run;
		pick -= any[i].weight;
	}
}

static void
sweep(struct world *world)
{
	unsigned removed;

	do
		AGREE(world, store_sweep(world->house.store, world->now, 100000, &removed) == ERR_OK, "store_sweep");
	while (removed > 0);
	rule_sweep(world);
}

/* Mostly seconds; now and then what lets things end; sometimes back. */
static void
move_clock(struct world *world)
{
	unsigned how = world_pick(world, 1000);
	int64_t by;

	if (how < 700)
		by = world_pick(world, 5000);
	else if (how < 940)
		by = world_pick(world, 40000);
	else if (how < 980)
		by = MINUTES(world_pick(world, 8));
	else if (how < 992)
		by = MINUTES(world_pick(world, 70));
	else if (how < 996)
		by = MINUTES(world_pick(world, 60 * 26));
	else if (how < 997)
		by = HOURS(world_pick(world, 24 * 40));
	else
		by = -MINUTES(how < 999 ? world_pick(world, 90) : world_pick(world, 60 * 48));
	/* What has ended must not come back with the clock: the sweeper has been at work. */
	if (by < 0 || how % 100 == 0)
		sweep(world);
	if (by < 0 || by > HOURS(1))
		world_log(world, "the clock goes %+lld minutes", (long long)(by / MINUTES(1)));
	world->now += by;
}

static void
restart(struct world *world)
{
	world_log(world, "restart");
	house_restart(&world->house);
	world->ctx.store = world->house.store;
	world_compare_all(world);
}

/* The operator changes the policy of the first portal: e-mail codes are not taken there any more, or again. */
static void
change_policy(struct world *world)
{
	world->mail_allowed = !world->mail_allowed;
	world->house.portals[0].methods.count = world->mail_allowed ? 2 : 1;
	world_log(world, "the portal %s", world->mail_allowed ? "takes e-mail codes" : "takes no e-mail codes");
}

/* Somebody else comes in the place of a person: all browsers that knew that one have signed out and lost their cookies. */
static void
replace_person(struct world *world)
{
	int person = (int)world_pick(world, PEOPLE);
	struct place place;

	for (int b = 0; b < BROWSERS; b++) {
		struct m_browser *browser = &world->browsers[b];
		if (browser->sessions[0].person != person && browser->sessions[1].person != person)
			continue;
		for (int p = 0; p < PORTALS; p++) {
			place_look(world, &place, b, p);
			do_leave(world, &place);
		}
		memset(browser->token, 0, sizeof(browser->token));
	}
	world->generation[person]++;
	memset(world->accounts[person], 0, sizeof(world->accounts[person]));
	memset(&world->of_credential[person], 0, sizeof(world->of_credential[person]));
	for (unsigned i = 0; i < LINKS; i++) {
		if (world->links[i].account == &world->accounts[person][0] || world->links[i].account == &world->accounts[person][1])
			memset(&world->links[i], 0, sizeof(world->links[i]));
	}
	world_log(world, "there is a new person %d", person);
}

static void
begin_attack(struct world *world)
{
	world->attack = 1 + world_pick(world, ATTACK_MOST);
	world->attacker = (int)world_pick(world, BROWSERS * PORTALS);
	world->attacked = world_chance(world, 250) ? M_RECOVERY : M_NONE;
	world->patient = world_chance(world, 200);
	if (world->patient) {
		world->attack = PATIENT;
		world->attacked = M_NONE;
	}
}

/* A guesser waits as long as there is to wait, and signs in anew when the session has ended. */
static void
attack(struct world *world)
{
	int number = world->attacker / PORTALS, portal = world->attacker % PORTALS;
	struct m_session *session = &world->browsers[number].sessions[portal];
	struct m_account *account = &world->accounts[session->person][portal];
	enum method method = world->attacked == M_RECOVERY ? M_RECOVERY : account->method;
	struct place place;

	world->attack--;
	if (account->exists && account->throttle[method].until > world->now && world_chance(world, 800))
		world->now = account->throttle[method].until;
	if (world->patient)
		world->now += SECONDS(31);
	world->ctx.now = world->now;
	place_look(world, &place, number, portal);
	if (place.session == NULL || place.account == NULL)
		do_arrive(world, &place);
	else if (place.step != STEP_SECOND_FACTOR)
		do_prove_again(world, &place);
	else if (world->patient && account->throttle[method].in_a_row >= 4)
		do_prove_right(world, &place);
	else
		do_guess(world, &place, world->attacked);
	place_look(world, &place, number, portal);
}

/* A page that is looked at puts the end of the session off. */
static void
touch(struct world *world, struct place *place)
{
	AGREE(world, journey_touch(&world->ctx, &place->journey) == ERR_OK, "journey_touch");
	if (place->session == NULL || world->now - place->session->seen < MINUTES(5))
		return;
	place->session->seen = world->now;
	rule_save(world, place->session);
}

static void
act(struct world *world)
{
	int browser = (int)world_pick(world, BROWSERS), portal = world_chance(world, 300);
	struct place place;

	world->ctx.language = world_chance(world, 200) ? LANGUAGE_FR : LANGUAGE_EN;
	place_look(world, &place, browser, portal);
	if (world_chance(world, 500))
		touch(world, &place);
	choose(world, &place)(world, &place);
	place_look(world, &place, browser, portal);
}

static void
step(struct world *world)
{
	arena_reset(world->ctx.arena);
	if (world->attack == 0 && world_chance(world, 4))
		begin_attack(world);
	if (world->attack > 0) {
		attack(world);
		world_compare_mails(world);
		return;
	}
	move_clock(world);
	world->ctx.now = world->now;
	if (world->lmdb && world_chance(world, 10))
		restart(world);
	if (world_chance(world, world->mail_allowed ? 2 : 20))
		change_policy(world);
	if (world_chance(world, 4))
		replace_person(world);
	act(world);
	world_compare_mails(world);
	if (world->step % 64 == 0)
		world_compare_all(world);
}

static uint64_t
choose_seed(void)
{
	const char *text = getenv("MODEL_SEED");
	uint64_t seed;

	if (text == NULL || *text == '\0')
		return SEED;
	if (strcmp(text, "random") != 0)
		return strtoull(text, NULL, 10);
	random_bytes(&seed, sizeof(seed));
	return seed % 1000000000 + 1;
}

static unsigned
choose_steps(unsigned usual)
{
	const char *text = getenv("MODEL_STEPS");

	return text != NULL && *text != '\0' ? (unsigned)strtoul(text, NULL, 10) : usual;
}

/* So that a walk which never got anywhere is no success. */
static void
print_tally(const struct world *world)
{
	const unsigned *t = world->tally;

	printf("%s: %u steps; %u mails; proofs: %u right, %u wrong, %u used, %u locked, %u exhausted, %u expired; recovered %u, refused %u; enrolled app %u, mail %u, changed "
	       "to app %u, to mail %u; %u sets, %u notice addresses, %u frozen\n",
	    world->lmdb ? "lmdb" : "mem", world->steps, t[0], t[1 + FACTOR_ACCEPTED], t[1 + FACTOR_REFUSED_WRONG], t[1 + FACTOR_REFUSED_USED],
	    t[1 + FACTOR_REFUSED_LOCKED], t[1 + FACTOR_REFUSED_EXHAUSTED], t[1 + FACTOR_REFUSED_EXPIRED], t[20 + FACTOR_ACCEPTED],
	    t[20 + FACTOR_REFUSED_WRONG] + t[20 + FACTOR_REFUSED_USED], t[30 + M_TOTP], t[30 + M_MAIL], t[40 + M_TOTP], t[40 + M_MAIL], world->sets, t[50], t[51]);
}

/* Nobody is without a request. */
static void
begin(struct world *world)
{
	for (int i = 0; i < BROWSERS * PORTALS; i++) {
		struct place place = {.browser = &world->browsers[i / PORTALS], .number = i / PORTALS, .portal = i % PORTALS};
		place.request = &place.browser->requests[place.portal];
		do_request(world, &place);
	}
}

static void
walk(const char *backend, unsigned steps)
{
	struct world *world;
	const char *only = getenv("MODEL_BACKEND");

	if (only != NULL && strcmp(only, backend) != 0)
		skip();
	world = calloc(1, sizeof(*world));
	assert_non_null(world);
	world_open(world, backend, choose_seed(), steps);
	printf("MODEL_SEED=%" PRIu64 " MODEL_STEPS=%u (%s)\n", world->seed, steps, backend);
	fflush(stdout);
	begin(world);
	for (; world->step < steps; world->step++)
		step(world);
	world->ctx.now = world->now;
	world_compare_all(world);
	print_tally(world);
	world_close(world);
	free(world);
}

static void
in_memory(void **state)
{
	(void)state;
	walk("mem", choose_steps(STEPS));
}

static void
on_disk(void **state)
{
	(void)state;
	walk("lmdb", choose_steps(STEPS_LMDB));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(in_memory), cmocka_unit_test(on_disk)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
