/* claim.h - a person at a new account claims an older one of the same portal: what was proven, whose decision it takes, how it ends
 * (DESIGN.md section 3, moving accounts; doc/ACCOUNTS.md).
 *
 * Enough is proven (the old credential, and its second factor or a recovery code): the waiting period.  Less: the portal's owner decides, then
 * the waiting period.  Two claims to one account at once: the owner decides on both.  One stolen thing never moves an account.
 * What completes and undoes a claim, with its sessions, is signin/relink.h.
 *
 * Runs in: vestibuled, vestibulectl, inside store transactions.
 */
#ifndef ACCOUNT_CLAIM_H
#define ACCOUNT_CLAIM_H

#include "store/records.h"

#define CLAIM_ID_SIZE 16

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

struct claim_new {
	struct AccountRecord *account;	/* the claimant's */
	struct AccountRecord *old;
	bool credential_proven;
	const char *factor_proven;	/* "totp", "mail", "recovery" or "" */
};
/* Begin: record, lists, agenda, notices to every address of both accounts (with links that cancel, to the old one's), audit.
 * ERR_EXISTS: the claimant has an open claim.  ERR_REFUSED: the old account cannot be claimed (status, another portal, the same account). */
enum err claim_open(struct txn *txn, const struct claim_new *wanted, struct ClaimRecord **ret_claim);
/* ERR_NOT_FOUND. */
enum err claim_load(struct txn *txn, struct bytes id, struct ClaimRecord **ret_claim);
enum err claim_save(struct txn *txn, const struct ClaimRecord *claim);
/* The id as text for the API, the tool and back: 32 hex digits. ERR_FORMAT. */
const char *claim_id_print(struct arena *arena, const struct ClaimRecord *claim);
enum err claim_id_parse(struct arena *arena, const char *text, struct bytes *ret_id);
/* The portal's owner decides: yes begins the waiting period, no ends it.  ERR_REFUSED: it does not wait for that.  by: "api" or "operator". */
enum err claim_decide(struct txn *txn, struct ClaimRecord *claim, bool agreed, const char *by);
/* It ends without anything having moved: record, lists, notices, audit.  ERR_REFUSED: it is not open. */
enum err claim_end(struct txn *txn, struct ClaimRecord *claim, enum claim_end why);
/* End every open claim to, or of, this account. */
enum err claim_end_all_of(struct txn *txn, struct bytes account, enum claim_end as_old, enum claim_end as_claimant);
/* The claims that an account takes part in, on either side, newest first; fn returns anything but ERR_OK to stop. */
typedef enum err claim_fn(void *arg, const struct ClaimRecord *claim);
enum err claim_walk_account(struct txn *txn, struct bytes account, claim_fn *fn, void *arg);
/* A portal's claims, oldest first, from after that one (NULL: from the start), at most `most`. */
enum err claim_walk_portal(struct txn *txn, const char *portal, const struct ClaimRecord *after, unsigned most, claim_fn *fn, void *arg);

#endif
