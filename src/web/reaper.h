/* reaper.h - deadlines of connections: who is slow is cut off.
 *
 * libmicrohttpd's own timeout is one of inactivity, which a byte a second keeps alive for ever.  Here each stage of a connection has
 * an end in time: the first request from the connection's start, a later one from its first line, an idle connection, the
 * answer's way out.  A thread of its own looks every 250 ms and shuts the sockets down; libmicrohttpd then closes them.
 */
#ifndef WEB_REAPER_H
#define WEB_REAPER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct reaper;

enum stage {
	STAGE_WAITING,	 /* for a request: first bytes may have come, its line not yet */
	STAGE_RECEIVING, /* headers and body */
	STAGE_ANSWERING, /* a handler has it */
	STAGE_CUT	 /* by the reaper: nothing more may be sent */
};

/* One connection. Owned by the reaper between reaper_add() and reaper_remove(). */
struct watched {
	struct watched *next, *previous;
	void *owner;
	int fd;
	_Atomic int stage;
	_Atomic int64_t deadline; /* clock_monotonic(), ms; INT64_MAX: none */
	_Atomic bool fresh;	  /* no request line has been seen yet */
};

/* late_answer: a whole HTTP response sent before the cut to a client whose request has begun; NULL (with TLS): none. */
struct reaper *reaper_new(const char *late_answer);
/* Stops the thread. All connections must have been removed. */
void reaper_free(struct reaper **reaper);

struct watched *reaper_add(struct reaper *reaper, void *owner, int fd, int64_t deadline);
/* Before the socket is closed. */
void reaper_remove(struct reaper *reaper, struct watched **watched);
/* Go on to another stage, with its deadline; false when the reaper was faster. */
bool watched_enter(struct watched *watched, enum stage stage, int64_t deadline);
unsigned reaper_count(struct reaper *reaper);

#endif
