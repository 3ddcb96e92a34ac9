/* staff.h - the members of the help desk's staff: made at their first sign-in, known to the rest of the program by a code ("S-7K2M4Q").
 *
 * No name, address or NameID is here: the key is a keyed hash of what the staff provider calls them.  A second factor and its throttle hang on
 * the record's id, as those of a person hang on the account's (factor/method.h).
 * Runs in: vestibuled, vestibulectl, inside closures of store_update() and store_view().
 */
#ifndef HELPDESK_STAFF_H
#define HELPDESK_STAFF_H

#include "store/records.h"

#define STAFF_CODE_LENGTH 8

/* ERR_NOT_FOUND when there is none.  key: of the table STAFF, as struct StaffRecord.credential and sessions have it. */
enum err staff_load(struct txn *txn, struct bytes key, struct StaffRecord **ret_staff);
enum err staff_save(struct txn *txn, const struct StaffRecord *staff);
/* The one with this key; made now, with a code of its own, when there is none. Not saved yet when made. */
enum err staff_load_or_make(struct txn *txn, struct bytes key, struct StaffRecord **ret_staff);
/* What a program of the desk's own (the ticketing tool) looks accounts up as: a record with the code "S-000000", not a person's. */
enum err staff_load_tool(struct txn *txn, struct StaffRecord **ret_staff);
bool staff_is_tool(const struct StaffRecord *staff);

/* "S-7K2M4Q" from what an operator typed: case does not matter, O is 0, I and L are 1, the "S-" may be missing.  ERR_FORMAT otherwise. */
enum err staff_code_parse(struct arena *arena, const char *typed, const char **ret_code);
/* ERR_NOT_FOUND when nobody has it. */
enum err staff_find(struct txn *txn, const char *code, struct StaffRecord **ret_staff);
/* Everybody, in no order; fn as in txn_walk(). */
typedef enum err staff_fn(void *arg, const struct StaffRecord *staff);
enum err staff_walk(struct txn *txn, staff_fn *fn, void *arg);

/* The phone is lost: the second factor and its waits go, their sessions end, and the next sign-in enrols anew.  Audited. */
enum err staff_reset(struct txn *txn, struct StaffRecord *staff);

#endif
