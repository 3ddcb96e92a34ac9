#include "fuzz.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/config.h"
#include "crypto/keyring.h"

#define INPUT_ARENA_MAX ((size_t)64 << 20)
#define KEYS_ARENA_MAX ((size_t)4 << 20)

static bool taken;

void
fuzz_taken(void)
{
	taken = true;
}

bool
fuzz_was_taken(void)
{
	bool was = taken;

	taken = false;
	return was;
}

struct arena *
fuzz_arena(void)
{
	static struct arena *arena;

	if (arena == NULL)
		arena = arena_new(INPUT_ARENA_MAX);
	arena_reset(arena);
	return arena;
}

bool
fuzz_text(struct arena *arena, const uint8_t *data, size_t size, const char **ret_text)
{
	if (size > 0 && memchr(data, '\0', size) != NULL)
		return false;
	*ret_text = arena_text_of(arena, bytes_make(data, size));
	return true;
}

static char directory[512];

static void
directory_remove(void)
{
	DIR *dir = opendir(directory);
	const struct dirent *entry;

	while (dir != NULL && (entry = readdir(dir)) != NULL)
		unlinkat(dirfd(dir), entry->d_name, 0); /* "." and ".." stay */
	if (dir != NULL)
		closedir(dir);
	rmdir(directory);
}

const char *
fuzz_directory(void)
{
	static bool made;

	if (!made) {
		const char *parent = getenv("TMPDIR");
		must(snprintf(directory, sizeof(directory), "%s/vestibule-fuzz-XXXXXX", parent != NULL ? parent : "/tmp") < (int)sizeof(directory));
		must(mkdtemp(directory) != NULL);
		must(atexit(directory_remove) == 0);
		made = true;
	}
	return directory;
}

const char *
fuzz_file(struct arena *arena, const char *name, struct bytes content)
{
	const char *path = arena_printf(arena, "%s/%s", fuzz_directory(), name);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	must(fd >= 0);
	must(write(fd, content.data, content.len) == (ssize_t)content.len);
	must(close(fd) == 0);
	return path;
}

/* A checkout gives files to everybody to read, which a key ring refuses: so copies of them. */
static void
copy_key(struct arena *arena, const char *name)
{
	const char *path = arena_printf(arena, "%s/%s", FUZZ_FIXTURES "/keys", name);
	FILE *file = fopen(path, "r");
	char content[16384];
	size_t len;

	must(file != NULL);
	len = fread(content, 1, sizeof(content), file);
	must(len > 0 && len < sizeof(content));
	fclose(file);
	fuzz_file(arena, name, bytes_make(content, len));
}

const struct keyring *
fuzz_keys(void)
{
	static struct keyring *keys;
	struct arena *arena;
	const struct dirent *entry;
	const char *reason = "";
	DIR *dir;

	if (keys != NULL)
		return keys;
	arena = arena_new(KEYS_ARENA_MAX);
	dir = opendir(FUZZ_FIXTURES "/keys");
	must(dir != NULL);
	while ((entry = readdir(dir)) != NULL) {
		if (strstr(entry->d_name, ".pem") != NULL ||
		    strstr(entry->d_name, ".crt") != NULL || strstr(entry->d_name, ".key") != NULL)
			copy_key(arena, entry->d_name);
	}
	closedir(dir);
	if (keyring_load(fuzz_directory(), arena, &keys, &reason) != ERR_OK)
		fprintf(stderr, "%s\n", reason);
	must(keys != NULL);
	arena_free(&arena);
	return keys;
}

const struct config *
fuzz_config(void)
{
	static const char *const uris[] = {
	    "https://portal.example/cb", "https://portal.example/other?keep=1"};
	static const struct portal_config portals[] = {
	    {.id = "ptpha", .redirect_uris = {(const char **)uris, 2}},
	    {.id = "other", .redirect_uris = {(const char **)uris + 1, 1}},
	};
	static const struct config config = {
	    .public_url = "https://auth.example.ca",
	    .portals = portals,
	    .portal_count = 2,
	    .limits = {.clock_skew = SECONDS(180), .login_lifetime = HOURS(1)},
	};

	return &config;
}

struct ctx
fuzz_ctx(void)
{
	return (struct ctx){
	    .arena = fuzz_arena(),
	    .config = fuzz_config(),
	    .keys = fuzz_keys(),
	    .now = 1800000000000,
	};
}
