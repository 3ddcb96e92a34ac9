/* beside.h - for programs of the stories that put something into the store beside the running daemon. */
#ifndef TESTS_STORY_BESIDE_H
#define TESTS_STORY_BESIDE_H

#include "base/ctx.h"

/* Open what the configuration names, call fn, close it all.  -> fn's exit status; 1, and a line on stderr, when something cannot be opened. */
typedef int beside_fn(struct ctx *ctx, void *arg);
int beside(const char *configuration, beside_fn *fn, void *arg);
/* A line on stderr. -> 1 */
int beside_fail(const char *what, const char *reason);

#endif
