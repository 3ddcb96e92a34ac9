/* site.h - a listener with four routes, and what every answer of it must have. */
#ifndef TESTS_UNIT_SITE_H
#define TESTS_UNIT_SITE_H

#include "wire.h"

#include "web/listener.h"

#define HOST "Host: auth.example.ca\r\n"
#define GOOD "GET /page HTTP/1.1\r\n" HOST "\r\n"
#define PAGE_SIZE 1024

/* Bounds small enough to meet in a test: a request line of 1,000 bytes, headers of 4 KiB, a body of 8 KiB, 400 ms for a request,
 * two handlers and four places in the queue. */
extern struct limits_config site_limits;
/* GET /page (1 KiB), GET /slow (150 ms), GET and POST /echo, POST /own (own_malformed). */
extern const struct routes site_routes;
extern struct arena *site_arena;
extern struct listener *site_listener;
extern uint16_t site_port;

/* For cmocka: open and close it. */
int site_open(void **state);
int site_close(void **state);

/* Send it, read the answer; the status. */
int ask(const char *text, struct reply *reply);
/* A good request gets its page. */
void still_answers(void);
void has_security_headers(const struct reply *reply);
void pause_ms(long ms);

#endif
