#include <errno.h>
#include <semaphore.h>

#include "web/internal.h"

/* A handler that waits: it sleeps on a semaphore of its own, so that one wake-up finds it and nobody fights for the lock. */
struct idle {
	struct idle *next;
	struct exchange *given; /* NULL: the queue was closed */
	sem_t wake;
};

void
queue_init(struct queue *queue, unsigned bound)
{
	must(pthread_mutex_init(&queue->lock, NULL) == 0);
	queue->bound = bound;
}

void
queue_done(struct queue *queue)
{
	must(queue->first == NULL && queue->idle == NULL);
	pthread_mutex_destroy(&queue->lock);
}

static void
append(struct queue *queue, struct exchange *exchange)
{
	exchange->next = NULL;
	if (queue->last == NULL)
		queue->first = exchange;
	else
		queue->last->next = exchange;
	queue->last = exchange;
	queue->length++;
}

static struct exchange *
take_first(struct queue *queue)
{
	struct exchange *exchange = queue->first;

	if (exchange == NULL)
		return NULL;
	queue->first = exchange->next;
	if (queue->first == NULL)
		queue->last = NULL;
	queue->length--;
	return exchange;
}

bool
queue_put(struct queue *queue, struct exchange *exchange)
{
	struct idle *idle;
	bool room;

	pthread_mutex_lock(&queue->lock);
	/* The one that went to sleep last: its memory is still in the processor's caches. */
	idle = queue->idle;
	room = !queue->closed && (idle != NULL || queue->length < queue->bound);
	if (room && idle != NULL)
		queue->idle = idle->next;
	else if (room)
		append(queue, exchange);
	pthread_mutex_unlock(&queue->lock);
	if (room && idle != NULL) {
		idle->given = exchange;
		must(sem_post(&idle->wake) == 0);
	}
	return room;
}

static struct exchange *
sleep_until_given(struct idle *idle)
{
	while (sem_wait(&idle->wake) != 0)
		must(errno == EINTR);
	sem_destroy(&idle->wake);
	return idle->given;
}

struct exchange *
queue_get(struct queue *queue)
{
	struct idle self = {.given = NULL};
	struct exchange *exchange;
	bool sleeps;

	pthread_mutex_lock(&queue->lock);
	exchange = take_first(queue);
	sleeps = exchange == NULL && !queue->closed;
	if (sleeps) {
		must(sem_init(&self.wake, 0, 0) == 0);
		self.next = queue->idle;
		queue->idle = &self;
	}
	pthread_mutex_unlock(&queue->lock);
	return sleeps ? sleep_until_given(&self) : exchange;
}

void
queue_close(struct queue *queue)
{
	struct idle *idle, *next;

	pthread_mutex_lock(&queue->lock);
	queue->closed = true;
	idle = queue->idle;
	queue->idle = NULL;
	pthread_mutex_unlock(&queue->lock);
	for (; idle != NULL; idle = next) {
		next = idle->next;
		must(sem_post(&idle->wake) == 0);
	}
}

unsigned
queue_length(struct queue *queue)
{
	unsigned length;

	pthread_mutex_lock(&queue->lock);
	length = queue->length;
	pthread_mutex_unlock(&queue->lock);
	return length;
}
