/* prove.h - a person proves the second factor, or uses a recovery code instead.
 *
 * The judgement, the count of failures and what the session has reached from then on are one transaction (DESIGN.md section 7).
 * Runs in: vestibuled, any handler thread. */
#ifndef SIGNIN_PROVE_H
#define SIGNIN_PROVE_H

#include "factor/method.h"
#include "signin/journey.h"

struct proof {
	bool moved;			/* it was not this person's step any more (a double click, another tab): ask the journey again */
	struct factor_answer answer;	/* else what the code is worth */
	const char *token;		/* accepted: the session cookie from now on */
};

/* journey: as the page found it; typed: the field, or NULL. */
enum err prove_factor(struct ctx *ctx, const struct journey *journey, const char *typed, struct proof *ret_proof);
enum err prove_recovery(struct ctx *ctx, const struct journey *journey, const char *typed, struct proof *ret_proof);
/* Recovery codes that this account has left. */
enum err prove_codes_left(struct ctx *ctx, const struct journey *journey, unsigned *ret_left);
/* Ask for the second factor once more, for what needs a recent proof: the session falls back to its credential. */
enum err prove_again(struct ctx *ctx, const struct journey *journey);

#endif
