/* wire.h - a client of raw bytes for the listener's tests: what it sends is exactly what stands in the test. */
#ifndef TESTS_UNIT_WIRE_H
#define TESTS_UNIT_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct reply {
	int status;		/* 0: the connection ended without an answer */
	char head[8192];	/* status line and headers */
	char body[16384];
	size_t body_len;
};

/* A connection to 127.0.0.1:port; -1 when it is refused. */
int wire_connect(uint16_t port);
void wire_send(int fd, const char *data, size_t len);
void wire_text(int fd, const char *text);
/* Read one answer, 5 s at most.  no_body: of a HEAD request. */
void wire_read(int fd, bool no_body, struct reply *ret_reply);
/* Has the other side closed the connection, within so many ms? */
bool wire_closed(int fd, int ms);
/* A header's value in a buffer of the thread's own, or NULL. */
const char *wire_header(const struct reply *reply, const char *name);
/* Connect, send, read, close. The status. */
int wire_ask(uint16_t port, const char *data, size_t len, struct reply *ret_reply);

#endif
