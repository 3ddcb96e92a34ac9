/* address.h - the e-mail addresses of an account: each one proven by a code, for sign-in codes, for notices, or for both.
 *
 * An address that is replaced or dropped gets notices for another 30 days: whoever took the account over cannot make it silent
 * (DESIGN.md section 4).  Which account an address belongs to cannot be looked up: two accounts may have the same one.
 *
 * Runs in:  vestibuled, vestibulectl, inside store transactions.
 * Secrets:  addresses are personal data: they stand sealed, under the account and a MAC of theirs, and are never logged.
 */
#ifndef ACCOUNT_ADDRESS_H
#define ACCOUNT_ADDRESS_H

#include "store/records.h"

enum address_use {
	ADDRESS_FACTOR,		/* sign-in codes go there, and notices */
	ADDRESS_NOTICE		/* notices only: who uses an app may give one */
};

#define ADDRESS_OUTLIVES DAYS(30)

/* Give the account this address (from mailbox_parse()), which was proven just now, for that use.  The one that it had for it is replaced. */
enum err address_put(struct txn *txn, struct bytes account, const char *address, enum address_use use);
/* It has none for that use any more; ERR_OK also when it had none. */
enum err address_drop(struct txn *txn, struct bytes account, enum address_use use);
/* ERR_NOT_FOUND when it has none. */
enum err address_find(struct txn *txn, struct bytes account, enum address_use use, const char **ret_address);

/* Call fn for each address that gets notices now, each once, until it returns anything but ERR_OK, which is then returned.  fn may write
 * to the store. */
typedef enum err address_fn(void *arg, const struct AddressRecord *address);
enum err address_walk(struct txn *txn, struct bytes account, address_fn *fn, void *arg);

#endif
