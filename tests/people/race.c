/* race - fifty at once with the same thing that is good once: an authorization code, a TOTP code, a SAML Response.
 *
 * Exactly one may be accepted, through HTTP, on LMDB, round after round (ATTACKS O20, F01, S113, section 5.4).
 * usage: race [ROUNDS]
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "people.h"

#define CLIENTS 50

static pthread_barrier_t barrier;
static unsigned passed, failed;

struct runner {
	struct visit *visit;		/* a copy of the visit up to the contested point */
	char digits[7];
	bool accepted, broken;
};

static void
check(bool good, const char *what, unsigned round, unsigned accepted)
{
	if (good)
		passed++;
	else {
		failed++;
		printf("FAIL: %s, round %u: %u of %d accepted\n", what, round, accepted, CLIENTS);
	}
}

static void *
run_saml(void *arg)
{
	struct runner *r = arg;
	struct reply reply;

	pthread_barrier_wait(&barrier);
	browser_ask(&r->visit->browser, "POST", "/saml/acs", r->visit->saml_form, NULL, &reply);
	r->accepted = reply.status == 303 && strstr(reply.location, "/continue") != NULL;
	r->broken = reply.status == 0 || reply.status >= 500;
	reply_done(&reply);
	return NULL;
}

static void *
run_totp(void *arg)
{
	struct runner *r = arg;
	pthread_barrier_wait(&barrier);
	/* The cookie moves on with the winner: what counts is who reached the portal by this code. */
	r->accepted = visit_second_factor(r->visit, r->digits) == OUTCOME_DONE && strcmp(r->visit->page, "portal") == 0;
	r->broken = r->visit->status == 0 || r->visit->status >= 500;
	return NULL;
}

static void *
run_code(void *arg)
{
	struct runner *r = arg;
	enum outcome outcome;

	pthread_barrier_wait(&barrier);
	outcome = visit_token(r->visit);
	r->accepted = outcome == OUTCOME_DONE;
	r->broken = outcome == OUTCOME_BROKEN;
	return NULL;
}

/* Fifty copies of one visit, each with its own connection. */
static unsigned
contest(const struct visit *visit, const char *digits, void *(*run)(void *), unsigned *ret_broken)
{
	static struct runner runners[CLIENTS];
	pthread_t threads[CLIENTS];
	unsigned accepted = 0;

	*ret_broken = 0;
	pthread_barrier_init(&barrier, NULL, CLIENTS);
	for (int i = 0; i < CLIENTS; i++) {
		runners[i] = (struct runner){.visit = malloc(sizeof(struct visit))};
		memcpy(runners[i].visit, visit, sizeof(*visit));
		runners[i].visit->browser.fd = -1;
		if (visit->reply.body != NULL)
			runners[i].visit->reply.body = strdup(visit->reply.body);
		snprintf(runners[i].digits, sizeof(runners[i].digits), "%s", digits);
		pthread_create(&threads[i], NULL, run, &runners[i]);
	}
	for (int i = 0; i < CLIENTS; i++) {
		pthread_join(threads[i], NULL);
		accepted += runners[i].accepted;
		*ret_broken += runners[i].broken;
		visit_end(runners[i].visit);
		free(runners[i].visit);
	}
	pthread_barrier_destroy(&barrier);
	return accepted;
}

static void
must_be(enum outcome outcome, const struct visit *visit, const char *what)
{
	if (outcome != OUTCOME_DONE)
		die("%s: status %d, page %s\n%s", what, visit->status, visit->page, visit->reply.body != NULL ? visit->reply.body : "");
}

static void
play_round(struct house *house, unsigned round)
{
	struct person person = {0};
	struct visit *visit = malloc(sizeof(*visit));
	unsigned broken, accepted;
	char digits[7];
	int64_t step;

	snprintf(person.name_id, sizeof(person.name_id), "race-%u", round);
	visit_begin(visit, house, &person);
	must_be(visit_all(visit), visit, "the first visit");
	visit_end(visit);

	visit_begin(visit, house, &person);
	must_be(visit_to_provider(visit), visit, "the way to the provider");
	accepted = contest(visit, "", run_saml, &broken);
	check(accepted == 1 && broken == 0, "the same SAML Response (S113)", round, accepted);
	visit_end(visit);

	visit_begin(visit, house, &person);
	must_be(visit_to_provider(visit), visit, "the way to the provider");
	must_be(visit_post_saml(visit), visit, "the assertion");
	step = person_step(&person);
	person_digits(&person, step, digits);
	accepted = contest(visit, digits, run_totp, &broken);
	check(accepted == 1 && broken == 0, "the same TOTP code (F01)", round, accepted);
	visit_end(visit);

	/* A person of their own: no step of the last one is left. */
	memset(&person, 0, sizeof(person));
	snprintf(person.name_id, sizeof(person.name_id), "race-code-%u", round);
	visit_begin(visit, house, &person);
	must_be(visit_to_provider(visit), visit, "the way to the provider");
	must_be(visit_post_saml(visit), visit, "the assertion");
	must_be(visit_enrol(visit), visit, "the enrolment");
	must_be(visit_keep_codes(visit), visit, "the recovery codes");
	accepted = contest(visit, "", run_code, &broken);
	check(accepted == 1 && broken == 0, "the same authorization code (O20)", round, accepted);
	visit_end(visit);
	free(visit);
}

int
main(int argc, char **argv)
{
	unsigned rounds = argc > 1 ? (unsigned)atoi(argv[1]) : 5;
	static struct house house;

	house_make(&house);
	house_start(&house);
	for (unsigned round = 0; round < rounds; round++)
		play_round(&house, round);
	house_stop(&house);
	house_remove(&house);
	printf("%u passed, %u failed\n", passed, failed);
	return failed == 0 ? 0 : 1;
}
