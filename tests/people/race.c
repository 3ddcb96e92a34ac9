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
	r->accepted = reply.status == 303 && strstr(reply.location, "/second-factor?") != NULL;
	r->broken = reply.status == 0 || reply.status >= 500;
	reply_done(&reply);
	return NULL;
}

static void *
run_totp(void *arg)
{
	struct runner *r = arg;
	pthread_barrier_wait(&barrier);
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

static struct runner runners[CLIENTS];

/* All at once; the runners' visits are used up. */
static unsigned
contest(void *(*run)(void *), unsigned *ret_broken)
{
	pthread_t threads[CLIENTS];
	unsigned accepted = 0;

	*ret_broken = 0;
	pthread_barrier_init(&barrier, NULL, CLIENTS);
	for (int i = 0; i < CLIENTS; i++)
		pthread_create(&threads[i], NULL, run, &runners[i]);
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

/* Fifty copies of one visit, each with its own connection. */
static void
copy_visit(const struct visit *visit)
{
	for (int i = 0; i < CLIENTS; i++) {
		runners[i] = (struct runner){.visit = malloc(sizeof(struct visit))};
		memcpy(runners[i].visit, visit, sizeof(*visit));
		runners[i].visit->browser.fd = -1;
		if (visit->reply.body != NULL)
			runners[i].visit->reply.body = strdup(visit->reply.body);
	}
}

static void
must_be(enum outcome outcome, const struct visit *visit, const char *what)
{
	if (outcome != OUTCOME_DONE)
		die("%s: status %d, page %s\n%s", what, visit->status, visit->page, visit->reply.body != NULL ? visit->reply.body : "");
}

/* Fifty browsers of one person, each with a session of its own that waits for the second factor: in one session the first
 * success would answer for the rest, and nothing would be tried. */
static void
open_sessions(struct house *house, struct person *person)
{
	int64_t step;

	for (int i = 0; i < CLIENTS; i++) {
		runners[i] = (struct runner){.visit = malloc(sizeof(struct visit))};
		visit_begin(runners[i].visit, house, person);
		must_be(visit_to_provider(runners[i].visit), runners[i].visit, "the way to the provider");
		must_be(visit_post_saml(runners[i].visit), runners[i].visit, "the assertion");
	}
	step = person_step(person);
	for (int i = 0; i < CLIENTS; i++)
		person_digits(person, step, runners[i].digits);
}

static void
play_round(struct house *house, unsigned round)
{
	struct person person = {0};
	struct visit *visit = malloc(sizeof(*visit));
	unsigned broken, accepted;

	snprintf(person.name_id, sizeof(person.name_id), "race-%u", round);
	visit_begin(visit, house, &person);
	must_be(visit_all(visit), visit, "the first visit");
	visit_end(visit);

	visit_begin(visit, house, &person);
	must_be(visit_to_provider(visit), visit, "the way to the provider");
	copy_visit(visit);
	accepted = contest(run_saml, &broken);
	check(accepted == 1 && broken == 0, "the same SAML Response (S113)", round, accepted);
	visit_end(visit);

	open_sessions(house, &person);
	accepted = contest(run_totp, &broken);
	check(accepted == 1 && broken == 0, "the same TOTP code in fifty sessions (F01)", round, accepted);

	/* A person of their own: no step of the last one is left. */
	memset(&person, 0, sizeof(person));
	snprintf(person.name_id, sizeof(person.name_id), "race-code-%u", round);
	visit_begin(visit, house, &person);
	must_be(visit_to_provider(visit), visit, "the way to the provider");
	must_be(visit_post_saml(visit), visit, "the assertion");
	must_be(visit_enrol(visit), visit, "the enrolment");
	must_be(visit_keep_codes(visit), visit, "the recovery codes");
	copy_visit(visit);
	accepted = contest(run_code, &broken);
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
