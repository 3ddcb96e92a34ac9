/* listener.h - libmicrohttpd's epoll threads read whole requests; a pool of handler threads answers them.
 *
 * Handlers are plain blocking code, each with an arena of 16 MiB at most.  Bounded: request line, header bytes, body, fields, time to arrive, connections, connections per
 * address, requests waiting for a handler (503 with Retry-After beyond, as a page for who reads pages).  Every breach has its own 4xx.
 */
#ifndef WEB_LISTENER_H
#define WEB_LISTENER_H

#include "config/config.h"
#include "web/router.h"

struct listener;
struct metrics;

struct listener_options {
	struct address address;
	int socket;			/* made by socket_open() before privileges were dropped; 0: the listener binds itself */
	const char *tls_certificate, *tls_key;	/* NULL: plain HTTP */
	const char *public_origin;		/* "https://auth.example.ca": its Host is the only one answered; NULL: any */
	const struct limits_config *limits;
	struct texts trusted_proxies;
	unsigned handlers;			/* handler threads */
	const struct routes *routes;
	struct metrics *metrics;		/* may be NULL */
	/* Fill ctx for a request (config snapshot, keys, store, saml, text); begin/end in the handler thread; may be NULL.
	 * The arena, the time and a fresh log.request are there already. */
	void (*begin)(void *arg, struct ctx *ctx);
	void (*end)(void *arg, struct ctx *ctx);
	void *arg;
};

/* The options and what they point at are copied, but for routes, metrics and limits, which must outlive the listener.
 * ERR_IO: the port is in use or may not be bound; *ret_reason one sentence with the address.  ERR_IO or ERR_FORMAT: the
 * certificate or its key (web/tls.h). */
enum err listener_open(const struct listener_options *options, struct arena *arena, struct listener **ret_listener, const char **ret_reason);
/* The port that it has: for address.port 0, which lets the kernel choose. */
uint16_t listener_port(const struct listener *listener);
/* Read the certificate and its key again; on an error the old ones stay in use. Nothing without TLS. */
enum err listener_reload_tls(struct listener *listener, struct arena *arena, const char **ret_reason);
/* Graceful: take no new connection, answer what is under way (8 s at most), stop. */
void listener_close(struct listener **listener);

#endif
