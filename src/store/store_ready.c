/* Can the store make updates durable?  What the last commit came to is known for nothing; only when that is old does a probe pay for one
 * of its own, so that who asks often does not wear the disk. */
#include "store/internal.h"

void
ready_init(struct readiness *ready)
{
	must(pthread_mutex_init(&ready->lock, NULL) == 0);
	ready->tried = INT64_MIN / 2;
}

void
ready_done(struct readiness *ready)
{
	must(pthread_mutex_destroy(&ready->lock) == 0);
}

void
ready_note(struct readiness *ready, enum err err)
{
	pthread_mutex_lock(&ready->lock);
	ready->last = err;
	ready->tried = clock_monotonic();
	pthread_mutex_unlock(&ready->lock);
}

/* True: the caller is to probe, and nobody else until ready_end(); else *ret_err is the answer. */
static bool
ready_begin(struct readiness *ready, enum err *ret_err)
{
	int64_t now = clock_monotonic();
	bool probe;

	pthread_mutex_lock(&ready->lock);
	*ret_err = ready->last;
	probe = !ready->probing && now - ready->tried >= READY_FRESH;
	/* A disk that hangs says nothing: the probe that waits for it does. */
	if (ready->probing && now - ready->began >= READY_FRESH)
		*ret_err = ERR_TIMEOUT;
	if (probe) {
		ready->probing = true;
		ready->began = now;
	}
	pthread_mutex_unlock(&ready->lock);
	return probe;
}

static void
ready_end(struct readiness *ready)
{
	pthread_mutex_lock(&ready->lock);
	ready->probing = false;
	pthread_mutex_unlock(&ready->lock);
}

static enum err
put_ready(struct txn *txn, void *arg)
{
	int64_t now = txn_now(txn);
	struct bytes value = bytes_make(&now, sizeof(now));

	(void)arg;
	return txn_put_raw(txn, RAW_STORE, bytes_of("ready"), &value);
}

enum err
store_ready(struct store *store)
{
	struct ctx ctx = {.keys = store->keys, .store = store, .now = clock_now()};
	enum err err;

	if (store->read_only)
		return ERR_CONFIG;
	/* A full disk may still take a change or two, in pages that earlier ones have left. */
	if (store->ops->room != NULL && store->ops->room(store->raw) != ERR_OK)
		return ERR_FULL;
	if (!ready_begin(&store->ready, &err))
		return err;
	err = store_update(&ctx, put_ready, NULL);
	ready_end(&store->ready);
	return err;
}
