/* replay.c - run a fuzz target over its seeds, for `make check` without clang.
 *
 * fuzz_x [FILE|DIRECTORY]...; without arguments, the seeds that belong to its name.  Prints each seed before it runs, so that
 * the last line of a log is the one that broke; a seed that is taken or refused against its name is told below it.  A target
 * without a single seed fails: it would have tried nothing. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz.h"

#define SEED_MAX ((size_t)1 << 20)
/* One seed may not take longer than this, in seconds, with sanitizers and on a busy machine. */
#define SEED_TIME 30

static unsigned seeds, wrong;

/* A good seed is taken, any other is refused. */
static void
check_name(const char *path, bool taken)
{
	const char *slash = strrchr(path, '/');
	bool good = strncmp(slash != NULL ? slash + 1 : path, "good", 4) == 0;

	if (good == taken)
		return;
	printf("  was %s\n", taken ? "taken" : "refused");
	wrong++;
}

/* In a block of exactly its size, so that a sanitizer sees a byte read too many. */
static void
replay_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	static uint8_t content[SEED_MAX];
	uint8_t *data;
	size_t size;

	must(file != NULL);
	size = fread(content, 1, sizeof(content), file);
	must(!ferror(file) && size < sizeof(content));
	fclose(file);
	printf("%s\n", path);
	fflush(stdout);
	data = malloc(size > 0 ? size : 1);
	must(data != NULL);
	memcpy(data, content, size);
	alarm(SEED_TIME);
	must(LLVMFuzzerTestOneInput(data, size) == 0);
	alarm(0);
	free(data);
	seeds++;
	check_name(path, fuzz_was_taken());
}

static int
is_seed(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static void
replay(const char *path)
{
	struct dirent **entries;
	struct stat status;
	char name[4096];
	int count;

	if (stat(path, &status) == 0 && !S_ISDIR(status.st_mode)) {
		replay_file(path);
		return;
	}
	count = scandir(path, &entries, is_seed, alphasort);
	must(count >= 0);
	for (int i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "%s/%s", path, entries[i]->d_name);
		replay_file(name);
		free(entries[i]);
	}
	free(entries);
}

int
main(int argc, char **argv)
{
	const char *stem = strstr(argv[0], "fuzz_");
	char path[4096];

	for (const char *next = stem; next != NULL; next = strstr(next + 1, "fuzz_"))
		stem = next;
	for (int i = 1; i < argc; i++)
		replay(argv[i]);
	if (argc == 1) {
		must(stem != NULL);
		snprintf(path, sizeof(path), FUZZ_SEEDS "/%s", stem + strlen("fuzz_"));
		replay(path);
	}
	if (seeds == 0)
		fprintf(stderr, "there are no seeds\n");
	return seeds > 0 && wrong == 0 ? 0 : 1;
}
