#include "config/snapshot.h"

#include <pthread.h>
#include <stdlib.h>

#include "config/internal.h"

struct snapshot {
	pthread_mutex_t
	    lock; /* between reading the pointer and counting its user nobody may free it */
	const struct config *config;
};

static struct config_owned *
owned(const struct config *config)
{
	return (struct config_owned *)(void *)(uintptr_t)config;
}

const struct config *
config_get(const struct config *config)
{
	atomic_fetch_add(&owned(config)->users, 1);
	return config;
}

void
config_put(const struct config **config)
{
	struct config *last;

	if (*config == NULL)
		return;
	last = &owned(*config)->config;
	*config = NULL;
	if (atomic_fetch_sub(&owned(last)->users, 1) == 1)
		config_free(&last);
}

struct snapshot *
snapshot_new(struct config *config)
{
	struct snapshot *snapshot = calloc(1, sizeof(*snapshot));

	must(snapshot != NULL);
	must(pthread_mutex_init(&snapshot->lock, NULL) == 0);
	snapshot->config = config;
	return snapshot;
}

void
snapshot_free(struct snapshot **snapshot)
{
	if (*snapshot == NULL)
		return;
	config_put(&(*snapshot)->config);
	pthread_mutex_destroy(&(*snapshot)->lock);
	free(*snapshot);
	*snapshot = NULL;
}

const struct config *
snapshot_get(struct snapshot *snapshot)
{
	const struct config *config;

	pthread_mutex_lock(&snapshot->lock);
	config = config_get(snapshot->config);
	pthread_mutex_unlock(&snapshot->lock);
	return config;
}

void
snapshot_swap(struct snapshot *snapshot, struct config *config)
{
	const struct config *old;

	pthread_mutex_lock(&snapshot->lock);
	old = snapshot->config;
	snapshot->config = config;
	pthread_mutex_unlock(&snapshot->lock);
	config_put(&old);
}
