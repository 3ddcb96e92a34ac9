#include "store/store_lmdb_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define MAGIC 0xBEEFC0DEu
#define VERSION 1u
#define PAGE_HEADER 16
#define PAGE_MIN 512
#define PAGE_MAX 65536
#define FLAG_META 0x08
#define NO_PAGE UINT64_MAX
#define ROOM_MIN ((uint64_t)256 << 10)
/* lmdb 0.9, mdb.c: struct MDB_reader fills a cache line; what stands before them is less than a page. */
#define READER_SIZE 64
#define READERS_HEADER 4096

/* lmdb 0.9, mdb.c: struct MDB_db and struct MDB_meta. */
struct db_image {
	uint32_t pad; /* of the first one: the page size */
	uint16_t flags, depth;
	uint64_t branches, leaves, overflows, entries, root;
};
struct meta_image {
	uint32_t magic, version;
	uint64_t address, map_size;
	struct db_image dbs[2]; /* free pages, tables */
	uint64_t last_page, txn;
};
_Static_assert(sizeof(struct meta_image) == 136, "as LMDB lays it out on 64-bit machines");

static void
close_file(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

/* --- the directory --- */

static enum err
check_directory(const char *directory, struct arena *arena, const char **ret_reason)
{
	struct stat stat;

	if (lstat(directory, &stat) != 0) {
		*ret_reason = arena_printf(arena,
		    "%s: %s; make the directory with mode 0700 for the user that the service runs "
		    "as",
		    directory, strerror(errno));
		return errno == ENOENT ? ERR_NOT_FOUND : ERR_IO;
	}
	if (!S_ISDIR(stat.st_mode)) {
		*ret_reason = arena_printf(
		    arena, "%s: this is no directory; name the store's directory", directory);
		return ERR_IO;
	}
	if (stat.st_uid != geteuid()) {
		*ret_reason = arena_printf(arena,
		    "%s: the directory belongs to user %u and we are user %u; run as its owner, or "
		    "give it to us with chown",
		    directory, (unsigned)stat.st_uid, (unsigned)geteuid());
		return ERR_IO;
	}
	if ((stat.st_mode & 077) != 0) {
		*ret_reason = arena_printf(arena,
		    "%s: others may look into the directory (mode %04o); chmod 0700 it", directory,
		    (unsigned)stat.st_mode & 07777);
		return ERR_IO;
	}
	return ERR_OK;
}

/* --- the file --- */

static bool
root_valid(const struct db_image *db, uint64_t last_page)
{
	return db->root == NO_PAGE ? db->entries == 0
				   : db->root >= 2 && db->root <= last_page && db->depth > 0;
}

static bool
meta_valid(const uint8_t *page, const struct meta_image *meta)
{
	uint16_t flags;

	memcpy(&flags, page + 10, sizeof(flags));
	return (flags & FLAG_META) != 0 && meta->magic == MAGIC && meta->version == VERSION &&
	       meta->dbs[0].pad >= PAGE_MIN && meta->dbs[0].pad <= PAGE_MAX &&
	       (meta->dbs[0].pad & (meta->dbs[0].pad - 1)) == 0 && meta->last_page >= 1 &&
	       meta->last_page < UINT64_MAX / PAGE_MAX &&
	       root_valid(&meta->dbs[0], meta->last_page) &&
	       root_valid(&meta->dbs[1], meta->last_page);
}

static bool
read_meta(int fd, uint64_t offset, struct meta_image *ret_meta)
{
	uint8_t page[PAGE_HEADER + sizeof(*ret_meta)];

	if (pread(fd, page, sizeof(page), (off_t)offset) != (ssize_t)sizeof(page))
		return false;
	memcpy(ret_meta, page + PAGE_HEADER, sizeof(*ret_meta));
	return meta_valid(page, ret_meta);
}

/* Both meta pages must be whole: LMDB writes them in one sector each, so a bad one is damage and not a crash. */
static enum err
read_metas(int fd, struct meta_image *ret_newest)
{
	struct meta_image metas[2];

	if (!read_meta(fd, 0, &metas[0]) || !read_meta(fd, metas[0].dbs[0].pad, &metas[1]))
		return ERR_FORMAT;
	if (metas[0].dbs[0].pad != metas[1].dbs[0].pad)
		return ERR_FORMAT;
	*ret_newest = metas[metas[1].txn > metas[0].txn];
	return ERR_OK;
}

static enum err
check_content(const char *path, int fd, struct arena *arena, struct store_lmdb_file *ret_file,
    const char **ret_reason)
{
	struct meta_image meta;
	struct stat stat;

	if (fstat(fd, &stat) != 0) {
		*ret_reason = arena_printf(arena, "%s: %s; check the disk", path, strerror(errno));
		return ERR_IO;
	}
	/* Made and not yet written to. */
	if (stat.st_size == 0)
		return ERR_OK;
	if (read_metas(fd, &meta) != ERR_OK) {
		*ret_reason = arena_printf(
		    arena, "%s: the file is no store, or is damaged; restore a backup", path);
		return ERR_FORMAT;
	}
	ret_file->exists = true;
	ret_file->map_size = meta.map_size;
	ret_file->used = (meta.last_page + 1) * meta.dbs[0].pad;
	if ((uint64_t)stat.st_size < ret_file->used) {
		*ret_reason = arena_printf(arena,
		    "%s: the file has been cut short (%lld bytes, and %llu are used); restore a "
		    "backup",
		    path, (long long)stat.st_size, (unsigned long long)ret_file->used);
		return ERR_FORMAT;
	}
	return ERR_OK;
}

static enum err
refuse_open(const char *path, int cause, const struct store_options *options, struct arena *arena,
    const char **ret_reason)
{
	if (cause == ENOENT && options->create && !options->read_only)
		return ERR_OK;
	if (cause == ENOENT) {
		*ret_reason = arena_printf(arena,
		    "%s: there is no store here; start vestibuled once, or check state_directory",
		    path);
		return ERR_NOT_FOUND;
	}
	*ret_reason = arena_printf(arena,
	    "%s: %s; make the file and its directory readable and writable for the user that the "
	    "service runs as",
	    path, strerror(cause));
	return ERR_IO;
}

enum err
store_lmdb_file_check(const struct store_options *options, struct arena *arena,
    struct store_lmdb_file *ret_file, const char **ret_reason)
{
	const char *path = arena_printf(arena, "%s/data.mdb", options->directory);
	CLEANUP(close_file)
	int fd = -1;
	enum err err;

	memset(ret_file, 0, sizeof(*ret_file));
	err = check_directory(options->directory, arena, ret_reason);
	if (err != ERR_OK)
		return err;
	fd = open(path, (options->read_only ? O_RDONLY : O_RDWR) | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return refuse_open(path, errno, options, arena, ret_reason);
	return check_content(path, fd, arena, ret_file, ret_reason);
}

/* --- the disk --- */

enum err
store_lmdb_file_room(const char *directory, struct arena *arena, const char **ret_reason)
{
	struct statvfs disk;
	uint64_t free;

	/* Some network and stacked file systems do not count their blocks. */
	if (statvfs(directory, &disk) != 0 || disk.f_blocks == 0)
		return ERR_OK;
	free = (uint64_t)disk.f_bavail * disk.f_frsize;
	if (free >= ROOM_MIN)
		return ERR_OK;
	if (ret_reason != NULL)
		*ret_reason = arena_printf(arena,
		    "%s: the disk is full (%llu KiB are free, at least %llu are needed); make room "
		    "on it",
		    directory, (unsigned long long)(free >> 10),
		    (unsigned long long)(ROOM_MIN >> 10));
	return ERR_FULL;
}

int
store_lmdb_file_allot_readers(const char *directory, unsigned readers)
{
	char path[PATH_MAX];
	CLEANUP(close_file)
	int fd = -1;

	if (snprintf(path, sizeof(path), "%s/lock.mdb", directory) >= (int)sizeof(path))
		return ENAMETOOLONG;
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return errno;
	if (fallocate(fd, 0, 0, READERS_HEADER + (off_t)readers * READER_SIZE) == 0 ||
	    errno == EOPNOTSUPP)
		return 0;
	return errno;
}

/* --- after opening --- */

void
store_lmdb_file_close_on_exec(const char *directory)
{
	DIR *dir = opendir("/proc/self/fd");
	char real[PATH_MAX], target[PATH_MAX];
	struct dirent *entry;
	ssize_t len;

	if (dir == NULL || realpath(directory, real) == NULL) {
		if (dir != NULL)
			closedir(dir);
		return;
	}
	while ((entry = readdir(dir)) != NULL) {
		len = readlinkat(dirfd(dir), entry->d_name, target, sizeof(target) - 1);
		if (len <= 0)
			continue;
		target[len] = '\0';
		if (strncmp(target, real, strlen(real)) == 0 && target[strlen(real)] == '/')
			(void)fcntl(atoi(entry->d_name), F_SETFD, FD_CLOEXEC);
	}
	closedir(dir);
}
