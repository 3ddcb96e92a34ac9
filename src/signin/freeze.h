/* freeze.h - "this was not me": the link in a notice stops all changes of an account and ends its sessions (DESIGN.md section 4).
 *
 * Who reads the person's mail needs no sign-in for it.  To look at the link changes nothing; only the button does.  The account stays frozen
 * until the help desk has checked it (`vestibulectl account unfreeze`); signing in goes on with what the account has.
 * Runs in: vestibuled, any handler thread; vestibulectl. */
#ifndef SIGNIN_FREEZE_H
#define SIGNIN_FREEZE_H

#include "store/records.h"

/* What the button of a link stops. */
enum freeze_stops {
	FREEZE_ACCOUNT,		/* LINK_NOT_ME: the account is frozen */
	FREEZE_CLAIM,		/* LINK_CLAIM while the claim is open: it ends, and nothing has moved */
	FREEZE_RESET,		/* LINK_RESET while the reset is open: it ends, and nothing has changed; after that the link is one of LINK_NOT_ME */
	FREEZE_TAKER		/* LINK_CLAIM after it was completed, as long as it can be undone: the account that has taken over is frozen */
};

struct frozen {
	bool over;			/* the link is unknown, used or too old: nothing else is filled */
	const char *kind;		/* of the notice */
	int64_t when;			/* it was sent */
	struct AccountRecord *account;	/* of the notice */
	enum freeze_stops stops;
};
/* token: as it came, or NULL. */
enum err freeze_look(struct ctx *ctx, const char *token, struct frozen *ret_frozen);
/* Use the link, in one transaction: the account is frozen, all its sessions end with what was issued from them, its addresses and the help desk
 * are told; or the claim, or the reset, is ended. */
enum err freeze_do(struct ctx *ctx, const char *token, struct frozen *ret_frozen);

#endif
