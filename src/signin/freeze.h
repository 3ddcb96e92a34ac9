/* freeze.h - "this was not me": the link in a notice stops all changes of an account and ends its sessions (DESIGN.md section 4).
 *
 * Who reads the person's mail needs no sign-in for it.  To look at the link changes nothing; only the button does.  The account stays frozen
 * until the help desk has checked it (`vestibulectl account unfreeze`); signing in goes on with what the account has.
 * Runs in: vestibuled, any handler thread; vestibulectl. */
#ifndef SIGNIN_FREEZE_H
#define SIGNIN_FREEZE_H

#include "store/records.h"

struct frozen {
	bool over;			/* the link is unknown, used or too old: nothing else is filled */
	const char *kind;		/* of the notice */
	int64_t when;			/* it was sent */
	struct AccountRecord *account;
};
/* token: as it came, or NULL. */
enum err freeze_look(struct ctx *ctx, const char *token, struct frozen *ret_frozen);
/* Use the link: in one transaction the account is frozen, all its sessions end with what was issued from them, its addresses and the help desk
 * are told. */
enum err freeze_do(struct ctx *ctx, const char *token, struct frozen *ret_frozen);

#endif
