/* prove.h - a person proves the second factor, or uses a recovery code instead.
 *
 * The judgement, the count of failures and what the session has reached from then on are one transaction (DESIGN.md section 7).
 * Runs in: vestibuled, any handler thread. */
#ifndef SIGNIN_PROVE_H
#define SIGNIN_PROVE_H

#include "factor/method.h"
#include "signin/journey.h"

/* How the journey ends when the factor was all that was missing: called in the transaction of the proof, with the session as it is from now on, to
 * save it and what the portal gets.  ERR_EXISTS, and nothing changed: the request was answered before, so the proof alone is kept. */
struct prove_end {
	enum err (*run)(struct txn *txn, struct journey *journey, void *arg);
	void *arg;
};

struct proof {
	bool finished;			/* the journey has ended: struct prove_end */
	bool moved;			/* it was not this person's step any more (a double click, another tab): ask the journey again */
	struct factor_answer answer;	/* else what the code is worth */
	const char *token;		/* accepted: the session cookie from now on */
};

/* journey: as the page found it; typed: the field, or NULL. end may be NULL. */
enum err prove_factor(struct ctx *ctx, const struct journey *journey, const char *typed, const struct prove_end *end, struct proof *ret_proof);
enum err prove_recovery(struct ctx *ctx, const struct journey *journey, const char *typed, struct proof *ret_proof);
/* Recovery codes that this account has left. */
enum err prove_codes_left(struct ctx *ctx, const struct journey *journey, unsigned *ret_left);
/* A method that sends its codes: where to, and what became of the last one. *ret_address is NULL for any other method. */
enum err prove_sent(struct ctx *ctx, const struct journey *journey, const char **ret_address, struct mail_code_state *ret_state);
/* Send one, or the same again. ERR_REFUSED: it is not this person's step, not such a method, or no mail server
 * is configured any more. */
enum err prove_send(struct ctx *ctx, const struct journey *journey, struct mail_sending *ret_sending);
/* The same, but nothing (MAIL_REPEATED) while one is alive: two looks at the page at once send one mail. */
enum err prove_send_first(struct ctx *ctx, const struct journey *journey, struct mail_sending *ret_sending);
/* Ask for the second factor once more, for what needs a recent proof: the session falls back to its credential. */
enum err prove_again(struct ctx *ctx, const struct journey *journey);

#endif
