/* agenda.h - what happens by itself at its time: put into the store in the transaction that decides on it, done once, also after a restart.
 *
 * signin/agenda_run.h does what is due.  A row that finds nothing left to do does nothing: putting a later row need not drop an earlier one, as
 * long as what it leads to looks at the record's own `due`.
 *
 * Runs in: vestibuled, vestibulectl, inside closures of store_update().
 */
#ifndef ACCOUNT_AGENDA_H
#define ACCOUNT_AGENDA_H

#include "store/records.h"

enum agenda {
#define AGENDA(id, name) AGENDA_##id,
#include "account/agenda.def"
#undef AGENDA
	AGENDA_COUNT
};
const char *agenda_name(enum agenda kind);

/* id: 1 to 64 bytes. The same row twice is one row. */
enum err agenda_put(struct txn *txn, enum agenda kind, struct bytes id, int64_t due);
/* ERR_OK also when there is none. */
enum err agenda_drop(struct txn *txn, enum agenda kind, struct bytes id, int64_t due);

/* The row that is due first: ERR_NOT_FOUND when there is none at all. */
struct agenda_row {
	enum agenda kind;
	struct bytes id;
	int64_t due;
};
enum err agenda_first(struct txn *txn, struct agenda_row *ret_row);

#endif
