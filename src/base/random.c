#include "base/random.h"

#include <errno.h>
#include <stdint.h>
#include <sys/random.h>

#include "base/arena.h"

void
random_bytes(void *data, size_t len)
{
	uint8_t *at = data;

	while (len > 0) {
		ssize_t got = getrandom(at, len, 0);

		if (got < 0) {
			must(errno == EINTR);
			continue;
		}
		at += got;
		len -= (size_t)got;
	}
}

char *
random_text(struct arena *arena, size_t len)
{
	uint8_t *data = arena_alloc(arena, len);

	random_bytes(data, len);
	return base64url_print(arena, bytes_make(data, len));
}

char *
random_name(struct arena *arena, size_t len)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz234567";
	char *name = arena_alloc(arena, len + 1);

	random_bytes(name, len);
	/* 256 is a multiple of 32, so no letter is likelier than another. */
	for (size_t i = 0; i < len; i++)
		name[i] = letters[(uint8_t)name[i] & 31];
	return name;
}
