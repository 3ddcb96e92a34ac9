#include "../unit.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"

static int ends[2];
static char line[8192];

static int
setup(void **state)
{
	(void)state;
	assert_int_equal(pipe(ends), 0);
	log_set_descriptor(ends[1]);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	log_set_descriptor(2);
	close(ends[0]);
	close(ends[1]);
	return 0;
}

/* What was logged, without its time. */
static const char *
logged(void)
{
	ssize_t len = read(ends[0], line, sizeof(line) - 1);

	assert_true(len > 26);
	line[len] = '\0';
	return line + 25;
}

static void
one_line_an_event(void **state)
{
	struct log_fields fields = {"k3v9", "ptpha"};

	(void)state;
	log_event(LOG_INFO, &fields, "Sign-in finished", LOG_NUMBER("ms", 12), LOG_ERR(ERR_STORE));
	assert_string_equal(logged(), "info \"Sign-in finished\" request=k3v9 portal=ptpha ms=12 "
				      "error=\"the store could not be read or written\"\n");
	assert_int_equal(line[10], 'T');
	assert_int_equal(line[23], 'Z');
	log_event(LOG_ERROR, NULL, "Alone");
	assert_string_equal(logged(), "error \"Alone\"\n");
}

static void
values_cannot_forge_lines(void **state)
{
	(void)state;
	log_event(LOG_WARNING, NULL, "Refused",
	    LOG_TEXT("a", "x\n2026-11-24T00:00:00.000Z info \"Forged\""),
	    LOG_TEXT("b", "\x1b[2J\\"), LOG_TEXT("c", "\xc3\xa9"), LOG_TEXT("d", ""),
	    LOG_TEXT("e", (const char *)NULL), LOG_TEXT("f", "x=y"));
	assert_string_equal(logged(),
	    "warning \"Refused\" a=\"x\\x0a2026-11-24T00:00:00.000Z info \\\"Forged\\\"\" "
	    "b=\"\\x1b[2J\\\\\" c=\"\\xc3\\xa9\" d=\"\" e=\"\" f=\"x=y\"\n");
}

static void
long_values_are_cut(void **state)
{
	char value[1000];
	const char *text;

	(void)state;
	memset(value, 'v', sizeof(value) - 1);
	value[sizeof(value) - 1] = '\0';
	log_event(LOG_INFO, NULL, "Long", LOG_TEXT("a", value), LOG_TEXT("after", "1"));
	text = logged();
	assert_int_equal(strlen(text), strlen("info \"Long\" a=\"...\" after=1\n") + 256);
	assert_non_null(strstr(text, "v...\" after=1\n"));
}

static void
a_line_has_an_end(void **state)
{
	char value[200];
	struct log_pair pairs[101];

	(void)state;
	memset(value, '\n', sizeof(value) - 1);
	value[sizeof(value) - 1] = '\0';
	for (int i = 0; i < 100; i++)
		pairs[i] = LOG_TEXT("k", value);
	pairs[100] = (struct log_pair){NULL, NULL, 0};
	log_write(LOG_INFO, NULL, "Much", pairs);
	assert_int_equal(strlen(logged()) + 25, 4096);
	assert_int_equal(line[4095], '\n');
}

static void
levels(void **state)
{
	enum log_level level;

	(void)state;
	log_event(LOG_DEBUG, NULL, "Not printed");
	log_event(LOG_INFO, NULL, "Printed");
	assert_string_equal(logged(), "info \"Printed\"\n");
	assert_int_equal(log_level_parse("debug", &level), ERR_OK);
	log_set_level(level);
	log_event(LOG_DEBUG, NULL, "Now it is");
	assert_string_equal(logged(), "debug \"Now it is\"\n");
	log_set_level(LOG_INFO);
	assert_int_equal(log_level_parse("Debug", &level), ERR_FORMAT);
	assert_int_equal(log_level_parse("", &level), ERR_FORMAT);
}

static void
every_error_has_its_words(void **state)
{
	(void)state;
	for (int a = ERR_OK; a <= ERR_REFUSED; a++) {
		for (int b = ERR_OK; b < a; b++)
			assert_string_not_equal(err_print((enum err)a), err_print((enum err)b));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(one_line_an_event),
	    cmocka_unit_test(values_cannot_forge_lines),
	    cmocka_unit_test(long_values_are_cut),
	    cmocka_unit_test(a_line_has_an_end),
	    cmocka_unit_test(levels),
	    cmocka_unit_test(every_error_has_its_words),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
