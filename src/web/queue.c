#include "web/internal.h"

void
queue_init(struct queue *queue, unsigned bound)
{
	must(pthread_mutex_init(&queue->lock, NULL) == 0);
	must(pthread_cond_init(&queue->wake, NULL) == 0);
	queue->bound = bound;
}

void
queue_done(struct queue *queue)
{
	must(queue->first == NULL);
	pthread_cond_destroy(&queue->wake);
	pthread_mutex_destroy(&queue->lock);
}

bool
queue_put(struct queue *queue, struct exchange *exchange)
{
	bool room;

	pthread_mutex_lock(&queue->lock);
	room = !queue->closed && queue->length < queue->bound;
	if (room) {
		exchange->next = NULL;
		if (queue->last == NULL)
			queue->first = exchange;
		else
			queue->last->next = exchange;
		queue->last = exchange;
		queue->length++;
		pthread_cond_signal(&queue->wake);
	}
	pthread_mutex_unlock(&queue->lock);
	return room;
}

struct exchange *
queue_get(struct queue *queue)
{
	struct exchange *exchange;

	pthread_mutex_lock(&queue->lock);
	while (queue->first == NULL && !queue->closed)
		pthread_cond_wait(&queue->wake, &queue->lock);
	exchange = queue->first;
	if (exchange != NULL) {
		queue->first = exchange->next;
		if (queue->first == NULL)
			queue->last = NULL;
		queue->length--;
	}
	pthread_mutex_unlock(&queue->lock);
	return exchange;
}

void
queue_close(struct queue *queue)
{
	pthread_mutex_lock(&queue->lock);
	queue->closed = true;
	pthread_cond_broadcast(&queue->wake);
	pthread_mutex_unlock(&queue->lock);
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
