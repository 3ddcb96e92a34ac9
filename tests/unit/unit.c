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

#define LEFT_MAX 512

/* Directories that were made and not removed yet: a test that fails leaves some, and they go at the end. */
static char *left[LEFT_MAX];
static pid_t owner;

static int
remove_one(const char *path, const struct stat *status, int type, struct FTW *where)
{
	(void)status, (void)type, (void)where;
	return remove(path);
}

static void
remove_left(void)
{
	if (getpid() != owner || getenv("KEEP") != NULL)
		return;
	for (size_t i = 0; i < LEFT_MAX; i++) {
		if (left[i] != NULL)
			(void)nftw(left[i], remove_one, 16, FTW_DEPTH | FTW_PHYS);
		free(left[i]);
		left[i] = NULL;
	}
}

/* Put `new` in the place of `old`, which is a path or NULL. */
static void
note(const char *old, char *new)
{
	for (size_t i = 0; i < LEFT_MAX; i++) {
		if (old == NULL ? left[i] == NULL : left[i] != NULL && strcmp(left[i], old) == 0) {
			free(left[i]);
			left[i] = new;
			return;
		}
	}
	free(new);
}

char *
unit_directory(void)
{
	const char *parent = getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/tmp";
	char *path = NULL;

	if (owner == 0) {
		owner = getpid();
		assert_int_equal(atexit(remove_left), 0);
	}
	assert_true(asprintf(&path, "%s/vestibule-unit-XXXXXX", parent) > 0);
	assert_non_null(mkdtemp(path));
	note(NULL, strdup(path));
	return path;
}

void
unit_directory_remove(char **directory)
{
	if (*directory == NULL)
		return;
	assert_int_equal(nftw(*directory, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
	note(*directory, NULL);
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
