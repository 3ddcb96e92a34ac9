/* The wall clock against one that only counts, and against the time of the last commit.  A jump refuses nothing: it is told, and what it
 * would make the sweeper delete is kept for a while. */
#include <string.h>
#include <time.h>

#include "store/internal.h"

#define NAME "clock"

/* Suspending the machine moves both. */
static void
read_clocks(int64_t *ret_wall, int64_t *ret_counted)
{
	struct timespec ts;

	must(clock_gettime(CLOCK_BOOTTIME, &ts) == 0);
	*ret_counted = SECONDS(ts.tv_sec) + ts.tv_nsec / 1000000;
	*ret_wall = clock_now();
}

void
watch_init(struct watch *watch)
{
	must(pthread_mutex_init(&watch->lock, NULL) == 0);
	watch->read = read_clocks;
	watch->quiet_until = INT64_MIN;
	read_clocks(&watch->wall, &watch->counted);
}

void
watch_done(struct watch *watch)
{
	must(pthread_mutex_destroy(&watch->lock) == 0);
}

void
watch_load(struct store *store, struct raw_txn *txn)
{
	struct bytes value;

	if (store->ops->get(txn, RAW_STORE, bytes_of(NAME), &value) != ERR_OK || value.len != TIME_SIZE)
		return;
	store->watch.saved = time_get(value.data);
	/* The first look then finds a jump back. */
	if (store->watch.saved > store->watch.wall)
		store->watch.wall = store->watch.saved;
}

enum err
watch_save(struct store *store, struct raw_txn *txn)
{
	struct watch *watch = &store->watch;
	uint8_t data[TIME_SIZE];
	int64_t wall, age;
	enum err err;

	pthread_mutex_lock(&watch->lock);
	wall = watch->wall;
	pthread_mutex_unlock(&watch->lock);
	age = wall - watch->saved;
	if (age > -WATCH_JUMP && age < WATCH_SAVE)
		return ERR_OK;
	time_put(data, wall);
	err = store->ops->put(txn, RAW_STORE, bytes_of(NAME), BYTES(data));
	if (err == ERR_OK)
		watch->saved = wall;
	return err;
}

static void
tell(int64_t jump)
{
	log_event(LOG_ERROR, NULL,
	    jump > 0 ? "The clock of this machine jumped forward: check its time; expired records are kept for ten minutes"
		     : "The clock of this machine jumped back: check its time; what is single-use stays used",
	    LOG_NUMBER("seconds", jump / 1000));
}

void
watch_look(struct watch *watch)
{
	int64_t wall, counted, jump;

	pthread_mutex_lock(&watch->lock);
	watch->read(&wall, &counted);
	jump = (wall - watch->wall) - (counted - watch->counted);
	watch->wall = wall;
	watch->counted = counted;
	if (jump <= WATCH_JUMP && jump >= -WATCH_JUMP)
		jump = 0;
	if (jump > 0)
		watch->quiet_until = counted + WATCH_QUIET;
	if (jump != 0) {
		watch->jumps++;
		watch->jump = jump;
		watch->jumped = counted;
	}
	pthread_mutex_unlock(&watch->lock);
	if (jump != 0)
		tell(jump);
}

bool
watch_quiet(struct watch *watch)
{
	bool quiet;

	pthread_mutex_lock(&watch->lock);
	quiet = watch->counted < watch->quiet_until;
	pthread_mutex_unlock(&watch->lock);
	return quiet;
}

void
store_clock(struct store *store, struct store_clock *ret_clock)
{
	struct watch *watch = &store->watch;

	watch_look(watch);
	pthread_mutex_lock(&watch->lock);
	ret_clock->jumps = watch->jumps;
	ret_clock->recent = watch->jumps > 0 && watch->counted - watch->jumped < WATCH_QUIET ? watch->jump : 0;
	ret_clock->quiet = watch->counted < watch->quiet_until;
	pthread_mutex_unlock(&watch->lock);
}
