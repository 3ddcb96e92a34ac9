/* internal.h - what the files of web/ share: one exchange on its way through the listener. */
#ifndef WEB_INTERNAL_H
#define WEB_INTERNAL_H

#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>

#include "web/listener.h"
#include "web/metrics.h"
#include "web/reaper.h"

struct tls;

/* What one request may use of memory for parsing, handling and its answer. */
#define REQUEST_ARENA_CAP ((size_t)16 * 1024 * 1024)
/* How long an idle connection is kept, and how long an answer may take on its way out. */
#define IDLE_TIME SECONDS(30)
#define SEND_TIME SECONDS(30)
/* All request bodies under way together; beyond it 503. */
#define BODIES_MAX ((size_t)128 * 1024 * 1024)

/* One request and its answer: made when the request line is there, freed when libmicrohttpd is done with it.
 * Belongs to the connection's epoll thread, but to a handler thread while the connection is suspended. */
struct exchange {
	struct exchange *next;		/* in the queue */
	struct listener *listener;
	struct MHD_Connection *connection;
	struct watched *watched;
	bool begun;			/* the headers have been looked at */
	enum method method;
	uint8_t *body;
	size_t body_len, body_room, skipped;
	bool body_too_big, no_room;
	int64_t queued;			/* clock_monotonic in microseconds */
	struct MHD_Response *answer;	/* made; sent when the connection resumes */
	int status;
	char target[];			/* as it came, with its NUL */
};

/* Requests that wait for a handler. */
struct queue {
	pthread_mutex_t lock;
	struct idle *idle;		/* the handlers that sleep; none while anything waits */
	struct exchange *first, *last;
	unsigned length, bound;
	bool closed;
};

void queue_init(struct queue *queue, unsigned bound);
void queue_done(struct queue *queue);
/* False when it is full or closed. */
bool queue_put(struct queue *queue, struct exchange *exchange);
/* Waits; NULL once it is closed and empty. */
struct exchange *queue_get(struct queue *queue);
void queue_close(struct queue *queue);
unsigned queue_length(struct queue *queue);

struct listener {
	struct listener_options options;	/* with copies of what it points at */
	struct arena *arena;			/* those copies */
	struct MHD_Daemon *daemon;
	struct tls *tls;
	struct reaper *reaper;
	struct queue queue;
	pthread_t *handlers;
	unsigned handler_count;
	_Atomic unsigned under_way;		/* requests between their first line and their last byte */
	_Atomic size_t bodies;			/* bytes of bodies held */
	_Atomic bool closing;
	bool https;				/* the public origin is https: HSTS */
	int fd;
	uint16_t port;
	char *late_answer;
};

/* admit.c: is this message one that we read as everybody else does, and is it for us? */
struct verdict {
	int status;		/* 0: go on */
	const char *reason;	/* one line for the body */
	const char *allow;	/* of a 405 */
	bool close;		/* the connection's framing is in doubt */
};
struct verdict admit_check(struct exchange *exchange, const char *method);

/* serve.c: build the request, run its handler, make the answer.  In a handler thread. */
void serve(struct exchange *exchange, struct arena *arena);
/* The same for a request that no handler will take: 503, as a page for who reads pages, with a reference and a line in the log.  In the
 * connection's epoll thread. */
void serve_busy(struct exchange *exchange);
/* CLOCK_MONOTONIC. */
int64_t microseconds(void);

/* answer.c */
struct MHD_Response *answer_make(const struct listener *listener, struct response *response);
/* A line of text, for what no handler sees. */
struct MHD_Response *answer_plain(const struct listener *listener, int status, const char *reason, const char *allow, bool close);
/* The bytes of a whole answer that ends its connection, for where none can be queued; malloc. */
char *answer_print(const struct listener *listener, int status, const char *reason);

#endif
