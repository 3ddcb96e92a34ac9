#include "ipc/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define VARIABLES_MAX 16

/* What a build with sanitizers needs to be told, in the child as well. */
static const char *const kept[] = {"ASAN_OPTIONS=", "UBSAN_OPTIONS=", "LSAN_OPTIONS="};

extern char **environ;

static void
make_environment(const char *const *variables, char *ret_variables[VARIABLES_MAX])
{
	size_t count = 0, i, j;

	for (i = 0; variables[i] != NULL; i++) {
		must(count < VARIABLES_MAX - 1);
		ret_variables[count++] = (char *)(uintptr_t)variables[i];
	}
	for (i = 0; environ != NULL && environ[i] != NULL; i++)
		for (j = 0; j < sizeof(kept) / sizeof(kept[0]); j++)
			if (strncmp(environ[i], kept[j], strlen(kept[j])) == 0 &&
			    count < VARIABLES_MAX - 1)
				ret_variables[count++] = environ[i];
	ret_variables[count] = NULL;
}

static void
choose_files(posix_spawn_file_actions_t *actions, int socket)
{
	must(posix_spawn_file_actions_init(actions) == 0);
	must(posix_spawn_file_actions_addopen(actions, 0, "/dev/null", O_RDONLY, 0) == 0);
	must(posix_spawn_file_actions_addopen(actions, 1, "/dev/null", O_WRONLY, 0) == 0);
	/* The same number twice clears close-on-exec, too (POSIX.1-2024). */
	must(posix_spawn_file_actions_adddup2(actions, socket, SPAWN_SOCKET) == 0);
	must(posix_spawn_file_actions_addclosefrom_np(actions, SPAWN_SOCKET + 1) == 0);
}

static void
choose_signals(posix_spawnattr_t *attributes)
{
	sigset_t none, all;

	sigemptyset(&none);
	sigfillset(&all);
	must(posix_spawnattr_init(attributes) == 0);
	must(posix_spawnattr_setsigmask(attributes, &none) == 0);
	must(posix_spawnattr_setsigdefault(attributes, &all) == 0);
	must(posix_spawnattr_setflags(attributes,
		 POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF) == 0);
}

enum err
spawn_program(const char *path, const char *const *variables, int *ret_fd, pid_t *ret_pid)
{
	char *arguments[] = {(char *)(uintptr_t)path, NULL};
	char *environment[VARIABLES_MAX];
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	int ends[2], status;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
		return ERR_IO;
	make_environment(variables, environment);
	choose_files(&actions, ends[1]);
	choose_signals(&attributes);
	status = posix_spawn(ret_pid, path, &actions, &attributes, arguments, environment);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attributes);
	close(ends[1]);
	if (status != 0) {
		close(ends[0]);
		return status == ENOENT ? ERR_NOT_FOUND : ERR_IO;
	}
	*ret_fd = ends[0];
	return ERR_OK;
}
