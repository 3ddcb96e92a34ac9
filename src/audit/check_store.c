/* The history in the store: events, signed heads, the index of accounts, and what the next event will continue. */
#include <inttypes.h>
#include <string.h>

#include "audit/check.h"
#include "audit/internal.h"

#define STRETCH 1000
#define STRETCH_MEMORY ((size_t)64 << 20)

struct stretch {
	struct txn *txn;
	struct audit_check *check;
	audit_fn *fn;
	void *arg;
	unsigned seen;
};

struct first_head {
	uint64_t sequence;
	const char *jws;
	struct arena *arena;
	bool found;
};

/* ERR_EXISTS: one is enough. */
static enum err
note_head(void *arg, struct bytes key, struct bytes value)
{
	struct first_head *first = arg;
	struct AuditSignedHeadRecord *record;

	first->found = true;
	first->sequence = sequence_of(key);
	first->jws = "";
	if (record_parse(first->arena, value, &audit_signed_head_record__descriptor, &record) == ERR_OK)
		first->jws = record->jws;
	return ERR_EXISTS;
}

/* The first signed head from a sequence number on. */
static enum err
find_head(struct txn *txn, uint64_t from, struct first_head *ret_head)
{
	uint8_t key[SEQUENCE_SIZE];
	enum err err;

	*ret_head = (struct first_head){.arena = txn_ctx(txn)->arena};
	err = txn_walk_from(txn, TABLE_AUDIT_HEAD, bytes_make("", 0), sequence_key(from, key), note_head, ret_head);
	return err == ERR_EXISTS ? ERR_OK : err;
}

/* The first head of all, when it says that what came before it is removed, is where the chain begins. */
static enum err
begin(struct txn *txn, struct audit_check *check)
{
	struct first_head first;
	struct audit_head head;
	enum err err = find_head(txn, 0, &first);

	if (err == ERR_OK && first.found)
		err = check_open(check, first.sequence, first.jws, &head);
	if (err != ERR_OK)
		return err;
	return check_begin(check, first.found && head.removed ? &head : NULL);
}

/* Have old events been removed since the last stretch, up to where it had not come?  The head that stands for them is where to begin anew. */
static enum err
is_overtaken(struct txn *txn, struct audit_check *check, bool *ret_overtaken)
{
	struct first_head first;
	struct audit_head head;
	enum err err = find_head(txn, 0, &first);

	*ret_overtaken = false;
	if (err != ERR_OK || !first.found || first.sequence <= check->walk.sequence)
		return err;
	err = check_open(check, first.sequence, first.jws, &head);
	if (err == ERR_OK)
		*ret_overtaken = head.removed;
	return err;
}

static enum err
check_index(struct stretch *stretch, uint64_t sequence, const struct AuditRecord *record)
{
	uint8_t key[AUDIT_OF_KEY_SIZE];
	struct bytes value;
	enum err err;

	if (record->account.len == 0)
		return ERR_OK;
	if (record->account.len != ACCOUNT_ID_SIZE)
		return check_fault(stretch->check, "event %" PRIu64 " is damaged: it names no account of ours", sequence);
	err = txn_get(stretch->txn, TABLE_AUDIT_OF, audit_of_key(record_bytes(record->account), sequence, key), &value);
	if (err != ERR_NOT_FOUND)
		return err;
	return check_fault(stretch->check, "event %" PRIu64 " is missing in the list of its account's events", sequence);
}

static enum err
check_signed(struct stretch *stretch, uint64_t sequence)
{
	struct AuditSignedHeadRecord *record;
	uint8_t key[SEQUENCE_SIZE];
	enum err err;

	err = record_load(stretch->txn, TABLE_AUDIT_HEAD, sequence_key(sequence, key), &audit_signed_head_record__descriptor, &record);
	if (err == ERR_NOT_FOUND)
		return ERR_OK;
	return err == ERR_OK ? check_head(stretch->check, sequence, record->jws) : err;
}

static enum err
step(void *arg, uint64_t sequence, const struct AuditRecord *record)
{
	struct stretch *stretch = arg;
	enum err err = stretch->fn != NULL ? stretch->fn(stretch->arg, sequence, record) : ERR_OK;

	if (err != ERR_OK)
		return err;
	stretch->seen++;
	err = check_event(stretch->check, sequence, record);
	if (err == ERR_OK)
		err = check_index(stretch, sequence, record);
	return err == ERR_OK ? check_signed(stretch, sequence) : err;
}

enum err
check_stretch(struct txn *txn, struct audit_check *check, unsigned most, audit_fn *fn, void *arg, bool *ret_more)
{
	struct stretch stretch = {txn, check, fn, arg, 0};
	bool fresh = check->walk.events == 0;
	enum err err = ERR_OK;

	check->walk.arena = txn_ctx(txn)->arena;
	if (!fresh)
		err = is_overtaken(txn, check, &fresh);
	if (err == ERR_OK && fresh)
		err = begin(txn, check);
	/* at first also what stands before the beginning, where nothing may */
	if (err == ERR_OK)
		err = audit_walk(txn, fresh ? 0 : check->walk.sequence + 1, most, step, &stretch);
	if (err == ERR_FORMAT)
		err = check_fault(check, "what follows on event %" PRIu64 " is damaged: it is no record of the audit", check->walk.sequence);
	*ret_more = stretch.seen == most;
	check->walk.arena = check->arena;
	return err;
}

/* Nothing may be known of events that are not there; and the next event must continue the last one. */
static enum err
end(struct txn *txn, struct audit_check *check)
{
	struct AuditHeadRecord state;
	struct first_head later;
	uint64_t last = check->walk.sequence;
	enum err err = audit_state_load(txn, &state);

	if (err == ERR_OK)
		err = find_head(txn, last + 1, &later);
	if (err != ERR_OK)
		return err;
	if (later.found)
		return check_fault(check, "the head at event %" PRIu64 " vouches for more than is there: the events after %" PRIu64 " are missing",
		    later.sequence, last);
	if (state.sequence == last + 1)
		return check_fault(check, "event %" PRIu64 " is missing at the end", last + 1);
	if (state.sequence > last)
		return check_fault(check, "events %" PRIu64 " to %" PRIu64 " are missing at the end", last + 1, state.sequence);
	if (state.sequence < last || (last > 0 && !bytes_equal(record_bytes(state.chain), BYTES(check->walk.chain))))
		return check_fault(check, "the next event would not continue event %" PRIu64 ", the last one: what counts the events was altered", last);
	if (state.signed_sequence > check->vouched)
		return check_fault(check, "the head at event %" PRIu64 " is missing", state.signed_sequence);
	return check_end(check);
}

struct view {
	struct audit_check *check;
	bool more;
};

static enum err
look(struct txn *txn, void *arg)
{
	struct view *view = arg;
	enum err err = check_stretch(txn, view->check, STRETCH, NULL, NULL, &view->more);

	return err == ERR_OK && !view->more ? end(txn, view->check) : err;
}

enum err
check_store(struct ctx *ctx, struct audit_check *check)
{
	struct view view = {check, true};
	struct ctx piece = *ctx;
	enum err err = ERR_OK;

	while (err == ERR_OK && view.more) {
		piece.arena = arena_new(STRETCH_MEMORY);
		err = store_view(&piece, look, &view);
		arena_free(&piece.arena);
	}
	return err;
}
