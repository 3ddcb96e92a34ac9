/* recovery.h - recovery codes: a set of single-use codes, for who lost the second factor.
 *
 * A code is 80 random bits, as four groups of four characters of Crockford's base 32.  The store has, for each set, a salt, and for
 * each code mac(pbkdf2(code, salt)): who steals the store needs the key ring too, and then 2^80 guesses (ATTACKS F19).  PBKDF2 is slow
 * on purpose (10,000 rounds, about 4 ms): it is computed before a transaction, never inside one.
 * Runs in:  vestibuled, any handler thread.
 * Secrets:  the codes; in plain text only in the browser's page and, sealed, in the session until the person has kept them.
 */
#ifndef FACTOR_RECOVERY_H
#define FACTOR_RECOVERY_H

#include "factor/method.h"

/* The name of its throttle, and of the proof in a session. */
#define RECOVERY_METHOD "recovery"
#define RECOVERY_CODE_BYTES 10
#define RECOVERY_CODE_CHARACTERS 16

struct recovery_set {
	struct RecoveryRecord record;
	const char **codes;	/* as shown: "7KQW-0M3X-J5TB-9ZRD", as many as record.n_codes */
};

/* A new set of `count` codes; slow (4 ms a code), and outside any transaction. */
void recovery_make(struct ctx *ctx, unsigned count, struct recovery_set *ret_set);
/* Make it the account's only set, and forget the failures of the old one. */
enum err recovery_save(struct txn *txn, struct bytes account, const struct recovery_set *set);
/* ERR_NOT_FOUND when there is none. */
enum err recovery_load(struct txn *txn, struct bytes account, struct RecoveryRecord **ret_record);
unsigned recovery_left(const struct RecoveryRecord *record);

/* A typed code, ready to be compared inside a transaction. */
struct recovery_try {
	enum factor_verdict verdict;	/* FACTOR_ACCEPTED: well-formed, to be judged; else refused already */
	int64_t wait;			/* FACTOR_REFUSED_LOCKED */
	bool disabled;			/* FACTOR_REFUSED_EXHAUSTED */
	uint8_t hash[32];
	struct bytes salt;		/* of the set that it was computed for */
};
/* Normalise (case, spaces, hyphens; O is 0, I and L are 1), look whether a try is allowed now, and hash. A look at the store, no change. */
enum err recovery_prepare(struct ctx *ctx, struct bytes account, const char *typed, struct recovery_try *ret_try);
/* Judge in the caller's transaction: the code is used up, or the failure is counted, in the same one. */
enum err recovery_check(struct txn *txn, struct bytes account, const struct recovery_try *attempt, struct factor_answer *ret_answer);

/* The same two for somebody who claims the account without having signed in to it: no throttle is looked at or changed (the caller has a budget),
 * but a method that is disabled proves nothing; and the code is used up. */
enum err recovery_prepare_apart(struct ctx *ctx, struct bytes account, const char *typed, struct recovery_try *ret_try);
enum err recovery_check_apart(struct txn *txn, struct bytes account, const struct recovery_try *attempt, struct factor_answer *ret_answer);

/* The 16 characters behind what a person typed; false when it cannot be a code. ret_code: room for 17. */
bool recovery_parse(const char *typed, char ret_code[RECOVERY_CODE_CHARACTERS + 1]);

#endif
