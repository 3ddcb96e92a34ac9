#include "demo/replace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/arena.h"

static bool
write_whole(int fd, struct bytes content)
{
	ssize_t n;

	while (content.len > 0) {
		n = write(fd, content.data, content.len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		content = bytes_make(content.data + n, content.len - (size_t)n);
	}
	return fsync(fd) == 0;
}

enum err
replace_file(const char *path, struct bytes content, struct arena *arena)
{
	const char *new = arena_printf(arena, "%s.new", path);
	int fd, saved;
	bool written;

	/* What a crash left there may belong to anybody: never write through it. */
	if (unlink(new) != 0 && errno != ENOENT)
		return ERR_IO;
	fd = open(new, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return ERR_IO;
	written = write_whole(fd, content);
	saved = errno;
	if (close(fd) == 0 && written && rename(new, path) == 0)
		return ERR_OK;
	if (!written)
		errno = saved;
	saved = errno;
	unlink(new);
	errno = saved;
	return ERR_IO;
}
