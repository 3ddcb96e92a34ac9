/* The table of options: each row fits the member that it fills, and what is made of the rows can be read back. */
#include "../unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "config/internal.h"

/* How large the member of a row of this type must be; 0: it fills none. */
static size_t
size_of(enum option_type type)
{
	switch (type) {
	case OPTION_SECTION:
	case OPTION_LIST:
		return 0;
	case OPTION_NAMES:
		return sizeof(struct names);
	case OPTION_FLAG:
		return sizeof(bool);
	case OPTION_COUNT:
	case OPTION_SIZE:
	case OPTION_CHOICE:
	case OPTION_SET:
		return sizeof(unsigned);
	case OPTION_DURATION:
		return sizeof(int64_t);
	case OPTION_ADDRESS:
		return sizeof(struct address);
	case OPTION_URLS:
	case OPTION_URIS:
	case OPTION_IPS:
	case OPTION_IDS:
	case OPTION_WORDS:
		return sizeof(struct texts);
	case OPTION_TEXT:
	case OPTION_ORIGIN:
	case OPTION_URL:
	case OPTION_URI:
	case OPTION_FILE:
	case OPTION_PATH:
	case OPTION_ID:
	case OPTION_WORD:
		break;
	}
	return sizeof(const char *);
}

static void
rows_fit_their_members(void **state)
{
	(void)state;
	for (size_t i = 0; i < option_count; i++) {
		const struct option *option = &options[i];

		if (option->size != (option->scope == SCOPE_NOWHERE ? 0 : size_of(option->type)))
			fail_msg("%s fills %zu bytes", option->key, option->size);
		assert_ptr_equal(option_find(option->key), option);
		assert_int_equal(option->sentence[strlen(option->sentence) - 1], '.');
		if (option->type != OPTION_SECTION && option->type != OPTION_LIST)
			assert_true(option->example != NULL || option->fallback != NULL);
		if (strchr(option->key, '.') != NULL && strstr(option->key, "[]") != NULL)
			assert_true(option->scope == SCOPE_NOWHERE ||
				    option->scope == (strncmp(option->key, "portals", 7) == 0
							     ? SCOPE_PORTAL
							     : SCOPE_PROVIDER));
	}
}

/* The example file, with each line that is left out put in, is read without a fault but for the two that contradict it. */
static void
the_example_is_accepted(void **state)
{
	struct arena *arena = arena_new(32 * 1024 * 1024);
	char *directory = unit_directory(), path[600];
	static const struct {
		const char *name, *content;
	} files[] = {{"vestibule.yaml", NULL}, {"metadata/gckey.xml", "<x/>"},
	    {"ptpha.jwks.json", "{\"keys\":[]}"}};
	struct config *config = NULL;
	const char *reason = "";
	FILE *out;

	(void)state;
	snprintf(path, sizeof(path), "%s/metadata", directory);
	assert_int_equal(mkdir(path, 0700), 0);
	for (size_t i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "%s/%s", directory, files[i].name);
		out = fopen(path, "w");
		assert_non_null(out);
		fputs(files[i].content != NULL ? files[i].content : config_example(arena), out);
		fclose(out);
	}
	snprintf(path, sizeof(path), "%s/vestibule.yaml", directory);
	if (config_load(path, arena, &config, &reason) != ERR_OK)
		fail_msg("%s", reason);
	assert_non_null(strstr(config->warnings, ": mail: there is none"));
	assert_null(strchr(config->warnings, '\n'));
	assert_int_equal(config->portal_count, 1);
	config_free(&config);
	unit_directory_remove(&directory);
	arena_free(&arena);
}

static void
every_row_is_printed(void **state)
{
	struct arena *arena = arena_new(32 * 1024 * 1024);
	const char *example = config_example(arena), *manual = config_manual(arena);

	(void)state;
	for (size_t i = 0; i < option_count; i++) {
		assert_non_null(
		    strstr(example, arena_printf(arena, "%s:", option_name(&options[i]))));
		assert_non_null(strstr(manual, arena_printf(arena, ".It Cm %s\n", options[i].key)));
	}
	arena_free(&arena);
}

static void
urls_are_judged(void **state)
{
	static const char *const good[] = {"https://a.example", "https://a.example/",
	    "https://a.example:8443/x?y=z&w=%20", "http://localhost", "http://localhost:80/",
	    "http://a.b.localhost/x", "https://192.0.2.1/", "https://xn--e1afmkfd.example/"};
	static const char *const bad[] = {"", "http://", "https://", "http://a.example/",
	    "http://localhost.example/", "http://xlocalhost/", "https://u@a.example/",
	    "https://u:p@a.example/", "https://a.example/#f", "https://a.example/ x",
	    "https://a.example/\tx", "https://a.example/\"", "https://a..example/", "https://.a/",
	    "https://a./", "https://-a/", "https://a-/", "https://A.example/",
	    "https://a.example:/", "https://a.example:0/", "https://a.example:65536/",
	    "https://a.example:080/", "https://a_b.example/", "ftp://a.example/",
	    "https:/a.example/", "javascript:alert(1)", "https://a.example\\@b.example/",
	    "https://a.example/\xc3\xa9", "https://[::1]/", "HTTPS://a.example/"};
	char longest[600] = "https://a.example/";

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		if (!config_url_valid(good[i]))
			fail_msg("refused: %s", good[i]);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (config_url_valid(bad[i]))
			fail_msg("accepted: %s", bad[i]);
	memset(longest + strlen(longest), 'x', 512 - strlen(longest));
	assert_true(config_url_valid(longest));
	longest[512] = 'x';
	assert_false(config_url_valid(longest));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(rows_fit_their_members),
	    cmocka_unit_test(the_example_is_accepted),
	    cmocka_unit_test(every_row_is_printed),
	    cmocka_unit_test(urls_are_judged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
