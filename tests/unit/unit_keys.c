#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "crypto/keyring.h"
#include "unit.h"

/* A checkout gives files to everybody to read, which a key ring refuses: so copies of them. */
static void
copy_file(const char *from, const char *to)
{
	char content[16384];
	FILE *in = fopen(from, "r"), *out = fopen(to, "w");
	size_t len;

	assert_true(in != NULL && out != NULL);
	len = fread(content, 1, sizeof(content), in);
	assert_true(len > 0 && len < sizeof(content));
	assert_int_equal(fwrite(content, 1, len, out), len);
	fclose(in);
	assert_int_equal(fclose(out), 0);
	assert_int_equal(chmod(to, 0600), 0);
}

static void
copy_keys(const char *to)
{
	DIR *dir = opendir(UNIT_FIXTURES "/keys");
	const struct dirent *entry;
	char from_path[1024], to_path[1024];

	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.' || entry->d_name[0] == 'R')
			continue;
		snprintf(from_path, sizeof(from_path), UNIT_FIXTURES "/keys/%s", entry->d_name);
		snprintf(to_path, sizeof(to_path), "%s/%s", to, entry->d_name);
		copy_file(from_path, to_path);
	}
	closedir(dir);
}

struct keyring *
unit_keys(struct arena *arena)
{
	char *directory = unit_directory();
	struct keyring *keys = NULL;
	const char *reason = "";

	copy_keys(directory);
	if (keyring_load(directory, arena, &keys, &reason) != ERR_OK)
		fail_msg("%s", reason);
	unit_directory_remove(&directory);
	return keys;
}
