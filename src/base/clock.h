/* clock.h - what time it is.  All times inside Vestibule are int64_t milliseconds since 1970-01-01T00:00:00Z. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

#include "base/err.h"

struct arena;

#define SECONDS(n) ((int64_t)(n)*1000)
#define MINUTES(n) SECONDS((int64_t)(n)*60)
#define HOURS(n) MINUTES((int64_t)(n)*60)
#define DAYS(n) HOURS((int64_t)(n)*24)

/* The wall clock (CLOCK_REALTIME). */
int64_t clock_now(void);
/* A clock that never goes back (CLOCK_MONOTONIC), for deadlines and durations only. */
int64_t clock_monotonic(void);
/* "2026-11-24T14:03:07.123Z" (RFC 3339); years 0 to 9999. */
char *clock_print(struct arena *arena, int64_t time);
/* The same without an arena: 24 characters and a NUL. */
#define CLOCK_TEXT_SIZE 25
void clock_write(int64_t time, char ret_text[CLOCK_TEXT_SIZE]);
/* An xsd:dateTime in UTC: "2026-11-24T14:03:07Z", with an optional fraction of up to 9 digits; nothing else.
 * Years 1970 to 2200.  Returns ERR_FORMAT otherwise. */
enum err clock_parse(const char *text, int64_t *ret_time);

#endif
