#include "config/config.h"

#include <string.h>

const struct provider_config *
config_provider(const struct config *config, const char *id)
{
	for (size_t i = 0; i < config->provider_count; i++)
		if (strcmp(config->providers[i].id, id) == 0)
			return &config->providers[i];
	return NULL;
}

const struct portal_config *
config_portal(const struct config *config, const char *id)
{
	for (size_t i = 0; i < config->portal_count; i++)
		if (strcmp(config->portals[i].id, id) == 0)
			return &config->portals[i];
	return NULL;
}
