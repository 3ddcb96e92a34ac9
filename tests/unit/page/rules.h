/* rules.h - what must hold in every cell of the matrix of pages, made from statuses.def, and from what each path is for. */
#ifndef TESTS_UNIT_PAGE_RULES_H
#define TESTS_UNIT_PAGE_RULES_H

#include "world.h"

#include "../signin/shot.h"
#include "web/router.h"

/* One request of one person. */
struct cell {
	const struct world *world;
	const char *who;		/* status and level in words */
	bool has_account;		/* else status and level say nothing */
	enum level level;
	bool seen;			/* the session was used a moment ago */
	enum step step;			/* where the table says that this person stands */
	const struct route *route;
	const char *action;		/* the button; NULL: a GET */
	bool full;			/* every field that any form knows, with what it would take; else the button alone */
};

/* The step of a person at that level, by the row of the account's status. */
enum step rules_step(const struct world *world, enum level level);
/* Is the path somebody's place at all, this person's place, or everybody's? */
bool rules_is_place(const char *path);
bool rules_is_theirs(const struct cell *cell);
/* The data-page on which a GET of this path ends; NULL: the portal. */
const char *rules_landing(const struct cell *cell);

/* Can one form of this person end at the portal? */
bool rules_leads_to_portal(const struct cell *cell);

/* What a request has done. */
struct effects {
	uint64_t tables;		/* bit set of the tables that changed */
	unsigned codes, mails, events, claims, accounts;	/* that are new */
	bool security;			/* a factor, recovery codes, an address, a binding, a claim is another one */
	bool moved;			/* the status of an account changed ... */
	const char *from, *to, *why;	/* ... so; in the arena */
	bool own;			/* and it is this person's */
	struct arena *arena;
	const struct world *world;
};
void rules_effects(const struct shot *before, const struct shot *after, const struct world *world, struct arena *arena, struct effects *ret_effects);

/* NULL, or the rule that is broken. */
const char *rules_check_get(const struct cell *cell, const struct effects *effects);
const char *rules_check_post(const struct cell *cell, const struct effects *effects);
const char *rules_check_repeated(const struct cell *cell, const struct effects *effects);
const char *rules_check_answer(const struct cell *cell, const struct person *answer);
/* Is each exception that a GET may change something needed by some cell?  NULL, or the one that is not. */
const char *rules_unused(void);

#endif
