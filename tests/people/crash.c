/* crash - kill the daemon with SIGKILL at random moments under load, again and again, and then look whether anything that it
 * had acknowledged is lost, or anything single-use is accepted twice (DESIGN.md section 7; ATTACKS 5.2 I1 to I5, R01).
 *
 * The journal is the memory of this program, which outlives the daemon: what was answered before the kill.
 * usage: crash [CYCLES [SEED]]
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "people.h"

#define THREADS 8
#define PEOPLE 12 /* per thread */

static atomic_bool stop;
static unsigned passed, failed;
static unsigned long seed;
static bool verified; /* the audit, once */

/* What one thread's people had acknowledged, and the single-use things that they had spent. */
struct member {
	struct house *house;
	struct person people[PEOPLE];
	struct visit *spent;		/* a finished visit: its assertion and its code are used */
	bool has_spent;
	unsigned finished;
	unsigned at;
};

static void
check(bool good, const char *what, const char *who)
{
	if (good)
		passed++;
	else {
		failed++;
		printf("FAIL (seed %lu): %s: %s\n", seed, who, what);
	}
}

static void
keep_spent(struct member *member, struct visit *visit)
{
	if (member->has_spent)
		visit_end(member->spent);
	memcpy(member->spent, visit, sizeof(*visit));
	member->spent->browser.fd = -1;
	member->spent->reply.body = NULL;
	member->has_spent = true;
}

static void *
live(void *arg)
{
	struct member *member = arg;
	struct visit *visit = malloc(sizeof(*visit));

	while (!stop) {
		struct person *person = &member->people[member->at++ % PEOPLE];
		if (person->seed_len > 0 && person_step(person) < 0) {
			/* No step left for this one now: somebody new takes the place, so that enrolments never end. */
			unsigned serial = (unsigned)(monotonic_us() & 0xffffff);
			memset(person, 0, sizeof(*person));
			snprintf(person->name_id, sizeof(person->name_id), "crash-%p-%u", (void *)member, serial);
		}
		visit_begin(visit, member->house, person);
		struct person before = *person;
		if (visit_all(visit) == OUTCOME_DONE) {
			keep_spent(member, visit);
			member->finished++;
		} else if (before.seed_len == 0 && !person->codes_confirmed && visit->status == 0) {
			/* Whether the enrolment was made is unknown to the person: not in the journal. */
			if (person->last_step == 0)
				memset(person->seed, 0, sizeof(person->seed)), person->seed_len = 0;
		}
		visit_end(visit);
	}
	free(visit);
	return NULL;
}

/* An acknowledged enrolment is there after the kill, and asks for its second factor; a used code or assertion is dead. */
static void
look_at_person(struct house *house, struct person *person)
{
	struct visit *visit = malloc(sizeof(*visit));
	char digits[7];

	if (person->seed_len == 0 || person->last_step == 0) {
		free(visit);
		return;
	}
	visit_begin(visit, house, person);
	if (visit_to_provider(visit) != OUTCOME_DONE || visit_post_saml(visit) != OUTCOME_DONE)
		check(false, "no sign-in after the restart", person->name_id);
	else {
		check(strcmp(visit->page, "second-factor") == 0, "an acknowledged enrolment is lost", person->name_id);
		if (strcmp(visit->page, "second-factor") == 0 && person->last_step >= now_ms() / 30000 - 1) {
			person_digits(person, person->last_step, digits);
			check(visit_second_factor(visit, digits) == OUTCOME_REFUSED, "a TOTP step was accepted twice", person->name_id);
		}
	}
	visit_end(visit);
	free(visit);
}

static void
look_at_spent(struct visit *spent)
{
	struct reply reply;

	browser_ask(&spent->at_provider, "POST", "/saml/acs", spent->saml_form, NULL, &reply);
	/* Back to the chooser, or an error: never on to the next step. */
	check(reply.status != 0 && reply.status < 500 && (reply.status != 303 || strstr(reply.location, "/sign-in?") != NULL),
	    "a used assertion was not refused", spent->person->name_id);
	reply_done(&reply);
	browser_done(&spent->at_provider);
	check(visit_token(spent) == OUTCOME_REFUSED, "a used authorization code was not refused", spent->person->name_id);
	visit_end(spent);
}

static void
look(struct member *members)
{
	for (int i = 0; i < THREADS; i++) {
		/* One person a thread and a cycle is enough: a hundred cycles see them all. */
		look_at_person(members[i].house, &members[i].people[(members[i].at + PEOPLE - 1) % PEOPLE]);
		if (members[i].has_spent)
			look_at_spent(members[i].spent);
		members[i].has_spent = false;
	}
}

static void
cycle(struct house *house, struct member *members)
{
	pthread_t threads[THREADS];

	stop = false;
	for (int i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, live, &members[i]);
	usleep((useconds_t)(50000 + random() % 900000));
	house_kill(house);
	stop = true;
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	check(house_verify(house, verified), "the audit is not what it was, or no chain", "after the kill");
	verified = true;
	house_start(house);
	look(members);
}

int
main(int argc, char **argv)
{
	unsigned cycles = argc > 1 ? (unsigned)atoi(argv[1]) : 100, finished = 0;
	static struct house house;
	static struct member members[THREADS];

	seed = argc > 2 ? strtoul(argv[2], NULL, 10) : (unsigned long)now_ms();
	srandom((unsigned)seed);
	printf("seed %lu\n", seed);
	house_make(&house);
	for (int i = 0; i < THREADS; i++) {
		members[i].house = &house;
		members[i].spent = calloc(1, sizeof(struct visit));
		for (int k = 0; k < PEOPLE; k++)
			snprintf(members[i].people[k].name_id, sizeof(members[i].people[k].name_id), "crash-%d-%d", i, k);
	}
	house_start(&house);
	for (unsigned i = 0; i < cycles; i++)
		cycle(&house, members);
	for (int i = 0; i < THREADS; i++)
		finished += members[i].finished;
	check(finished > cycles, "too few sign-ins were finished for the test to mean anything", "all");
	printf("%u cycles, %u sign-ins finished\n", cycles, finished);
	house_stop(&house);
	house_remove(&house);
	printf("%u passed, %u failed\n", passed, failed);
	return failed == 0 ? 0 : 1;
}
