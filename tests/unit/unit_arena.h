/* unit_arena.h - for programs whose tests share one arena and, some of them, the fixture's key ring: cmocka's set-up and tear-down of the
 * group. */
#ifndef TESTS_UNIT_ARENA_H
#define TESTS_UNIT_ARENA_H

#include "base/arena.h"

struct keyring;

extern struct arena *arena;
int unit_open_arena(void **state);
int unit_close_arena(void **state);

/* The arena, and the keys in it. */
extern struct keyring *keys;
int unit_open_keys(void **state);
int unit_close_keys(void **state);

#endif
