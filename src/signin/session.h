/* session.h - one browser at one portal, from the proven credential on.
 *
 * The cookie __Host-vestibule holds 32 random bytes (base64url); the store knows only their SHA-256, followed by the portal's id:
 * one cookie, one session a portal, and none knows of another (DESIGN.md 6.5). The cookie's value is renewed at each step up
 * (sign-in, second factor), and all of the browser's sessions move with it in one transaction.
 */
#ifndef SIGNIN_SESSION_H
#define SIGNIN_SESSION_H

#include "config/config.h"
#include "store/records.h"

#define SESSION_COOKIE "__Host-vestibule"

/* The live session of this browser at this portal: ERR_NOT_FOUND when there is none or its idle or absolute time is over.
 * cookie may be NULL. */
enum err session_find(struct ctx *ctx, const char *cookie, const char *portal, struct SessionRecord **ret_session);

/* Inside transactions.  token: the cookie's value. */
enum err session_load(struct txn *txn, const char *token, const char *portal, struct SessionRecord **ret_session);
enum err session_save(struct txn *txn, const char *token, struct SessionRecord *session);
/* Give the browser a new token: all its sessions move. old may be NULL or unknown. *ret_token: the new cookie value. */
enum err session_renew(struct txn *txn, const char *old, const char **ret_token);
/* End one session and what hangs on it (its tokens are revoked). */
enum err session_end(struct txn *txn, const char *token, const char *portal);
/* End all sessions of an account; *ret_count how many. */
enum err session_end_account(struct txn *txn, struct bytes account, unsigned *ret_count);
enum err session_end_sid(struct txn *txn, struct bytes account, const char *sid);

/* What was reached, for tokens: the highest rung of the ladder (DESIGN.md 6.5), how (RFC 8176) and when. */
struct session_level {
	const char *acr;
	const char *amr[4];	/* NULL-terminated */
	int64_t auth_time;	/* the later of credential and factor... the time at which the person last proved what acr claims */
};
void session_level(const struct SessionRecord *session, const struct portal_config *portal, struct session_level *ret_level);

/* Must the person sign in again for this request: reuse window, max_age, prompt=login (compared with pending->created). */
struct pending;
bool session_fresh(struct ctx *ctx, const struct SessionRecord *session, const struct portal_config *portal, const struct pending *pending);

#endif
