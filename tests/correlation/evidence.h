/* evidence.h - what portals receive, person by person, and what two portals together could make of it.
 *
 * Everything that is the same for many people tells nothing of one of them.  What is left must have nothing in common between what two
 * portals have of the same person: no value, no part of one, no number that goes with a number.
 */
#ifndef TESTS_CORRELATION_EVIDENCE_H
#define TESTS_CORRELATION_EVIDENCE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define EVIDENCE_PORTALS 3

struct evidence;

struct evidence *evidence_new(unsigned people);
void evidence_free(struct evidence **evidence);

/* A text that this portal received about this person, under a name ("id_token.sub"). */
void evidence_text(struct evidence *evidence, unsigned portal, unsigned person, const char *name, const char *value);
/* A number; only the first of each name, portal and person counts for what goes together. */
void evidence_number(struct evidence *evidence, unsigned portal, unsigned person, const char *name, double value);
/* Each member of it, and theirs, as "name.member"; a time counts as the number that it stands for. */
void evidence_json(struct evidence *evidence, unsigned portal, unsigned person, const char *name, const json_t *json);

/* The `sub` that this portal knows the person by, as text; false: it does not yet. */
bool evidence_subject(const struct evidence *evidence, unsigned portal, unsigned person, char ret_sub[32]);

/* How many findings of each kind; the first ones are said there (NULL: nowhere). */
struct evidence_findings {
	unsigned values;	/* the same value at two portals for the same person, and for few others */
	unsigned parts;		/* the same 12 characters in two values of the same person */
	unsigned numbers;	/* two numbers that go together, further than 6 standard deviations from chance */
	unsigned bits;		/* the same of the bits of two portals' subjects */
};
struct evidence_findings evidence_judge(const struct evidence *evidence, FILE *say);

#endif
