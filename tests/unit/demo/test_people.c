#include "../unit.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "demo/people.h"
#include "demo/replace.h"

static struct arena *arena;
static char *directory;
static const char *file;

static int
setup(void **state)
{
	(void)state;
	arena = arena_new(1 << 20);
	directory = unit_directory();
	file = arena_printf(arena, "%s/people.json", directory);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	unit_directory_remove(&directory);
	arena_free(&arena);
	return 0;
}

static struct people *
people(void)
{
	struct people *all = NULL;

	assert_int_equal(people_open(file, &all), ERR_OK);
	return all;
}

static enum people_verdict
sign_up(struct people *all, const char *user, const char *password)
{
	enum people_verdict verdict;

	assert_int_equal(people_register(all, "gckey", user, password, &verdict), ERR_OK);
	return verdict;
}

static void
registered_people_are_known_again(void **state)
{
	const char *first = NULL, *second = NULL;
	struct people *all = people();

	(void)state;
	assert_int_equal(sign_up(all, "marie2026", "correct horse"), PEOPLE_ACCEPTED);
	assert_int_equal(sign_up(all, "marie2026", "another one"), PEOPLE_TAKEN);
	assert_int_equal(people_check(all, "gckey", "marie2026", "correct horse", arena, &first),
	    PEOPLE_ACCEPTED);
	people_close(&all);
	all = people();
	assert_int_equal(people_check(all, "gckey", "marie2026", "correct horse", arena, &second),
	    PEOPLE_ACCEPTED);
	assert_string_equal(first, second);
	assert_int_equal(
	    people_check(all, "gckey", "marie2026", "another one", arena, &second), PEOPLE_WRONG);
	assert_int_equal(people_check(all, "partner", "marie2026", "correct horse", arena, &second),
	    PEOPLE_WRONG);
	assert_int_equal(people_check(all, "gckey", "nobody2026", "correct horse", arena, &second),
	    PEOPLE_WRONG);
	assert_int_equal(people_check(all, "gckey", NULL, NULL, arena, &second), PEOPLE_WRONG);
	people_close(&all);
	assert_null(all);
}

static void
malformed(void **state)
{
	static const char *const users[] = {NULL, "", "short12", "seventeenletters1", "with space",
	    "accent\xc3\xa9s12", "../../etc"};
	struct people *all = people();

	(void)state;
	for (size_t i = 0; i < sizeof(users) / sizeof(users[0]); i++)
		assert_int_equal(sign_up(all, users[i], "correct horse"), PEOPLE_MALFORMED);
	assert_int_equal(sign_up(all, "marie2027", "seven77"), PEOPLE_MALFORMED);
	assert_int_equal(sign_up(all, "marie2027", NULL), PEOPLE_MALFORMED);
	people_close(&all);
}

static const char *
customer(struct people *all, const char *bank, const char *user)
{
	enum people_verdict verdict;
	const char *name_id = NULL;

	assert_int_equal(
	    people_customer(all, "partner", bank, user, arena, &verdict, &name_id), ERR_OK);
	assert_int_equal(verdict, PEOPLE_ACCEPTED);
	return name_id;
}

static void
customers_are_made_at_first_sight(void **state)
{
	struct people *all = people();
	enum people_verdict verdict;
	const char *name_id = NULL;

	(void)state;
	assert_string_equal(
	    customer(all, "bmo", "Zo\xc3\xab \"<>/"), customer(all, "bmo", "Zo\xc3\xab \"<>/"));
	assert_string_not_equal(customer(all, "bmo", "zoe"), customer(all, "rbc", "zoe"));
	assert_int_equal(
	    people_customer(all, "partner", "bmo", "", arena, &verdict, &name_id), ERR_OK);
	assert_int_equal(verdict, PEOPLE_MALFORMED);
	/* nobody signs in with a customer's empty password */
	assert_int_equal(
	    people_check(all, "partner/bmo", "zoe", "", arena, &name_id), PEOPLE_WRONG);
	people_close(&all);
}

static void
the_file_is_private_and_whole(void **state)
{
	struct people *all = people();
	struct stat status;

	(void)state;
	customer(all, "td", "first");
	assert_int_equal(stat(file, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0600);
	assert_int_equal(access(arena_printf(arena, "%s.new", file), F_OK), -1);
	people_close(&all);
}

static void
damage_is_told(void **state)
{
	struct people *all = NULL;

	(void)state;
	assert_int_equal(
	    replace_file(file, bytes_of("{\"gckey/marie2026\": {\"salt\": 1}}"), arena), ERR_OK);
	assert_int_equal(people_open(file, &all), ERR_FORMAT);
	assert_int_equal(replace_file(file, bytes_of("{"), arena), ERR_OK);
	assert_int_equal(people_open(file, &all), ERR_FORMAT);
	assert_null(all);
}

static void
a_disk_that_says_no(void **state)
{
	struct people *all = NULL;
	enum people_verdict verdict = PEOPLE_WRONG;
	const char *name_id = NULL;

	(void)state;
	assert_int_equal(
	    people_open(arena_printf(arena, "%s/no/such/people.json", directory), &all), ERR_OK);
	assert_int_equal(
	    people_register(all, "gckey", "marie2026", "correct horse", &verdict), ERR_IO);
	assert_int_equal(people_check(all, "gckey", "marie2026", "correct horse", arena, &name_id),
	    PEOPLE_WRONG);
	assert_int_equal(
	    people_customer(all, "partner", "td", "zoe", arena, &verdict, &name_id), ERR_IO);
	assert_null(name_id);
	people_close(&all);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(registered_people_are_known_again),
	    cmocka_unit_test(malformed),
	    cmocka_unit_test(customers_are_made_at_first_sight),
	    cmocka_unit_test(the_file_is_private_and_whole),
	    cmocka_unit_test(a_disk_that_says_no),
	    cmocka_unit_test(damage_is_told),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
