#include "main/service.h"

#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/log.h"
#include "helpdesk/desk_routes.h"
#include "main/privileges.h"
#include "main/operations.h"
#include "page/routes.h"
#include "signin/agenda_run.h"
#include "web/socket.h"

#define EXIT_CONFIGURATION 78
#define EXIT_INPUT_OUTPUT 74
#define OPERATIONS_HANDLERS 2
#define OPERATIONS_CONNECTIONS 64
#define DESK_HANDLERS 8
#define DESK_CONNECTIONS 512

void
service_begin(void *arg, struct ctx *ctx)
{
	struct service *service = arg;
	struct generation *generation;

	pthread_mutex_lock(&service->lock);
	generation = service->generation;
	atomic_fetch_add(&generation->users, 1);
	pthread_mutex_unlock(&service->lock);
	ctx->config = generation->config;
	ctx->keys = generation->keys;
	ctx->text = generation->text;
	ctx->store = service->store;
	ctx->saml = service->saml;
}

/* Free the old generations that nobody uses any more. With the lock. */
static void
sweep(struct service *service)
{
	struct generation **link = &service->generation->older;

	while (*link != NULL) {
		struct generation *old = *link;
		if (atomic_load(&old->users) > 0) {
			link = &old->older;
			continue;
		}
		*link = old->older;
		if (old->keys == service->store_keys)
			old->keys = NULL; /* the store has them until it closes */
		generation_free(&old);
	}
}

void
service_end(void *arg, struct ctx *ctx)
{
	struct service *service = arg;
	struct generation *generation;

	pthread_mutex_lock(&service->lock);
	for (generation = service->generation; generation->config != ctx->config;
	     generation = generation->older)
		;
	atomic_fetch_sub(&generation->users, 1);
	sweep(service);
	pthread_mutex_unlock(&service->lock);
}

static int
exit_of(enum err err)
{
	return err == ERR_IO ? EXIT_INPUT_OUTPUT : EXIT_CONFIGURATION;
}

static enum err
bind_sockets(struct service *service, const struct config *config, struct arena *arena,
    const char **ret_reason)
{
	enum err err = socket_open(&config->listen, arena, &service->public_fd, ret_reason);

	if (err == ERR_OK)
		err = socket_open(
		    &config->operations_listen, arena, &service->operations_fd, ret_reason);
	if (err == ERR_OK && config->helpdesk.public_url != NULL)
		err = socket_open(&config->helpdesk.listen, arena, &service->desk_fd, ret_reason);
	return err;
}

/* One service a store: two would be a mistake of the operator, though LMDB itself would bear it.  Tools do not ask for this lock.
 * What is wrong with the directory itself is the store's to say. */
static enum err
lock_state(struct service *service, const struct config *config, struct arena *arena,
    const char **ret_reason)
{
	service->state_fd = open(config->state_directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (service->state_fd < 0 || flock(service->state_fd, LOCK_EX | LOCK_NB) == 0)
		return ERR_OK;
	*ret_reason = arena_printf(arena,
	    "%s: another vestibuled runs on this state_directory; stop it, or configure another "
	    "one",
	    config->state_directory);
	return ERR_IO;
}

static enum err
open_store(struct service *service, const struct generation *generation, struct arena *arena,
    const char **ret_reason)
{
	const struct store_options options = {
	    .backend = generation->config->store_backend,
	    .directory = generation->config->state_directory,
	    .keys = generation->keys,
	    .create = true,
	};

	service->store_keys = generation->keys;
	return store_open(&options, arena, &service->store, ret_reason);
}

static enum err
open_public(struct service *service, const struct config *config, struct arena *arena,
    const char **ret_reason)
{
	const struct listener_options options = {
	    .address = config->listen,
	    .socket = service->public_fd,
	    .tls_certificate = config->tls_certificate,
	    .tls_key = config->tls_key,
	    .public_origin = config->public_url,
	    .limits = &service->limits,
	    .trusted_proxies = config->trusted_proxies,
	    .handlers = config->handlers,
	    .routes = &page_routes,
	    .metrics = service->metrics,
	    .begin = service_begin,
	    .end = service_end,
	    .arg = service,
	};

	return listener_open(&options, arena, &service->public, ret_reason);
}

static enum err
open_operations(struct service *service, const struct config *config, struct arena *arena,
    const char **ret_reason)
{
	const struct listener_options options = {
	    .address = config->operations_listen,
	    .socket = service->operations_fd,
	    .limits = &service->operations_limits,
	    .handlers = OPERATIONS_HANDLERS,
	    .routes = &operations_routes,
	    .begin = service_begin,
	    .end = service_end,
	    .arg = service,
	};

	return listener_open(&options, arena, &service->operations, ret_reason);
}

/* The help desk's console: threads of its own, so that neither crowd keeps the other waiting. */
static enum err
open_desk(struct service *service, const struct config *config, struct arena *arena,
    const char **ret_reason)
{
	const struct listener_options options = {
	    .address = config->helpdesk.listen,
	    .socket = service->desk_fd,
	    .tls_certificate = config->tls_certificate,
	    .tls_key = config->tls_key,
	    .public_origin = config->helpdesk.public_url,
	    .limits = &service->desk_limits,
	    .trusted_proxies = config->trusted_proxies,
	    .handlers = DESK_HANDLERS,
	    .routes = &desk_routes,
	    .metrics = service->metrics,
	    .begin = service_begin,
	    .end = service_end,
	    .arg = service,
	};

	if (config->helpdesk.public_url == NULL)
		return ERR_OK;
	return listener_open(&options, arena, &service->desk, ret_reason);
}

/* Threads of its own, and a library that makes some: after the fork of the SAML workers. */
static enum err
open_sender(struct service *service, const char **ret_reason)
{
	const struct sender_options options = {
	    .begin = service_begin,
	    .end = service_end,
	    .arg = service,
	};
	enum err err = sender_open(&options, &service->sender);

	if (err != ERR_OK)
		*ret_reason = "the threads that send mails cannot be started: raise the limit of "
			      "processes of this user";
	return err;
}

static enum err
open_agenda(struct service *service, const char **ret_reason)
{
	const struct agenda_thread_options options = {
	    .begin = service_begin,
	    .end = service_end,
	    .arg = service,
	};
	enum err err = agenda_thread_open(&options, &service->agenda);

	if (err != ERR_OK)
		*ret_reason = "the thread that does what is due cannot be started: raise the limit of "
			      "processes of this user";
	return err;
}

static void
set_limits(struct service *service, const struct config *config)
{
	service->limits = config->limits;
	service->limits.connections = privileges_descriptors(config->limits.connections);
	if (service->limits.connections < config->limits.connections)
		log_event(LOG_WARNING, NULL,
		    "Fewer connections than configured: raise the limit of open files",
		    LOG_NUMBER("connections", service->limits.connections));
	service->desk_limits = config->limits;
	service->desk_limits.connections = DESK_CONNECTIONS;
	service->desk_limits.connections_per_address = 0;
	service->operations_limits = config->limits;
	service->operations_limits.connections = OPERATIONS_CONNECTIONS;
	service->operations_limits.connections_per_address = 0;
}

/* Privileges go before the SAML workers and the store: neither needs them, and the store's files must belong to the user.  The workers are
 * forked before any thread exists (LIBRARIES.md F). */
static enum err
start_inner_parts(struct service *service, const struct config *config, struct arena *arena,
    int *ret_exit, const char **ret_reason)
{
	enum err err = privileges_drop(config->user, arena, ret_reason);

	*ret_exit = EXIT_CONFIGURATION;
	if (err != ERR_OK)
		return err;
	if (geteuid() == 0)
		log_event(LOG_WARNING, NULL,
		    "Running as root: name an unprivileged user in the configuration (user)");
	privileges_forgo();
	*ret_exit = EXIT_INPUT_OUTPUT;
	err = lock_state(service, config, arena, ret_reason);
	if (err != ERR_OK)
		return err;
	err = saml_open(config, service->generation->keys, arena, &service->saml, ret_reason);
	if (err != ERR_OK) {
		*ret_exit = exit_of(err);
		return err;
	}
	*ret_exit = EXIT_INPUT_OUTPUT;
	return open_store(service, service->generation, arena, ret_reason);
}

enum err
service_start(struct service *service, const char *file, struct arena *arena, int *ret_exit,
    const char **ret_reason)
{
	const struct config *config;
	enum err err;

	*service = (struct service){.file = file, .state_fd = -1};
	must(pthread_mutex_init(&service->lock, NULL) == 0);
	err = generation_load(file, arena, &service->generation, ret_reason);
	*ret_exit = EXIT_CONFIGURATION;
	if (err != ERR_OK)
		return err;
	config = service->generation->config;
	log_set_level(config->log_level);
	*ret_exit = EXIT_INPUT_OUTPUT;
	err = bind_sockets(service, config, arena, ret_reason);
	if (err == ERR_OK)
		err = start_inner_parts(service, config, arena, ret_exit, ret_reason);
	if (err != ERR_OK)
		return err;
	service->metrics = metrics_new();
	set_limits(service, config);
	operations_use(service);
	err = open_sender(service, ret_reason);
	if (err == ERR_OK)
		err = open_agenda(service, ret_reason);
	if (err != ERR_OK)
		return err;
	*ret_exit = EXIT_CONFIGURATION;
	err = open_public(service, config, arena, ret_reason);
	if (err == ERR_OK)
		err = open_operations(service, config, arena, ret_reason);
	if (err == ERR_OK)
		err = open_desk(service, config, arena, ret_reason);
	return err;
}

enum err
service_check(const char *file, struct arena *arena, int *ret_exit, const char **ret_reason)
{
	CLEANUP(generation_free)
	struct generation *generation = NULL;
	struct saml *saml = NULL;
	enum err err = generation_load(file, arena, &generation, ret_reason);

	*ret_exit = EXIT_CONFIGURATION;
	if (err != ERR_OK)
		return err;
	err = saml_open(generation->config, generation->keys, arena, &saml, ret_reason);
	*ret_exit = exit_of(err);
	if (err == ERR_OK)
		saml_close(&saml);
	return err;
}

static bool
same_address(const struct address *a, const struct address *b)
{
	return strcmp(a->host, b->host) == 0 && a->port == b->port;
}

/* What a running service cannot change under itself. NULL: nothing of it has changed. */
static const char *
needs_restart(const struct config *old, const struct config *new)
{
	if (strcmp(old->public_url, new->public_url) != 0)
		return "public_url";
	if (!same_address(&old->listen, &new->listen))
		return "listen";
	if (!same_address(&old->operations_listen, &new->operations_listen))
		return "operations_listen";
	if ((old->tls_certificate == NULL) != (new->tls_certificate == NULL))
		return "tls";
	if ((old->helpdesk.public_url == NULL) != (new->helpdesk.public_url == NULL))
		return "helpdesk";
	if (old->helpdesk.public_url != NULL &&
	    strcmp(old->helpdesk.public_url, new->helpdesk.public_url) != 0)
		return "helpdesk.public_url";
	if (old->helpdesk.public_url != NULL &&
	    !same_address(&old->helpdesk.listen, &new->helpdesk.listen))
		return "helpdesk.listen";
	if (strcmp(old->state_directory, new->state_directory) != 0)
		return "state_directory";
	if (strcmp(old->store_backend, new->store_backend) != 0)
		return "store.backend";
	return NULL;
}

static void
put_in_force(struct service *service, struct generation *generation)
{
	pthread_mutex_lock(&service->lock);
	generation->older = service->generation;
	atomic_fetch_sub(&service->generation->users, 1);
	service->generation = generation;
	sweep(service);
	pthread_mutex_unlock(&service->lock);
	log_set_level(generation->config->log_level);
}

enum err
service_reload(struct service *service, struct arena *arena, const char **ret_reason)
{
	struct generation *generation = NULL;
	const char *option;
	enum err err = generation_load(service->file, arena, &generation, ret_reason);

	if (err != ERR_OK)
		return err;
	option = needs_restart(service->generation->config, generation->config);
	if (option != NULL) {
		*ret_reason =
		    arena_printf(arena, "%s: %s cannot change while the service runs; restart it",
			service->file, option);
		err = ERR_CONFIG;
	}
	if (err == ERR_OK)
		err = listener_reload_tls(service->public, arena, ret_reason);
	if (err == ERR_OK && service->desk != NULL)
		err = listener_reload_tls(service->desk, arena, ret_reason);
	if (err == ERR_OK)
		err = saml_reload(
		    service->saml, generation->config, generation->keys, arena, ret_reason);
	if (err == ERR_OK)
		put_in_force(service, generation);
	else
		generation_free(&generation);
	return err;
}

void
service_stop(struct service *service)
{
	listener_close(&service->public);
	listener_close(&service->desk);
	listener_close(&service->operations);
	agenda_thread_close(&service->agenda);
	sender_close(&service->sender);
	saml_close(&service->saml);
	store_close(&service->store);
	metrics_free(&service->metrics);
	if (service->generation != NULL) {
		sweep(service);
		if (service->generation->keys == service->store_keys)
			service->store_keys = NULL;
	}
	keyring_free(&service->store_keys);
	generation_free(&service->generation);
	if (service->state_fd >= 0)
		close(service->state_fd);
	pthread_mutex_destroy(&service->lock);
}
