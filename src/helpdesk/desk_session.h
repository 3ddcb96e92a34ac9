/* desk_session.h - one member of staff in one browser, from the staff provider's answer on.
 *
 * The cookie __Host-vestibule-desk holds 32 random bytes (base64url), the store only their SHA-256.  It is renewed when the second factor is
 * proven, which also ends every other session of the same member of staff: there is one at a time.
 * Runs in: vestibuled, vestibulectl, inside closures. */
#ifndef HELPDESK_DESK_SESSION_H
#define HELPDESK_DESK_SESSION_H

#include "helpdesk/roles.h"
#include "store/records.h"

#define DESK_COOKIE "__Host-vestibule-desk"
#define DESK_IDLE MINUTES(15)
#define DESK_LONGEST HOURS(8)

/* A new session of that member of staff with that role, saved; the second factor is not proven.  until: when the provider's own session ends. */
enum err desk_session_begin(struct txn *txn, const struct StaffRecord *staff, enum role role, int64_t until, const char **ret_token);
/* token: the cookie's value, or NULL.  ERR_NOT_FOUND: none, or over. */
enum err desk_session_load(struct txn *txn, const char *token, struct DeskSessionRecord **ret_session);
/* With `seen` as now: it lives 15 minutes more, but not beyond its absolute end. */
enum err desk_session_save(struct txn *txn, const char *token, struct DeskSessionRecord *session);
/* The same session under a new token. */
enum err desk_session_renew(struct txn *txn, const char *old, struct DeskSessionRecord *session, const char **ret_token);
/* With its case. ERR_OK also when there is none. */
enum err desk_session_end(struct txn *txn, const char *token);
/* All sessions of a member of staff (a key of STAFF) but the one with this sid (NULL: all). */
enum err desk_session_end_staff(struct txn *txn, struct bytes staff, const char *but);
/* The role that it was begun with. */
enum role desk_session_role(const struct DeskSessionRecord *session);

#endif
