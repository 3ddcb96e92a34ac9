#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/internal.h"
#include "cli/remarks.h"
#include "crypto/jws.h"
#include "crypto/keyring.h"
#include "mail/outbox.h"
#include "store/store.h"

/* A mail that has waited for longer is a sign. */
#define MAIL_WAIT MINUTES(10)
/* Mails that were put since then are looked at. */
#define MAIL_SINCE DAYS(1)

/* Each look is one line: what, whether it is well, and else what to do. */
struct visit {
	struct cli *cli;
	struct ctx ctx; /* with keys and store once they are open */
	json_t *list;
	bool ill;
};

static void
note(struct visit *visit, const char *what, bool well, const char *remedy)
{
	json_array_append_new(
	    visit->list, json_pack("{s:s, s:s, s:s}", "check", what, "result",
			     well ? "well" : "wrong", "remedy", well ? "" : remedy));
	visit->ill = visit->ill || !well;
}

/* A directory that only its owner may enter. */
static void
look_directory(struct visit *visit, const char *what, const char *path, const char *remedy)
{
	struct arena *arena = visit->cli->ctx.arena;
	struct stat stat_buf;
	bool there = stat(path, &stat_buf) == 0 && S_ISDIR(stat_buf.st_mode);

	note(visit, arena_printf(arena, "%s %s is there", what, path), there, remedy);
	if (there)
		note(visit, arena_printf(arena, "%s is closed to others", what),
		    (stat_buf.st_mode & 077) == 0, arena_printf(arena, "run chmod 0700 %s", path));
}

static void
look_files(struct visit *visit)
{
	const struct config *config = visit->cli->config;
	struct arena *arena = visit->cli->ctx.arena;

	note(visit,
	    arena_printf(arena, "the SAML worker %s can be run", config->saml_worker_program),
	    access(config->saml_worker_program, X_OK) == 0,
	    "install it, or name it in saml_worker_program");
	note(visit,
	    arena_printf(arena, "the templates in %s are there", config->template_directory),
	    access(arena_printf(arena, "%s/en.json", config->template_directory), R_OK) == 0,
	    "install them, or name them in template_directory");
}

static void
look_portals(struct visit *visit)
{
	const struct config *config = visit->cli->config;
	struct jws_set *set = NULL;
	const char *reason;

	for (size_t i = 0; i < config->portal_count; i++) {
		const struct portal_config *portal = &config->portals[i];
		bool well =
		    portal->jwks_file == NULL ||
		    jws_set_parse(portal->jwks, visit->cli->ctx.arena, &set, &reason) == ERR_OK;

		note(visit,
		    arena_printf(
			visit->cli->ctx.arena, "the portal %s can prove who it is", portal->id),
		    well, well ? "" : reason);
		jws_set_free(&set);
	}
}

static void
look_store(struct visit *visit)
{
	struct cli *cli = visit->cli;
	const char *reason = "";
	struct store_options options = {.backend = cli->config->store_backend,
	    .directory = cli->config->state_directory,
	    .read_only = true};
	enum err err =
	    keyring_load(cli->config->key_directory, cli->ctx.arena, &cli->keys, &reason);

	note(visit, "the keys can be read", err == ERR_OK, reason);
	if (err != ERR_OK)
		return;
	options.keys = cli->keys;
	err = store_open(&options, cli->ctx.arena, &cli->store, &reason);
	note(visit, "the store can be opened with them", err == ERR_OK, reason);
	visit->ctx.keys = cli->keys;
	visit->ctx.store = cli->store;
	visit->ctx.now = clock_now();
}

/* Mails that wait or failed, when they can be read. */
static void
look_mails(struct visit *visit)
{
	struct ctx ctx = visit->ctx;
	struct outbox_figures figures;
	struct outbox_ends ends;

	if (ctx.store == NULL)
		return;
	if (outbox_count(&ctx, &figures) != ERR_OK ||
	    outbox_count_ends(&ctx, ctx.now - MAIL_SINCE, &ends) != ERR_OK) {
		note(visit, "the mails can be read", false, "look at the store with store stat");
		return;
	}
	note(visit, "no mail has waited for more than 10 minutes",
	    figures.waiting == 0 || ctx.now - figures.oldest <= MAIL_WAIT,
	    arena_printf(ctx.arena,
		"%u wait: %s", figures.waiting,
		visit->cli->config->mail.url == NULL
		    ? "no mail server is configured, add mail to the configuration"
		    : "look for \"Mail not sent\" in the log, whose outcome says why"));
	/* some are always refused: people mistype addresses */
	note(visit, "mails of the last 24 hours arrived", ends.failed == 0 && ends.refused <= ends.sent,
	    arena_printf(ctx.arena,
		"%u were given up and %u refused: look for \"Mail given up\" in the log, whose outcome "
		"says why",
		ends.failed, ends.refused));
}

/* What an operator has decided is no fault: remarks leave the exit status alone. */
static void
look_policies(struct visit *visit)
{
	json_t *remarks;

	if (visit->ctx.store == NULL)
		return;
	if (remarks_look(&visit->ctx, &remarks) != ERR_OK) {
		note(visit, "the accounts can be read", false, "look at the store with store stat");
		return;
	}
	if (json_array_size(remarks) == 0)
		note(visit, "the accounts are as the configuration has them", true, "");
	json_array_extend(visit->list, remarks);
	json_decref(remarks);
}

static socklen_t
socket_address(const struct address *address, struct sockaddr_storage *ret_address)
{
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)(void *)ret_address;
	struct sockaddr_in *four = (struct sockaddr_in *)(void *)ret_address;

	memset(ret_address, 0, sizeof(*ret_address));
	if (inet_pton(AF_INET, address->host, &four->sin_addr) == 1) {
		four->sin_family = AF_INET;
		four->sin_port = htons(address->port);
		return sizeof(*four);
	}
	must(inet_pton(AF_INET6, address->host, &six->sin6_addr) == 1);
	six->sin6_family = AF_INET6;
	six->sin6_port = htons(address->port);
	return sizeof(*six);
}

static bool
answers(const struct address *address)
{
	struct timeval patience = {.tv_sec = 2};
	struct sockaddr_storage where;
	socklen_t len = socket_address(address, &where);
	int fd = socket(where.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool well;

	if (fd < 0)
		return false;
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	well = connect(fd, (struct sockaddr *)(void *)&where, len) == 0;
	close(fd);
	return well;
}

enum cli_status
cmd_doctor(struct cli *cli)
{
	struct visit visit = {.cli = cli, .ctx = cli->ctx, .list = json_array()};

	note(&visit, "the configuration is sound", true, "");
	look_directory(&visit, "key_directory", cli->config->key_directory,
	    "for a first start run \"vestibulectl keys init\", otherwise restore it from the backup");
	look_directory(&visit, "state_directory", cli->config->state_directory,
	    "make it, owned by the service, with mode 0700");
	look_files(&visit);
	look_portals(&visit);
	look_store(&visit);
	look_mails(&visit);
	look_policies(&visit);
	note(&visit, "the service answers", answers(&cli->config->listen),
	    "start vestibuled, or look into its log");
	note(&visit, "its operations listener answers", answers(&cli->config->operations_listen),
	    "start vestibuled, or look into its log");
	if (cli->config->helpdesk.public_url != NULL)
		note(&visit, "the help desk's console answers", answers(&cli->config->helpdesk.listen),
		    "restart vestibuled, which opens its ports at the start only, or look into its log");
	cli_answer(cli, visit.list);
	return visit.ill ? CLI_IO : CLI_OK;
}
