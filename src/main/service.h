/* service.h - the running service: what one process holds, in the order in which it starts and stops. */
#ifndef MAIN_SERVICE_H
#define MAIN_SERVICE_H

#include <pthread.h>

#include "mail/sender.h"
#include "main/generation.h"
#include "saml/saml.h"
#include "store/store.h"
#include "web/listener.h"
#include "web/metrics.h"

struct service {
	const char *file;		/* the configuration's */
	pthread_mutex_t lock;		/* for `generation` */
	struct generation *generation;	/* in force; older ones behind it */
	struct keyring *store_keys;	/* the store's, of the start: it holds them until it closes */
	struct saml *saml;
	struct store *store;
	struct sender *sender;
	struct agenda_thread *agenda;		/* of mails */
	struct metrics *metrics;
	struct limits_config limits, desk_limits, operations_limits;
	struct listener *public, *operations;
	struct listener *desk;		/* NULL: none is configured */
	int public_fd, operations_fd, desk_fd;
	int state_fd;			/* the state directory, locked: one service a store */
};

/* Start everything.  On an error *ret_reason holds one sentence a line with file, place and remedy; the store is untouched unless it was
 * opened, which comes late.  *ret_exit: the program's exit status (78 configuration, 74 store, port or other I/O). */
enum err service_start(struct service *service, const char *file, struct arena *arena, int *ret_exit, const char **ret_reason);
/* Read configuration, keys, texts and provider metadata as a start would, and start the SAML workers with them; then let go of everything. */
enum err service_check(const char *file, struct arena *arena, int *ret_exit, const char **ret_reason);
/* Put a changed configuration in force; when anything in it is wrong everything stays as it was, and *ret_reason says why. */
enum err service_reload(struct service *service, struct arena *arena, const char **ret_reason);
/* Take no new request, answer those under way (8 s at most), close. */
void service_stop(struct service *service);

/* Fill a request's context from the generation in force; give it back. For struct listener_options. */
void service_begin(void *service, struct ctx *ctx);
void service_end(void *service, struct ctx *ctx);

#endif
