/* What an operator sees of a configuration with a help desk: who its staff are, where it answers, and one clear line for each fault. */
#include "../unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "config/config.h"

#define BASE "public_url: https://auth.example.ca\n"
#define GCKEY "  - { id: gckey, name: { en: GCKey, fr: CléGC }, metadata: idp.xml }\n"
#define STAFF "  - { id: staff, name: { en: Staff, fr: Personnel }, metadata: idp.xml, profile: plain }\n"
#define PROVIDERS "providers:\n" GCKEY STAFF
#define PORTAL(rest) \
	"portals:\n  - { id: ptpha, name: { en: Health, fr: Santé }, redirect_uris: [\"https://ptpha.example.ca/callback\"], admission: open, client_secret_file: secret" rest " }\n"
#define DESK(url, rest) "helpdesk: { public_url: \"" url "\", provider: staff" rest " }\n"
#define URL "https://desk.example.ca"

static struct arena *arena;
static struct config *config;
static char *directory;

static void
write_text(const char *name, const char *text)
{
	const char *path = arena_printf(arena, "%s/%s", directory, name);
	FILE *out = fopen(path, "w");

	assert_non_null(out);
	assert_true(fputs(text, out) >= 0);
	assert_int_equal(fclose(out), 0);
	assert_int_equal(chmod(path, 0600), 0);
}

static enum err
load(const char *yaml, const char **ret_reason)
{
	config_free(&config);
	write_text("vestibule.yaml", yaml);
	*ret_reason = "";
	return config_load(arena_printf(arena, "%s/vestibule.yaml", directory), arena, &config, ret_reason);
}

static const struct config *
accept(const char *yaml)
{
	const char *reason;

	if (load(yaml, &reason) != ERR_OK)
		fail_msg("refused: %s", reason);
	return config;
}

static void
refuse(const char *yaml, const char *place, const char *words)
{
	const char *reason;

	assert_int_equal(load(yaml, &reason), ERR_CONFIG);
	if (strstr(reason, place) == NULL || strstr(reason, words) == NULL)
		fail_msg("expected \"%s\" and \"%s\" in: %s", place, words, reason);
}

static void
a_desk_is_taken_with_its_defaults(void **state)
{
	const struct helpdesk_config *desk = &accept(BASE DESK(URL, "") PROVIDERS PORTAL(""))->helpdesk;

	(void)state;
	assert_string_equal(desk->public_url, URL);
	assert_string_equal(desk->role_attribute, "role");
	assert_int_equal(desk->listen.port, 8444);
	assert_int_equal(desk->tool_secret.len, 0);
	assert_null(accept(BASE "providers:\n" GCKEY PORTAL(""))->helpdesk.public_url);
}

static void
staff_have_a_provider_of_their_own(void **state)
{
	(void)state;
	refuse(BASE DESK(URL, "") "providers:\n" GCKEY PORTAL(""), ":2:52", "there is no provider \"staff\"");
	refuse(BASE "helpdesk: { public_url: \"" URL "\", provider: gckey }\nproviders:\n" GCKEY PORTAL(""), "providers[0].profile:", "write plain");
	refuse(BASE PROVIDERS PORTAL(""), "providers[1].profile:", "plain is for the provider that staff sign in with");
	refuse(BASE DESK(URL, "") PROVIDERS
	    "  - { id: more, name: { en: More, fr: Plus }, metadata: idp.xml, profile: plain }\n" PORTAL(""),
	    "providers[2].profile:", "name this one in helpdesk.provider, or write cats2");
	refuse(BASE DESK(URL, "") "providers:\n" GCKEY
	    "  - { id: staff, name: { en: Staff, fr: Personnel }, metadata: idp.xml, profile: cats3 }\n" PORTAL(""),
	    "providers[1].profile:", "not in this release; write cats2");
}

static void
no_portal_takes_it(void **state)
{
	const struct portal_config *portal = config_portal(accept(BASE DESK(URL, "") PROVIDERS PORTAL("")), "ptpha");

	(void)state;
	assert_int_equal(portal->providers.count, 1);
	assert_string_equal(portal->providers.items[0], "gckey");
	assert_int_equal(portal->required_for.count, 1);
	refuse(BASE DESK(URL, "") PROVIDERS PORTAL(", providers: [gckey, staff]"), "portals[0].providers:", "it opens no portal; remove it");
}

static void
levels_are_the_federations(void **state)
{
	const struct config *with = accept(BASE DESK(URL, "") PROVIDERS PORTAL(""));

	(void)state;
	assert_int_equal(config_provider(with, "gckey")->authn_context.count, 1);
	assert_int_equal(config_provider(with, "staff")->authn_context.count, 0);
	with = accept(BASE DESK(URL, "") "providers:\n" GCKEY "  - { id: staff, name: { en: Staff, fr: Personnel }, metadata: idp.xml, profile: plain, authn_context: [\"urn:x\"] }\n" PORTAL(""));
	assert_string_equal(config_provider(with, "staff")->authn_context.items[0], "urn:x");
}

static void
it_answers_on_its_own(void **state)
{
	(void)state;
	refuse(BASE DESK("https://auth.example.ca", "") PROVIDERS PORTAL(""), "helpdesk.public_url:", "a host name of its own");
	refuse(BASE DESK("https://auth.example.ca:8443", "") PROVIDERS PORTAL(""), "helpdesk.public_url:", "a host name of its own");
	refuse(BASE DESK(URL, ", listen: \"127.0.0.1:8443\"") PROVIDERS PORTAL(""), "helpdesk.listen:", "the same as listen");
	refuse(BASE DESK(URL, ", listen: \"127.0.0.1:9443\"") PROVIDERS PORTAL(""), "helpdesk.listen:", "the same as operations_listen");
	refuse(BASE DESK(URL, ", listen: \"192.0.2.1:8444\"") PROVIDERS PORTAL(""), "helpdesk.listen:", "without tls the console answers in plain HTTP");
	accept(BASE "tls: { certificate: idp.xml, key: secret }\n" DESK(URL, ", listen: \"192.0.2.1:8444\"") PROVIDERS PORTAL(""));
	accept(BASE DESK("http://desk.localhost:8444", "") PROVIDERS PORTAL(""));
}

static void
the_tools_secret_is_read(void **state)
{
	static const char yaml[] = BASE DESK(URL, ", tool_secret_file: tool") PROVIDERS PORTAL("");
	const struct bytes *secret = &accept(yaml)->helpdesk.tool_secret;

	(void)state;
	assert_true(bytes_equal(*secret, bytes_of("abcdefghijabcdefghijabcdefghij12")));
	write_text("tool", "short\n");
	refuse(yaml, "helpdesk.tool_secret_file:", "32 to 128 printable ASCII characters");
}

static int
setup(void **state)
{
	(void)state;
	directory = unit_directory();
	arena = arena_new((size_t)16 << 20);
	write_text("secret", "0123456789012345678901234567890123456789\n");
	write_text("tool", "abcdefghijabcdefghijabcdefghij12\n");
	write_text("idp.xml", "<x/>");
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	config_free(&config);
	arena_free(&arena);
	unit_directory_remove(&directory);
	return 0;
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
	    TEST(a_desk_is_taken_with_its_defaults), TEST(staff_have_a_provider_of_their_own), TEST(no_portal_takes_it),
	    TEST(levels_are_the_federations), TEST(it_answers_on_its_own), TEST(the_tools_secret_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
