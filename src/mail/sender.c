#include "mail/sender.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "mail/letter.h"
#include "mail/mailbox.h"
#include "mail/outbox.h"

#define THREADS 2
#define LOOK 250
#define LEASE SECONDS(60)
#define GRACE SECONDS(5)
#define ARENA_CAP ((size_t)16 * 1024 * 1024)
/* A store that cannot be read is told of so often. */
#define TOLD_APART SECONDS(60)

/* One of the threads. */
struct carrier {
	struct sender *sender;
	struct smtp *smtp;
	pthread_t thread;
	int64_t told; /* monotonic */
};

struct sender {
	struct sender_options options;
	pthread_mutex_t lock; /* stop */
	pthread_cond_t wake;
	bool stop;
	struct carrier carriers[SENDER_THREADS_MAX];
	unsigned count;
	_Atomic uint64_t sent, retried, failed;
};

static bool
is_stopping(struct sender *sender)
{
	bool stop;

	pthread_mutex_lock(&sender->lock);
	stop = sender->stop;
	pthread_mutex_unlock(&sender->lock);
	return stop;
}

/* false when the end has come. */
static bool
rest(struct sender *sender)
{
	struct timespec until;
	bool stop;

	must(clock_gettime(CLOCK_MONOTONIC, &until) == 0);
	until.tv_nsec += (long)(sender->options.look % 1000) * 1000000;
	until.tv_sec += sender->options.look / 1000 + until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	pthread_mutex_lock(&sender->lock);
	while (!sender->stop &&
	       pthread_cond_timedwait(&sender->wake, &sender->lock, &until) != ETIMEDOUT)
		;
	stop = sender->stop;
	pthread_mutex_unlock(&sender->lock);
	return !stop;
}

static void
tell_trouble(struct carrier *carrier, enum err err)
{
	int64_t now = clock_monotonic();

	if (carrier->told != 0 && now - carrier->told < TOLD_APART)
		return;
	carrier->told = now;
	log_event(LOG_ERROR, NULL, "Mails wait, since the store does not answer", LOG_ERR(err));
}

/* --- one mail --- */

static enum outbox_verdict
send_letter(struct carrier *carrier, struct ctx *ctx, const struct outbox_item *item,
    const char **ret_outcome)
{
	static const enum outbox_verdict verdicts[] = {[SMTP_SENT] = OUTBOX_SENT,
	    [SMTP_RETRY] = OUTBOX_RETRY,
	    [SMTP_FAILED] = OUTBOX_FAILED};
	const struct mail_config *server = &ctx->config->mail;
	struct smtp_mail mail;
	struct buf letter;
	enum err err;

	buf_init(&letter, ctx->arena, LETTER_MAX);
	err = letter_print(ctx, item->mail, outbox_id(ctx, item->key), &letter);
	if (err != ERR_OK) {
		log_event(LOG_ERROR, NULL, "A mail could not be written",
		    LOG_TEXT("kind", item->mail->kind), LOG_ERR(err));
		*ret_outcome = "letter";
		return err == ERR_FORMAT || err == ERR_TOO_BIG ? OUTBOX_FAILED : OUTBOX_RETRY;
	}
	mail = (struct smtp_mail){.from = mailbox_wire(ctx->arena, server->from),
	    .to = mailbox_wire(ctx->arena, item->mail->to),
	    .message = buf_bytes(&letter)};
	return verdicts[smtp_send(carrier->smtp, server, &mail, ret_outcome)];
}

static void
note_end(struct sender *sender, const struct MailRecord *mail, const char *state,
    const char *outcome, int64_t now)
{
	bool sent = strcmp(state, MAIL_SENT) == 0, failed = strcmp(state, MAIL_FAILED) == 0;

	if (sent)
		atomic_fetch_add(&sender->sent, 1);
	else if (failed)
		atomic_fetch_add(&sender->failed, 1);
	else
		atomic_fetch_add(&sender->retried, 1);
	log_event(sent ? LOG_INFO : failed ? LOG_ERROR : LOG_WARNING, NULL,
	    sent     ? "Mail sent"
	    : failed ? "Mail given up"
		     : "Mail not sent, it is tried again",
	    LOG_TEXT("kind", mail->kind), LOG_TEXT("outcome", outcome),
	    LOG_NUMBER("tries", mail->attempts), LOG_NUMBER("ms", now - mail->created));
}

/* Mails whose time had come to an end before anybody could try, as after a long standstill. */
static void
note_expired(struct sender *sender, unsigned count)
{
	if (count == 0)
		return;
	atomic_fetch_add(&sender->failed, count);
	log_event(LOG_ERROR, NULL, "Mail given up, its time was over", LOG_TEXT("outcome", MAIL_EXPIRED),
	    LOG_NUMBER("mails", count));
}

/* A mail that left must be marked before its lease ends, or it leaves again: a store that is in trouble is asked again and again. */
static void
mark(struct carrier *carrier, struct ctx *ctx, const struct outbox_item *item,
    enum outbox_verdict verdict, const char *outcome)
{
	const char *state;
	enum err err;

	do {
		ctx->now = clock_now();
		err = outbox_done(ctx, item, verdict, outcome, &state);
	} while (err != ERR_OK && ctx->now < item->mail->due && rest(carrier->sender));
	if (err == ERR_OK)
		note_end(carrier->sender, item->mail, state, outcome, ctx->now);
	else
		log_event(LOG_ERROR, NULL,
		    "What became of a mail could not be noted: it is sent again",
		    LOG_TEXT("kind", item->mail->kind), LOG_TEXT("outcome", outcome), LOG_ERR(err));
}

/* --- the loop --- */

/* false: nothing was due, or it could not be found out. */
static bool
carry_one(struct carrier *carrier, struct ctx *ctx)
{
	struct outbox_item item = {.expired = 0};
	enum outbox_verdict verdict;
	const char *outcome;
	int64_t due;
	enum err err = outbox_next(ctx, &due);

	if (err == ERR_OK && due > ctx->now)
		return false;
	if (err == ERR_OK)
		err = outbox_take(ctx, carrier->sender->options.lease, &item);
	note_expired(carrier->sender, item.expired);
	if (err == ERR_NOT_FOUND)
		return false; /* the other thread was faster */
	if (err != ERR_OK) {
		tell_trouble(carrier, err);
		return false;
	}
	verdict = send_letter(carrier, ctx, &item, &outcome);
	mark(carrier, ctx, &item, verdict, outcome);
	return true;
}

static bool
turn(struct carrier *carrier, struct arena *arena)
{
	struct sender *sender = carrier->sender;
	struct ctx ctx = {.arena = arena};
	bool more = false;

	sender->options.begin(sender->options.arg, &ctx);
	ctx.now = clock_now();
	if (ctx.config->mail.url != NULL)
		more = carry_one(carrier, &ctx);
	sender->options.end(sender->options.arg, &ctx);
	arena_reset(arena); /* a code may have stood in it */
	return more;
}

static void *
run(void *arg)
{
	CLEANUP(arena_free)
	struct arena *arena = arena_new(ARENA_CAP);
	struct carrier *carrier = arg;

	do {
		while (!is_stopping(carrier->sender) && turn(carrier, arena))
			;
	} while (rest(carrier->sender));
	return NULL;
}

/* --- opening and closing --- */

/* How we introduce ourselves: the host of public_url. */
static const char *
helo_of(const struct config *config, struct arena *arena)
{
	const char *host = config->public_url != NULL ? strstr(config->public_url, "://") : NULL;
	size_t len = host == NULL
			 ? 0
			 : strspn(host + 3, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.");

	return len == 0 ? "localhost" : arena_text_of(arena, bytes_make(host + 3, len));
}

static void
set_options(struct sender *sender, const struct sender_options *options)
{
	sender->options = *options;
	if (sender->options.threads == 0)
		sender->options.threads = THREADS;
	if (sender->options.look == 0)
		sender->options.look = LOOK;
	if (sender->options.lease == 0)
		sender->options.lease = LEASE;
	if (sender->options.grace == 0)
		sender->options.grace = GRACE;
	must(sender->options.threads <= SENDER_THREADS_MAX);
	must(sender->options.lease >
	     (options->limits.whole > 0 ? options->limits.whole : SMTP_WHOLE));
}

static void
init_locks(struct sender *sender)
{
	pthread_condattr_t attributes;

	must(pthread_condattr_init(&attributes) == 0);
	must(pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0);
	must(pthread_cond_init(&sender->wake, &attributes) == 0);
	pthread_condattr_destroy(&attributes);
	must(pthread_mutex_init(&sender->lock, NULL) == 0);
}

static enum err
start(struct sender *sender, const char *helo)
{
	struct carrier *carrier;

	while (sender->count < sender->options.threads) {
		carrier = &sender->carriers[sender->count];
		carrier->sender = sender;
		carrier->smtp = smtp_new(&sender->options.limits, helo);
		if (pthread_create(&carrier->thread, NULL, run, carrier) != 0) {
			smtp_free(&carrier->smtp);
			return ERR_IO;
		}
		sender->count++;
	}
	return ERR_OK;
}

enum err
sender_open(const struct sender_options *options, struct sender **ret_sender)
{
	CLEANUP(arena_free)
	struct arena *arena = arena_new(4096);
	struct sender *sender = calloc(1, sizeof(*sender));
	struct ctx ctx = {.arena = arena};
	enum err err;

	must(sender != NULL);
	set_options(sender, options);
	init_locks(sender);
	options->begin(options->arg, &ctx);
	err = start(sender, helo_of(ctx.config, arena));
	options->end(options->arg, &ctx);
	if (err == ERR_OK)
		*ret_sender = sender;
	else
		sender_close(&sender);
	return err;
}

void
sender_close(struct sender **sender)
{
	struct sender *closing = *sender;

	if (closing == NULL)
		return;
	pthread_mutex_lock(&closing->lock);
	closing->stop = true;
	pthread_cond_broadcast(&closing->wake);
	pthread_mutex_unlock(&closing->lock);
	for (unsigned i = 0; i < closing->count; i++)
		smtp_stop(closing->carriers[i].smtp, closing->options.grace);
	for (unsigned i = 0; i < closing->count; i++) {
		must(pthread_join(closing->carriers[i].thread, NULL) == 0);
		smtp_free(&closing->carriers[i].smtp);
	}
	pthread_cond_destroy(&closing->wake);
	pthread_mutex_destroy(&closing->lock);
	free(closing);
	*sender = NULL;
}

void
sender_counts(const struct sender *sender, struct sender_counts *ret_counts)
{
	ret_counts->sent = atomic_load(&sender->sent);
	ret_counts->retried = atomic_load(&sender->retried);
	ret_counts->failed = atomic_load(&sender->failed);
}
