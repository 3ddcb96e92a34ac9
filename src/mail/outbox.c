#include "mail/outbox.h"

#include <string.h>

#include "base/random.h"
#include "config/config.h"
#include "crypto/seal.h"

#define ACCOUNT_SIZE 16
#define TIME_SIZE 8
#define KEY_SIZE (ACCOUNT_SIZE + TIME_SIZE + 8)
/* Of one account, so many leave at once; the next ones follow each other by APART. */
#define AT_ONCE 3
#define APART SECONDS(1)
/* How many of an account's mails are looked at for that, and since when. */
#define COUNTED_MOST 256
#define COUNTED_TIME HOURS(1)
/* The last try before `until` comes so long before it. */
#define LAST_TRY SECONDS(30)
/* A mail whose next try is nearer may have been taken: its lease ends by then. */
#define HURRY_LEAST MINUTES(1)
/* How many mails whose time is over one transaction gives up. */
#define PASSES 32
/* How many records one look at the whole table opens. */
#define PIECE 1000

static const uint8_t no_account[ACCOUNT_SIZE];

static void
put_time(uint8_t *place, int64_t time)
{
	for (unsigned i = 0; i < TIME_SIZE; i++)
		place[i] = (uint8_t)((uint64_t)time >> (8 * (TIME_SIZE - 1 - i)));
}

static int64_t
get_time(const uint8_t *place)
{
	uint64_t time = 0;

	for (unsigned i = 0; i < TIME_SIZE; i++)
		time = time << 8 | place[i];
	return (int64_t)time;
}

static struct bytes
account_part(struct bytes account)
{
	must(account.len == 0 || account.len == ACCOUNT_SIZE);
	return account.len == 0 ? BYTES(no_account) : account;
}

/* account | created | random; without the random part it is where a walk begins. */
static struct bytes
mail_key(struct arena *arena, struct bytes account, int64_t created, bool whole)
{
	uint8_t *key = arena_alloc(arena, KEY_SIZE);

	memcpy(key, account_part(account).data, ACCOUNT_SIZE);
	put_time(key + ACCOUNT_SIZE, created);
	if (!whole)
		return bytes_make(key, ACCOUNT_SIZE + TIME_SIZE);
	random_bytes(key + ACCOUNT_SIZE + TIME_SIZE, KEY_SIZE - ACCOUNT_SIZE - TIME_SIZE);
	return bytes_make(key, KEY_SIZE);
}

static struct bytes
due_key(struct arena *arena, int64_t due, struct bytes key)
{
	uint8_t *data = arena_alloc(arena, TIME_SIZE + key.len);

	put_time(data, due);
	memcpy(data + TIME_SIZE, key.data, key.len);
	return bytes_make(data, TIME_SIZE + key.len);
}

static bool
is_due_key(struct bytes key)
{
	return key.len == TIME_SIZE + KEY_SIZE;
}

static int64_t
plus(int64_t time, int64_t span)
{
	return time > NEVER - span ? NEVER : time + span;
}

/* A waiting mail goes by itself when nobody has sent it for very long: after mail_kept past the time it was worth sending. */
static enum err
save_waiting(struct txn *txn, struct bytes key, const struct MailRecord *mail)
{
	int64_t expires = plus(mail->until, txn_ctx(txn)->config->limits.mail_kept);
	enum err err = record_save(txn, TABLE_MAIL, key, mail, expires);

	if (err == ERR_OK)
		err = txn_put(txn, TABLE_MAIL_DUE,
		    due_key(txn_ctx(txn)->arena, mail->due, key), bytes_make("", 0), expires);
	return err;
}

/* --- putting --- */

struct count {
	struct arena *arena;
	unsigned waiting, seen;
};

static enum err
count_waiting(void *arg, struct bytes key, struct bytes value)
{
	struct count *count = arg;
	struct MailRecord *mail;

	(void)key;
	if (record_parse(count->arena, value, &mail_record__descriptor, &mail) == ERR_OK &&
	    strcmp(mail->state, MAIL_WAITING) == 0)
		count->waiting++;
	return ++count->seen < COUNTED_MOST ? ERR_OK : ERR_EXISTS;
}

/* When a new mail of the account is due. Mails of nobody's account are not held back: they are of many people. */
static enum err
first_due(struct txn *txn, struct bytes account, int64_t *ret_due)
{
	struct ctx *ctx = txn_ctx(txn);
	struct count count = {.arena = ctx->arena};
	enum err err = ERR_OK;

	if (account.len > 0)
		err = txn_walk_from(txn, TABLE_MAIL, account,
		    mail_key(ctx->arena, account, ctx->now - COUNTED_TIME, false), count_waiting,
		    &count);
	*ret_due = ctx->now;
	if (count.waiting >= AT_ONCE)
		*ret_due += (count.waiting - AT_ONCE + 1) * APART;
	return err == ERR_EXISTS ? ERR_OK : err;
}

static void
copy_values(struct arena *arena, const struct outgoing *mail, struct MailRecord *record)
{
	must(mail->value_count <= OUTBOX_VALUES_MAX);
	record->names = arena_array(arena, mail->value_count, sizeof(*record->names));
	record->values = arena_array(arena, mail->value_count, sizeof(*record->values));
	for (size_t i = 0; i < mail->value_count; i++) {
		record->names[i] = (char *)mail->values[i].name;
		record->values[i] = (char *)mail->values[i].value;
	}
	record->n_names = record->n_values = mail->value_count;
}

enum err
outbox_put(struct txn *txn, const struct outgoing *mail, struct bytes *ret_key)
{
	struct ctx *ctx = txn_ctx(txn);
	struct MailRecord record = MAIL_RECORD__INIT;
	struct bytes key = {0};
	enum err err = ERR_OK;

	if (ctx->config->mail.url != NULL) {
		record.kind = (char *)mail->kind;
		record.language = (char *)language_print(mail->language);
		record.to = (char *)mail->to;
		copy_values(ctx->arena, mail, &record);
		record.state = (char *)MAIL_WAITING;
		record.created = ctx->now;
		record.until = mail->until;
		key = mail_key(ctx->arena, mail->account, ctx->now, true);
		err = first_due(txn, mail->account, &record.due);
		if (err == ERR_OK)
			err = save_waiting(txn, key, &record);
	}
	if (err == ERR_OK && ret_key != NULL)
		*ret_key = key;
	return err;
}

/* --- looking --- */

enum err
outbox_load(struct txn *txn, struct bytes key, struct MailRecord **ret_mail)
{
	return record_load(txn, TABLE_MAIL, key, &mail_record__descriptor, ret_mail);
}

struct found {
	struct found *older;
	struct bytes key;
	struct MailRecord *mail;
};

struct collection {
	struct arena *arena;
	struct found *newest;
};

static enum err
collect(void *arg, struct bytes key, struct bytes value)
{
	struct collection *all = arg;
	struct found *found = arena_new_object(all->arena, struct found);
	enum err err = record_parse(all->arena, value, &mail_record__descriptor, &found->mail);

	found->key = key;
	found->older = all->newest;
	all->newest = found;
	return err;
}

enum err
outbox_walk_account(struct txn *txn, struct bytes account, outbox_fn *fn, void *arg)
{
	struct collection all = {txn_ctx(txn)->arena, NULL};
	enum err err;

	must(account.len == ACCOUNT_SIZE);
	err = txn_walk(txn, TABLE_MAIL, account, collect, &all);
	for (struct found *at = all.newest; err == ERR_OK && at != NULL; at = at->older)
		err = fn(arg, at->key, at->mail);
	return err;
}

static enum err
forget(struct txn *txn, struct bytes key, const struct MailRecord *mail)
{
	enum err err = ERR_OK;

	if (strcmp(mail->state, MAIL_WAITING) == 0)
		err = txn_delete(txn, TABLE_MAIL_DUE, due_key(txn_ctx(txn)->arena, mail->due, key));
	if (err == ERR_OK || err == ERR_NOT_FOUND)
		err = txn_delete(txn, TABLE_MAIL, key);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

enum err
outbox_forget(struct txn *txn, struct bytes account)
{
	struct collection all = {txn_ctx(txn)->arena, NULL};
	enum err err;

	must(account.len == ACCOUNT_SIZE);
	err = txn_walk(txn, TABLE_MAIL, account, collect, &all);
	for (struct found *at = all.newest; err == ERR_OK && at != NULL; at = at->older)
		err = forget(txn, at->key, at->mail);
	return err;
}

enum err
outbox_hurry(struct txn *txn, struct bytes key)
{
	struct ctx *ctx = txn_ctx(txn);
	struct MailRecord *mail;
	enum err err = outbox_load(txn, key, &mail);

	if (err != ERR_OK)
		return err;
	if (strcmp(mail->state, MAIL_WAITING) != 0 || mail->due - ctx->now <= HURRY_LEAST)
		return ERR_EXISTS;
	err = txn_delete(txn, TABLE_MAIL_DUE, due_key(ctx->arena, mail->due, key));
	mail->due = ctx->now;
	return err == ERR_OK ? save_waiting(txn, key, mail) : err;
}

struct bytes
outbox_id(struct ctx *ctx, struct bytes key)
{
	uint8_t hash[MAC_SIZE];

	mac(ctx->keys, "mail-id", key, hash);
	return bytes_copy(ctx->arena, bytes_make(hash, OUTBOX_ID_SIZE));
}

/* --- taking --- */

struct first {
	struct bytes key; /* of MAIL_DUE; empty: none */
};

static enum err
keep_first(void *arg, struct bytes key, struct bytes value)
{
	(void)value;
	((struct first *)arg)->key = key;
	return ERR_EXISTS;
}

static enum err
find_first(struct txn *txn, struct first *ret_first)
{
	enum err err;

	ret_first->key = bytes_make("", 0);
	err = txn_walk(txn, TABLE_MAIL_DUE, bytes_make("", 0), keep_first, ret_first);
	return err == ERR_EXISTS ? ERR_OK : err;
}

static enum err
look(struct txn *txn, void *arg)
{
	return find_first(txn, arg);
}

enum err
outbox_next(struct ctx *ctx, int64_t *ret_due)
{
	struct first first;
	enum err err = store_view(ctx, look, &first);

	if (err == ERR_OK)
		*ret_due = first.key.len < TIME_SIZE ? NEVER : get_time(first.key.data);
	return err;
}

/* The end of a mail: what filled it is wiped, what became of it is kept a while. */
static enum err
end(struct txn *txn, struct bytes key, struct MailRecord *mail, const char *state)
{
	struct ctx *ctx = txn_ctx(txn);

	mail->state = arena_text(ctx->arena, state);
	mail->ended = ctx->now;
	mail->n_names = mail->n_values = 0;
	return record_save(
	    txn, TABLE_MAIL, key, mail, plus(ctx->now, ctx->config->limits.mail_kept));
}

struct taking {
	int64_t lease;
	struct outbox_item *item;
	unsigned expired; /* in this transaction */
	bool taken, over; /* over: nothing more is due */
};

/* The mail of a row that was due and is out of MAIL_DUE now. */
static enum err
take_mail(struct txn *txn, struct bytes key, struct taking *taking)
{
	struct ctx *ctx = txn_ctx(txn);
	struct MailRecord *mail;
	enum err err = outbox_load(txn, key, &mail);

	if (err == ERR_NOT_FOUND || err == ERR_FORMAT)
		return ERR_OK; /* a row without its mail holds up nothing */
	if (err != ERR_OK || strcmp(mail->state, MAIL_WAITING) != 0)
		return err;
	if (ctx->now >= mail->until) {
		mail->outcome = arena_text(ctx->arena, MAIL_EXPIRED);
		taking->expired++;
		return end(txn, key, mail, MAIL_FAILED);
	}
	mail->attempts++;
	mail->due = ctx->now + taking->lease;
	taking->item->key = key;
	taking->item->mail = mail;
	taking->taken = true;
	return save_waiting(txn, key, mail);
}

static enum err
take_first(struct txn *txn, struct taking *taking)
{
	struct first first;
	enum err err = find_first(txn, &first);

	if (err != ERR_OK)
		return err;
	if (first.key.len == 0 ||
	    (is_due_key(first.key) && get_time(first.key.data) > txn_ctx(txn)->now)) {
		taking->over = true;
		return ERR_OK;
	}
	err = txn_delete(txn, TABLE_MAIL_DUE, first.key);
	if (err != ERR_OK || !is_due_key(first.key))
		return err;
	return take_mail(
	    txn, bytes_make(first.key.data + TIME_SIZE, KEY_SIZE), taking);
}

static enum err
take(struct txn *txn, void *arg)
{
	struct taking *taking = arg;
	enum err err = ERR_OK;

	taking->taken = taking->over = false;
	taking->expired = 0;
	for (unsigned i = 0; i < PASSES && err == ERR_OK && !taking->taken && !taking->over; i++)
		err = take_first(txn, taking);
	return err;
}

enum err
outbox_take(struct ctx *ctx, int64_t lease, struct outbox_item *ret_item)
{
	struct taking taking = {.lease = lease, .item = ret_item};
	enum err err;

	ret_item->expired = 0;
	do {
		err = store_update(ctx, take, &taking);
		ret_item->expired += err == ERR_OK ? taking.expired : 0;
	} while (err == ERR_OK && !taking.taken && !taking.over);
	return err == ERR_OK && !taking.taken ? ERR_NOT_FOUND : err;
}

/* --- ending --- */

static int64_t
backoff(unsigned attempts)
{
	static const int64_t steps[] = {SECONDS(5), SECONDS(30), MINUTES(2), MINUTES(10),
	    MINUTES(30), HOURS(1)};
	const unsigned last = sizeof(steps) / sizeof(steps[0]) - 1;

	return steps[attempts == 0 ? 0 : attempts - 1 < last ? attempts - 1 : last];
}

/* When it is tried next: 0 when it is not worth it. */
static int64_t
next_try(const struct MailRecord *mail, int64_t now)
{
	int64_t due = now + backoff(mail->attempts);

	if (due < mail->until)
		return due;
	return mail->until - LAST_TRY > now ? mail->until - LAST_TRY : 0;
}

struct ending {
	const struct outbox_item *item;
	enum outbox_verdict verdict;
	const char *outcome, *state;
};

static enum err
put_end(struct txn *txn, struct ending *ending, struct MailRecord *mail)
{
	int64_t due = next_try(mail, txn_ctx(txn)->now);

	mail->outcome = arena_text(txn_ctx(txn)->arena, ending->outcome);
	if (ending->verdict == OUTBOX_RETRY && due > 0) {
		mail->due = due;
		ending->state = MAIL_WAITING;
		return save_waiting(txn, ending->item->key, mail);
	}
	ending->state = ending->verdict == OUTBOX_SENT ? MAIL_SENT : MAIL_FAILED;
	return end(txn, ending->item->key, mail, ending->state);
}

static enum err
finish(struct txn *txn, void *arg)
{
	struct ending *ending = arg;
	struct MailRecord *mail;
	enum err err = outbox_load(txn, ending->item->key, &mail);

	if (err == ERR_NOT_FOUND)
		return ERR_OK; /* it ended so long ago that its record went */
	if (err != ERR_OK)
		return err;
	ending->state = arena_text(txn_ctx(txn)->arena, mail->state);
	if (strcmp(mail->state, MAIL_WAITING) != 0 ||
	    (mail->due != ending->item->mail->due && ending->verdict != OUTBOX_SENT))
		return ERR_OK;
	err = txn_delete(
	    txn, TABLE_MAIL_DUE, due_key(txn_ctx(txn)->arena, mail->due, ending->item->key));
	return err == ERR_OK || err == ERR_NOT_FOUND ? put_end(txn, ending, mail) : err;
}

enum err
outbox_done(struct ctx *ctx, const struct outbox_item *item, enum outbox_verdict verdict,
    const char *outcome, const char **ret_state)
{
	struct ending ending = {item, verdict, outcome, MAIL_FAILED};
	enum err err = store_update(ctx, finish, &ending);

	if (err == ERR_OK && ret_state != NULL)
		*ret_state = ending.state;
	return err;
}

/* --- watching --- */

static enum err
add_waiting(void *arg, struct bytes key, struct bytes value)
{
	struct outbox_figures *figures = arg;
	int64_t created;

	(void)value;
	if (!is_due_key(key))
		return ERR_OK;
	created = get_time(key.data + TIME_SIZE + ACCOUNT_SIZE);
	figures->waiting++;
	if (created < figures->oldest)
		figures->oldest = created;
	return ERR_OK;
}

static enum err
count_due(struct txn *txn, void *arg)
{
	struct outbox_figures *figures = arg;

	*figures = (struct outbox_figures){.oldest = NEVER};
	return txn_walk(txn, TABLE_MAIL_DUE, bytes_make("", 0), add_waiting, figures);
}

enum err
outbox_count(struct ctx *ctx, struct outbox_figures *ret_figures)
{
	return store_view(ctx, count_due, ret_figures);
}

/* One piece of the whole table. */
struct survey {
	struct arena *arena; /* of the piece */
	int64_t since;
	struct outbox_ends ends;
	unsigned seen;
	uint8_t from[STORE_KEY_MAX];
	size_t from_len;
};

static void
count_end(struct outbox_ends *ends, const struct MailRecord *mail)
{
	if (strcmp(mail->state, MAIL_SENT) == 0)
		ends->sent++;
	else if (strcmp(mail->state, MAIL_FAILED) == 0 && mail->outcome[0] == '5')
		ends->refused++;
	else if (strcmp(mail->state, MAIL_FAILED) == 0)
		ends->failed++;
}

static enum err
survey_mail(void *arg, struct bytes key, struct bytes value)
{
	struct survey *survey = arg;
	struct MailRecord *mail;

	if (survey->seen++ == PIECE) {
		memcpy(survey->from, key.data, key.len);
		survey->from_len = key.len;
		return ERR_EXISTS;
	}
	if (key.len == KEY_SIZE && get_time(key.data + ACCOUNT_SIZE) >= survey->since &&
	    record_parse(survey->arena, value, &mail_record__descriptor, &mail) == ERR_OK)
		count_end(&survey->ends, mail);
	return ERR_OK;
}

static enum err
survey_piece(struct txn *txn, void *arg)
{
	struct survey *survey = arg;

	survey->seen = 0;
	survey->arena = txn_ctx(txn)->arena;
	return txn_walk_from(txn, TABLE_MAIL, bytes_make("", 0),
	    bytes_make(survey->from, survey->from_len), survey_mail, survey);
}

enum err
outbox_count_ends(struct ctx *ctx, int64_t since, struct outbox_ends *ret_ends)
{
	CLEANUP(arena_free)
	struct arena *arena = arena_new((size_t)256 * 1024 * 1024);
	struct ctx piece = *ctx;
	struct survey survey = {.since = since};
	enum err err;

	piece.arena = arena;
	do {
		arena_reset(arena);
		err = store_view(&piece, survey_piece, &survey);
	} while (err == ERR_EXISTS);
	if (err == ERR_OK)
		*ret_ends = survey.ends;
	return err;
}
