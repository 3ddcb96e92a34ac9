/* operations.h - what operators and their monitoring ask, on a listener of its own.
 *
 * GET /health/live: the process answers.  GET /health/ready: 200 when the store can make an update durable and a SAML worker answers,
 * else 503; both with JSON that says why.  GET /metrics: Prometheus text format 0.0.4.
 */
#ifndef MAIN_OPERATIONS_H
#define MAIN_OPERATIONS_H

#include "main/service.h"

extern const struct routes operations_routes;

/* Make the metrics known to the handlers, and register the gauges of store, workers and mails. Before the listener starts. */
void operations_use(struct service *service);

#endif
