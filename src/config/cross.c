#include <string.h>

#include "config/internal.h"

/* Where a member's fault is placed: its own line, or that of the mapping that lacks it.  NULL when that is missing too. */
static const struct node *
at(const struct node *map, const char *key)
{
	const struct node *node = tree_get(map, key);

	return node != NULL ? node : map;
}

static void
check_listeners(struct load *load, const struct node *root)
{
	const struct config *config = load->config;

	if (config->tls_certificate == NULL && !config->listen.loopback)
		fault_add(load, at(root, "listen"), "listen",
		    "without tls the service answers in plain HTTP, on a loopback address only; "
		    "add tls, or listen on 127.0.0.1 behind a proxy");
	if (config->listen.port == config->operations_listen.port &&
	    strcmp(config->listen.host, config->operations_listen.host) == 0)
		fault_add(load, at(root, "operations_listen"), "operations_listen",
		    "it is the same as listen; choose another port");
	if (!config->operations_listen.loopback)
		warning_add(load, at(root, "operations_listen"), "operations_listen",
		    "other machines can read /metrics, in plain HTTP; let a firewall admit your "
		    "monitoring only");
}

static void
check_release(struct load *load, const struct node *root)
{
	if (strcmp(load->config->store_backend, "lmdb") != 0)
		fault_add(load, at(tree_get(root, "store"), "backend"), "store.backend",
		    "%s is not in this release; write lmdb", load->config->store_backend);
	if (load->config->provider_count == 0)
		warning_add(
		    load, at(root, "providers"), "providers", "there is none: nobody can sign in");
	if (load->config->portal_count == 0)
		warning_add(
		    load, at(root, "portals"), "portals", "there is none: nobody can sign in");
	if (load->config->limits.failures_disable > load->config->limits.failures_month)
		fault_add(load, at(tree_get(root, "limits"), "failures_disable"),
		    "limits.failures_disable",
		    "it is larger than limits.failures_month (%u); write at most that",
		    load->config->limits.failures_month);
}

static void
check_provider(
    struct load *load, struct provider_config *provider, const struct node *node, const char *key)
{
	if (provider->kind == NULL)
		provider->kind = provider->separation == SEPARATION_SHARED ? "partner" : "gckey";
	if (provider->profile == PROFILE_CATS3)
		fault_add(load, at(node, "profile"), arena_printf(load->arena, "%s.profile", key),
		    "this profile is not in this release; write cats2, or leave the provider out");
	if (strncmp(at(node, "metadata")->text, "https://", 8) == 0 ||
	    strncmp(at(node, "metadata")->text, "http://", 7) == 0)
		fault_add(load, at(node, "metadata"), arena_printf(load->arena, "%s.metadata", key),
		    "metadata is not fetched from a URL in this release; save it to a file and "
		    "name that");
}

/* Codes by e-mail are offered by default where there is a mail server. */
static void
check_method(
    struct load *load, struct portal_config *portal, const struct node *node, const char *key)
{
	static const char *both[] = {"totp", "mail"};
	const struct node *section = tree_get(node, "second_factor");

	if (load->config->mail.url != NULL && tree_get(section, "methods") == NULL)
		portal->methods = (struct texts){both, 2};
	if (load->config->mail.url == NULL && texts_has(&portal->methods, "mail"))
		fault_add(load, at(section, "methods"),
		    arena_printf(load->arena, "%s.second_factor.methods", key),
		    "no mail server is configured, so no code can be sent; add mail, or remove the "
		    "method mail");
}

static void
check_client(
    struct load *load, const struct portal_config *portal, const struct node *node, const char *key)
{
	if (portal->jwks_file == NULL && portal->client_secret_file == NULL)
		fault_add(load, node, key,
		    "it has neither jwks_file nor client_secret_file; name the file with its "
		    "public keys in jwks_file");
	if (portal->jwks_file != NULL && portal->client_secret_file != NULL)
		fault_add(load, tree_get(node, "client_secret_file"),
		    arena_printf(load->arena, "%s.client_secret_file", key),
		    "it has jwks_file too; keep one of the two");
}

static void
check_session(
    struct load *load, const struct portal_config *portal, const struct node *node, const char *key)
{
	const struct node *session = at(node, "session");

	if (portal->idle > portal->absolute)
		fault_add(load, at(session, "idle"),
		    arena_printf(load->arena, "%s.session.idle", key),
		    "it is longer than session.absolute; write a shorter one");
	if (portal->reuse > portal->absolute)
		fault_add(load, at(session, "reuse"),
		    arena_printf(load->arena, "%s.session.reuse", key),
		    "it is longer than session.absolute; write a shorter one");
}

/* The ids of all providers of people, in the file's order. */
static struct texts
all_providers(struct load *load)
{
	struct texts texts = {0};

	texts.items = arena_array(load->arena, load->config->provider_count, sizeof(*texts.items));
	for (size_t i = 0; i < load->config->provider_count; i++)
		if (!cross_is_staffs(load->config, &load->config->providers[i]))
			texts.items[texts.count++] = load->config->providers[i].id;
	return texts;
}

static void
check_provider_of(
    struct load *load, const struct node *node, const char *key, const char *id)
{
	const struct provider_config *provider = config_provider(load->config, id);
	const char *place = arena_printf(load->arena, "%s.providers", key);

	if (provider == NULL)
		fault_add(load, at(node, "providers"), place,
		    "there is no provider \"%s\"; add it to providers, or correct the id", id);
	else if (cross_is_staffs(load->config, provider))
		fault_add(load, at(node, "providers"), place,
		    "staff sign in with \"%s\" (helpdesk.provider), and it opens no portal; remove it",
		    id);
}

static void
check_providers_of(
    struct load *load, struct portal_config *portal, const struct node *node, const char *key)
{
	const struct node *required = tree_get(tree_get(node, "second_factor"), "required_for");

	if (tree_get(node, "providers") == NULL)
		portal->providers = all_providers(load);
	for (size_t i = 0; i < portal->providers.count; i++)
		check_provider_of(load, node, key, portal->providers.items[i]);
	if (required == NULL)
		portal->required_for = portal->providers;
	for (size_t i = 0; i < portal->required_for.count; i++)
		if (!texts_has(&portal->providers, portal->required_for.items[i]))
			fault_add(load, required != NULL ? required : node,
			    arena_printf(load->arena, "%s.second_factor.required_for", key),
			    "the portal does not accept the provider \"%s\"; add it to its "
			    "providers, or remove it here",
			    portal->required_for.items[i]);
}

static void
check_portal(
    struct load *load, struct portal_config *portal, const struct node *node, const char *key)
{
	check_client(load, portal, node, key);
	check_method(load, portal, node, key);
	check_session(load, portal, node, key);
	check_providers_of(load, portal, node, key);
	if (portal->start_url == NULL && portal->post_logout_redirect_uris.count > 0)
		portal->start_url = portal->post_logout_redirect_uris.items[0];
}

static void
second_id(struct load *load, const struct node *node, const char *key, const char *id)
{
	fault_add(load, at(node, "id"), arena_printf(load->arena, "%s.id", key),
	    "\"%s\" is taken by one before it; choose another id", id);
}

static void
check_providers(struct load *load, const struct node *list)
{
	struct provider_config *items = (struct provider_config *)load->config->providers;
	const struct node *node = list != NULL ? list->first : NULL;
	const char *key;

	for (size_t i = 0; node != NULL; node = node->next, i++) {
		key = arena_printf(load->arena, "providers[%zu]", i);
		check_provider(load, &items[i], node, key);
		if (config_provider(load->config, items[i].id) != &items[i])
			second_id(load, node, key, items[i].id);
	}
}

static void
check_portals(struct load *load, const struct node *list)
{
	struct portal_config *items = (struct portal_config *)load->config->portals;
	const struct node *node = list != NULL ? list->first : NULL;
	const char *key;

	for (size_t i = 0; node != NULL; node = node->next, i++) {
		key = arena_printf(load->arena, "portals[%zu]", i);
		check_portal(load, &items[i], node, key);
		if (config_portal(load->config, items[i].id) != &items[i])
			second_id(load, node, key, items[i].id);
	}
}

void
cross_check(struct load *load, const struct node *root)
{
	struct config *config = load->config;

	if (config->entity_id == NULL)
		config->entity_id =
		    arena_printf(load->arena, "%s/saml/metadata", config->public_url);
	if (config->template_directory == NULL)
		config->template_directory = PKGDATADIR "/templates";
	if (config->saml_worker_program == NULL)
		config->saml_worker_program = LIBEXECDIR "/vestibule-saml";
	check_listeners(load, root);
	check_release(load, root);
	cross_check_mail(load, root);
	cross_check_helpdesk(load, root);
	check_providers(load, tree_get(root, "providers"));
	cross_check_staff(load, root);
	check_portals(load, tree_get(root, "portals"));
}
