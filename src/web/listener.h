/* listener.h - libmicrohttpd's epoll threads read whole requests; a pool of handler threads answers them.
 *
 * Handlers are plain blocking code.  Bounded: request line, header bytes, body, fields, time to arrive, connections, connections per
 * address, requests waiting for a handler (503 with Retry-After beyond).  Every breach has its own 4xx.
 */
#ifndef WEB_LISTENER_H
#define WEB_LISTENER_H

#include "config/config.h"
#include "web/router.h"

struct listener;
struct metrics;

struct listener_options {
	struct address address;
	const char *tls_certificate, *tls_key;	/* NULL: plain HTTP */
	const char *public_origin;		/* "https://auth.example.ca": its Host is the only one answered; NULL: any */
	const struct limits_config *limits;
	struct texts trusted_proxies;
	unsigned handlers;			/* handler threads */
	const struct routes *routes;
	struct metrics *metrics;
	/* Fill ctx for a request (config snapshot, keys, store, saml, text); begin/end in the handler thread. */
	void (*begin)(void *arg, struct ctx *ctx);
	void (*end)(void *arg, struct ctx *ctx);
	void *arg;
};

/* ERR_IO: the port is in use or may not be bound; *ret_reason one sentence with the address. */
enum err listener_open(const struct listener_options *options, struct arena *arena, struct listener **ret_listener, const char **ret_reason);
/* Graceful: take no new connection, answer what is under way (10 s at most), stop. */
void listener_close(struct listener **listener);

#endif
