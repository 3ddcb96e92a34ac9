#include "web/reaper.h"

#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <linux/tcp.h>
#include <time.h>

#include "base/clock.h"

#define PERIOD_MS 250

struct reaper {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool stopping;
	struct watched *first;
	unsigned count;
	const char *late_answer;
};

/* A connection on which nothing ever came is closed without a word: browsers open some in advance. */
static bool
has_sent_something(int fd)
{
	struct tcp_info info;
	socklen_t len = sizeof(info);

	memset(&info, 0, sizeof(info));
	return getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) == 0 &&
	       info.tcpi_bytes_received > 0;
}

static void
cut(struct reaper *reaper, struct watched *watched)
{
	int stage = atomic_load(&watched->stage);
	bool speak;

	if (stage == STAGE_ANSWERING || stage == STAGE_CUT) {
		shutdown(watched->fd, SHUT_RDWR); /* a slow reader: half an answer is under way */
		return;
	}
	if (!atomic_compare_exchange_strong(&watched->stage, &stage, STAGE_CUT))
		return;
	speak = stage == STAGE_RECEIVING || (watched->fresh && has_sent_something(watched->fd));
	if (speak && reaper->late_answer != NULL)
		(void)!send(watched->fd, reaper->late_answer, strlen(reaper->late_answer),
		    MSG_NOSIGNAL | MSG_DONTWAIT);
	shutdown(watched->fd, SHUT_RDWR);
}

static void *
run(void *arg)
{
	struct reaper *reaper = arg;

	pthread_mutex_lock(&reaper->lock);
	while (!reaper->stopping) {
		struct timespec until;
		int64_t now = clock_monotonic();
		for (struct watched *watched = reaper->first; watched != NULL;
		     watched = watched->next) {
			if (atomic_load(&watched->deadline) <= now) {
				atomic_store(&watched->deadline, INT64_MAX);
				cut(reaper, watched);
			}
		}
		clock_gettime(CLOCK_MONOTONIC, &until);
		until.tv_nsec += PERIOD_MS * 1000000L;
		until.tv_sec += until.tv_nsec / 1000000000L;
		until.tv_nsec %= 1000000000L;
		pthread_cond_timedwait(&reaper->wake, &reaper->lock, &until);
	}
	pthread_mutex_unlock(&reaper->lock);
	return NULL;
}

struct reaper *
reaper_new(const char *late_answer)
{
	struct reaper *reaper = calloc(1, sizeof(*reaper));
	pthread_condattr_t attributes;

	must(reaper != NULL);
	reaper->late_answer = late_answer;
	must(pthread_mutex_init(&reaper->lock, NULL) == 0);
	must(pthread_condattr_init(&attributes) == 0);
	must(pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0);
	must(pthread_cond_init(&reaper->wake, &attributes) == 0);
	pthread_condattr_destroy(&attributes);
	must(pthread_create(&reaper->thread, NULL, run, reaper) == 0);
	return reaper;
}

void
reaper_free(struct reaper **reaper)
{
	struct reaper *gone = *reaper;

	if (gone == NULL)
		return;
	pthread_mutex_lock(&gone->lock);
	gone->stopping = true;
	pthread_cond_signal(&gone->wake);
	pthread_mutex_unlock(&gone->lock);
	pthread_join(gone->thread, NULL);
	must(gone->first == NULL);
	pthread_cond_destroy(&gone->wake);
	pthread_mutex_destroy(&gone->lock);
	free(gone);
	*reaper = NULL;
}

struct watched *
reaper_add(struct reaper *reaper, void *owner, int fd, int64_t deadline)
{
	struct watched *watched = calloc(1, sizeof(*watched));

	must(watched != NULL);
	watched->owner = owner;
	watched->fd = fd;
	watched->fresh = true;
	atomic_init(&watched->stage, STAGE_WAITING);
	atomic_init(&watched->deadline, deadline);
	pthread_mutex_lock(&reaper->lock);
	watched->next = reaper->first;
	if (reaper->first != NULL)
		reaper->first->previous = watched;
	reaper->first = watched;
	reaper->count++;
	pthread_mutex_unlock(&reaper->lock);
	return watched;
}

void
reaper_remove(struct reaper *reaper, struct watched **watched)
{
	struct watched *gone = *watched;

	if (gone == NULL)
		return;
	pthread_mutex_lock(&reaper->lock);
	if (gone->previous != NULL)
		gone->previous->next = gone->next;
	else
		reaper->first = gone->next;
	if (gone->next != NULL)
		gone->next->previous = gone->previous;
	reaper->count--;
	pthread_mutex_unlock(&reaper->lock);
	free(gone);
	*watched = NULL;
}

bool
watched_enter(struct watched *watched, enum stage stage, int64_t deadline)
{
	int old = atomic_load(&watched->stage);

	do {
		if (old == STAGE_CUT)
			return false;
	} while (!atomic_compare_exchange_weak(&watched->stage, &old, stage));
	atomic_store(&watched->deadline, deadline);
	return true;
}

unsigned
reaper_count(struct reaper *reaper)
{
	unsigned count;

	pthread_mutex_lock(&reaper->lock);
	count = reaper->count;
	pthread_mutex_unlock(&reaper->lock);
	return count;
}
