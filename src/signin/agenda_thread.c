/* The part of agenda_run.h that is a thread. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "audit/maintain.h"
#include "base/clock.h"
#include "base/log.h"
#include "signin/agenda_run.h"

#define LOOK SECONDS(1)
/* Rows that are done before the memory of their transactions is given back. */
#define ROWS_AT_ONCE 16
#define ARENA_CAP ((size_t)64 * 1024 * 1024)
/* The audit's heads and its old events. */
#define AUDIT_APART SECONDS(60)
/* A store that is in trouble is told of so often. */
#define TOLD_APART SECONDS(60)

struct agenda_thread {
	struct agenda_thread_options options;
	pthread_t thread;
	pthread_mutex_t lock; /* stop */
	pthread_cond_t wake;
	bool stop;
	int64_t told; /* monotonic */
	int64_t audit_kept; /* monotonic */
};

/* false when the end has come. */
static bool
rest(struct agenda_thread *thread, int64_t ms)
{
	struct timespec until;
	bool stop;

	must(clock_gettime(CLOCK_MONOTONIC, &until) == 0);
	until.tv_nsec += (long)(ms % 1000) * 1000000;
	until.tv_sec += ms / 1000 + until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	pthread_mutex_lock(&thread->lock);
	while (!thread->stop && pthread_cond_timedwait(&thread->wake, &thread->lock, &until) != ETIMEDOUT)
		;
	stop = thread->stop;
	pthread_mutex_unlock(&thread->lock);
	return !stop;
}

static void
tell_trouble(struct agenda_thread *thread, enum err err)
{
	int64_t now = clock_monotonic();

	if (thread->told != 0 && now - thread->told < TOLD_APART)
		return;
	thread->told = now;
	log_event(LOG_ERROR, NULL, "What is due waits, since the store does not answer", LOG_ERR(err));
}

/* The clock may be far ahead of the time. */
static bool
is_quiet(struct ctx *ctx)
{
	struct store_clock clock;

	store_clock(ctx->store, &clock);
	return clock.quiet;
}

static enum err
keep_audit(struct agenda_thread *thread, struct ctx *ctx)
{
	int64_t now = clock_monotonic();

	if (thread->audit_kept != 0 && now - thread->audit_kept < AUDIT_APART)
		return ERR_OK;
	thread->audit_kept = now;
	return audit_maintain(ctx, NULL);
}

/* true: there may be more to do at once. */
static bool
turn(struct agenda_thread *thread, struct arena *arena)
{
	struct ctx ctx = {.arena = arena};
	unsigned ran = 0;
	enum err err = ERR_OK;

	thread->options.begin(thread->options.arg, &ctx);
	ctx.now = clock_now();
	if (!is_quiet(&ctx))
		err = agenda_run(&ctx, ROWS_AT_ONCE, &ran);
	if (err == ERR_OK)
		err = keep_audit(thread, &ctx);
	thread->options.end(thread->options.arg, &ctx);
	arena_reset(arena);
	if (err != ERR_OK)
		tell_trouble(thread, err);
	return err == ERR_OK && ran == ROWS_AT_ONCE;
}

static void *
run(void *arg)
{
	CLEANUP(arena_free)
	struct arena *arena = arena_new(ARENA_CAP);
	struct agenda_thread *thread = arg;
	bool more;

	do {
		more = turn(thread, arena);
	} while (rest(thread, more ? 0 : thread->options.look));
	return NULL;
}

static void
init_locks(struct agenda_thread *thread)
{
	pthread_condattr_t attributes;

	must(pthread_condattr_init(&attributes) == 0);
	must(pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0);
	must(pthread_cond_init(&thread->wake, &attributes) == 0);
	pthread_condattr_destroy(&attributes);
	must(pthread_mutex_init(&thread->lock, NULL) == 0);
}

static void
release(struct agenda_thread *thread)
{
	pthread_cond_destroy(&thread->wake);
	pthread_mutex_destroy(&thread->lock);
	free(thread);
}

enum err
agenda_thread_open(const struct agenda_thread_options *options, struct agenda_thread **ret_thread)
{
	struct agenda_thread *thread = calloc(1, sizeof(*thread));

	must(thread != NULL);
	thread->options = *options;
	if (thread->options.look == 0)
		thread->options.look = LOOK;
	init_locks(thread);
	if (pthread_create(&thread->thread, NULL, run, thread) != 0) {
		release(thread);
		return ERR_IO;
	}
	*ret_thread = thread;
	return ERR_OK;
}

void
agenda_thread_close(struct agenda_thread **thread)
{
	struct agenda_thread *closing = *thread;

	if (closing == NULL)
		return;
	pthread_mutex_lock(&closing->lock);
	closing->stop = true;
	pthread_cond_broadcast(&closing->wake);
	pthread_mutex_unlock(&closing->lock);
	must(pthread_join(closing->thread, NULL) == 0);
	release(closing);
	*thread = NULL;
}
