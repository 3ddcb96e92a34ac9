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

/* The rungs above the credential's own level (DESIGN.md 6.5). */
#define ACR_MAIL "urn:vestibule:acr:loa2-mail"
#define ACR_TOTP "urn:vestibule:acr:loa2-totp"

/* The live session of this browser at this portal: ERR_NOT_FOUND when there is none or its idle or absolute time is over.
 * cookie may be NULL. */
enum err session_find(struct ctx *ctx, const char *cookie, const char *portal, struct SessionRecord **ret_session);

/* Inside transactions.  token: the cookie's value.  A session without an account finds it here, when its credential has been bound to one
 * meanwhile (by another browser, say). */
enum err session_load(struct txn *txn, const char *token, const char *portal, struct SessionRecord **ret_session);
enum err session_save(struct txn *txn, const char *token, struct SessionRecord *session);
/* The same by account and sid, whatever the token is by now: for what comes back without the browser's own cookie. */
enum err session_load_sid(struct txn *txn, struct bytes account, const char *sid, struct SessionRecord **ret_session);
enum err session_save_sid(struct txn *txn, struct SessionRecord *session);
/* Give the browser a new token: all its sessions move. old may be NULL or unknown. *ret_token: the new cookie value.  The browser's session at
 * session->portal is from now on `session` (NULL: as it was): it is written once. */
enum err session_renew(struct txn *txn, const char *old, struct SessionRecord *session, const char **ret_token);
/* A new token, for a browser that has none; nothing is stored under it yet. */
const char *session_token(struct arena *arena);
/* The browser that holds `old` has received `arrived`: all its sessions move there, but for the one of `portal`, which gives way to the one
 * that has just begun.  Is that the same credential's, and good enough for this request, then it goes on: a second tab does not undo what
 * the first one has proven. */
struct pending;
enum err session_join(struct txn *txn, const char *old, const char *arrived, const struct portal_config *portal, const struct pending *pending);
/* How many sessions hang on a token; 0 for NULL or an unknown one. */
enum err session_count(struct txn *txn, const char *token, unsigned *ret_count);
/* End one session and what hangs on it (its tokens are revoked). */
enum err session_end(struct txn *txn, const char *token, const char *portal);
/* End all sessions of an account but the one with this sid (NULL: all); *ret_count how many. */
enum err session_end_account(struct txn *txn, struct bytes account, const char *but, unsigned *ret_count);
/* Is the session with this sid alive? What a code or a token hangs on. */
bool session_alive(struct txn *txn, struct bytes account, const char *sid);
enum err session_end_sid(struct txn *txn, struct bytes account, const char *sid);

/* What was reached, for tokens: the highest rung of the ladder (DESIGN.md 6.5), how (RFC 8176) and when. */
struct session_level {
	const char *acr;
	const char *amr[4];	/* NULL-terminated */
	int64_t auth_time;	/* ms: when the person last proved something of what acr claims */
};
void session_level(const struct SessionRecord *session, const struct portal_config *portal, struct session_level *ret_level);

/* How a recovery code is named in `factor`; a method of factor/method.h else. */
#define SESSION_RECOVERED "recovery"

/* May this session answer this request without the person signing in again?  Not when the credential was proven before the request and
 * prompt=login, max_age or the portal's reuse window says so.  Measured against pending->created, not against now: whoever takes long on a
 * page is not sent back to the start. */
bool session_fresh(const struct SessionRecord *session, const struct portal_config *portal, const struct pending *pending);

#endif
