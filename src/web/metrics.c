#include "web/metrics.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* Endpoints are constants of our own route tables, so these bounds are met by construction. */
#define ENDPOINTS_MAX 96
#define GAUGES_MAX 32

enum family {
#define FAMILY(id, name, type, help) FAMILY_##id,
#include "web/metrics.def"
#undef FAMILY
};

static const struct {
	const char *name, *type, *help;
} families[] = {
#define FAMILY(id, name, type, help) {name, type, help},
#include "web/metrics.def"
#undef FAMILY
};

/* Upper bounds of the histogram, in microseconds and as Prometheus writes them. */
static const struct {
	int64_t most;
	const char *label;
} buckets[] = {{100, "0.0001"}, {250, "0.00025"}, {500, "0.0005"}, {1000, "0.001"},
    {2500, "0.0025"}, {5000, "0.005"}, {10000, "0.01"}, {25000, "0.025"}, {50000, "0.05"},
    {100000, "0.1"}, {500000, "0.5"}, {2000000, "2"}};
#define BUCKETS (sizeof(buckets) / sizeof(buckets[0]))

struct endpoint {
	const char *name;
	uint64_t by_class[6]; /* [2]: 2xx; [0]: odd ones */
	uint64_t in_bucket[BUCKETS]; /* not cumulated */
	uint64_t count;
	int64_t microseconds;
};

struct gauge {
	const char *name, *help;
	double (*read)(void *arg);
	void *arg;
};

struct metrics {
	pthread_mutex_t lock;
	struct endpoint endpoints[ENDPOINTS_MAX];
	size_t endpoint_count;
	struct gauge gauges[GAUGES_MAX];
	size_t gauge_count;
};

struct metrics *
metrics_new(void)
{
	struct metrics *metrics = calloc(1, sizeof(*metrics));

	must(metrics != NULL);
	must(pthread_mutex_init(&metrics->lock, NULL) == 0);
	return metrics;
}

void
metrics_free(struct metrics **metrics)
{
	if (*metrics == NULL)
		return;
	pthread_mutex_destroy(&(*metrics)->lock);
	free(*metrics);
	*metrics = NULL;
}

static struct endpoint *
endpoint_find(struct metrics *metrics, const char *name)
{
	for (size_t i = 0; i < metrics->endpoint_count; i++) {
		if (metrics->endpoints[i].name == name ||
		    strcmp(metrics->endpoints[i].name, name) == 0)
			return &metrics->endpoints[i];
	}
	must(metrics->endpoint_count < ENDPOINTS_MAX);
	metrics->endpoints[metrics->endpoint_count].name = name;
	return &metrics->endpoints[metrics->endpoint_count++];
}

void
metrics_request(struct metrics *metrics, const char *name, int status, int64_t microseconds)
{
	struct endpoint *endpoint;

	pthread_mutex_lock(&metrics->lock);
	endpoint = endpoint_find(metrics, name);
	endpoint->by_class[status >= 100 && status < 600 ? status / 100 : 0]++;
	for (size_t i = 0; i < BUCKETS; i++) {
		if (microseconds <= buckets[i].most) {
			endpoint->in_bucket[i]++;
			break;
		}
	}
	endpoint->count++;
	endpoint->microseconds += microseconds;
	pthread_mutex_unlock(&metrics->lock);
}

void
metrics_gauge(struct metrics *metrics, const char *name, const char *help,
    double (*read)(void *arg), void *arg)
{
	pthread_mutex_lock(&metrics->lock);
	must(metrics->gauge_count < GAUGES_MAX);
	metrics->gauges[metrics->gauge_count++] = (struct gauge){name, help, read, arg};
	pthread_mutex_unlock(&metrics->lock);
}

static void
print_family(struct buf *out, const char *name, const char *type, const char *help)
{
	buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void
print_requests(const struct metrics *metrics, struct buf *out)
{
	print_family(out, families[FAMILY_REQUESTS].name, families[FAMILY_REQUESTS].type,
	    families[FAMILY_REQUESTS].help);
	for (size_t i = 0; i < metrics->endpoint_count; i++) {
		const struct endpoint *endpoint = &metrics->endpoints[i];
		for (unsigned class = 1; class < 6; class ++) {
			if (endpoint->by_class[class] > 0)
				buf_printf(out, "%s{endpoint=\"%s\",status=\"%uxx\"} %" PRIu64 "\n",
				    families[FAMILY_REQUESTS].name, endpoint->name, class,
				    endpoint->by_class[class]);
		}
	}
}

static void
print_histogram(const struct endpoint *endpoint, struct buf *out)
{
	const char *name = families[FAMILY_SECONDS].name;
	uint64_t sum = 0;

	for (size_t i = 0; i < BUCKETS; i++) {
		sum += endpoint->in_bucket[i];
		buf_printf(out, "%s_bucket{endpoint=\"%s\",le=\"%s\"} %" PRIu64 "\n", name,
		    endpoint->name, buckets[i].label, sum);
	}
	buf_printf(out, "%s_bucket{endpoint=\"%s\",le=\"+Inf\"} %" PRIu64 "\n", name,
	    endpoint->name, endpoint->count);
	buf_printf(out, "%s_sum{endpoint=\"%s\"} %.6f\n", name, endpoint->name,
	    (double)endpoint->microseconds / 1e6);
	buf_printf(
	    out, "%s_count{endpoint=\"%s\"} %" PRIu64 "\n", name, endpoint->name, endpoint->count);
}

/* Gauges are registered at start only, and some of them lock: they are read without our lock. */
static void
print_gauges(const struct metrics *metrics, struct buf *out)
{
	for (size_t i = 0; i < metrics->gauge_count; i++) {
		const struct gauge *gauge = &metrics->gauges[i];
		print_family(out, gauge->name, "gauge", gauge->help);
		buf_printf(out, "%s %.15g\n", gauge->name, gauge->read(gauge->arg));
	}
}

void
metrics_print(struct metrics *metrics, struct buf *out)
{
	pthread_mutex_lock(&metrics->lock);
	print_requests(metrics, out);
	print_family(out, families[FAMILY_SECONDS].name, families[FAMILY_SECONDS].type,
	    families[FAMILY_SECONDS].help);
	for (size_t i = 0; i < metrics->endpoint_count; i++)
		print_histogram(&metrics->endpoints[i], out);
	pthread_mutex_unlock(&metrics->lock);
	print_gauges(metrics, out);
}
