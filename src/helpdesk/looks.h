/* looks.h - how often one member of staff may look accounts up: nobody browses by guessing references or caller codes.
 *
 * helpdesk.looks_hour and looks_day bound all look-ups, found or not; ten failures in an hour stop them as well.  The ticketing tool, which many
 * agents share, has tool_looks_hour and tool_looks_day, and a quarter of the former for failures.  Each limit is told once when it is reached: an
 * event of the audit and a line in the log.
 * Runs in: vestibuled, inside closures of store_update(). */
#ifndef HELPDESK_LOOKS_H
#define HELPDESK_LOOKS_H

#include "config/config.h"
#include "store/records.h"

#define LOOKS_MISSES_MOST 10
#define LOOKS_MISSES_WITHIN HOURS(1)

/* limits: of the configuration.  May it look now?  *ret_wait: ms until it may, 0: it may. */
void looks_judge(const struct StaffRecord *staff, const struct helpdesk_config *limits, int64_t now, int64_t *ret_wait);
/* One more look, and one more failure with its reason, a word of the audit; account: no bytes when there is none.  Saving staff is the caller's. */
enum err looks_count(struct txn *txn, struct StaffRecord *staff);
enum err looks_miss(struct txn *txn, struct StaffRecord *staff, struct bytes account, const char *reason);

#endif
