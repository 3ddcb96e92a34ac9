#include "../unit.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "config/config.h"
#include "demo/people.h"
#include "demo/replace.h"
#include "demo/setup.h"

static struct arena *arena;
static char *directory;

static const char *
content_of(const char *name)
{
	FILE *f = fopen(arena_printf(arena, "%s/%s", directory, name), "r");
	char *text = arena_alloc(arena, 65536);
	size_t len;

	assert_non_null(f);
	len = fread(text, 1, 65535, f);
	fclose(f);
	assert_true(len > 0);
	return text;
}

/* The fixture's keys as a ring that is there already: making new ones takes seconds. */
static void
place_ring(const char *name)
{
	const char *ring = arena_printf(arena, "%s/%s.keys", directory, name);
	DIR *dir = opendir(UNIT_FIXTURES "/keys");
	const struct dirent *entry;

	assert_non_null(dir);
	assert_int_equal(mkdir(ring, 0700), 0);
	while ((entry = readdir(dir)) != NULL) {
		char text[8192];
		FILE *f;
		size_t len;
		if (entry->d_name[0] == '.' || entry->d_name[0] == 'R')
			continue;
		f = fopen(arena_printf(arena, UNIT_FIXTURES "/keys/%s", entry->d_name), "r");
		assert_non_null(f);
		len = fread(text, 1, sizeof(text), f);
		fclose(f);
		assert_int_equal(replace_file(arena_printf(arena, "%s/%s", ring, entry->d_name),
				     bytes_make(text, len), arena),
		    ERR_OK);
	}
	closedir(dir);
}

static int
setup(void **state)
{
	static const char *const rings[] = {"gckey", "partner", "health", "employer", "demo"};

	(void)state;
	arena = arena_new(32 << 20);
	directory = unit_directory();
	for (size_t i = 0; i < sizeof(rings) / sizeof(rings[0]); i++)
		place_ring(rings[i]);
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

static void
write_all(uint16_t service_port, uint16_t mail_port)
{
	struct setup_options options = {.directory = directory,
	    .service_port = service_port,
	    .operations_port = 9080,
	    .demo_port = 8090,
	    .mail_port = mail_port};
	const char *reason = "";

	options.template_directory = arena_printf(arena, "%s/a \"name\": #", directory);
	mkdir(options.template_directory, 0700);
	if (setup_write(&options, arena, &reason) != ERR_OK)
		fail_msg("%s", reason);
}

static void
vestibule_takes_the_configuration(void **state)
{
	struct config *config = NULL;
	const char *reason = "";

	(void)state;
	write_all(8080, 2525);
	if (config_load(arena_printf(arena, "%s/vestibule.yaml", directory), arena, &config,
		&reason) != ERR_OK)
		fail_msg("%s", reason);
	assert_string_equal(config->warnings, "");
	assert_string_equal(config->public_url, "http://auth.localhost:8080");
	assert_string_equal(
	    config->template_directory, arena_printf(arena, "%s/a \"name\": #", directory));
	assert_int_equal(config->provider_count, 2);
	assert_int_equal(config_provider(config, "partner")->separation, SEPARATION_SHARED);
	assert_true(config_provider(config, "gckey")->encryption & 1u << ENCRYPTION_AES128_CBC);
	assert_int_equal(config->portal_count, 2);
	assert_true(texts_has(&config_portal(config, "health")->redirect_uris,
	    "http://health.localhost:8090/callback"));
	config_free(&config);
}

static void
with_a_mail_server_codes_go_by_mail(void **state)
{
	struct config *config = NULL;
	const char *reason = "";

	(void)state;
	for (uint16_t port = 0; port <= 2525; port = (uint16_t)(port + 2525)) {
		write_all(8080, port);
		if (config_load(arena_printf(arena, "%s/vestibule.yaml", directory), arena, &config,
			&reason) != ERR_OK)
			fail_msg("%s", reason);
		assert_int_equal(config->mail.url != NULL, port != 0);
		for (size_t i = 0; i < config->portal_count; i++)
			assert_int_equal(texts_has(&config->portals[i].methods, "mail"), port != 0);
		if (port != 0)
			assert_string_equal(config->mail.url, "smtp://127.0.0.1:2525");
		config_free(&config);
	}
}

static void
a_second_time_keeps_keys_and_people(void **state)
{
	struct demo demo;
	const char *reason = "", *metadata, *jwks, *name_id;
	enum people_verdict verdict;

	(void)state;
	write_all(8080, 0);
	metadata = content_of("gckey.xml");
	jwks = content_of("health.jwks.json");
	assert_int_equal(setup_read(directory, arena, &demo, &reason), ERR_OK);
	assert_int_equal(
	    people_register(demo.people, "gckey", "marie2026", "correct horse", &verdict), ERR_OK);
	setup_done(&demo);
	write_all(8081, 0);
	assert_string_equal(content_of("gckey.xml"), metadata);
	assert_string_equal(content_of("health.jwks.json"), jwks);
	assert_non_null(
	    strstr(content_of("vestibule.yaml"), "public_url: http://auth.localhost:8081\n"));
	assert_int_equal(setup_read(directory, arena, &demo, &reason), ERR_OK);
	assert_string_equal(demo.service, "http://auth.localhost:8081");
	assert_int_equal(demo.port, 8090);
	assert_string_equal(demo.portals[0].origin, "http://health.localhost:8090");
	assert_string_not_equal(
	    demo.providers[0].certificate_pem, demo.providers[0].stranger_certificate_pem);
	assert_int_equal(
	    people_check(demo.people, "gckey", "marie2026", "correct horse", arena, &name_id),
	    PEOPLE_ACCEPTED);
	setup_done(&demo);
}

static void
what_is_missing_is_told(void **state)
{
	struct demo demo;
	const char *reason = "";

	(void)state;
	assert_int_equal(unlink(arena_printf(arena, "%s/demo.json", directory)), 0);
	assert_int_equal(setup_read(directory, arena, &demo, &reason), ERR_NOT_FOUND);
	setup_done(&demo);
	assert_non_null(strstr(reason, "vestibule-demo -d"));
	write_all(8080, 0);
	assert_int_equal(
	    replace_file(arena_printf(arena, "%s/people.json", directory), bytes_of("[]"), arena),
	    ERR_OK);
	assert_int_equal(setup_read(directory, arena, &demo, &reason), ERR_FORMAT);
	setup_done(&demo);
	assert_non_null(strstr(reason, "people.json"));
	assert_int_equal(setup_write(&(struct setup_options){.directory = "/no/such/place",
					 .service_port = 1,
					 .operations_port = 2,
					 .demo_port = 3},
			     arena, &reason),
	    ERR_IO);
	assert_non_null(strstr(reason, "/no/such/place"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(vestibule_takes_the_configuration),
	    cmocka_unit_test(with_a_mail_server_codes_go_by_mail),
	    cmocka_unit_test(a_second_time_keeps_keys_and_people),
	    cmocka_unit_test(what_is_missing_is_told),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
