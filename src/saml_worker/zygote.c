#include "saml_worker/zygote.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "ipc/confine.h"
#include "ipc/message.h"
#include "saml_worker/warm.h"
#include "saml_worker/worker.h"

#define SETUP_TIME SECONDS(10)
#define SETUP_MEMORY ((size_t)32 << 20)
/* A worker that dies sooner than this after its start makes the next one wait as long. */
#define THROTTLE_MS 200
#define EXIT_CONFIG 78
#define EXIT_IO 74

struct zygote {
	int control;
	struct engine *engine;
	unsigned wanted, alive;
	int64_t last_fork;
	sigset_t mask;		/* what to wait under: everything */
};

/* --- workers --- */

static enum err
hand_over(const struct zygote *zygote, int fd, pid_t pid)
{
	struct frame frame = {.operation = SAML_OP_WORKER, .id = (uint32_t)pid};

	return frame_send_descriptor(zygote->control, &frame, fd, clock_monotonic() + SETUP_TIME);
}

/* In the child: nothing of the zygote's but the engine and one end of a socket. */
static _Noreturn void
become_worker(const struct zygote *zygote, int fd, int other_end)
{
	close(zygote->control);
	close(other_end);
	sigprocmask(SIG_SETMASK, &zygote->mask, NULL);
	worker_run(zygote->engine, fd);
}

static enum err
fork_worker(struct zygote *zygote)
{
	int ends[2];
	enum err err;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
		return ERR_IO;
	pid = fork();
	if (pid == 0)
		become_worker(zygote, ends[1], ends[0]);
	close(ends[1]);
	err = pid > 0 ? hand_over(zygote, ends[0], pid) : ERR_IO;
	close(ends[0]);
	if (err == ERR_OK)
		zygote->alive++;
	return err;
}

static void
wait_a_little(int64_t ms)
{
	struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

	nanosleep(&time, NULL);
}

static void
throttle(struct zygote *zygote)
{
	int64_t since = clock_monotonic() - zygote->last_fork;

	if (since < THROTTLE_MS)
		wait_a_little(THROTTLE_MS - since);
	zygote->last_fork = clock_monotonic();
}

static void
collect(struct zygote *zygote)
{
	int status;

	while (waitpid(-1, &status, WNOHANG) > 0) {
		zygote->alive--;
		if (WIFSIGNALED(status))
			log_event(LOG_ERROR, NULL, "A SAML worker was killed", LOG_NUMBER("signal", WTERMSIG(status)));
	}
}

/* The first ones at once, later ones with a pause after each early death. */
static enum err
keep_up(struct zygote *zygote)
{
	enum err err = ERR_OK;

	while (zygote->alive < zygote->wanted && err == ERR_OK) {
		throttle(zygote);
		err = fork_worker(zygote);
	}
	return err;
}

static void
ignore(int number)
{
	(void)number;
}

/* Has the daemon closed the control socket?  It says nothing more after the setup. */
static bool
control_closed(struct zygote *zygote)
{
	struct pollfd poll_fd = {.fd = zygote->control, .events = POLLIN};
	int n = ppoll(&poll_fd, 1, NULL, &zygote->mask);

	return n > 0 || (n < 0 && errno != EINTR);
}

static enum err
supervise(struct zygote *zygote)
{
	unsigned i;
	enum err err = ERR_OK;

	for (i = 0; i < zygote->wanted && err == ERR_OK; i++)
		err = fork_worker(zygote);
	zygote->last_fork = clock_monotonic();
	while (err == ERR_OK && !control_closed(zygote)) {
		collect(zygote);
		err = keep_up(zygote);
	}
	return err;
}

/* --- the start --- */

/* SIGCHLD interrupts ppoll() and nothing else. */
static void
watch_children(struct zygote *zygote)
{
	struct sigaction action = {.sa_handler = ignore};
	sigset_t blocked;

	sigemptyset(&blocked);
	sigaddset(&blocked, SIGCHLD);
	must(sigaction(SIGCHLD, &action, NULL) == 0);
	must(sigprocmask(SIG_BLOCK, &blocked, &zygote->mask) == 0);
}

static void
tell_fault(const struct zygote *zygote, const char *reason, struct arena *arena)
{
	struct frame frame = {.operation = SAML_OP_FAULT};
	struct buf buf;

	buf_init(&buf, arena, SAML_REPLY_MAX);
	saml_text_put(&buf, reason);
	frame.body = buf_bytes(&buf);
	frame_send(zygote->control, &frame, clock_monotonic() + SETUP_TIME);
}

static enum err
tell_ready(const struct zygote *zygote, struct arena *arena)
{
	struct saml_ready *ready = arena_new_object(arena, struct saml_ready);
	struct frame frame = {.operation = SAML_OP_READY};
	struct buf buf;
	size_t i;

	ready->provider_count = engine_provider_count(zygote->engine);
	for (i = 0; i < ready->provider_count; i++)
		ready->providers[i] = (struct saml_ready_provider){
			engine_provider(zygote->engine, i)->entity_id, engine_provider(zygote->engine, i)->sso_url};
	buf_init(&buf, arena, SAML_SETUP_MAX);
	saml_ready_put(&buf, ready);
	frame.body = buf_bytes(&buf);
	return frame_send(zygote->control, &frame, clock_monotonic() + SETUP_TIME);
}

static enum err
receive_setup(const struct zygote *zygote, struct arena *arena, struct saml_setup *ret_setup)
{
	struct frame frame;
	enum err err;

	err = frame_receive(zygote->control, arena, SAML_SETUP_MAX, clock_monotonic() + SETUP_TIME, &frame);
	if (err != ERR_OK)
		return err;
	return frame.operation == SAML_OP_SETUP ? saml_setup_get(frame.body, arena, ret_setup) : ERR_PEER;
}

static enum err
set_up(struct zygote *zygote, struct arena *arena, const char **ret_reason)
{
	struct saml_setup *setup = arena_new_object(arena, struct saml_setup);
	enum err err;

	err = receive_setup(zygote, arena, setup);
	if (err != ERR_OK) {
		*ret_reason = "the setup did not arrive whole";
		return err;
	}
	zygote->wanted = setup->workers;
	err = engine_open(setup, arena, &zygote->engine, ret_reason);
	return err == ERR_OK ? warm_up(zygote->engine, setup, ret_reason) : err;
}

int
zygote_run(int control)
{
	CLEANUP(arena_free) struct arena *arena = arena_new(SETUP_MEMORY);
	struct zygote zygote = {.control = control};
	const char *reason = "lasso or xmlsec does not start";
	enum err err;

	if (confine_limits() != ERR_OK)
		return EXIT_IO;
	err = engine_prepare();
	if (err == ERR_OK)
		err = set_up(&zygote, arena, &reason);
	if (err != ERR_OK) {
		tell_fault(&zygote, reason, arena);
		return EXIT_CONFIG;
	}
	watch_children(&zygote);
	if (tell_ready(&zygote, arena) != ERR_OK || confine_calls(CONFINE_ZYGOTE) != ERR_OK)
		return EXIT_IO;
	return supervise(&zygote) == ERR_OK ? 0 : EXIT_IO;
}
