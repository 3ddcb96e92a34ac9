#include "unit.h"

#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

char *
unit_directory(void)
{
	const char *parent = getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/tmp";
	char *path = NULL;

	assert_true(asprintf(&path, "%s/vestibule-unit-XXXXXX", parent) > 0);
	assert_non_null(mkdtemp(path));
	return path;
}

static int
remove_one(const char *path, const struct stat *status, int type, struct FTW *where)
{
	(void)status, (void)type, (void)where;
	return remove(path);
}

void
unit_directory_remove(char **directory)
{
	if (*directory == NULL)
		return;
	assert_int_equal(nftw(*directory, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
	free(*directory);
	*directory = NULL;
}

const char *
unit_templates(void)
{
	return UNIT_FIXTURES "/../../templates";
}

bool
unit_aborts(void (*fn)(void *arg), void *arg)
{
	struct rlimit no_core = {0, 0};
	int status;
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		setrlimit(RLIMIT_CORE, &no_core);
		signal(SIGABRT, SIG_DFL);
		dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);
		fn(arg);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}
