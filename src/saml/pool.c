#include "saml/pool.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "ipc/spawn.h"

#define START_TIME SECONDS(15)
/* After a crash of the whole program, the next one waits so long. */
#define RESTART_MS 1000

struct pool {
	pthread_mutex_t lock;
	pthread_cond_t changed;		/* a worker is free, or the pool is closing */
	pthread_t supervisor;
	char *program;
	struct bytes setup;		/* our own copy */
	int control;
	pid_t pid;
	bool closing;
	int idle[SAML_WORKERS_MAX];
	unsigned idle_count, busy_count, waiting;
	uint32_t next_id;
};

/* --- the program --- */

static enum err
read_start(int control, struct arena *arena, struct saml_ready *ret_ready, const char **ret_reason)
{
	struct frame frame;
	enum err err;

	err = frame_receive(control, arena, SAML_SETUP_MAX, clock_monotonic() + START_TIME, &frame);
	if (err != ERR_OK) {
		*ret_reason = "vestibule-saml ended or hung at its start; its log lines say more";
		return err;
	}
	if (frame.operation == SAML_OP_READY)
		return saml_ready_get(frame.body, arena, ret_ready);
	err = frame.operation == SAML_OP_FAULT ? saml_text_get(frame.body, arena, ret_reason) : ERR_PEER;
	return err == ERR_OK ? ERR_CONFIG : err;
}

static void
collect(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (kill(pid, 0) != 0)
			return;
}

static void
adopt(struct pool *pool, int control, pid_t pid)
{
	pthread_mutex_lock(&pool->lock);
	pool->control = control;
	pool->pid = pid;
	/* Somebody closed the pool while the program started: it ends at once. */
	if (pool->closing)
		shutdown(control, SHUT_RDWR);
	pthread_mutex_unlock(&pool->lock);
}

/* Start the program. */
static enum err
start(struct pool *pool, struct arena *arena, struct saml_ready *ret_ready, const char **ret_reason)
{
	static const char *const variables[] = {"TZ=UTC0", "SSL_CERT_FILE=/dev/null", "SSL_CERT_DIR=/nonexistent", "LC_ALL=C", NULL};
	struct frame frame = {.operation = SAML_OP_SETUP, .body = pool->setup};
	enum err err;
	int control;
	pid_t pid;

	err = spawn_program(pool->program, variables, &control, &pid);
	if (err != ERR_OK) {
		*ret_reason = arena_printf(arena, "%s cannot be started; check saml_worker_program", pool->program);
		return err;
	}
	err = frame_send(control, &frame, clock_monotonic() + START_TIME);
	if (err == ERR_OK)
		err = read_start(control, arena, ret_ready, ret_reason);
	if (err == ERR_OK) {
		adopt(pool, control, pid);
		return ERR_OK;
	}
	close(control);
	kill(pid, SIGKILL);
	collect(pid);
	return err;
}

/* --- supervising: one thread reads the control socket --- */

static void
add_worker(struct pool *pool, int fd)
{
	pthread_mutex_lock(&pool->lock);
	if (pool->idle_count < SAML_WORKERS_MAX && !pool->closing) {
		pool->idle[pool->idle_count++] = fd;
		fd = -1;
	}
	pthread_cond_signal(&pool->changed);
	pthread_mutex_unlock(&pool->lock);
	if (fd >= 0)
		close(fd);
}

static void
drop_idle(struct pool *pool)
{
	pthread_mutex_lock(&pool->lock);
	while (pool->idle_count > 0)
		close(pool->idle[--pool->idle_count]);
	pthread_cond_broadcast(&pool->changed);
	pthread_mutex_unlock(&pool->lock);
}

static bool
is_closing(struct pool *pool)
{
	bool closing;

	pthread_mutex_lock(&pool->lock);
	closing = pool->closing;
	pthread_mutex_unlock(&pool->lock);
	return closing;
}

/* Take new workers until the program ends. */
static void
take_workers(struct pool *pool, struct arena *arena)
{
	struct frame frame;
	int fd;

	while (frame_receive_descriptor(pool->control, arena, SAML_REPLY_MAX, FRAME_NEVER, &frame, &fd) == ERR_OK) {
		arena_reset(arena);
		if (frame.operation != SAML_OP_WORKER || fd < 0) {
			if (fd >= 0)
				close(fd);
			return;
		}
		add_worker(pool, fd);
	}
}

/* The setup was good once; a program that does not start again is tried until it does. */
static bool
restart(struct pool *pool, struct arena *arena)
{
	struct timespec pause = {.tv_sec = RESTART_MS / 1000};
	struct saml_ready *ready = arena_new_object(arena, struct saml_ready);
	const char *reason = "";
	enum err err = ERR_PEER;

	while (!is_closing(pool) && err != ERR_OK) {
		nanosleep(&pause, NULL);
		if (is_closing(pool))
			return false;
		err = start(pool, arena, ready, &reason);
		log_event(err == ERR_OK ? LOG_WARNING : LOG_ERROR, NULL,
		    err == ERR_OK ? "vestibule-saml was started again" : "vestibule-saml cannot be started again", LOG_TEXT("reason", reason));
	}
	return err == ERR_OK;
}

static void *
supervise(void *arg)
{
	struct pool *pool = arg;
	CLEANUP(arena_free) struct arena *arena = arena_new((size_t)8 << 20);
	bool running = true;

	while (running) {
		take_workers(pool, arena);
		drop_idle(pool);
		pthread_mutex_lock(&pool->lock);
		close(pool->control);
		pool->control = -1;
		running = !pool->closing;
		pthread_mutex_unlock(&pool->lock);
		collect(pool->pid);
		if (running)
			log_event(LOG_ERROR, NULL, "vestibule-saml ended");
		arena_reset(arena);
		running = running && restart(pool, arena);
	}
	return NULL;
}

/* --- open and close --- */

static struct pool *
new_pool(const char *program, struct bytes setup)
{
	struct pool *pool = calloc(1, sizeof(*pool));
	uint8_t *copy = malloc(setup.len);
	pthread_condattr_t attributes;

	must(pool != NULL && copy != NULL);
	memcpy(copy, setup.data, setup.len);
	pool->setup = bytes_make(copy, setup.len);
	pool->program = strdup(program);
	must(pool->program != NULL);
	must(pthread_mutex_init(&pool->lock, NULL) == 0 && pthread_condattr_init(&attributes) == 0);
	must(pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0);
	must(pthread_cond_init(&pool->changed, &attributes) == 0);
	pthread_condattr_destroy(&attributes);
	return pool;
}

static void
free_pool(struct pool *pool)
{
	bytes_wipe((void *)(uintptr_t)pool->setup.data, pool->setup.len);
	free((void *)(uintptr_t)pool->setup.data);
	free(pool->program);
	pthread_cond_destroy(&pool->changed);
	pthread_mutex_destroy(&pool->lock);
	free(pool);
}

/* The thread takes no signals: they are main's. */
static void
start_supervisor(struct pool *pool)
{
	sigset_t all, before;

	sigfillset(&all);
	must(pthread_sigmask(SIG_SETMASK, &all, &before) == 0);
	must(pthread_create(&pool->supervisor, NULL, supervise, pool) == 0);
	must(pthread_sigmask(SIG_SETMASK, &before, NULL) == 0);
}

enum err
pool_open(const char *program, struct bytes setup, struct arena *arena, struct pool **ret_pool, struct saml_ready *ret_ready,
    const char **ret_reason)
{
	struct pool *pool = new_pool(program, setup);
	enum err err;

	err = start(pool, arena, ret_ready, ret_reason);
	if (err != ERR_OK) {
		free_pool(pool);
		return err;
	}
	start_supervisor(pool);
	*ret_pool = pool;
	return ERR_OK;
}

void
pool_close(struct pool **pool)
{
	struct pool *old = *pool;

	if (old == NULL)
		return;
	pthread_mutex_lock(&old->lock);
	old->closing = true;
	/* The supervisor sees the end of the socket, and so does the program. */
	if (old->control >= 0)
		shutdown(old->control, SHUT_RDWR);
	while (old->busy_count > 0 || old->waiting > 0)
		pthread_cond_wait(&old->changed, &old->lock);
	pthread_mutex_unlock(&old->lock);
	must(pthread_join(old->supervisor, NULL) == 0);
	drop_idle(old);
	free_pool(old);
	*pool = NULL;
}

unsigned
pool_ready(struct pool *pool)
{
	unsigned count;

	pthread_mutex_lock(&pool->lock);
	count = pool->idle_count + pool->busy_count;
	pthread_mutex_unlock(&pool->lock);
	return count;
}

/* --- asking --- */

static struct timespec
timespec_of(int64_t ms)
{
	return (struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
}

/* Died while it was idle: nobody's request is lost. */
static bool
is_dead(int fd)
{
	struct pollfd poll_fd = {.fd = fd, .events = POLLIN};

	return poll(&poll_fd, 1, 0) != 0;
}

/* With the lock held: a live worker, or -1. */
static int
take_idle(struct pool *pool)
{
	int fd;

	while (pool->idle_count > 0) {
		fd = pool->idle[--pool->idle_count];
		if (!is_dead(fd)) {
			pool->busy_count++;
			return fd;
		}
		close(fd);
	}
	return -1;
}

static enum err
check_out(struct pool *pool, int *ret_fd, uint32_t *ret_id)
{
	struct timespec until = timespec_of(clock_monotonic() + POOL_DEADLINE_MS);
	int fd = -1, waited = 0;

	pthread_mutex_lock(&pool->lock);
	if (pool->waiting < POOL_WAITING_MAX) {
		pool->waiting++;
		while (!pool->closing && (fd = take_idle(pool)) < 0 && waited == 0)
			waited = pthread_cond_timedwait(&pool->changed, &pool->lock, &until);
		pool->waiting--;
		*ret_id = ++pool->next_id;
		if (pool->closing)
			pthread_cond_broadcast(&pool->changed);
	}
	pthread_mutex_unlock(&pool->lock);
	*ret_fd = fd;
	return fd >= 0 ? ERR_OK : ERR_BUSY;
}

/* reusable: it answered in form and means to live on. */
static void
check_in(struct pool *pool, int fd, bool reusable)
{
	pthread_mutex_lock(&pool->lock);
	pool->busy_count--;
	if (reusable && !pool->closing && pool->idle_count < SAML_WORKERS_MAX) {
		pool->idle[pool->idle_count++] = fd;
		fd = -1;
	}
	if (pool->closing)
		pthread_cond_broadcast(&pool->changed);
	else
		pthread_cond_signal(&pool->changed);
	pthread_mutex_unlock(&pool->lock);
	if (fd >= 0)
		close(fd);
}

static enum err
converse(int fd, const struct frame *request, struct arena *arena, struct frame *ret_reply)
{
	int64_t deadline = clock_monotonic() + POOL_DEADLINE_MS;
	enum err err;

	err = frame_send(fd, request, deadline);
	if (err == ERR_OK)
		err = frame_receive(fd, arena, SAML_REPLY_MAX, deadline, ret_reply);
	if (err != ERR_OK)
		return err == ERR_TIMEOUT ? err : ERR_PEER;
	if (ret_reply->id != request->id || (ret_reply->operation != SAML_OP_DONE && ret_reply->operation != SAML_OP_LAST))
		return ERR_PEER;
	return ERR_OK;
}

enum err
pool_ask(struct pool *pool, enum saml_operation operation, struct bytes body, struct arena *arena, struct bytes *ret_body)
{
	struct frame request = {.operation = (uint8_t)operation, .body = body}, reply = {.operation = SAML_OP_LAST};
	enum err err;
	int fd;

	err = check_out(pool, &fd, &request.id);
	if (err != ERR_OK)
		return err;
	err = converse(fd, &request, arena, &reply);
	check_in(pool, fd, err == ERR_OK && reply.operation == SAML_OP_DONE);
	if (err == ERR_OK)
		*ret_body = reply.body;
	return err;
}
