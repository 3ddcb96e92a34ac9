/* world.h - one account in one status, reached as accounts reach it, and a browser whose person has proven so and so much: the rows of the matrices.
 *
 * The person comes with a partner's credential, has an account at the portal "work" as well, and the portal "health" has an older account
 * whose reference the person knows. */
#ifndef TESTS_UNIT_PAGE_WORLD_H
#define TESTS_UNIT_PAGE_WORLD_H

#include "person.h"

#include "account/status.h"

/* What no page may show. */
#define WORLD_NAME "name-id-of-anna"
#define WORLD_OTHER_PORTAL "Elsewhere"

/* What the person has proven; but for BEFORE in a new browser, after the account got its status. */
enum level {
	NOTHING,	/* a portal's request, and nothing more */
	BEFORE,		/* the factor, before the account got its status: a browser that was left open */
	CREDENTIAL,
	FACTOR,		/* credential and factor, and came to manage on the way: nothing is over yet */
	RECOVERED,	/* credential and a recovery code */
	FROZEN,		/* as FACTOR, where somebody had said "this was not me" */
	STALE,		/* as FACTOR, eleven minutes ago */
	DRAFT,		/* as FACTOR, and has named an older account to claim */
	CLAIMING,	/* as DRAFT, and has opened the claim */
	SECOND_TAB,	/* back at the portal in one tab; the request of another is not over */
	FINISHED,	/* as FACTOR, and is back at the portal */
	LEVELS
};

struct world {
	struct house *house;
	enum status status;
	const char *factor;		/* "totp", "mail", or "": the portal asks for none */
	struct person person;
	uint8_t seed[20];
	char codes[10][20];
	struct bytes id;
	const char *sub, *reference;
	const char *older;		/* the reference of the account that can be claimed */
	const char *invitation;		/* to "health", open */
	char code[128], token[4096];	/* an authorization code and an access token of before; "" where the account never opened */
	struct person before;		/* the browser of BEFORE */
	int64_t now;			/* when the status was reached */
};

/* The name of a level, for messages. */
const char *world_level_print(enum level level);
/* Whoever claims without an invitation enrols in any case. */
bool world_exists(enum status status, const char *factor);
void world_open(struct world *world, struct house *house, enum status status, const char *factor);
/* A person on the way to an account, at that step: without one before STEP_RECOVERY_CODES.  False: nobody comes there so. */
bool world_begin(struct world *world, struct house *house, enum step step);
void world_close(struct world *world);
/* Does BEFORE still have its session? */
bool world_kept(const struct world *world);
/* The person in that position; false where nobody comes to be. */
bool world_come(struct world *world, enum level level);
/* "This was not me" is said of its account. */
void world_freeze(struct world *world);
/* Trade an authorization code of "health" at /token. */
void world_redeem(struct person *person, const char *code);
/* A code that proves the account's factor now: from the app, or from the newest mail. */
void world_digits(struct world *world, char ret_digits[7]);

#endif
