/* A configuration file: a fault is told with its place, and what is taken is what the service may build upon. */
#include <string.h>

#include "config/config.h"
#include "fuzz.h"

#define FAULTS_MAX 20

/* What a configuration may refer to lies beside it. */
static void
write_neighbours(struct arena *arena)
{
	static bool written;

	if (written)
		return;
	fuzz_file(arena, "portal.jwks", bytes_of("{\"keys\": []}"));
	fuzz_file(arena, "portal.secret", bytes_of("0123456789abcdef0123456789abcdef\n"));
	fuzz_file(arena, "provider.xml", bytes_of("<EntityDescriptor/>"));
	fuzz_file(arena, "tls.pem", bytes_of("certificate"));
	fuzz_file(arena, "tls.key", bytes_of("key"));
	written = true;
}

/* Each line names the file; there are at most 20 faults and one line that says how many more. */
static void
check_reason(const char *reason, const char *file)
{
	size_t lines = 0;

	must(reason != NULL && reason[0] != '\0');
	must(strncmp(reason, file, strlen(file)) == 0);
	for (const char *at = reason; at != NULL; at = strchr(at + 1, '\n'))
		lines++;
	must(lines <= FAULTS_MAX + 1);
	must(utf8_valid(bytes_of(reason)));
}

static void
check_portal(const struct config *config, const struct portal_config *portal)
{
	must(config_portal(config, portal->id) == portal);
	must(portal->redirect_uris.count > 0 && portal->providers.count > 0);
	must((portal->jwks_file != NULL) != (portal->client_secret_file != NULL));
	must(portal->client_secret_file == NULL ||
	     (portal->client_secret.len >= 32 && portal->client_secret.len <= 128));
	must(portal->idle > 0 && portal->absolute >= portal->idle);
	for (size_t i = 0; i < portal->redirect_uris.count; i++)
		must(config_url_valid(portal->redirect_uris.items[i]));
	for (size_t i = 0; i < portal->providers.count; i++)
		must(config_provider(config, portal->providers.items[i]) != NULL);
	for (size_t i = 0; i < portal->required_for.count; i++)
		must(config_provider(config, portal->required_for.items[i]) != NULL);
}

static void
check_taken(const struct config *config)
{
	size_t len = strlen(config->public_url);

	must(config_url_valid(config->public_url) && config->public_url[len - 1] != '/');
	must(
	    config->entity_id != NULL && config->store_backend != NULL && config->warnings != NULL);
	must(config->handlers > 0 && config->saml_workers > 0);
	must(config->limits.clock_skew >= 0 && config->limits.clock_skew <= SECONDS(300));
	must(config->limits.code_lifetime > 0 && config->limits.recovery_codes >= 5);
	/* plain HTTP is for a loopback address only */
	must(config->tls_certificate != NULL || config->listen.loopback);
	must((config->tls_certificate == NULL) == (config->tls_key == NULL));
	for (size_t i = 0; i < config->provider_count; i++)
		must(config_provider(config, config->providers[i].id) == &config->providers[i]);
	for (size_t i = 0; i < config->portal_count; i++)
		check_portal(config, &config->portals[i]);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = fuzz_arena();
	const char *reason = NULL, *file;
	struct config *config = NULL;
	enum err err;

	write_neighbours(arena);
	file = fuzz_file(arena, "vestibule.yaml", bytes_make(data, size));
	err = config_load(file, arena, &config, &reason);
	must(err == ERR_OK || err == ERR_CONFIG);
	if (err != ERR_OK) {
		must(config == NULL);
		check_reason(reason, file);
		return 0;
	}
	fuzz_taken();
	check_taken(config);
	config_free(&config);
	return 0;
}
