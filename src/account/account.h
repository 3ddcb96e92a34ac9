/* account.h - one person at one portal: made, found and closed.  No name and no address is known here.
 *
 * Runs in: vestibuled, any handler thread, inside store transactions.
 */
#ifndef ACCOUNT_ACCOUNT_H
#define ACCOUNT_ACCOUNT_H

#include "account/status.h"

#define ACCOUNT_ID_SIZE 16
/* So often at least an account is looked at for not being used (AGENDA_UNUSED): a new policy is in force after that time. */
#define ACCOUNT_LOOKED_AT DAYS(30)

/* Make and save an account: a random id, a `sub` of 128 random bits that belongs to this portal only and is never used again, and a support
 * reference of its own.  It starts with this status, without a second factor. */
enum err account_create(struct txn *txn, const char *portal, const char *provider, enum status status, struct AccountRecord **ret_account);

/* ERR_NOT_FOUND when there is none. */
enum err account_load(struct txn *txn, struct bytes id, struct AccountRecord **ret_account);
/* By the sub that it has, or had before it took another one's over (account->sub is another one then, former_sub this one). */
enum err account_find_subject(struct txn *txn, const char *portal, const char *sub, struct AccountRecord **ret_account);
/* A claim is completed: the account has the old one's sub from now on, and its own as former_sub.  Both are changed, and saved by the caller (by
 * a change of status, say). */
enum err account_take_subject(struct txn *txn, struct AccountRecord *account, struct AccountRecord *old);
/* Undone: each has its own again. */
enum err account_return_subject(struct txn *txn, struct AccountRecord *account, struct AccountRecord *old);
/* reference: as printed; see account_reference_parse() for what a person typed. */
enum err account_find_reference(struct txn *txn, const char *reference, struct AccountRecord **ret_account);
/* All accounts of all portals, in the order of their ids, which says nothing; from after that one (NULL: from the start), at most `most`; fn
 * returns anything but ERR_OK to stop. */
typedef enum err account_fn(void *arg, const struct AccountRecord *account);
enum err account_walk(struct txn *txn, const struct AccountRecord *after, unsigned most, account_fn *fn, void *arg);
enum err account_save(struct txn *txn, const struct AccountRecord *account);
/* The record itself and what it is found by are gone: its sub, its former one, its support reference.  What hangs on it is the caller's
 * (signin/life.h). */
enum err account_remove(struct txn *txn, const struct AccountRecord *account);

/* Nothing may be changed in it until the help desk has looked, and signing in goes on: somebody who got its mail said "this was not me" to
 * that notice (its kind).  Saves and audits.  Ending its sessions is the caller's. */
enum err account_freeze(struct txn *txn, struct AccountRecord *account, const char *notice);
/* The help desk has looked. ERR_EXISTS: it was not frozen. */
enum err account_unfreeze(struct txn *txn, struct AccountRecord *account);
bool account_frozen(const struct AccountRecord *account);
/* Note a finished sign-in in the account (not yet saved): the last ten, newest first, and the language it was in. */
void account_signed_in(struct ctx *ctx, struct AccountRecord *account);

/* "VB-XXXX-XXXX" in Crockford's base 32 from what a person typed or said: case, spaces and hyphens do not matter, O is 0, I and L are 1,
 * and the VB may be missing.  ERR_FORMAT otherwise. */
enum err account_reference_parse(struct arena *arena, const char *typed, const char **ret_reference);

#endif
