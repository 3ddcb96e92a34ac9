/* unit.h - what every unit test includes: cmocka with the headers that it wants first, and three helpers. */
#ifndef TESTS_UNIT_H
#define TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct arena;
struct keyring;

/* A new empty directory (0700) under $TMPDIR or /tmp; remove it with everything in it at the end.  What a failed test
 * leaves goes when the program ends, unless KEEP is set. */
char *unit_directory(void);
void unit_directory_remove(char **directory);

/* The key ring of tests/fixture/keys, which are known to everybody; generating one would cost a second. */
struct keyring *unit_keys(struct arena *arena);

/* The directory of the templates. */
const char *unit_templates(void);

/* Does fn(arg) end in abort()?  It runs in a child without standard error. */
bool unit_aborts(void (*fn)(void *arg), void *arg);

#endif
