/* What a confined process can still do: each try in a child of its own. */
#include "../unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ipc/confine.h"

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif

/* The status with which a confined child ends. */
static int
run(enum confine_kind kind, void (*act)(void))
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		if (confine_limits() != ERR_OK || confine_calls(kind) != ERR_OK)
			_exit(99);
		act();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void
use_memory(void)
{
	char *volatile data = malloc((size_t)1 << 20);

	if (data == NULL)
		_exit(1);
	free(data);
}

static void
open_a_file(void)
{
	_exit(open("/etc/passwd", O_RDONLY) == -1 && errno == ENOENT ? 0 : 1);
}

static void
make_a_socket(void)
{
	(void)socket(AF_INET, SOCK_STREAM, 0);
}

static void
start_a_program(void)
{
	execl("/bin/true", "true", (char *)NULL);
}

static void
make_a_child(void)
{
	if (fork() == 0)
		_exit(0);
}

static void
take_much_memory(void)
{
	char *volatile data = malloc((size_t)300 << 20);

	_exit(data == NULL ? 0 : 1);
}

static void
look_at_limits(void)
{
	struct rlimit limit;

	/* No call for this in the filter: an old answer is not needed either. */
	(void)getrlimit(RLIMIT_CORE, &limit);
}

static bool
was_killed(int status)
{
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS;
}

static void
worker_can_only_work(void **state)
{
	(void)state;
	assert_int_equal(run(CONFINE_WORKER, use_memory), 0);
	assert_int_equal(run(CONFINE_WORKER, open_a_file), 0);
	assert_int_equal(run(CONFINE_WORKER, take_much_memory), 0);
	assert_true(was_killed(run(CONFINE_WORKER, make_a_socket)));
	assert_true(was_killed(run(CONFINE_WORKER, start_a_program)));
	assert_true(was_killed(run(CONFINE_WORKER, make_a_child)));
	assert_true(was_killed(run(CONFINE_WORKER, look_at_limits)));
}

static void
zygote_can_fork_as_well(void **state)
{
	(void)state;
	assert_int_equal(run(CONFINE_ZYGOTE, make_a_child), 0);
	assert_true(was_killed(run(CONFINE_ZYGOTE, make_a_socket)));
	assert_true(was_killed(run(CONFINE_ZYGOTE, start_a_program)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(worker_can_only_work),
		cmocka_unit_test(zygote_can_fork_as_well),
	};

#ifdef SANITIZED
	(void)tests, (void)worker_can_only_work, (void)zygote_can_fork_as_well;
	return 77; /* the sanitizer needs what the filter forbids */
#else
	return cmocka_run_group_tests(tests, NULL, NULL);
#endif
}
