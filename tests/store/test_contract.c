/* One set of tests over every back end; each line names the back end.  What only a disk can suffer runs over lmdb alone. */
#include "contract.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int
run(const char *backend, const char *group, const struct CMUnitTest *tests, size_t count)
{
	struct CMUnitTest *named = calloc(count, sizeof(*named));
	char *title, *name;
	int failures;

	if (asprintf(&title, "%s: %s", backend, group) < 0)
		abort();
	for (size_t i = 0; i < count; i++) {
		if (asprintf(&name, "%s: %s", backend, tests[i].name) < 0)
			abort();
		named[i] = tests[i];
		named[i].name = name;
		named[i].initial_state = (void *)backend;
	}
	failures = _cmocka_run_group_tests(title, named, count, NULL, NULL);
	for (size_t i = 0; i < count; i++)
		free((char *)named[i].name);
	free(named);
	free(title);
	return failures;
}

int
main(void)
{
	int failures = 0;

	failures += run("mem", "contract", contract_tests, contract_count);
	failures += run("lmdb", "contract", contract_tests, contract_count);
	failures += run("mem", "time", contract_time_tests, contract_time_count);
	failures += run("lmdb", "time", contract_time_tests, contract_time_count);
	failures += run("lmdb", "crash", contract_crash_tests, contract_crash_count);
	failures += run("lmdb", "damage", contract_damage_tests, contract_damage_count);
	return failures != 0;
}
