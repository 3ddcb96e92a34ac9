/* shot.h - all that stands in a store at a moment: to see what a request has changed, and to undo it. */
#ifndef TESTS_UNIT_SIGNIN_SHOT_H
#define TESTS_UNIT_SIGNIN_SHOT_H

#include "house.h"

struct shot;

struct shot *shot_take(struct house *house, int64_t now);
void shot_free(struct shot **shot);
/* What was put back does not expire any more: time stands still for who uses this. */
void shot_restore(struct house *house, const struct shot *shot, int64_t now);

/* fn for each record that differs; before, after: NULL where it was not there. */
typedef void shot_fn(void *arg, enum table table, const struct bytes *before, const struct bytes *after);
void shot_compare(const struct shot *before, const struct shot *after, shot_fn *fn, void *arg);

/* Updates that the store has run since it was opened: where none was, nothing can have changed, and nobody need look. */
uint64_t shot_updates(const struct house *house);

#endif
