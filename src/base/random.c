#include "base/random.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <sys/random.h>

#include "base/arena.h"

/* Nonces, identifiers and references are short and many: a thread fetches them from the kernel by the dozen.  What is longer, as
 * keys and tokens are, comes from the kernel each time and lies nowhere beforehand. */
#define SHORT_MAX 16
#define STOCK_SIZE 256

struct stock {
	unsigned generation; /* of the process that filled it */
	size_t left;
	uint8_t data[STOCK_SIZE];
};
static _Thread_local struct stock stock;
/* Counts forks: a child must not give out what its parent will.  0: nobody watches for forks yet. */
static atomic_uint generation;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void
count_fork(void)
{
	atomic_fetch_add(&generation, 1);
}

static void
watch_forks(void)
{
	must(pthread_atfork(NULL, NULL, count_fork) == 0);
	atomic_fetch_add(&generation, 1);
}

static void
from_kernel(uint8_t *at, size_t len)
{
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

static void
refill(void)
{
	must(pthread_once(&once, watch_forks) == 0);
	from_kernel(stock.data, sizeof(stock.data));
	stock.left = sizeof(stock.data);
	stock.generation = atomic_load(&generation);
}

void
random_bytes(void *data, size_t len)
{
	if (len > SHORT_MAX) {
		from_kernel(data, len);
		return;
	}
	if (stock.left < len || stock.generation != atomic_load(&generation))
		refill();
	stock.left -= len;
	memcpy(data, stock.data + stock.left, len);
	/* What was given out is not kept. */
	bytes_wipe(stock.data + stock.left, len);
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
