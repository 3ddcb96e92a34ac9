#include <string.h>

#include "config/internal.h"

/* A member's place, or that of the mapping that lacks it. */
static const struct node *
at(const struct node *map, const char *key)
{
	const struct node *node = tree_get(map, key);

	return node != NULL ? node : map;
}

bool
cross_is_staffs(const struct config *config, const struct provider_config *provider)
{
	return config->helpdesk.public_url != NULL &&
	       strcmp(provider->id, config->helpdesk.provider) == 0;
}

/* --- the provider that staff sign in with --- */

static void
check_plain(struct load *load, struct provider_config *provider, const struct node *node,
    const char *key)
{
	const char *profile = arena_printf(load->arena, "%s.profile", key);
	bool staffs = cross_is_staffs(load->config, provider);

	if (provider->profile == PROFILE_PLAIN && !staffs)
		fault_add(load, at(node, "profile"), profile,
		    "plain is for the provider that staff sign in with; name this one in "
		    "helpdesk.provider, or write cats2");
	if (provider->profile == PROFILE_CATS2 && staffs)
		fault_add(load, at(node, "profile"), profile,
		    "staff sign in with this provider (helpdesk.provider), and people's providers "
		    "send no roles; write plain, or name another one there");
	/* The levels of the federation mean nothing to an organisation's own provider. */
	if (provider->profile == PROFILE_PLAIN && tree_get(node, "authn_context") == NULL)
		provider->authn_context = (struct texts){0};
}

void
cross_check_staff(struct load *load, const struct node *root)
{
	struct provider_config *items = (struct provider_config *)load->config->providers;
	const struct node *list = tree_get(root, "providers");
	const struct node *node = list != NULL ? list->first : NULL;

	for (size_t i = 0; node != NULL; node = node->next, i++)
		check_plain(
		    load, &items[i], node, arena_printf(load->arena, "providers[%zu]", i));
}

/* --- the console --- */

/* The host in an origin: cookies do not tell ports apart. */
static struct bytes
host_of(const char *origin)
{
	const char *host = strstr(origin, "://") + 3;

	return bytes_make(host, strcspn(host, ":/"));
}

static bool
same_address(const struct address *a, const struct address *b)
{
	return a->port == b->port && strcmp(a->host, b->host) == 0;
}

static void
check_addresses(struct load *load, const struct node *section)
{
	const struct config *config = load->config;
	const struct helpdesk_config *desk = &config->helpdesk;

	if (bytes_equal(host_of(desk->public_url), host_of(config->public_url)))
		fault_add(load, at(section, "public_url"), "helpdesk.public_url",
		    "its host is that of public_url, so that browsers would mix up the two; give "
		    "the console a host name of its own");
	if (same_address(&desk->listen, &config->listen))
		fault_add(load, at(section, "listen"), "helpdesk.listen",
		    "it is the same as listen; choose another port");
	if (same_address(&desk->listen, &config->operations_listen))
		fault_add(load, at(section, "listen"), "helpdesk.listen",
		    "it is the same as operations_listen; choose another port");
	if (config->tls_certificate == NULL && !desk->listen.loopback)
		fault_add(load, at(section, "listen"), "helpdesk.listen",
		    "without tls the console answers in plain HTTP, on a loopback address only; "
		    "add tls, or listen on 127.0.0.1 behind a proxy");
}

void
cross_check_helpdesk(struct load *load, const struct node *root)
{
	const struct config *config = load->config;
	const struct node *section = tree_get(root, "helpdesk");

	if (config->helpdesk.public_url == NULL)
		return;
	check_addresses(load, section);
	if (config_provider(config, config->helpdesk.provider) == NULL)
		fault_add(load, at(section, "provider"), "helpdesk.provider",
		    "there is no provider \"%s\"; add it to providers, with profile plain, or "
		    "correct the id",
		    config->helpdesk.provider);
}
