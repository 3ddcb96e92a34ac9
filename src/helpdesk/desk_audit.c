#include "helpdesk/desk_audit.h"

#include <stdlib.h>
#include <string.h>

#include "account/account.h"
#include "audit/audit.h"
#include "helpdesk/desk.h"
#include "web/look.h"

#define SHOWN_MOST 30
/* How many events one request goes through: a bound on its memory and time.  The next page goes on from there. */
#define SEEN_MOST 4000
#define PIECE 200

struct found {
	uint64_t sequence;
	const struct AuditRecord *record;
};

struct search {
	struct desk *desk;
	const char *staff;		/* code; NULL: all */
	struct bytes account;		/* empty: all */
	const char *reference;		/* of the account */
	uint64_t before;		/* only older events */
	struct found found[SHOWN_MOST];	/* newest first */
	size_t count;
	uint64_t next;			/* where the next page goes on: before that one; 0: there is none */
	struct found piece[PIECE];
	size_t piece_count;
	bool nobody;			/* there is no such member of staff, or account */
};

static const char *
staff_of(const struct AuditRecord *record)
{
	for (size_t i = 0; i < record->n_names; i++) {
		if (strcmp(record->names[i], "staff") == 0)
			return record->values[i];
	}
	return "";
}

static bool
fits(const struct search *search, const struct AuditRecord *record)
{
	const char *staff = staff_of(record);

	if (*staff == '\0' || (search->staff != NULL && strcmp(staff, search->staff) != 0))
		return false;
	return search->account.len == 0 || bytes_equal(search->account, record_bytes(record->account));
}

static void
keep(struct search *search, uint64_t sequence, const struct AuditRecord *record)
{
	search->found[search->count++] = (struct found){sequence, record};
	if (search->count == SHOWN_MOST)
		search->next = sequence;
}

/* ---- of one account ---- */

static enum err
note_of(void *arg, uint64_t sequence, const struct AuditRecord *record)
{
	struct search *search = arg;

	if (fits(search, record))
		keep(search, sequence, record);
	return search->count == SHOWN_MOST ? ERR_EXISTS : ERR_OK;
}

static enum err
search_account(struct txn *txn, struct search *search)
{
	const struct audit_of of = {.account = search->account, .before = search->before, .most = SEEN_MOST};
	enum err err = audit_walk_account(txn, &of, note_of, search);

	return err == ERR_EXISTS ? ERR_OK : err;
}

/* ---- of all ---- */

static enum err
note_piece(void *arg, uint64_t sequence, const struct AuditRecord *record)
{
	struct search *search = arg;

	if (search->before != 0 && sequence >= search->before)
		return ERR_EXISTS;
	search->piece[search->piece_count++] = (struct found){sequence, record};
	return ERR_OK;
}

/* The events [first, first + PIECE), which the table gives oldest first. */
static enum err
search_piece(struct txn *txn, struct search *search, uint64_t first)
{
	enum err err;

	search->piece_count = 0;
	err = audit_walk(txn, first, PIECE, note_piece, search);
	for (size_t i = search->piece_count; i > 0 && search->count < SHOWN_MOST; i--) {
		if (fits(search, search->piece[i - 1].record))
			keep(search, search->piece[i - 1].sequence, search->piece[i - 1].record);
	}
	return err == ERR_EXISTS ? ERR_OK : err;
}

static enum err
search_all(struct txn *txn, struct search *search)
{
	uint64_t newest, end;
	unsigned seen = 0;
	enum err err = audit_newest(txn, &newest);

	end = search->before != 0 && search->before <= newest ? search->before : newest + 1;
	while (err == ERR_OK && end > 1 && search->count < SHOWN_MOST && seen < SEEN_MOST) {
		uint64_t first = end > PIECE ? end - PIECE : 1;
		search->before = end;
		err = search_piece(txn, search, first);
		seen += (unsigned)(end - first);
		end = first;
	}
	if (search->count < SHOWN_MOST && end > 1)
		search->next = end;
	return err;
}

/* ---- the screen ---- */

static const char *
given(const struct desk *desk, const char *name)
{
	const char *value = request_query(desk->request, name);

	return value != NULL && *value != '\0' ? value : NULL;
}

struct moment {
	uint64_t sequence; /* of the first event that is not before it */
	int64_t time;
};

static enum err
note_moment(void *arg, uint64_t sequence, const struct AuditRecord *record)
{
	*(struct moment *)arg = (struct moment){sequence, record->time};
	return ERR_EXISTS;
}

/* The first event at or after a time: events follow each other in time, but for a clock that was set back. */
static enum err
find_time(struct txn *txn, int64_t time, uint64_t *ret_sequence)
{
	uint64_t low = 1, high;
	enum err err = audit_newest(txn, &high);

	high++;
	while (err == ERR_OK && low < high) {
		struct moment at = {.sequence = high, .time = INT64_MAX};
		uint64_t middle = low + (high - low) / 2;
		err = audit_walk(txn, middle, 1, note_moment, &at);
		if (err == ERR_EXISTS)
			err = ERR_OK;
		if (at.time < time)
			low = at.sequence + 1;
		else
			high = middle;
	}
	*ret_sequence = low;
	return err;
}

/* Where it begins: before an event, for the next page, or at the end of a day. */
static enum err
read_end(struct txn *txn, struct search *search)
{
	const char *before = given(search->desk, "before"), *day = given(search->desk, "day");
	int64_t time;

	search->before = before != NULL ? strtoull(before, NULL, 10) : 0;
	if (day == NULL || search->before != 0)
		return ERR_OK;
	if (strlen(day) != 10 || clock_parse(arena_printf(txn_ctx(txn)->arena, "%.10sT00:00:00Z", day), &time) != ERR_OK)
		return ERR_NOT_FOUND;
	return find_time(txn, time + DAYS(1), &search->before);
}

/* What is asked for; ERR_NOT_FOUND: nobody has that code or reference. */
static enum err
read_search(struct txn *txn, struct search *search)
{
	struct arena *arena = txn_ctx(txn)->arena;
	const char *staff = given(search->desk, "staff"), *typed = given(search->desk, "reference");
	struct AccountRecord *account;
	enum err err = read_end(txn, search);

	if (err != ERR_OK)
		return err;
	if (staff != NULL && staff_code_parse(arena, staff, &search->staff) != ERR_OK)
		return ERR_NOT_FOUND;
	if (typed == NULL)
		return ERR_OK;
	if (account_reference_parse(arena, typed, &search->reference) != ERR_OK)
		return ERR_NOT_FOUND;
	err = account_find_reference(txn, search->reference, &account);
	if (err == ERR_OK)
		search->account = record_bytes(account->id);
	return err;
}

static void
show_reference(struct txn *txn, const struct AuditRecord *record, struct view *item)
{
	struct AccountRecord *account;

	if (record->account.len > 0 && account_load(txn, record_bytes(record->account), &account) == ERR_OK)
		view_text(item, "reference", account->support_reference);
}

static void
show_found(struct txn *txn, const struct search *search)
{
	struct ctx *ctx = txn_ctx(txn);

	for (size_t i = 0; i < search->count; i++) {
		const struct AuditRecord *record = search->found[i].record;
		struct view *item = view_item(search->desk->view, "events");
		view_text(item, "when", look_moment(ctx, record->time));
		view_text(item, "when_iso", clock_print(ctx->arena, record->time));
		view_text(item, "sentence", audit_tell(ctx, record, ctx->language));
		show_reference(txn, record, item);
	}
}

static enum err
search_in(struct txn *txn, void *arg)
{
	struct search *search = arg;
	struct desk_now now;
	enum err err = desk_again(txn, search->desk, &now);

	search->count = search->next = 0;
	if (err != ERR_OK)
		return err;
	err = read_search(txn, search);
	search->nobody = err == ERR_NOT_FOUND;
	if (err == ERR_OK)
		err = search->account.len > 0 ? search_account(txn, search) : search_all(txn, search);
	if (err != ERR_OK && err != ERR_NOT_FOUND)
		return err;
	return audit_append(txn, AUDIT_DESK_AUDITED, search->account, NULL, "staff", now.staff->code, "of", search->staff, NULL);
}

/* The walk's records live in the ctx's arena, so the view is filled after the transaction, which may run twice. */
static enum err
show_in(struct txn *txn, void *arg)
{
	show_found(txn, arg);
	return ERR_OK;
}

static void
show_form(const struct search *search)
{
	struct desk *desk = search->desk;
	struct ctx *ctx = desk->ctx;
	const char *staff = given(desk, "staff"), *reference = given(desk, "reference");

	view_text(desk->view, "staff_sought", staff);
	view_text(desk->view, "reference_sought", reference);
	view_text(desk->view, "day_sought", given(desk, "day"));
	view_flag(desk->view, "nobody", search->nobody);
	if (search->next == 0 || search->nobody)
		return;
	view_text(desk->view, "older_url",
	    arena_printf(ctx->arena, DESK_AUDIT "?before=%llu%s%s%s%s", (unsigned long long)search->next, search->staff != NULL ? "&staff=" : "",
		search->staff != NULL ? search->staff : "", search->account.len > 0 ? "&reference=" : "", search->account.len > 0 ? search->reference : ""));
}

static enum err
show(struct desk *desk)
{
	struct search *search = arena_new_object(desk->ctx->arena, struct search);
	enum err err;

	search->desk = desk;
	err = store_update(desk->ctx, search_in, search);
	if (err != ERR_OK)
		return desk_over(desk, err);
	show_form(search);
	return search->nobody ? ERR_OK : store_view(desk->ctx, show_in, search);
}

static const struct desk_screen screen = {
    .name = "desk-audit",
    .path = DESK_AUDIT,
    .step = DESK_IN,
    .power = POWER_AUDIT,
    .show = show,
};

enum err
desk_audit(struct ctx *ctx, const struct request *request, struct response *response)
{
	return desk_serve(ctx, request, response, &screen);
}
