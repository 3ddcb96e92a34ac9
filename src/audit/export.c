#include "audit/export.h"

#include <jansson.h>
#include <string.h>

#include "audit/internal.h"
#include "base/buf.h"

#define VERSION 1
#define PIECE 500
#define PIECE_MAX ((size_t)16 << 20)
#define PIECE_MEMORY ((size_t)128 << 20)

struct writing {
	const struct export_range *range;
	struct buf *out;	/* of this piece */
	struct txn *txn;
	struct export_done done;
	uint64_t last;		/* the event to end with */
	uint8_t before[CHAIN_SIZE], chain[CHAIN_SIZE];
	bool begun, ended;
};

/* Takes the reference; NULL: a text in it was not UTF-8. */
static enum err
put_line(struct buf *out, json_t *line)
{
	char *text = line != NULL ? json_dumps(line, JSON_COMPACT) : NULL;

	json_decref(line);
	if (text == NULL)
		return ERR_FORMAT;
	buf_put_text(out, text);
	buf_put_byte(out, '\n');
	free(text);
	return out->failed ? ERR_FORMAT : ERR_OK;
}

static json_t *
fields_of(const struct AuditRecord *record)
{
	json_t *fields = json_object();

	for (size_t i = 0; fields != NULL && i < record->n_names; i++) {
		if (i < record->n_values && json_object_get(fields, record->names[i]) == NULL &&
		    json_object_set_new(fields, record->names[i], json_string(record->values[i])) == 0)
			continue;
		json_decref(fields);
		return NULL;
	}
	return fields;
}

static enum err
put_event(struct writing *writing, uint64_t sequence, const struct AuditRecord *record)
{
	struct arena *arena = txn_ctx(writing->txn)->arena;
	json_t *fields = fields_of(record);
	int64_t time;

	if (fields == NULL || record->time < 0 || record->time >= DAYS(365) * 200 || record->chain.len != CHAIN_SIZE ||
	    clock_parse(clock_print(arena, record->time), &time) != ERR_OK) {
		json_decref(fields);
		return ERR_FORMAT;
	}
	memcpy(writing->chain, record->chain.data, CHAIN_SIZE);
	return put_line(writing->out,
	    json_pack("{s:s, s:I, s:s, s:s, s:s, s:s, s:s, s:o, s:s}", "type", "event", "sequence", (json_int_t)sequence, "time",
		clock_print(arena, time), "event", record->event, "account", hex_print(arena, record_bytes(record->account)), "portal",
		record->portal, "request", record->request, "fields", fields, "chain", hex_print(arena, record_bytes(record->chain))));
}

/* The head at this event, where one stands. */
static enum err
put_head(struct writing *writing, uint64_t sequence, struct AuditSignedHeadRecord **ret_record)
{
	uint8_t key[SEQUENCE_SIZE];
	enum err err;

	*ret_record = NULL;
	err = record_load(writing->txn, TABLE_AUDIT_HEAD, sequence_key(sequence, key), &audit_signed_head_record__descriptor, ret_record);
	if (err != ERR_OK)
		return err == ERR_NOT_FOUND ? ERR_OK : err;
	writing->done.heads++;
	return put_line(writing->out,
	    json_pack("{s:s, s:I, s:s}", "type", "head", "sequence", (json_int_t)sequence, "jws", (*ret_record)->jws));
}

static enum err
write_event(void *arg, uint64_t sequence, const struct AuditRecord *record)
{
	struct writing *writing = arg;
	struct AuditSignedHeadRecord *head;
	enum err err;

	if (sequence > writing->last)
		return ERR_OK;
	if (sequence != writing->done.to + 1)
		return ERR_EXISTS;
	err = put_event(writing, sequence, record);
	if (err == ERR_OK)
		err = put_head(writing, sequence, &head);
	if (err != ERR_OK)
		return err;
	writing->done.to = sequence;
	writing->done.events++;
	return ERR_OK;
}

static enum err
note_first(void *arg, uint64_t sequence, const struct AuditRecord *record)
{
	uint64_t *first = arg;

	(void)record;
	*first = sequence;
	return ERR_OK;
}

/* The chain before the first event: that of the event before, or of the head of what was removed. */
static enum err
load_before(struct writing *writing, struct buf *heads)
{
	struct audit_keys keys = {.own = txn_ctx(writing->txn)->keys};
	uint64_t sequence = writing->done.from - 1;
	struct AuditSignedHeadRecord *signed_head;
	struct AuditRecord *record;
	struct audit_head head;
	uint8_t key[SEQUENCE_SIZE];
	struct buf *out = writing->out;
	enum err err;

	if (sequence == 0)
		return ERR_OK;
	err = record_load(writing->txn, TABLE_AUDIT, sequence_key(sequence, key), &audit_record__descriptor, &record);
	if (err == ERR_OK && record->chain.len == CHAIN_SIZE)
		memcpy(writing->before, record->chain.data, CHAIN_SIZE);
	if (err != ERR_NOT_FOUND)
		return err;
	writing->out = heads;
	err = put_head(writing, sequence, &signed_head);
	writing->out = out;
	if (err == ERR_OK && signed_head != NULL && head_open(&keys, false, signed_head->jws, txn_ctx(writing->txn)->arena, &head) == ERR_OK)
		memcpy(writing->before, head.chain, CHAIN_SIZE);
	return err;
}

static enum err
write_header(struct writing *writing)
{
	struct arena *arena = txn_ctx(writing->txn)->arena;
	struct buf heads;
	enum err err;

	buf_init(&heads, arena, EXPORT_LINE_MAX);
	err = load_before(writing, &heads);
	if (err != ERR_OK)
		return err;
	memcpy(writing->chain, writing->before, CHAIN_SIZE);
	err = put_line(writing->out, json_pack("{s:s, s:i, s:I, s:s}", "type", "audit-export", "version", VERSION, "from",
					 (json_int_t)writing->done.from, "before", hex_print(arena, BYTES(writing->before))));
	buf_put_bytes(writing->out, buf_bytes(&heads));
	return err;
}

/* What is wanted against what is there, and the first line. */
static enum err
begin(struct writing *writing)
{
	const struct export_range *range = writing->range;
	uint64_t newest = 0, first = 0;
	enum err err = audit_newest(writing->txn, &newest);

	if (err == ERR_OK)
		err = audit_walk(writing->txn, 0, 1, note_first, &first);
	if (err != ERR_OK)
		return err;
	if (first == 0)
		first = newest + 1;
	writing->done.from = range->from != 0 ? range->from : first;
	writing->last = range->to != 0 && range->to < newest ? range->to : newest;
	writing->done.to = writing->done.from - 1;
	if (writing->done.from < first || writing->done.from > newest + 1 || writing->last < writing->done.to)
		return ERR_NOT_FOUND;
	writing->begun = true;
	return write_header(writing);
}

static enum err
write_seal(struct writing *writing)
{
	struct ctx *ctx = txn_ctx(writing->txn);
	struct audit_head head = {.sequence = writing->done.to, .time = ctx->now, .seal = true, .from = writing->done.from,
	    .heads = writing->done.heads};
	const char *jws;
	enum err err;

	memcpy(head.chain, writing->chain, CHAIN_SIZE);
	memcpy(head.before, writing->before, CHAIN_SIZE);
	err = head_sign(ctx, &head, &jws);
	if (err != ERR_OK)
		return err;
	writing->ended = true;
	return put_line(writing->out, json_pack("{s:s, s:s}", "type", "end", "jws", jws));
}

static enum err
write_piece(struct txn *txn, void *arg)
{
	struct writing *writing = arg;
	uint64_t before;
	enum err err = ERR_OK;

	writing->txn = txn;
	if (!writing->begun)
		err = begin(writing);
	before = writing->done.to;
	if (err == ERR_OK && before < writing->last)
		err = audit_walk(txn, before + 1, PIECE, write_event, writing);
	if (err != ERR_OK)
		return err;
	if (writing->done.to == writing->last)
		return write_seal(writing);
	return writing->done.to == before ? ERR_EXISTS : ERR_OK;
}

enum err
export_write(struct ctx *ctx, const struct export_range *range, export_fn *fn, void *arg, struct export_done *ret_done)
{
	struct writing writing = {.range = range};
	struct ctx piece = *ctx;
	struct buf out;
	enum err err = ERR_OK;

	while (err == ERR_OK && !writing.ended) {
		piece.arena = arena_new(PIECE_MEMORY);
		buf_init(&out, piece.arena, PIECE_MAX);
		writing.out = &out;
		err = store_view(&piece, write_piece, &writing);
		if (err == ERR_OK)
			err = fn(arg, buf_bytes(&out));
		arena_free(&piece.arena);
	}
	*ret_done = writing.done;
	return err;
}

/* --- by time --- */

struct finding {
	int64_t time;
	uint64_t low, high;	/* the answer is one of low..high */
};

static enum err
find_in(struct txn *txn, void *arg)
{
	struct finding *finding = arg;
	struct AuditRecord *record;
	uint8_t key[SEQUENCE_SIZE];
	uint64_t newest = 0, middle;
	enum err err = audit_newest(txn, &newest);

	finding->low = finding->high = newest + 1;
	if (err == ERR_OK)
		err = audit_walk(txn, 0, 1, note_first, &finding->low);
	while (err == ERR_OK && finding->low < finding->high) {
		middle = finding->low + (finding->high - finding->low) / 2;
		err = record_load(txn, TABLE_AUDIT, sequence_key(middle, key), &audit_record__descriptor, &record);
		if (err == ERR_OK && record->time >= finding->time)
			finding->high = middle;
		else
			finding->low = middle + 1;
	}
	return err;
}

enum err
export_find(struct ctx *ctx, int64_t time, uint64_t *ret_sequence)
{
	struct finding finding = {.time = time};
	enum err err = store_view(ctx, find_in, &finding);

	if (err == ERR_OK)
		*ret_sequence = finding.low;
	return err;
}
