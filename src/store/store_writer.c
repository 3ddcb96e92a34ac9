#include <errno.h>

#include "store/internal.h"

/* A closure's scratch: sealed copies and what it may have to take back. */
#define SCRATCH_CAP ((size_t)1 << 30)
/* From 64 MiB to an exabyte. */
#define GROWTHS_MAX 32

/* Set while a closure runs in this thread: a store call inside another would wait for itself. */
static _Thread_local bool inside;

/* What spoils the batch, or ERR_OK; the closure's own result is in job->err. */
static enum err
run_job(struct store *store, struct raw_txn *raw, struct job *job, bool *wrote)
{
	struct txn txn = {.store = store,
	    .ctx = job->ctx,
	    .raw = raw,
	    .write = true,
	    .scratch = store->writer.scratch};
	enum err undone = ERR_OK;

	inside = true;
	job->err = job->fn(&txn, job->arg);
	inside = false;
	if (txn.failed != ERR_OK)
		job->err = txn.failed;
	if (job->err == ERR_OK)
		*wrote |= txn.undo != NULL;
	else if (txn.broken == ERR_OK)
		undone = txn_undo(&txn);
	arena_reset(store->writer.scratch);
	return txn.broken != ERR_OK ? txn.broken : undone;
}

static enum err
try_batch(struct store *store, struct job **jobs, size_t count, bool *ret_committing)
{
	struct raw_txn *raw;
	bool wrote = false;
	enum err err;

	*ret_committing = false;
	err = store->ops->begin(store->raw, true, &raw);
	for (size_t i = 0; err == ERR_OK && i < count; i++) {
		err = run_job(store, raw, jobs[i], &wrote);
		if (err != ERR_OK)
			store->ops->abort(raw);
	}
	if (err != ERR_OK)
		return err;
	if (!wrote) {
		store->ops->abort(raw);
		return ERR_OK;
	}
	err = watch_save(store, raw);
	if (err != ERR_OK) {
		store->ops->abort(raw);
		return err;
	}
	*ret_committing = true;
	err = store->ops->commit(raw);
	if (err == ERR_OK) {
		atomic_fetch_add(&store->writer.commits, 1);
		ready_note(&store->ready, ERR_OK);
	}
	return err;
}

/* Whatever a closure found out in a batch that was lost, it found out from changes that do not exist: all fail.  Each is told under
 * its own request, so that the reference on a person's error page finds the cause. */
static void
fail_batch(struct store *store, struct job **jobs, size_t count, enum err err)
{
	const char *cause = store->ops->cause(store->raw);

	ready_note(&store->ready, err);
	for (size_t i = 0; i < count; i++) {
		jobs[i]->err = err;
		log_event(LOG_ERROR, &jobs[i]->ctx->log,
		    "A change could not be saved in the store", LOG_TEXT("cause", cause));
	}
}

static void
run_batch(struct store *store, struct job **jobs, size_t count)
{
	bool committing = false;
	enum err err = ERR_FULL;

	for (int i = 0; i < GROWTHS_MAX && err == ERR_FULL; i++) {
		err = try_batch(store, jobs, count, &committing);
		if (err == ERR_FULL && store->ops->grow(store->raw) != ERR_OK)
			break;
	}
	if (err == ERR_OK)
		return;
	/* One closure may have met a damaged page: the others need not suffer.  Never once the commit was tried, for what
	 * came of it is not known. */
	if (!committing && count > 1) {
		for (size_t i = 0; i < count; i++)
			run_batch(store, &jobs[i], 1);
		return;
	}
	fail_batch(store, jobs, count, err);
}

/* Wait for work; 0 when the end has come and nothing waits. */
static size_t
take_batch(struct writer *writer, struct job *jobs[BATCH_MAX])
{
	size_t count = 0;

	pthread_mutex_lock(&writer->lock);
	while (writer->first == NULL && !writer->stop)
		pthread_cond_wait(&writer->wake, &writer->lock);
	for (; writer->first != NULL && count < BATCH_MAX; count++) {
		jobs[count] = writer->first;
		writer->first = writer->first->next;
		writer->waiting--;
	}
	if (writer->first == NULL)
		writer->last = &writer->first;
	pthread_mutex_unlock(&writer->lock);
	return count;
}

static void *
write_loop(void *arg)
{
	struct store *store = arg;
	struct job *jobs[BATCH_MAX];
	size_t count;

	while ((count = take_batch(&store->writer, jobs)) > 0) {
		watch_look(&store->watch);
		run_batch(store, jobs, count);
		for (size_t i = 0; i < count; i++) {
			if (jobs[i]->err == ERR_OK)
				atomic_fetch_add(&store->writer.updates, 1);
			/* The job is on the waiting thread's stack: gone after this. */
			must(sem_post(&jobs[i]->done) == 0);
		}
	}
	return NULL;
}

enum err
writer_init(struct store *store)
{
	struct writer *writer = &store->writer;

	writer->last = &writer->first;
	must(pthread_mutex_init(&writer->lock, NULL) == 0);
	must(pthread_cond_init(&writer->wake, NULL) == 0);
	writer->scratch = arena_new(SCRATCH_CAP);
	if (pthread_create(&writer->thread, NULL, write_loop, store) != 0)
		return ERR_IO;
	pthread_setname_np(writer->thread, "store-writer");
	writer->running = true;
	return ERR_OK;
}

void
writer_done(struct store *store)
{
	struct writer *writer = &store->writer;

	if (writer->running) {
		pthread_mutex_lock(&writer->lock);
		writer->stop = true;
		pthread_cond_signal(&writer->wake);
		pthread_mutex_unlock(&writer->lock);
		must(pthread_join(writer->thread, NULL) == 0);
		writer->running = false;
	}
	if (writer->scratch != NULL) {
		pthread_cond_destroy(&writer->wake);
		pthread_mutex_destroy(&writer->lock);
	}
	arena_free(&writer->scratch);
}

static enum err
enqueue(struct writer *writer, struct job *job)
{
	enum err err = ERR_BUSY;

	pthread_mutex_lock(&writer->lock);
	if (writer->waiting < QUEUE_MAX && !writer->stop) {
		*writer->last = job;
		writer->last = &job->next;
		writer->waiting++;
		err = ERR_OK;
	}
	pthread_mutex_unlock(&writer->lock);
	/* Not under the lock: the writer would wake only to wait for it. */
	if (err == ERR_OK)
		pthread_cond_signal(&writer->wake);
	return err;
}

enum err
store_update(struct ctx *ctx, store_fn *fn, void *arg)
{
	struct job job = {.ctx = ctx, .fn = fn, .arg = arg, .err = ERR_STORE};
	enum err err;

	must(!inside);
	if (ctx->store->read_only)
		return ERR_CONFIG;
	must(sem_init(&job.done, 0, 0) == 0);
	err = enqueue(&ctx->store->writer, &job);
	if (err == ERR_OK) {
		while (sem_wait(&job.done) != 0)
			must(errno == EINTR);
		err = job.err;
	}
	sem_destroy(&job.done);
	return err;
}

enum err
store_view(struct ctx *ctx, store_fn *fn, void *arg)
{
	struct txn txn = {.store = ctx->store, .ctx = ctx};
	enum err err;

	must(!inside);
	err = ctx->store->ops->begin(ctx->store->raw, false, &txn.raw);
	if (err != ERR_OK)
		return err;
	inside = true;
	err = fn(&txn, arg);
	inside = false;
	ctx->store->ops->abort(txn.raw);
	return txn.failed != ERR_OK ? txn.failed : err;
}
