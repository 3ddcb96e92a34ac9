#include "evidence.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "base/err.h"

#define NAMES_MOST 256
/* A value of more people than this is no trace of one of them: a status, a language, a day. */
#define MANY(people) ((people) / 50 + 4)
#define PART 12
#define SIGMAS 6
#define PRINTED_MOST 10

struct trace {
	uint64_t hash;
	uint32_t person;
	uint8_t portal;
	uint8_t name;
};
struct traces {
	struct trace *items;
	size_t count, room;
};

struct evidence {
	unsigned people;
	char *names[NAMES_MOST];
	unsigned name_count;
	struct traces values, parts;
	double *numbers[EVIDENCE_PORTALS][NAMES_MOST]; /* one for each person, NAN: none */
	unsigned char (*subjects[EVIDENCE_PORTALS])[16];
};

struct evidence *
evidence_new(unsigned people)
{
	struct evidence *evidence = calloc(1, sizeof(*evidence));

	must(evidence != NULL);
	evidence->people = people;
	for (unsigned i = 0; i < EVIDENCE_PORTALS; i++) {
		evidence->subjects[i] = calloc(people, sizeof(*evidence->subjects[i]));
		must(evidence->subjects[i] != NULL);
	}
	return evidence;
}

void
evidence_free(struct evidence **evidence)
{
	for (unsigned portal = 0; portal < EVIDENCE_PORTALS; portal++) {
		for (unsigned i = 0; i < NAMES_MOST; i++)
			free((*evidence)->numbers[portal][i]);
		free((*evidence)->subjects[portal]);
	}
	for (unsigned i = 0; i < (*evidence)->name_count; i++)
		free((*evidence)->names[i]);
	free((*evidence)->values.items);
	free((*evidence)->parts.items);
	free(*evidence);
	*evidence = NULL;
}

static unsigned
name_index(struct evidence *evidence, const char *name)
{
	for (unsigned i = 0; i < evidence->name_count; i++) {
		if (strcmp(evidence->names[i], name) == 0)
			return i;
	}
	must(evidence->name_count < NAMES_MOST);
	evidence->names[evidence->name_count] = strdup(name);
	return evidence->name_count++;
}

/* FNV-1a, 64 bits: a clash among some millions would be a finding by mistake, once in a million runs. */
static uint64_t
hash_of(const char *text, size_t len)
{
	uint64_t hash = 0xcbf29ce484222325;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ (unsigned char)text[i]) * 0x100000001b3;
	return hash;
}

static void
trace_add(struct traces *traces, struct trace trace)
{
	if (traces->count == traces->room) {
		traces->room = traces->room == 0 ? 1 << 16 : traces->room * 2;
		traces->items = realloc(traces->items, traces->room * sizeof(*traces->items));
		must(traces->items != NULL);
	}
	traces->items[traces->count++] = trace;
}

static void
keep_subject(struct evidence *evidence, unsigned portal, unsigned person, const char *value)
{
	struct arena *arena = arena_new(1 << 12);
	struct bytes bytes;

	must(base64url_parse(arena, bytes_of(value), &bytes) == ERR_OK && bytes.len == 16);
	memcpy(evidence->subjects[portal][person], bytes.data, 16);
	arena_free(&arena);
}

void
evidence_text(struct evidence *evidence, unsigned portal, unsigned person, const char *name, const char *value)
{
	struct trace trace = {.person = person, .portal = (uint8_t)portal, .name = (uint8_t)name_index(evidence, name)};
	size_t len = strlen(value);

	trace.hash = hash_of(value, len);
	trace_add(&evidence->values, trace);
	for (size_t i = 0; i + PART <= len && len < 64; i++) {
		trace.hash = hash_of(value + i, PART);
		trace_add(&evidence->parts, trace);
	}
	if (strcmp(name, "id_token.sub") == 0)
		keep_subject(evidence, portal, person, value);
}

void
evidence_number(struct evidence *evidence, unsigned portal, unsigned person, const char *name, double value)
{
	double **numbers = &evidence->numbers[portal][name_index(evidence, name)];

	if (*numbers == NULL) {
		*numbers = calloc(evidence->people, sizeof(**numbers));
		must(*numbers != NULL);
		for (unsigned i = 0; i < evidence->people; i++)
			(*numbers)[i] = NAN;
	}
	if (isnan((*numbers)[person]))
		(*numbers)[person] = value;
}

bool
evidence_subject(const struct evidence *evidence, unsigned portal, unsigned person, char ret_sub[32])
{
	static const unsigned char none[16];
	const unsigned char *subject = evidence->subjects[portal][person];
	struct arena *arena = arena_new(1 << 12);
	bool known = memcmp(subject, none, 16) != 0;

	snprintf(ret_sub, 32, "%s", base64url_print(arena, bytes_make(subject, 16)));
	arena_free(&arena);
	return known;
}

static void
note_number(struct evidence *evidence, unsigned portal, unsigned person, const char *name, double number)
{
	char text[32];

	snprintf(text, sizeof(text), "%.0f", number);
	evidence_text(evidence, portal, person, name, text);
	evidence_number(evidence, portal, person, name, number);
}

void
evidence_json(struct evidence *evidence, unsigned portal, unsigned person, const char *name, const json_t *json)
{
	char member_name[128];
	const char *member;
	const json_t *value;
	int64_t time;
	size_t i;

	/* two days alike are chance */
	if (json_is_string(json) && clock_parse(json_string_value(json), &time) == ERR_OK)
		note_number(evidence, portal, person, name, (double)time);
	else if (json_is_string(json))
		evidence_text(evidence, portal, person, name, json_string_value(json));
	if (json_is_number(json))
		note_number(evidence, portal, person, name, json_number_value(json));
	json_object_foreach((json_t *)json, member, value) {
		snprintf(member_name, sizeof(member_name), "%s.%s", name, member);
		evidence_json(evidence, portal, person, member_name, value);
	}
	json_array_foreach(json, i, value)
		evidence_json(evidence, portal, person, name, value);
}

static int
by_hash(const void *a, const void *b)
{
	const struct trace *x = a, *y = b;

	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	if (x->person != y->person)
		return x->person < y->person ? -1 : 1;
	return x->portal - y->portal;
}

/* The traces of one value, sorted by person and portal: is somebody at two portals, in a value that few have? */
static const struct trace *
shared_by_one(const struct trace *group, size_t count, unsigned many)
{
	const struct trace *found = NULL;
	unsigned people = 1;

	for (size_t i = 1; i < count; i++) {
		if (group[i].person != group[i - 1].person)
			people++;
		else if (group[i].portal != group[i - 1].portal)
			found = &group[i];
	}
	return people <= many ? found : NULL;
}

static unsigned
judge_traces(const struct evidence *evidence, const struct traces *all, const char *what, FILE *say)
{
	struct trace *sorted = malloc(all->count * sizeof(*sorted) + 1);
	unsigned findings = 0;

	must(sorted != NULL);
	memcpy(sorted, all->items, all->count * sizeof(*sorted));
	qsort(sorted, all->count, sizeof(*sorted), by_hash);
	for (size_t start = 0, end; start < all->count; start = end) {
		const struct trace *found;
		for (end = start + 1; end < all->count && sorted[end].hash == sorted[start].hash; end++)
			;
		found = shared_by_one(sorted + start, end - start, MANY(evidence->people));
		if (found != NULL && findings++ < PRINTED_MOST && say != NULL)
			fprintf(say, "person %u: %s of %s at portal %u is at portal %u too (%s)\n", found->person, what,
			    evidence->names[found->name], found->portal, found[-1].portal, evidence->names[found[-1].name]);
	}
	free(sorted);
	return findings;
}

/* Pearson's r over the people who have both; 0 when one of them is the same for all. */
static double
correlation(const struct evidence *evidence, const double *a, const double *b, unsigned *ret_count)
{
	double mean_a = 0, mean_b = 0, aa = 0, bb = 0, ab = 0;
	unsigned count = 0;

	for (unsigned i = 0; i < evidence->people; i++) {
		if (isnan(a[i]) || isnan(b[i]))
			continue;
		count++;
		mean_a += (a[i] - mean_a) / count;
		mean_b += (b[i] - mean_b) / count;
	}
	for (unsigned i = 0; i < evidence->people; i++) {
		if (isnan(a[i]) || isnan(b[i]))
			continue;
		aa += (a[i] - mean_a) * (a[i] - mean_a);
		bb += (b[i] - mean_b) * (b[i] - mean_b);
		ab += (a[i] - mean_a) * (b[i] - mean_b);
	}
	*ret_count = count;
	return aa > 0 && bb > 0 ? ab / sqrt(aa * bb) : 0;
}

static unsigned
judge_numbers_of(const struct evidence *evidence, unsigned p, unsigned q, FILE *say)
{
	unsigned findings = 0, count;

	for (unsigned i = 0; i < evidence->name_count; i++) {
		for (unsigned j = 0; j < evidence->name_count; j++) {
			double r;
			if (evidence->numbers[p][i] == NULL || evidence->numbers[q][j] == NULL)
				continue;
			r = correlation(evidence, evidence->numbers[p][i], evidence->numbers[q][j], &count);
			if (count < 100 || fabs(r) <= SIGMAS / sqrt(count))
				continue;
			if (findings++ < PRINTED_MOST && say != NULL)
				fprintf(say, "%s at portal %u goes with %s at portal %u: r = %.3f over %u people\n", evidence->names[i], p,
				    evidence->names[j], q, r, count);
		}
	}
	return findings;
}

static double
bit(const struct evidence *evidence, unsigned portal, unsigned person, unsigned number)
{
	return evidence->subjects[portal][person][number / 8] >> number % 8 & 1 ? 1 : -1;
}

/* The bits of random subjects agree by chance only: the sum of n products of signs has the deviation sqrt(n). */
static unsigned
judge_bits_of(const struct evidence *evidence, unsigned p, unsigned q, FILE *say)
{
	double bound = (SIGMAS + 1) * sqrt(evidence->people); /* 16,384 pairs a pair of portals */
	unsigned findings = 0;

	for (unsigned i = 0; i < 128; i++) {
		for (unsigned j = 0; j < 128; j++) {
			double sum = 0;
			for (unsigned person = 0; person < evidence->people; person++)
				sum += bit(evidence, p, person, i) * bit(evidence, q, person, j);
			if (fabs(sum) > bound && findings++ < PRINTED_MOST && say != NULL)
				fprintf(say, "bit %u of sub at portal %u goes with bit %u at portal %u\n", i, p, j, q);
		}
	}
	return findings;
}

struct evidence_findings
evidence_judge(const struct evidence *evidence, FILE *say)
{
	struct evidence_findings findings = {0};

	findings.values = judge_traces(evidence, &evidence->values, "the value", say);
	findings.parts = judge_traces(evidence, &evidence->parts, "a part", say);
	for (unsigned p = 0; p < EVIDENCE_PORTALS; p++) {
		for (unsigned q = p + 1; q < EVIDENCE_PORTALS; q++) {
			findings.numbers += judge_numbers_of(evidence, p, q, say);
			findings.bits += judge_bits_of(evidence, p, q, say);
		}
	}
	return findings;
}
