/* err.h - the three ways in which something does not work (HOUSE: a refusal is a verdict of its own module).
 *
 * enum err says that we failed to find out; must() is for a programmer's mistake.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdbool.h>

enum err {
	ERR_OK = 0,
	ERR_IO,		/* a file, a socket or the kernel said no; errno tells */
	ERR_STORE,	/* the store could not be read or written */
	ERR_FULL,	/* no room: the disk, the map, a queue */
	ERR_NOT_FOUND,	/* what was named does not exist */
	ERR_EXISTS,	/* what was to be made exists */
	ERR_FORMAT,	/* bytes from outside that are not what they should be */
	ERR_TOO_BIG,	/* over a documented bound */
	ERR_TIMEOUT,	/* a deadline passed */
	ERR_BUSY,	/* try again later: every worker is taken, say */
	ERR_PEER,	/* the other side died or answered nonsense */
	ERR_CRYPTO,	/* a key, a seal or a signature does not fit */
	ERR_CONFIG,	/* the configuration does not allow or lacks it */
	ERR_REFUSED	/* a transaction's closure took its own changes back; its argument says why */
};

/* A constant sentence fragment for a log line ("the store could not be read or written"). */
const char *err_print(enum err err);

/* Abort with file and line when cond is false: for what only a mistake of ours can cause. */
#define must(cond) ((cond) ? (void)0 : must_failed(#cond, __FILE__, __LINE__))
_Noreturn void must_failed(const char *cond, const char *file, int line);

/* CLEANUP(fn) struct x *x = NULL; calls fn(&x) when x leaves its scope. */
#define CLEANUP(fn) __attribute__((cleanup(fn)))

#endif
