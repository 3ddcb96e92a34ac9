/* claim.h - a person at a new account claims an older one of the same portal: what was proven, whose decision it takes, how it ends
 * (DESIGN.md section 3, moving accounts; doc/ACCOUNTS.md).
 *
 * Enough is proven (the old credential, and its second factor or a recovery code): the waiting period.  Less: the portal's owner decides, then
 * the waiting period.  Two claims to one account at once: the owner decides on both, whatever was proven.  One stolen thing never moves an
 * account.  What completes and undoes a claim, with its sessions, is signin/relink.h.
 *
 * Runs in: vestibuled, vestibulectl, inside store transactions.
 */
#ifndef ACCOUNT_CLAIM_H
#define ACCOUNT_CLAIM_H

#include "store/records.h"

#define CLAIM_ID_SIZE 16
/* So long can a completed claim be undone. */
#define CLAIM_UNDO DAYS(30)
/* Open claims to one account at once. */
#define CLAIM_CONTEST_MOST 20

enum claim_state {
#define CLAIM_STATE(id, name, open) CLAIM_##id,
#include "account/claims.def"
	CLAIM_STATE_COUNT
};
enum claim_end {
#define CLAIM_END(id, name) CLAIM_END_##id,
#include "account/claims.def"
	CLAIM_END_COUNT
};
const char *claim_state_name(enum claim_state state);
const char *claim_end_name(enum claim_end end);
/* A name that this release does not know is CLAIM_ENDED. */
enum claim_state claim_state(const struct ClaimRecord *claim);
bool claim_is_open(const struct ClaimRecord *claim);
/* 'a': both proven, 'b': one of them, 'c': neither. */
char claim_kind(const struct ClaimRecord *claim);

/* May this account claim that one: another account of the same portal, claimable, by one that is not frozen and has not taken over an account
 * before (it would lose the files of the first)? */
bool claim_possible(const struct AccountRecord *account, const struct AccountRecord *old);

struct claim_new {
	struct AccountRecord *account;	/* the claimant's */
	struct AccountRecord *old;
	bool credential_proven;
	const char *factor_proven;	/* "totp", "mail", "recovery" or "" */
};
/* Begin: record, lists, agenda, notices to every address of both accounts (with links that cancel, to the old one's), audit.  Another open claim
 * to the same account goes (back) to the portal's owner.
 * ERR_EXISTS: the claimant has an open claim.  ERR_REFUSED: not claim_possible(), or CLAIM_CONTEST_MOST are open. */
enum err claim_open(struct txn *txn, const struct claim_new *wanted, struct ClaimRecord **ret_claim);
/* ERR_NOT_FOUND. */
enum err claim_load(struct txn *txn, struct bytes id, struct ClaimRecord **ret_claim);
/* Under its id and in both lists; an ended one stays for retention.claims. */
enum err claim_save(struct txn *txn, const struct ClaimRecord *claim);
/* The id as text for the API, the tool and back: 32 hex digits. ERR_FORMAT. */
const char *claim_id_print(struct arena *arena, const struct ClaimRecord *claim);
enum err claim_id_parse(struct arena *arena, const char *text, struct bytes *ret_id);
/* The portal's owner decides: yes begins the waiting period, no ends it.  ERR_REFUSED: it does not wait for that, or (yes) another claim to the
 * same account was agreed to, or one of the accounts cannot take part any more.  by: "api" or "operator". */
enum err claim_decide(struct txn *txn, struct ClaimRecord *claim, bool agreed, const char *by);
/* It ends without anything having moved: record, lists, notices, audit.  ERR_REFUSED: it is not open. */
enum err claim_end(struct txn *txn, struct ClaimRecord *claim, enum claim_end why);
/* End every open claim to this account; *ret_count how many. */
enum err claim_end_all_to(struct txn *txn, struct bytes account, enum claim_end why, unsigned *ret_count);
/* End every open claim to, or of, this account. */
enum err claim_end_all_of(struct txn *txn, struct bytes account, enum claim_end as_old, enum claim_end as_claimant);
/* The waiting period begins (anew) now: half of it, then the reminder, then the rest.  Saved, and on the agenda. */
enum err claim_wait(struct txn *txn, struct ClaimRecord *claim);

/* Tell every address of both accounts, and each account's history.  The old account's links stop the claim (LINK_CLAIM). */
struct claim_news {
	const struct ClaimRecord *claim;
	unsigned event;			/* enum audit_event with the fields claim, side and at most two more; or CLAIM_NO_EVENT */
	unsigned notice;		/* enum notice, or CLAIM_NO_NOTICE */
	const char *names[2], *values[2];	/* the event's further fields; NULL: none */
};
#define CLAIM_NO_EVENT ((unsigned)-1)
#define CLAIM_NO_NOTICE ((unsigned)-1)
enum err claim_tell(struct txn *txn, const struct claim_news *news);

/* The open claims that an account takes part in, on either side, newest first; fn returns anything but ERR_OK to stop, and may write. */
typedef enum err claim_fn(void *arg, const struct ClaimRecord *claim);
enum err claim_walk_open(struct txn *txn, struct bytes account, claim_fn *fn, void *arg);
/* A portal's claims, oldest first, from after that one (NULL: from the start), at most `most`. */
enum err claim_walk_portal(struct txn *txn, const char *portal, const struct ClaimRecord *after, unsigned most, claim_fn *fn, void *arg);
/* The open claim that this account has made, or the newest when none is. ERR_NOT_FOUND. */
enum err claim_find_made(struct txn *txn, struct bytes account, struct ClaimRecord **ret_claim);

#endif
