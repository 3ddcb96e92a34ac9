/* What an operator sees of a configuration file: what it sets, and one clear line for each fault. */
#include "../unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "config/config.h"

#define PROVIDER "providers: [{ id: gckey, name: { en: GCKey, fr: CléGC }, metadata: idp.xml }]\n"
#define PORTAL                                                                                     \
	"portals:\n"                                                                               \
	"  - id: ptpha\n"                                                                          \
	"    name: { en: Health, fr: Santé }\n"                                                   \
	"    redirect_uris: [\"https://ptpha.example.ca/callback\"]\n"                             \
	"    client_secret_file: secret\n"                                                         \
	"    admission: open\n"
#define BASE "public_url: https://auth.example.ca\n"
#define GOOD BASE PROVIDER PORTAL

struct file {
	char *directory;
	char path[512];
	struct arena *arena;
	struct config *config;
	const char *reason;
};

static void
write_text(const struct file *file, const char *name, const char *text, size_t len)
{
	char path[600];
	FILE *out;

	snprintf(path, sizeof(path), "%s/%s", file->directory, name);
	out = fopen(path, "w");
	assert_non_null(out);
	assert_int_equal(fwrite(text, 1, len, out), len);
	assert_int_equal(fclose(out), 0);
	assert_int_equal(chmod(path, 0600), 0);
}

static int
setup(void **state)
{
	struct file *file = calloc(1, sizeof(*file));

	assert_non_null(file);
	file->directory = unit_directory();
	snprintf(file->path, sizeof(file->path), "%s/vestibule.yaml", file->directory);
	file->arena = arena_new(16 * 1024 * 1024);
	write_text(file, "secret", "0123456789012345678901234567890123456789\n", 41);
	write_text(file, "idp.xml", "<x/>", 4);
	*state = file;
	return 0;
}

static int
teardown(void **state)
{
	struct file *file = *state;

	config_free(&file->config);
	arena_free(&file->arena);
	unit_directory_remove(&file->directory);
	free(file);
	return 0;
}

static enum err
load_bytes(struct file *file, const char *yaml, size_t len)
{
	write_text(file, "vestibule.yaml", yaml, len);
	config_free(&file->config);
	file->reason = "";
	return config_load(file->path, file->arena, &file->config, &file->reason);
}

static const struct config *
load_good(struct file *file, const char *yaml)
{
	enum err err = load_bytes(file, yaml, strlen(yaml));

	if (err != ERR_OK)
		fail_msg("refused: %s", file->reason);
	return file->config;
}

/* The file is refused, at this place and with these words. */
static void
refuse(struct file *file, const char *yaml, const char *place, const char *words)
{
	assert_int_equal(load_bytes(file, yaml, strlen(yaml)), ERR_CONFIG);
	if (strstr(file->reason, place) == NULL || strstr(file->reason, words) == NULL)
		fail_msg("expected \"%s\" and \"%s\" in: %s", place, words, file->reason);
	assert_int_equal(strncmp(file->reason, file->path, strlen(file->path)), 0);
}

static void
defaults_are_those_of_the_table(void **state)
{
	const struct config *config = load_good(*state, GOOD);
	const struct portal_config *portal = config_portal(config, "ptpha");

	assert_string_equal(config->entity_id, "https://auth.example.ca/saml/metadata");
	assert_string_equal(config->listen.host, "127.0.0.1");
	assert_int_equal(config->listen.port, 8443);
	assert_true(config->listen.loopback);
	assert_int_equal(config->saml_workers, 2);
	assert_int_equal(config->limits.clock_skew, SECONDS(180));
	assert_int_equal(config->limits.body_bytes, 256 * 1024);
	assert_int_equal(config->limits.recovery_codes, 10);
	assert_string_equal(config->service_name.fr, "Vestibule");
	assert_non_null(strstr(config->warnings, ": mail: there is none"));
	assert_null(strchr(config->warnings, '\n'));
	assert_null(config->mail.url);
	assert_int_equal(portal->methods.count, 1);
	assert_int_equal(config->limits.mail_code_lifetime, MINUTES(10));
	assert_int_equal(config->limits.mail_code_tries, 5);
	assert_int_equal(config->limits.mail_sends_hour, 5);
	assert_int_equal(config->limits.mail_sends_day, 10);
	assert_int_equal(config->limits.mail_kept, DAYS(30));
	assert_non_null(portal);
	assert_int_equal(portal->reuse, MINUTES(20));
	assert_int_equal(portal->absolute, HOURS(12));
	assert_string_equal(portal->token_algorithm, "ES256");
	assert_true(texts_has(&portal->providers, "gckey"));
	assert_true(texts_has(&portal->required_for, "gckey"));
	assert_int_equal(portal->client_secret.len, 40);
	assert_null(config_portal(config, "nobody"));
	assert_string_equal(config_provider(config, "gckey")->kind, "gckey");
	assert_int_equal(config_provider(config, "gckey")->encryption, 15);
	assert_true(config_provider(config, "gckey")->force_authn);
}

static void
paths_are_relative_to_the_file(void **state)
{
	struct file *file = *state;
	const struct config *config =
	    load_good(file, GOOD "state_directory: state\nkey_directory: /keys\n");
	char *whole = realpath(file->directory, NULL), expected[600];

	assert_non_null(whole);
	snprintf(expected, sizeof(expected), "%s/state", whole);
	assert_string_equal(config->state_directory, expected);
	assert_string_equal(config->key_directory, "/keys");
	free(whole);
}

static void
values_reach_their_members(void **state)
{
	const struct config *config = load_good(*state, BASE
	    "listen: \"[::1]:443\"\nlog_level: debug\nworkers: { saml: 64, handlers: 1 }\n"
	    "limits: { code_lifetime: 2m, header_bytes: 16384, failures_disable: 10 }\n"
	    "trusted_proxies: [127.0.0.1, \"::1\"]\nhelp: { en: Call, fr: Appelez }\n"
	    "providers: [{ id: bank, name: { en: B, fr: B }, metadata: idp.xml, separation: "
	    "shared, force_authn: false,\n"
	    "  encryption: [aes128-gcm, aes256-cbc], authn_context: [\"urn:a\", \"urn:b\"] }]\n"
	    "portals:\n"
	    "  - { id: p, name: { en: P, fr: P }, redirect_uris: [\"http://p.localhost:9/cb\"], "
	    "client_secret_file: secret, admission: open,\n"
	    "      post_logout_redirect_uris: [\"https://p.example/\"], second_factor: { "
	    "required_for: [] }, session: { reuse: 0s } }\n");
	const struct provider_config *provider = config_provider(config, "bank");
	const struct portal_config *portal = config_portal(config, "p");

	assert_string_equal(config->listen.host, "::1");
	assert_true(config->listen.loopback);
	assert_int_equal(config->log_level, LOG_DEBUG);
	assert_int_equal(config->saml_workers, 64);
	assert_int_equal(config->limits.code_lifetime, MINUTES(2));
	assert_int_equal(config->limits.header_bytes, 16384);
	assert_int_equal(config->trusted_proxies.count, 2);
	assert_string_equal(config->help.fr, "Appelez");
	assert_int_equal(provider->separation, SEPARATION_SHARED);
	assert_string_equal(provider->kind, "partner");
	assert_false(provider->force_authn);
	assert_int_equal(
	    provider->encryption, (1u << ENCRYPTION_AES128_GCM) | (1u << ENCRYPTION_AES256_CBC));
	assert_string_equal(provider->authn_context.items[1], "urn:b");
	assert_int_equal(portal->required_for.count, 0);
	assert_int_equal(portal->reuse, 0);
	assert_string_equal(portal->start_url, "https://p.example/");
}

static void
a_value_out_of_its_bounds_names_line_and_key(void **state)
{
	static const struct {
		const char *yaml, *place, *words;
	} cases[] = {
	    {"listen: 127.0.0.1\n", "vestibule.yaml:2:1: listen:", "write ADDRESS:PORT"},
	    {"listen: example.ca:80\n", ":2:1: listen:", "write ADDRESS:PORT"},
	    {"listen: 127.0.0.1:65536\n", ":2:1: listen:", "write ADDRESS:PORT"},
	    {"listen: [1, 2]\n", ":2:1: listen:", "a list does not fit"},
	    {"listen:\n", ":2:1: listen:", "the value is missing"},
	    {"workers: { saml: 0 }\n", ":2:12: workers.saml:", "a whole number from 1 to 64"},
	    {"workers: { saml: -1 }\n", ":2:12: workers.saml:", "a whole number"},
	    {"workers: { saml: 1e1 }\n", ":2:12: workers.saml:", "a whole number"},
	    {"workers: { saml: 02 }\n", ":2:12: workers.saml:", "a whole number"},
	    {"workers: { saml: 99999999999999999999 }\n", ":2:12: workers.saml:", "a whole number"},
	    {"workers: 3\n", ":2:1: workers:", "write a mapping"},
	    {"limits: { code_lifetime: 60 }\n",
		":2:11: limits.code_lifetime:", "a duration from 10s to 10m"},
	    {"limits: { code_lifetime: 11m }\n",
		":2:11: limits.code_lifetime:", "a duration from 10s to 10m"},
	    {"limits: { body_bytes: 2MiB }\n",
		":2:11: limits.body_bytes:", "a size from 64KiB to 1MiB"},
	    {"limits: { recovery_codes: 4 }\n", ":2:11: limits.recovery_codes:", "from 5 to 20"},
	    {"log_level: loud\n", ":2:1: log_level:", "error, warning, info or debug"},
	    {"trusted_proxies: [10.0.0.0/8]\n", ":2:19: trusted_proxies[0]:", "an IP address"},
	    {"trusted_proxies: [10.0.0.1, 10.0.0.1]\n", ":2:29: trusted_proxies[1]:", "a second time"},
	    {"service_name: Vestibule\n", ":2:1: service_name:", "{ en: ..., fr: ... }"},
	    {"service_name: { en: \"a\\nb\", fr: c }\n", ":2:17: service_name.en:", "a line of"},
	    {"entity_id: not a uri\n", ":2:1: entity_id:", "an absolute URI"},
	    {"tls: { certificate: idp.xml }\n", ":2:1: tls.key:", "this key is missing"},
	    {"tls: { certificate: idp.xml, key: nowhere.key }\n",
		":2:30: tls.key:", "cannot be read (No such file or directory)"},
	};
	char yaml[2048];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(yaml, sizeof(yaml), "%s%s", BASE, cases[i].yaml);
		refuse(*state, yaml, cases[i].place, cases[i].words);
	}
}

static void
an_unknown_key_suggests_the_nearest(void **state)
{
	refuse(*state, GOOD "lisen: 127.0.0.1:1\n", "lisen: this key does not exist",
	    "did you mean listen?");
	refuse(*state, GOOD "limits: { code_life_time: 1m }\n", "limits.code_life_time",
	    "did you mean limits.code_lifetime?");
	refuse(*state, GOOD "code_lifetime: 1m\n", "code_lifetime",
	    "did you mean limits.code_lifetime?");
	refuse(*state, GOOD "    admision: open\n", "portals[0].admision",
	    "did you mean portals[].admission?");
	refuse(*state, GOOD "zebra: 1\n", "zebra", "remove it");
	refuse(*state, GOOD "\"<<\": { listen: 1 }\n", "<<", "this key does not exist");
}

static void
what_is_missing_is_named(void **state)
{
	refuse(*state, PROVIDER, ":1:1: public_url:", "this key is missing");
	refuse(*state, BASE "providers: [{ id: a }]\n",
	    ":2:13: providers[0].metadata:", "this key is missing");
	refuse(*state, BASE "mail: { from: a@b.c }\n", ":2:1: mail.url:", "this key is missing");
}

static void
urls_are_https_or_localhost(void **state)
{
	refuse(*state, "public_url: http://auth.example.ca\n", "public_url:", "https://HOST");
	refuse(*state, "public_url: https://auth.example.ca/\n", "public_url:", "without a path");
	refuse(
	    *state, "public_url: https://auth.example.ca/path\n", "public_url:", "without a path");
	refuse(*state, "public_url: https://user@auth.example.ca\n", "public_url:", "https://HOST");
	load_good(*state, "public_url: http://localhost:8080\n");
	load_good(*state, "public_url: http://auth.localhost:8080\n");
	refuse(*state, "public_url: http://authlocalhost:8080\n", "public_url:", "https://HOST");
}

static void
plain_http_stays_on_loopback(void **state)
{
	refuse(*state, BASE "listen: 0.0.0.0:8443\n",
	    ":2:1: listen:", "add tls, or listen on 127.0.0.1");
	load_good(
	    *state, BASE "listen: 0.0.0.0:8443\ntls: { certificate: idp.xml, key: secret }\n");
	refuse(*state, BASE "listen: 127.0.0.1:9443\n", "operations_listen:", "the same as listen");
}

static void
a_portal_hangs_together(void **state)
{
	static const struct {
		const char *lines, *place, *words;
	} cases[] = {
	    {"    providers: [bank]\n", "portals[0].providers:", "there is no provider \"bank\""},
	    {"    second_factor: { required_for: [bank] }\n",
		"portals[0].second_factor.required_for:", "does not accept the provider \"bank\""},
	    {"    jwks_file: secret\n", "portals[0].client_secret_file:", "keep one of the two"},
	    {"    session: { idle: 2h, absolute: 1h }\n",
		"portals[0].session.idle:", "longer than session.absolute"},
	    {"    session: { reuse: 2h, absolute: 1h }\n",
		"portals[0].session.reuse:", "longer than session.absolute"},
	    {"    second_factor: { methods: [mail] }\n",
		"portals[0].second_factor.methods:", "no mail server is configured"},
	    {"  - { id: ptpha, name: { en: P, fr: P }, redirect_uris: [\"https://p.example/\"], "
	     "client_secret_file: secret, admission: open }\n",
		"portals[1].id:", "is taken"},
	    {"  - { id: b, name: { en: P, fr: P }, redirect_uris: [\"https://p.example/\"], "
	     "admission: open }\n",
		"portals[1]:", "neither"},
	    {"  - { id: b, name: { en: P, fr: P }, redirect_uris: [\"https://p.example/#x\"], "
	     "client_secret_file: secret, admission: open }\n",
		"portals[1].redirect_uris[0]:", "https URL"},
	};
	char yaml[2048];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(yaml, sizeof(yaml), "%s%s", GOOD, cases[i].lines);
		refuse(*state, yaml, cases[i].place, cases[i].words);
	}
}

static void
secrets_are_checked(void **state)
{
	struct file *file = *state;

	write_text(file, "secret", "short\n", 6);
	refuse(file, GOOD,
	    ":7:5: portals[0].client_secret_file:", "32 to 128 printable ASCII characters");
	write_text(file, "secret", "0123456789012345678 0123456789012345678\n", 40);
	refuse(file, GOOD, "portals[0].client_secret_file:", "32 to 128 printable");
	write_text(file, "secret", "0123456789012345678\0000123456789012345678\n", 40);
	refuse(file, GOOD, "portals[0].client_secret_file:", "32 to 128 printable");
	write_text(file, "secret", "0123456789012345678901234567890123456789", 40);
	assert_int_equal(config_portal(load_good(file, GOOD), "ptpha")->client_secret.len, 40);
}

#define MAIL(rest) BASE "mail: { from: no-reply@example.ca, " rest " }\n"
#define OUTSIDE "url: \"smtp://mail.example.ca:587\""

static void
a_mail_server_asks_for_tls_unless_it_is_next_door(void **state)
{
	static const struct {
		const char *yaml;
		enum mail_tls tls;
	} cases[] = {
	    {MAIL("url: \"smtp://127.0.0.1:25\""), MAIL_TLS_NONE},
	    {MAIL("url: \"smtp://localhost\""), MAIL_TLS_NONE},
	    {MAIL("url: \"smtp://[::1]:25\""), MAIL_TLS_NONE},
	    {MAIL("url: \"smtp://127.0.0.1:25\", tls: required"), MAIL_TLS_REQUIRED},
	    {MAIL("url: \"smtps://127.0.0.1:465\""), MAIL_TLS_REQUIRED},
	    {MAIL(OUTSIDE), MAIL_TLS_REQUIRED},
	    {MAIL(OUTSIDE ", tls: opportunistic"), MAIL_TLS_OPPORTUNISTIC},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(load_good(*state, cases[i].yaml)->mail.tls, cases[i].tls);
	assert_non_null(strstr(load_good(*state, cases[6].yaml)->warnings, "mail.tls: codes"));
	refuse(*state, MAIL(OUTSIDE ", tls: none"), ":2:71: mail.tls:", "in clear; write required");
	refuse(*state, MAIL("url: \"smtp://localhost.example.ca\", tls: none"), "mail.tls:",
	    "in clear");
	refuse(*state, MAIL("url: \"smtps://127.0.0.1\", tls: none"), "mail.tls:", "always speaks");
	refuse(*state, MAIL(OUTSIDE ", tls: opportunistic, user: u, password_file: secret"),
	    "mail.tls:", "the password could cross");
}

static void
what_the_mail_server_is_told_is_checked(void **state)
{
	static const char *urls[] = {"http://mail.example.ca", "smtp://mail.example.ca/x",
	    "smtp://user:word@mail.example.ca", "smtp://mail.example.ca:0", "smtp://:25xxxxxx",
	    "smtp://mail.example.ca:65536", "smtp://mail.example.ca:25 ", "smtp://[::1:25"};
	static const char *addresses[] = {"nobody", "@example.ca", "a b@example.ca",
	    "a@example.ca,b@example.ca", "<a@example.ca>", "a@b@example.ca", "a@ex\xc3\xa9mple.ca",
	    "a@.example.ca", "a@example.ca.", "a@@b.ca"};
	char yaml[512];

	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		snprintf(yaml, sizeof(yaml), BASE "mail: { url: \"%s\", from: a@b.ca }\n", urls[i]);
		refuse(*state, yaml, ":2:9: mail.url:", "write smtp://host:port");
	}
	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
		snprintf(yaml, sizeof(yaml), MAIL(OUTSIDE ", reports_to: \"%s\""), addresses[i]);
		refuse(*state, yaml, "mail.reports_to:", "not one plain e-mail address");
	}
	refuse(*state, BASE "mail: { " OUTSIDE ", from: nobody }\n", "mail.from:", "not one plain");
	refuse(*state, MAIL(OUTSIDE ", user: u"), "mail.user:", "it has no password");
	refuse(*state, MAIL(OUTSIDE ", password_file: secret"), "mail.password_file:", "nobody uses");
	refuse(*state, MAIL(OUTSIDE ", ca_file: nothing"), "mail.ca_file:", "nothing");
}

static void
the_mail_password_is_one_line(void **state)
{
	const char *yaml = MAIL(OUTSIDE ", user: u, password_file: word");

	write_text(*state, "word", "p\xc3\xa4ss word\r\n", 12);
	assert_string_equal(load_good(*state, yaml)->mail.password, "p\xc3\xa4ss word");
	write_text(*state, "word", "one\ntwo\n", 8);
	refuse(*state, yaml, "mail.password_file:", "one line");
	write_text(*state, "word", "\n", 1);
	refuse(*state, yaml, "mail.password_file:", "one line");
}

static void
codes_by_mail_are_offered_where_there_is_a_mail_server(void **state)
{
	const char *mail = "mail: { url: \"smtp://127.0.0.1:25\", from: a@b.ca }\n";
	char yaml[2048];

	snprintf(yaml, sizeof(yaml), "%s%s", mail, GOOD);
	assert_int_equal(config_portal(load_good(*state, yaml), "ptpha")->methods.count, 2);
	assert_string_equal(((struct file *)*state)->config->warnings, "");
	snprintf(yaml, sizeof(yaml), "%s%s    second_factor: { methods: [totp] }\n", mail, GOOD);
	assert_int_equal(config_portal(load_good(*state, yaml), "ptpha")->methods.count, 1);
	snprintf(yaml, sizeof(yaml), "%s%s    second_factor: { methods: [mail] }\n", mail, GOOD);
	load_good(*state, yaml);
}

static void
what_comes_later_is_a_warning_or_a_refusal(void **state)
{
	refuse(*state, GOOD "store: { backend: pg }\n",
	    "store.backend:", "pg is not in this release; write lmdb");
	refuse(*state,
	    BASE
	    "providers: [{ id: a, name: { en: A, fr: A }, metadata: idp.xml, profile: cats3 }]\n",
	    "providers[0].profile:", "not in this release");
	refuse(*state,
	    BASE
	    "providers: [{ id: a, name: { en: A, fr: A }, metadata: \"https://a.example/\" }]\n",
	    "providers[0].metadata:", "save it to a file");
}

static void
yaml_means_what_a_reader_sees(void **state)
{
	static const struct {
		const char *yaml, *place, *words;
	} cases[] = {
	    {"a: b: c\n", ":1:5:", "not YAML"},
	    {"public_url: &x https://a.example\nentity_id: *x\n", ":1:13:", "anchors"},
	    {"public_url: *x\n", ":1:13:", "aliases"},
	    {"public_url: !!str x\n", ":1:13:", "tags"},
	    {"listen: 127.0.0.1:1\nlisten: 127.0.0.1:2\n", ":2:1: listen:", "a second time"},
	    {"workers: { saml: 1, saml: 2 }\n", ":1:21: saml:", "a second time"},
	    {"- 1\n", ":1:1:", "holds no configuration"},
	    {"", "", "holds no configuration"},
	    {"a: 1\n---\nb: 2\n", ":2:1:", "second document"},
	    {"[[[[[[[[[[1]]]]]]]]]]\n", ":1:", "nested too deep"},
	    {"public_url: \"a\\0b\"\n", ":1:13:", "NUL"},
	    {"? [a]\n: 1\n", ":1:3:", "a key must be a plain word"},
	    {"public_url: x\nlisten: \xff\n", ":2:1:", "not UTF-8"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		refuse(*state, cases[i].yaml, cases[i].place, cases[i].words);
}

static void
faults_are_told_together_up_to_twenty(void **state)
{
	char yaml[4096] = BASE;
	struct file *file = *state;
	unsigned lines = 1;

	for (int i = 0; i < 30; i++)
		snprintf(yaml + strlen(yaml), sizeof(yaml) - strlen(yaml), "zebra%d: 1\n", i);
	assert_int_equal(load_bytes(file, yaml, strlen(yaml)), ERR_CONFIG);
	for (const char *at = file->reason; *at != '\0'; at++)
		lines += *at == '\n';
	assert_int_equal(lines, 21);
	assert_non_null(strstr(file->reason, "and 10 more"));
}

static void
files_that_cannot_be_one_are_refused(void **state)
{
	struct file *file = *state;
	const size_t size = 1024 * 1024 + 1;
	char *big = malloc(size);

	assert_non_null(big);
	memset(big, '#', size);
	assert_int_equal(load_bytes(file, big, size), ERR_CONFIG);
	assert_non_null(strstr(file->reason, "larger than 1 MiB"));
	free(big);
	assert_int_equal(
	    config_load("/nowhere/vestibule.yaml", file->arena, &file->config, &file->reason),
	    ERR_NOT_FOUND);
	assert_non_null(strstr(file->reason,
	    "/nowhere/vestibule.yaml: the configuration file does not exist; name it with -c"));
	assert_int_equal(
	    config_load(file->directory, file->arena, &file->config, &file->reason), ERR_IO);
}

static void
many_keys_cost_little(void **state)
{
	struct file *file = *state;
	char *yaml = malloc(1024 * 1024);
	size_t len = 0;

	assert_non_null(yaml);
	for (int i = 0; len < 1000 * 1000; i++)
		len += (size_t)snprintf(yaml + len, 32, "k%d: 1\n", i);
	assert_int_equal(load_bytes(file, yaml, len), ERR_CONFIG);
	free(yaml);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
	    TEST(defaults_are_those_of_the_table),
	    TEST(paths_are_relative_to_the_file),
	    TEST(values_reach_their_members),
	    TEST(a_value_out_of_its_bounds_names_line_and_key),
	    TEST(an_unknown_key_suggests_the_nearest),
	    TEST(what_is_missing_is_named),
	    TEST(urls_are_https_or_localhost),
	    TEST(plain_http_stays_on_loopback),
	    TEST(a_portal_hangs_together),
	    TEST(secrets_are_checked),
	    TEST(a_mail_server_asks_for_tls_unless_it_is_next_door),
	    TEST(what_the_mail_server_is_told_is_checked),
	    TEST(the_mail_password_is_one_line),
	    TEST(codes_by_mail_are_offered_where_there_is_a_mail_server),
	    TEST(what_comes_later_is_a_warning_or_a_refusal),
	    TEST(yaml_means_what_a_reader_sees),
	    TEST(faults_are_told_together_up_to_twenty),
	    TEST(files_that_cannot_be_one_are_refused),
	    TEST(many_keys_cost_little),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
