#include "helpdesk/looks.h"

#include "audit/audit.h"
#include "helpdesk/staff.h"

/* How many of these times (oldest first) are younger than `within`. */
static size_t
count_since(const int64_t *times, size_t count, int64_t now, int64_t within)
{
	size_t found = 0;

	while (found < count && times[count - 1 - found] > now - within)
		found++;
	return found;
}

/* With `most` in `within`, how long until it is one less; 0 when it is less already.  A clock that was set back costs no more than `within`. */
static int64_t
wait_for(const int64_t *times, size_t count, int64_t now, int64_t within, size_t most)
{
	int64_t wait;

	if (count_since(times, count, now, within) < most)
		return 0;
	wait = times[count - most] + within - now;
	return wait < within ? wait : within;
}

struct most {
	size_t hour, day, misses;
};

static struct most
most_of(const struct StaffRecord *staff, const struct helpdesk_config *limits)
{
	size_t misses = limits->tool_looks_hour / 4;

	if (!staff_is_tool(staff))
		return (struct most){limits->looks_hour, limits->looks_day, LOOKS_MISSES_MOST};
	return (struct most){limits->tool_looks_hour, limits->tool_looks_day, misses > LOOKS_MISSES_MOST ? misses : LOOKS_MISSES_MOST};
}

void
looks_judge(const struct StaffRecord *staff, const struct helpdesk_config *limits, int64_t now, int64_t *ret_wait)
{
	const struct most most = most_of(staff, limits);
	const int64_t waits[] = {wait_for(staff->looks, staff->n_looks, now, HOURS(1), most.hour),
	    wait_for(staff->looks, staff->n_looks, now, DAYS(1), most.day),
	    wait_for(staff->misses, staff->n_misses, now, LOOKS_MISSES_WITHIN, most.misses)};

	*ret_wait = 0;
	for (size_t i = 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
		if (waits[i] > *ret_wait)
			*ret_wait = waits[i];
	}
}

/* `now` at the end of those of the last `within`. */
static void
remember(struct arena *arena, int64_t **times, size_t *count, int64_t now, int64_t within)
{
	size_t keep = count_since(*times, *count, now, within);
	int64_t *all = arena_array(arena, keep + 1, sizeof(*all));

	for (size_t i = 0; i < keep; i++)
		all[i] = (*times)[*count - keep + i];
	all[keep] = now;
	*times = all;
	*count = keep + 1;
}

static enum err
tell(struct txn *txn, const struct StaffRecord *staff, const char *limit)
{
	log_event(LOG_WARNING, &txn_ctx(txn)->log, "A member of the help desk's staff has used up its look-ups", LOG_TEXT("staff", staff->code),
	    LOG_TEXT("limit", limit));
	return audit_append(txn, AUDIT_DESK_LIMITED, bytes_make("", 0), NULL, "staff", staff->code, "limit", limit, NULL);
}

enum err
looks_count(struct txn *txn, struct StaffRecord *staff)
{
	struct ctx *ctx = txn_ctx(txn);
	const struct most most = most_of(staff, &ctx->config->helpdesk);

	remember(ctx->arena, &staff->looks, &staff->n_looks, ctx->now, DAYS(1));
	if (staff->n_looks == most.day)
		return tell(txn, staff, "looks-day");
	if (count_since(staff->looks, staff->n_looks, ctx->now, HOURS(1)) == most.hour)
		return tell(txn, staff, "looks-hour");
	return ERR_OK;
}

enum err
looks_miss(struct txn *txn, struct StaffRecord *staff, struct bytes account, const char *reason)
{
	struct ctx *ctx = txn_ctx(txn);
	enum err err;

	remember(ctx->arena, &staff->misses, &staff->n_misses, ctx->now, LOOKS_MISSES_WITHIN);
	err = audit_append(txn, AUDIT_DESK_MISSED, account, NULL, "staff", staff->code, "reason", reason, NULL);
	if (err == ERR_OK && staff->n_misses == most_of(staff, &ctx->config->helpdesk).misses)
		err = tell(txn, staff, "misses-hour");
	return err;
}
