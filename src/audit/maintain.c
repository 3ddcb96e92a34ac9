#include "audit/maintain.h"

#include <string.h>

#include "audit/check.h"
#include "audit/internal.h"
#include "config/config.h"

struct work {
	struct audit_maintained done;
	int64_t oldest;		/* events from before are removed */
	bool more;
};

/* Kept, and known as the newest one: what a head has spoken of needs no other, which would take its place. */
static enum err
sign(struct txn *txn, const struct audit_head *head)
{
	struct AuditSignedHeadRecord record = AUDIT_SIGNED_HEAD_RECORD__INIT;
	struct AuditHeadRecord state;
	uint8_t key[SEQUENCE_SIZE];
	const char *jws;
	enum err err = head_sign(txn_ctx(txn), head, &jws);

	if (err != ERR_OK)
		return err;
	record.jws = (char *)jws;
	record.removed = head->removed;
	err = record_save(txn, TABLE_AUDIT_HEAD, sequence_key(head->sequence, key), &record, NEVER);
	if (err == ERR_OK)
		err = audit_state_load(txn, &state);
	if (err != ERR_OK || head->sequence <= state.signed_sequence)
		return err;
	state.signed_sequence = head->sequence;
	state.signed_time = head->time;
	return audit_state_save(txn, &state);
}

/* --- a head, when it is time --- */

static bool
is_time(const struct AuditHeadRecord *state, int64_t now)
{
	if (state->sequence <= state->signed_sequence || state->chain.len != CHAIN_SIZE)
		return false;
	return state->sequence - state->signed_sequence >= HEAD_EVENTS || now - state->signed_time >= HEAD_TIME || now < state->signed_time;
}

static enum err
sign_in(struct txn *txn, void *arg)
{
	struct work *work = arg;
	struct AuditHeadRecord state;
	struct audit_head head = {.time = txn_now(txn)};
	enum err err = audit_state_load(txn, &state);

	work->done.signed_head = false;
	if (err != ERR_OK || !is_time(&state, head.time))
		return err;
	head.sequence = state.sequence;
	memcpy(head.chain, state.chain.data, CHAIN_SIZE);
	work->done.head = head;
	work->done.signed_head = true;
	return sign(txn, &head);
}

/* --- what is old --- */

struct old_event {
	uint64_t sequence;
	struct bytes account;
};

struct piece {
	const struct work *work;
	struct old_event events[REMOVE_PIECE];
	unsigned count;
};

/* ERR_NOT_FOUND ends the stretch: from here on events stay. */
static enum err
collect(void *arg, uint64_t sequence, const struct AuditRecord *record)
{
	struct piece *piece = arg;

	if (record->time >= piece->work->oldest)
		return ERR_NOT_FOUND;
	piece->events[piece->count++] = (struct old_event){sequence, record_bytes(record->account)};
	return ERR_OK;
}

static enum err
note_head(void *arg, struct bytes key, struct bytes value)
{
	struct piece *piece = arg;

	(void)value;
	if (piece->count == REMOVE_PIECE)
		return ERR_EXISTS;
	piece->events[piece->count++].sequence = sequence_of(key);
	return ERR_OK;
}

/* The heads before the one that now stands for them. */
static enum err
drop_heads(struct txn *txn, struct piece *piece, uint64_t last)
{
	uint8_t key[SEQUENCE_SIZE];
	enum err err;

	piece->count = 0;
	err = txn_walk(txn, TABLE_AUDIT_HEAD, bytes_make("", 0), note_head, piece);
	if (err == ERR_EXISTS)
		err = ERR_OK;
	for (unsigned i = 0; err == ERR_OK && i < piece->count && piece->events[i].sequence < last; i++)
		err = txn_delete(txn, TABLE_AUDIT_HEAD, sequence_key(piece->events[i].sequence, key));
	return err;
}

static enum err
drop_events(struct txn *txn, const struct piece *piece)
{
	uint8_t key[SEQUENCE_SIZE], of[AUDIT_OF_KEY_SIZE];
	enum err err = ERR_OK;

	for (unsigned i = 0; err == ERR_OK && i < piece->count; i++) {
		const struct old_event *event = &piece->events[i];

		err = txn_delete(txn, TABLE_AUDIT, sequence_key(event->sequence, key));
		if (err == ERR_OK && event->account.len > 0)
			err = txn_delete(txn, TABLE_AUDIT_OF, audit_of_key(event->account, event->sequence, of));
	}
	return err;
}

static enum err
replace(struct txn *txn, struct work *work, struct piece *piece, const struct chain_walk *walk)
{
	struct audit_head head = {.sequence = walk->sequence, .time = txn_now(txn), .removed = true};
	unsigned count = piece->count;
	enum err err;

	memcpy(head.chain, walk->chain, CHAIN_SIZE);
	err = drop_events(txn, piece);
	if (err == ERR_OK)
		err = drop_heads(txn, piece, head.sequence);
	if (err == ERR_OK)
		err = sign(txn, &head);
	if (err != ERR_OK)
		return err;
	work->done.signed_head = true;
	work->done.head = head;
	work->done.removed = count;
	work->more = count == REMOVE_PIECE;
	return ERR_OK;
}

static enum err
remove_in(struct txn *txn, void *arg)
{
	struct work *work = arg;
	struct ctx *ctx = txn_ctx(txn);
	struct piece *piece = arena_new_object(ctx->arena, struct piece);
	struct audit_keys keys = {.own = ctx->keys};
	struct audit_check check;
	bool more;
	enum err err;

	piece->work = work;
	work->more = false;
	work->done = (struct audit_maintained){0};
	check_init(&check, ctx->arena, &keys);
	err = check_stretch(txn, &check, REMOVE_PIECE, collect, piece, &more);
	work->done.fault = check.fault;
	if (err == ERR_REFUSED || ((err == ERR_OK || err == ERR_NOT_FOUND) && piece->count == 0))
		return ERR_OK;
	if (err != ERR_OK && err != ERR_NOT_FOUND)
		return err;
	return replace(txn, work, piece, &check.walk);
}

/* --- both --- */

static void
tell(const struct ctx *ctx, const struct audit_maintained *done)
{
	if (done->fault != NULL)
		log_event(LOG_ERROR, &ctx->log, "The audit is damaged; its old events are kept", LOG_TEXT("fault", done->fault));
	if (done->signed_head)
		log_event(LOG_INFO, &ctx->log, "The head of the audit is signed", LOG_NUMBER("sequence", (int64_t)done->head.sequence),
		    LOG_TEXT("chain", hex_print(ctx->arena, BYTES(done->head.chain))), LOG_NUMBER("removed", done->removed));
}

/* Each transaction in an arena of its own: what is removed may be long. */
static enum err
run(struct ctx *ctx, store_fn *fn, struct work *work, struct audit_maintained *done)
{
	struct ctx piece = *ctx;
	enum err err;

	piece.arena = arena_new((size_t)64 << 20);
	err = store_update(&piece, fn, work);
	if (err == ERR_OK) {
		tell(&piece, &work->done);
		done->signed_head = done->signed_head || work->done.signed_head;
		if (work->done.signed_head)
			done->head = work->done.head;
		done->removed += work->done.removed;
		done->fault = arena_text(ctx->arena, work->done.fault);
	}
	arena_free(&piece.arena);
	return err;
}

static bool
may_remove(const struct ctx *ctx)
{
	struct store_clock clock;

	store_clock(ctx->store, &clock);
	return ctx->config != NULL && ctx->config->retention.audit > 0 && !clock.quiet;
}

/* A look first: an update costs a commit, and most minutes have nothing to do. */
struct question {
	int64_t now, oldest;
	bool sign, remove;
};

static enum err
is_old(void *arg, uint64_t sequence, const struct AuditRecord *record)
{
	struct question *question = arg;

	(void)sequence;
	question->remove = record->time < question->oldest;
	return ERR_OK;
}

static enum err
ask(struct txn *txn, void *arg)
{
	struct question *question = arg;
	struct AuditHeadRecord state;
	enum err err = audit_state_load(txn, &state);

	if (err != ERR_OK)
		return err;
	question->sign = is_time(&state, question->now);
	return audit_walk(txn, 0, 1, is_old, question);
}

enum err
audit_maintain(struct ctx *ctx, struct audit_maintained *ret_done)
{
	bool may = may_remove(ctx);
	struct question question = {.now = ctx->now, .oldest = may ? ctx->now - ctx->config->retention.audit : 0};
	struct work work = {.oldest = question.oldest, .more = true};
	struct audit_maintained done = {0};
	enum err err = store_view(ctx, ask, &question);

	if (err == ERR_OK && question.sign)
		err = run(ctx, sign_in, &work, &done);
	for (unsigned i = 0; err == ERR_OK && may && question.remove && work.more && i < REMOVE_PIECES; i++)
		err = run(ctx, remove_in, &work, &done);
	if (err == ERR_OK && ret_done != NULL)
		*ret_done = done;
	return err;
}
