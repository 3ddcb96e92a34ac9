/* Can portals put two and two together?  10,000 people with one Sign-In Partner credential each, in a browser each, sign in to three portals at times
 * that have nothing to do with each other; all that the portals receive is collected, and searched for what links two accounts of one person.
 *
 * CORRELATION_PEOPLE (10000) makes it shorter. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../unit/page/person.h"

#include "base/log.h"
#include "base/random.h"
#include "crypto/jws.h"
#include "evidence.h"
#include "oidc/client.h"
#include "signin/terminate.h"

#define PEOPLE 10000
#define VISITS 4		/* one at each portal, and another one at the first that one comes to again */
#define SLOT SECONDS(2000)	/* no two visits within it: each is a sign-in of its own, and at a second of its own */
#define JWT_BEARER "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
#define VERIFIER "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"

static const char *const portal_ids[EVIDENCE_PORTALS] = {"health", "work", "third"};
static const char *third_uris[] = {"https://third.example/callback"};

struct world {
	struct house house;
	struct portal_config portals[EVIDENCE_PORTALS];
	struct person *people;
	unsigned count;
	struct evidence *evidence;
};

struct visit {
	uint32_t person;
	uint8_t portal;
	uint32_t slot;
};

static void
open_world(struct world *world, unsigned count)
{
	const char *why = "";

	*world = (struct world){.count = count};
	house_open(&world->house, "mem");
	memcpy(world->portals, world->house.portals, sizeof(world->house.portals));
	world->portals[2] = world->portals[0];
	world->portals[2].id = "third";
	world->portals[2].redirect_uris.items = third_uris;
	for (unsigned i = 0; i < EVIDENCE_PORTALS; i++) {
		/* the second factor costs a hundred times the rest, and gives portals the words "otp" and "mfa" only */
		world->portals[i].required_for.count = 0;
		world->portals[i].jwks_file = "keys.json";
		world->portals[i].jwks = bytes_of(jws_own_set(world->house.keys, world->house.arena));
	}
	world->house.config.portals = world->portals;
	world->house.config.portal_count = EVIDENCE_PORTALS;
	assert_int_equal(clients_prepare(&world->house.config, world->house.arena, &why), ERR_OK);
	world->people = calloc(count, sizeof(*world->people));
	assert_non_null(world->people);
	for (unsigned i = 0; i < count; i++)
		person_init(&world->people[i], &world->house, world->house.text);
	world->evidence = evidence_new(count);
}

static void
close_world(struct world *world)
{
	for (unsigned i = 0; i < world->count; i++)
		person_done(&world->people[i]);
	free(world->people);
	evidence_free(&world->evidence);
	world->house.config.release(&world->house.config);
	house_close(&world->house);
}

static uint32_t
below(uint32_t bound)
{
	uint32_t number;

	random_bytes(&number, sizeof(number));
	return number % bound;
}

/* Each visit has a slot of its own, dealt out at random. */
static struct visit *
deal_visits(unsigned people)
{
	uint32_t total = people * VISITS;
	struct visit *visits = calloc(total, sizeof(*visits)), other;

	assert_non_null(visits);
	for (uint32_t i = 0; i < total; i++)
		visits[i] = (struct visit){.person = i / VISITS, .portal = (uint8_t)(i % VISITS % EVIDENCE_PORTALS)};
	for (uint32_t i = total - 1; i > 0; i--) {
		uint32_t j = below(i + 1);
		other = visits[i];
		visits[i] = visits[j];
		visits[j] = other;
	}
	for (uint32_t i = 0; i < total; i++)
		visits[i].slot = i;
	return visits;
}

/* What came in the browser's address, and each of its parameters. */
static void
note_address(struct world *world, const struct visit *visit, const char *what)
{
	struct person *person = &world->people[visit->person];
	char *copy = strdup(strchr(person->location, '?') + 1), *rest = NULL;

	for (char *pair = strtok_r(copy, "&", &rest); pair != NULL; pair = strtok_r(NULL, "&", &rest)) {
		char name[64];
		char *value = strchr(pair, '=');
		assert_non_null(value);
		*value++ = '\0';
		snprintf(name, sizeof(name), "%s.%s", what, pair);
		evidence_text(world->evidence, visit->portal, visit->person, name, value);
	}
	free(copy);
}

static void
note_token(struct world *world, const struct visit *visit, const char *name, const char *token)
{
	struct arena *arena = arena_new(1 << 16);
	const char *payload = strchr(token, '.') + 1;
	struct bytes bytes;
	json_t *json;

	assert_int_equal(base64url_parse(arena, bytes_make(payload, strcspn(payload, ".")), &bytes), ERR_OK);
	json = json_loadb((const char *)bytes.data, bytes.len, 0, NULL);
	assert_non_null(json);
	evidence_json(world->evidence, visit->portal, visit->person, name, json);
	evidence_number(world->evidence, visit->portal, visit->person, "age of the sign-in",
	    json_number_value(json_object_get(json, "iat")) - json_number_value(json_object_get(json, "auth_time")));
	json_decref(json);
	arena_free(&arena);
}

static json_t *
asked(const struct person *person, const char *target)
{
	json_t *json = json_loads(person->body, 0, NULL);

	if (person->status != 200 || json == NULL)
		fail_msg("%s: %d %s", target, person->status, person->body);
	return json;
}

/* The portal's own requests, which carry no cookie of the person's. */
static struct person
portal_of(struct world *world, const struct visit *visit, const char *authorization)
{
	struct person portal;

	person_init(&portal, &world->house, world->house.text);
	portal.now = world->people[visit->person].now;
	portal.authorization = authorization;
	return portal;
}

/* private_key_jwt: the portals' keys are those of the fixture. */
static const char *
assertion(struct world *world, const struct visit *visit, struct arena *arena)
{
	const char *id = portal_ids[visit->portal], *token;
	const char *claims = arena_printf(arena, "{\"iss\":\"%s\",\"sub\":\"%s\",\"aud\":\"%s\",\"jti\":\"%s\",\"exp\":%lld}", id, id,
	    world->house.config.public_url, random_text(arena, 16), (long long)world->people[visit->person].now / 1000 + 60);

	assert_int_equal(jws_sign(world->house.keys, JWS_ES256, "JWT", bytes_of(claims), arena, &token), ERR_OK);
	return token;
}

static void
redeem(struct world *world, const struct visit *visit)
{
	const struct person *person = &world->people[visit->person];
	struct arena *arena = arena_new(1 << 16);
	const char *code = strstr(person->location, "code=") + 5, *access;
	struct person portal = portal_of(world, visit, NULL);
	json_t *answer, *userinfo;

	person_ask(&portal, "/token",
	    (const char *const[]){"grant_type", "authorization_code", "code", arena_printf(arena, "%.*s", (int)strcspn(code, "&"), code), "redirect_uri",
		world->portals[visit->portal].redirect_uris.items[0], "code_verifier", VERIFIER, "client_assertion_type", JWT_BEARER, "client_assertion", assertion(world, visit, arena),
		NULL});
	answer = asked(&portal, "/token");
	note_token(world, visit, "id_token", json_string_value(json_object_get(answer, "id_token")));
	access = json_string_value(json_object_get(answer, "access_token"));
	note_token(world, visit, "access_token", access);
	portal.authorization = arena_printf(arena, "Bearer %s", access);
	person_ask(&portal, "/userinfo", NULL);
	userinfo = asked(&portal, "/userinfo");
	evidence_json(world->evidence, visit->portal, visit->person, "userinfo", userinfo);
	json_decref(userinfo);
	json_decref(answer);
	person_done(&portal);
	arena_free(&arena);
}

/* --- /api/v1 --- */

static const char *
api_token(struct world *world, const struct visit *visit, struct arena *arena)
{
	struct person portal = portal_of(world, visit, NULL);
	const char *token;
	json_t *answer;

	person_ask(&portal, "/token",
	    (const char *const[]){"grant_type", "client_credentials", "scope", "accounts", "client_assertion_type", JWT_BEARER, "client_assertion",
		assertion(world, visit, arena), NULL});
	answer = asked(&portal, "/token");
	token = arena_printf(arena, "Bearer %s", json_string_value(json_object_get(answer, "access_token")));
	json_decref(answer);
	person_done(&portal);
	return token;
}

/* What a portal's program is told under this name of the account with that sub, its own or another portal's. */
static void
note_state(struct world *world, const struct visit *visit, const char *name, const char *sub)
{
	struct arena *arena = arena_new(1 << 16);
	struct person portal = portal_of(world, visit, api_token(world, visit, arena));
	json_t *answer;

	person_ask(&portal, arena_printf(arena, "/api/v1/accounts/%s", sub), NULL);
	answer = json_loads(portal.body, 0, NULL);
	assert_non_null(answer);
	assert_int_equal(portal.status, strcmp(name, "foreign") == 0 ? 404 : 200);
	evidence_json(world->evidence, visit->portal, visit->person, name, answer);
	json_decref(answer);
	person_done(&portal);
	arena_free(&arena);
}

/* Its own account; and the one that the person has at the portal before it, as if that one had told the sub. */
static void
note_states(struct world *world, const struct visit *visit, const char *name)
{
	char sub[32];

	evidence_subject(world->evidence, visit->portal, visit->person, sub);
	note_state(world, visit, name, sub);
	if (!evidence_subject(world->evidence, (visit->portal + 1) % EVIDENCE_PORTALS, visit->person, sub))
		return;
	note_state(world, visit, "foreign", sub);
}

/* A provider ends some credentials, each in a moment of its own: at all portals in that moment. */
static void
end_some(struct world *world)
{
	for (unsigned i = 0; i < world->count / 50; i++) {
		struct visit visit = {.person = i, .slot = world->count * VISITS + i};
		int64_t now = HOUSE_NOW + visit.slot * SLOT;
		struct ctx ctx = house_ctx(&world->house, now);
		struct termination ended = {.provider = "partner", .name_qualifier = "idp", .sp_name_qualifier = "sp",
		    .name_id = arena_printf(ctx.arena, "%u", i), .order = arena_printf(ctx.arena, "end %u", i), .order_until = now + MINUTES(5)};
		unsigned accounts;

		assert_int_equal(terminate_order(&ctx, &ended, &accounts), ERR_OK);
		assert_int_equal(accounts, EVIDENCE_PORTALS);
		house_ctx_done(&ctx);
		world->people[i].now = now + below((uint32_t)SLOT);
		for (visit.portal = 0; visit.portal < EVIDENCE_PORTALS; visit.portal++)
			note_states(world, &visit, "ended");
	}
}

/* The portal first asks without showing anything: what it is told is the same whatever the person does elsewhere. */
static void
visit_portal(struct world *world, const struct visit *visit)
{
	struct person *person = &world->people[visit->person];
	char answer[32];

	person->now = HOUSE_NOW + visit->slot * SLOT;
	person_start(person, portal_ids[visit->portal], "&prompt=none");
	assert_int_equal(person->status, 303);
	assert_non_null(strstr(person->location, "error=login_required"));
	note_address(world, visit, "error");
	person_start(person, portal_ids[visit->portal], "");
	person_choose(person, "partner");
	snprintf(answer, sizeof(answer), "ok %u", visit->person);
	person_arrive(person, answer);
	if (!person_at_portal(person))
		fail_msg("person %u is not at %s but on %s", visit->person, portal_ids[visit->portal], person->page);
	note_address(world, visit, "answer");
	redeem(world, visit);
	note_states(world, visit, "account");
}

/* A door that tells: the search itself must find what is planted in its evidence. */
static void
test_search(void **state)
{
	struct evidence *evidence = evidence_new(2000);
	struct evidence_findings findings;
	struct arena *arena = arena_new(1 << 24);

	(void)state;
	for (unsigned i = 0; i < 2000; i++) {
		const char *shared = random_text(arena, 16);
		for (unsigned portal = 0; portal < EVIDENCE_PORTALS; portal++) {
			evidence_text(evidence, portal, i, "id_token.sub", random_text(arena, 16));
			evidence_text(evidence, portal, i, "constant", "urn:the:same:for:all");
			evidence_number(evidence, portal, i, "noise", below(1000000));
		}
		if (i == 7) {
			evidence_text(evidence, 0, i, "planted", shared);
			evidence_text(evidence, 2, i, "other name", shared);
		}
		if (i == 9) {
			evidence_text(evidence, 0, i, "planted", arena_printf(arena, "a-%s", shared));
			evidence_text(evidence, 1, i, "planted", arena_printf(arena, "bc-%s", shared));
		}
		evidence_number(evidence, 0, i, "planted", i + below(1000));
		evidence_number(evidence, 1, i, "planted", i + below(1000));
	}
	findings = evidence_judge(evidence, NULL);
	assert_int_equal(findings.values, 1);
	assert_true(findings.parts > 1);
	assert_int_equal(findings.numbers, 1);
	assert_int_equal(findings.bits, 0);
	evidence_free(&evidence);
	arena_free(&arena);
}

static void
test_portals(void **state)
{
	const char *wanted = getenv("CORRELATION_PEOPLE");
	struct evidence_findings findings;
	struct world world;
	struct visit *visits;

	(void)state;
	open_world(&world, wanted != NULL ? (unsigned)atoi(wanted) : PEOPLE);
	log_set_level(LOG_ERROR);
	visits = deal_visits(world.count);
	for (uint32_t i = 0; i < world.count * VISITS; i++)
		visit_portal(&world, &visits[i]);
	free(visits);
	end_some(&world);
	findings = evidence_judge(world.evidence, stderr);
	close_world(&world);
	assert_int_equal(findings.values, 0);
	assert_int_equal(findings.parts, 0);
	assert_int_equal(findings.numbers, 0);
	assert_int_equal(findings.bits, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_search), cmocka_unit_test(test_portals)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
