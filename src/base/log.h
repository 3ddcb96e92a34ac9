/* log.h - one line an event: a constant sentence first, then key=value pairs, escaped, to standard error.
 *
 *   2026-11-24T14:03:07.123Z info "Sign-in finished" request=k3v9 portal=ptpha ms=12
 *
 * No secret, code, NameID or address goes into a log: there is no print function for secret types, and values are
 * escaped and cut at 256 bytes.  The sink is the only global of the program.
 * Thread-safe: one write(2) a line.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdint.h>

#include "base/err.h"

enum log_level { LOG_ERROR, LOG_WARNING, LOG_INFO, LOG_DEBUG };

/* What every line of one request carries; empty texts are left out. */
struct log_fields {
	char request[17];	/* the reference shown on a person's error page */
	const char *portal;
};

struct log_pair {
	const char *key;	/* NULL ends the list */
	const char *text;	/* or, when NULL, */
	int64_t number;
};
#define LOG_TEXT(key, value) ((struct log_pair){(key), (value) != NULL ? (value) : "", 0})
#define LOG_NUMBER(key, value) ((struct log_pair){(key), NULL, (value)})
#define LOG_ERR(value) ((struct log_pair){"error", err_print(value), 0})

/* The least level that is printed; LOG_INFO at start. */
void log_set_level(enum log_level level);
enum err log_level_parse(const char *name, enum log_level *ret_level); /* "error" "warning" "info" "debug" */
/* The descriptor that lines go to; 2 at start. */
void log_set_descriptor(int fd);

/* fields may be NULL outside requests. */
#define log_event(level, fields, sentence, ...) \
	log_write((level), (fields), (sentence), (struct log_pair[]){__VA_ARGS__ __VA_OPT__(, ){NULL, NULL, 0}})
void log_write(enum log_level level, const struct log_fields *fields, const char *sentence,
    const struct log_pair *pairs);

#endif
