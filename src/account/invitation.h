/* invitation.h - codes with which a portal's owner lets one person in each: single use, expiring, bound to the portal, hashed at rest.
 *
 * A code is 80 random bits in Crockford's base 32, "XXXX-XXXX-XXXX-XXXX", shown once to who made it.  It is used up in the transaction that
 * makes the account.  Who owns the portal knows an invitation by its id, which opens nothing; ids sort by when they were made.
 * What is over stays for retention.invitations, so that a person is told why a code does not work (any more).
 *
 * Runs in:  vestibuled, vestibulectl, inside store transactions.
 * Secrets:  the code; the store holds a MAC of it.
 */
#ifndef ACCOUNT_INVITATION_H
#define ACCOUNT_INVITATION_H

#include "store/records.h"

#define INVITATION_NOTE_MAX 64
#define INVITATION_ID_CHARACTERS 22
/* How much of what a person typed or a portal passed on is looked at: a code with whatever stands between its groups. */
#define INVITATION_TYPED_MAX 64
/* What limits.invitation_lifetime allows. */
#define INVITATION_LIFE_MIN HOURS(1)
#define INVITATION_LIFE_MAX DAYS(90)

enum invitation_state {
	INVITATION_OPEN,
	INVITATION_USED,
	INVITATION_EXPIRED,
	INVITATION_REVOKED,
	INVITATION_FOREIGN,	/* another portal's */
	INVITATION_UNKNOWN
};
/* "open", "used", "expired", "revoked", "foreign", "unknown". */
const char *invitation_state_print(enum invitation_state state);
/* One of the first four. */
enum invitation_state invitation_state(const struct InvitationRecord *invitation, int64_t now);

struct invitation_new {
	const char *portal;
	int64_t life;		/* ms; 0: limits.invitation_lifetime */
	const char *note;	/* the owner's own reference, at most INVITATION_NOTE_MAX bytes of UTF-8 without control characters; "" */
	const char *by;		/* "api" or "operator" */
};
/* ERR_FORMAT: the note; ERR_REFUSED: the life is out of its bounds. */
enum err invitation_create(struct txn *txn, const struct invitation_new *wanted, const char **ret_code, struct InvitationRecord **ret_invitation);
/* ERR_NOT_FOUND: unknown to this portal.  id: as it came, of any length. */
enum err invitation_load(struct txn *txn, const char *portal, const char *id, struct InvitationRecord **ret_invitation);
/* What a typed code is at this portal: case, spaces and hyphens do not matter. ERR_FORMAT: not even the shape of a code.  *ret_id: when it is this
 * portal's, NULL else. */
enum err invitation_find(struct txn *txn, const char *portal, const char *typed, enum invitation_state *ret_state, const char **ret_id);
/* Use it up for this account. ERR_REFUSED: it is not open (any more). */
enum err invitation_use(struct txn *txn, const char *portal, const char *id, struct bytes account);
/* by: "api" or "operator".  ERR_NOT_FOUND; ERR_EXISTS: it is not open any more. */
enum err invitation_revoke(struct txn *txn, const char *portal, const char *id, const char *by, struct InvitationRecord **ret_invitation);
/* Oldest first, from after that id (NULL: from the start), at most `most`, until fn returns anything but ERR_OK, which is then returned.
 * ERR_FORMAT: `after` is not the shape of an id. */
typedef enum err invitation_fn(void *arg, const struct InvitationRecord *invitation);
enum err invitation_walk(struct txn *txn, const char *portal, const char *after, unsigned most, invitation_fn *fn, void *arg);

#endif
