#include <errno.h>
#include <time.h>

#include "store/internal.h"

#define PERIOD MINUTES(1)
/* So many records leave in one go; other updates come in between. */
#define PIECE 256
#define MOST_A_PERIOD 100000
#define ARENA_CAP (64 * 1024)

struct sweep {
	int64_t now;
	unsigned most, removed;
};

static enum err
sweep_piece(struct txn *txn, void *arg)
{
	struct sweep *sweep = arg;

	/* Here, in the writer: it has just looked at the clocks. */
	if (watch_quiet(&txn->store->watch))
		return ERR_OK;
	return txn_sweep(txn, sweep->now, sweep->most, &sweep->removed);
}

static void
free_arena(struct arena **arena)
{
	arena_free(arena);
}

enum err
store_sweep(struct store *store, int64_t now, unsigned most, unsigned *ret_removed)
{
	CLEANUP(free_arena)
	struct arena *arena = arena_new(ARENA_CAP);
	struct ctx ctx = {.arena = arena, .keys = store->keys, .store = store, .now = now};
	unsigned total = 0;
	enum err err;

	while (total < most) {
		struct sweep sweep = {now, most - total < PIECE ? most - total : PIECE, 0};

		err = store_update(&ctx, sweep_piece, &sweep);
		if (err != ERR_OK)
			return err;
		total += sweep.removed;
		if (sweep.removed < sweep.most)
			break;
	}
	*ret_removed = total;
	return ERR_OK;
}

/* false when the end has come. */
static bool
wait_period(struct sweeper *sweeper)
{
	struct timespec until;
	bool stop;

	must(clock_gettime(CLOCK_MONOTONIC, &until) == 0);
	until.tv_sec += PERIOD / 1000;
	pthread_mutex_lock(&sweeper->lock);
	while (!sweeper->stop &&
	       pthread_cond_timedwait(&sweeper->wake, &sweeper->lock, &until) != ETIMEDOUT)
		;
	stop = sweeper->stop;
	pthread_mutex_unlock(&sweeper->lock);
	return !stop;
}

static void *
sweep_loop(void *arg)
{
	struct store *store = arg;
	unsigned removed;
	enum err err;

	while (wait_period(&store->sweeper)) {
		store->ops->maintain(store->raw);
		err = store_sweep(store, clock_now(), MOST_A_PERIOD, &removed);
		if (err != ERR_OK && err != ERR_BUSY)
			log_event(LOG_WARNING, NULL, "Expired records could not be removed",
			    LOG_ERR(err));
	}
	return NULL;
}

enum err
sweeper_init(struct store *store)
{
	struct sweeper *sweeper = &store->sweeper;
	pthread_condattr_t attributes;

	must(pthread_condattr_init(&attributes) == 0);
	must(pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0);
	must(pthread_cond_init(&sweeper->wake, &attributes) == 0);
	pthread_condattr_destroy(&attributes);
	must(pthread_mutex_init(&sweeper->lock, NULL) == 0);
	if (pthread_create(&sweeper->thread, NULL, sweep_loop, store) != 0) {
		pthread_cond_destroy(&sweeper->wake);
		pthread_mutex_destroy(&sweeper->lock);
		return ERR_IO;
	}
	sweeper->running = true;
	return ERR_OK;
}

void
sweeper_done(struct store *store)
{
	struct sweeper *sweeper = &store->sweeper;

	if (!sweeper->running)
		return;
	pthread_mutex_lock(&sweeper->lock);
	sweeper->stop = true;
	pthread_cond_signal(&sweeper->wake);
	pthread_mutex_unlock(&sweeper->lock);
	must(pthread_join(sweeper->thread, NULL) == 0);
	sweeper->running = false;
	pthread_cond_destroy(&sweeper->wake);
	pthread_mutex_destroy(&sweeper->lock);
}
