/* method.h - second factors behind one small interface: one row each.
 *
 * A further method is one more row in method.c, with its check and its pages; only its enrolment (signin/enrol.c) asks for a method by name.
 * Runs in: vestibuled, any handler thread.
 */
#ifndef FACTOR_METHOD_H
#define FACTOR_METHOD_H

#include "store/records.h"

/* What a code, as typed, is worth. Everything but FACTOR_ACCEPTED leaves the door shut. */
enum factor_verdict {
	FACTOR_REFUSED_REQUIRED,	/* nothing was typed */
	FACTOR_REFUSED_MALFORMED,	/* not even the shape of a code: not counted */
	FACTOR_REFUSED_WRONG,		/* counted */
	FACTOR_REFUSED_USED,		/* right, and accepted before */
	FACTOR_REFUSED_EXPIRED,
	FACTOR_REFUSED_EXHAUSTED,	/* the method is disabled, or nothing is left of it */
	FACTOR_REFUSED_LOCKED,		/* too early after failures: the code was not looked at */
	FACTOR_ACCEPTED
};
/* The name of a refusal in data-error (DESIGN.md 6.4): "required", "wrong", ...; "" for FACTOR_ACCEPTED. */
const char *factor_verdict_print(enum factor_verdict verdict);

struct factor_answer {
	enum factor_verdict verdict;
	int64_t wait;			/* ms until the next try may be made, when FACTOR_REFUSED_LOCKED */
	bool disabled;			/* when FACTOR_REFUSED_EXHAUSTED: no code of this method opens the account any more */
	bool clock;			/* when FACTOR_REFUSED_WRONG: it would be right some minutes earlier or later (totp) */
};

struct portal_config;

/* Whose code it is. */
struct factor_case {
	struct bytes account;
	const char *sid;		/* of the session that the code is typed in */
	const struct portal_config *portal;
	enum language language;		/* of what is sent */
};

struct mail_sending;

struct second_factor {
	const char *name;		/* in the configuration, the records and the field `method` */
	const char *amr;		/* RFC 8176, or our own "mail" */
	const char *acr;		/* the rung that it reaches (DESIGN.md 6.5) */
	const char *enrol_path;		/* the page where it is set up */
	/* Judge a typed code in the caller's transaction, with the throttle: the account's row counts a failure in the same
	 * transaction, so the caller must return ERR_OK from it whatever the verdict. */
	enum err (*check)(struct txn *txn, const struct factor_case *which, const char *typed, struct factor_answer *ret_answer);
	/* Send a code (factor/mail_code.h); NULL where the person has it at hand. */
	enum err (*send)(struct txn *txn, const struct factor_case *which, struct mail_sending *ret_sending);
};

/* NULL when there is no such method. */
const struct second_factor *method_find(const char *name);
/* The row of that number, in order of preference; NULL past the end. */
const struct second_factor *method_row(size_t index);

/* The proven factor of an account: ERR_NOT_FOUND when there is none. */
enum err factor_load(struct txn *txn, struct bytes account, const char *method, struct FactorRecord **ret_factor);
enum err factor_save(struct txn *txn, struct bytes account, const char *method, const struct FactorRecord *factor);
enum err factor_remove(struct txn *txn, struct bytes account, const char *method);

#endif
