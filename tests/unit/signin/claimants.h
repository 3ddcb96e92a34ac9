/* claimants.h - people who claim accounts, for the tests of claims: each with a credential, an app, recovery codes and an address. */
#ifndef TESTS_UNIT_SIGNIN_CLAIMANTS_H
#define TESTS_UNIT_SIGNIN_CLAIMANTS_H

#define TOTP_APART SECONDS(90) /* no code is good twice */

#include "house.h"

#include "account/account.h"
#include "audit/audit.h"
#include "mail/outbox.h"
#include "signin/relink.h"

extern struct house house;
extern struct ctx ctx;

/* setup and teardown of a test. */
int claimants_begin(void **state);
int claimants_end(void **state);

struct person {
	const char *name;		/* NameID, and the mailbox */
	struct pending *pending;
	struct journey journey;
	struct bytes id, seed;
	const char *codes[10];
};
/* Enrolled at that portal with a GCKey, an app, codes and an address for notices; signed in. */
struct person person_new(const char *portal, const char *name);
/* The same, and the account is set to that status afterwards ("waiting-claim"). */
struct person person_with_status(const char *name, enum status status);
/* The journey as it is by now. */
void person_look(struct person *person);
/* A full sign-in from the start, with the app or (recovery) a code; the verdict. */
enum factor_verdict person_sign_in(struct person *person, bool recovery);
/* The factor anew, as the page asks after ten minutes. */
void person_prove_again(struct person *person);
struct AccountRecord *person_account(const struct person *person);

/* Name it, prove what is said ("c" credential, "f" app, "r" recovery code), open. */
struct ClaimRecord *claim_by(struct person *claimant, struct person *old, const char *proofs);
/* Only name it. */
void draft_of(struct person *claimant, const struct person *old);
/* The second leg with this credential; was it noted? */
bool second_leg(struct person *claimant, const char *name);
enum err second_leg_with(struct person *claimant, const char *name, const char *assertion, bool *ret_noted);
struct ClaimRecord *claim_now(const struct ClaimRecord *claim);

/* Everything that is due at ctx.now. */
void due(void);
/* On to that time, in steps of an hour, with all that is due meanwhile. */
void until(int64_t then);

/* Mails of an account of that kind; the newest is in *ret_mail (may be NULL). */
unsigned mails(const struct person *person, const char *kind, const struct MailRecord **ret_mail);
const char *mail_value(const struct MailRecord *mail, const char *name);
/* Events of that name about an account. */
unsigned events(const struct person *person, const char *name);
/* Run fn with a record, or refuse: the error. */
enum err in_update(enum err (*fn)(struct txn *txn, struct ClaimRecord *claim), const struct ClaimRecord *claim);

#endif
