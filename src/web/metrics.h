/* metrics.h - counters and histograms for Prometheus (text format 0.0.4), one row each in metrics.def. */
#ifndef WEB_METRICS_H
#define WEB_METRICS_H

#include "base/buf.h"

struct metrics;

struct metrics *metrics_new(void);
void metrics_free(struct metrics **metrics);
/* One finished request: endpoint is a route's metric name (constant text), status its HTTP status. Thread-safe. */
void metrics_request(struct metrics *metrics, const char *endpoint, int status, int64_t microseconds);
/* A gauge that is read when asked for: registered once at start. */
void metrics_gauge(struct metrics *metrics, const char *name, const char *help, double (*read)(void *arg), void *arg);
void metrics_print(struct metrics *metrics, struct buf *out);

#endif
