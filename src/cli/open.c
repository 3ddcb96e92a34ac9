#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/internal.h"
#include "crypto/keyring.h"
#include "store/store.h"
#include "text/template.h"

enum cli_status
cli_status_of(enum err err)
{
	switch (err) {
	case ERR_OK:
		return CLI_OK;
	case ERR_CONFIG:
	case ERR_FORMAT:
	case ERR_CRYPTO:
	case ERR_TOO_BIG:
		return CLI_CONFIG;
	case ERR_IO:
	case ERR_STORE:
	case ERR_FULL:
	case ERR_NOT_FOUND:
	case ERR_EXISTS:
	case ERR_TIMEOUT:
	case ERR_BUSY:
	case ERR_PEER:
	case ERR_REFUSED:
		break;
	}
	return CLI_IO;
}

static enum cli_status
open_config(struct cli *cli)
{
	const char *reason = "";
	enum err err = config_load(cli->file, cli->ctx.arena, &cli->config, &reason);

	if (err != ERR_OK)
		return cli_fail(cli, CLI_CONFIG, "%s", reason);
	cli->ctx.config = cli->config;
	return CLI_OK;
}

static enum cli_status
open_keys(struct cli *cli)
{
	const char *reason = "";
	enum err err =
	    keyring_load(cli->config->key_directory, cli->ctx.arena, &cli->keys, &reason);

	if (err != ERR_OK)
		return cli_fail(cli, CLI_CONFIG, "%s", reason);
	cli->ctx.keys = cli->keys;
	return CLI_OK;
}

static enum cli_status
open_store(struct cli *cli, bool write)
{
	struct store_options options = {
	    .backend = cli->config->store_backend,
	    .directory = cli->config->state_directory,
	    .keys = cli->keys,
	    .read_only = !write,
	};
	const char *reason = "";

	if (store_open(&options, cli->ctx.arena, &cli->store, &reason) != ERR_OK)
		return cli_fail(cli, CLI_IO, "%s", reason);
	cli->ctx.store = cli->store;
	return CLI_OK;
}

/* As the daemon has them: the sentences of mails are filled when they are put. */
static enum cli_status
open_text(struct cli *cli)
{
	const char *reason = "";

	if (text_load(cli->config->template_directory, cli->config->theme_directory, cli->ctx.arena, &cli->text, &reason) != ERR_OK)
		return cli_fail(cli, CLI_CONFIG, "%s", reason);
	cli->ctx.text = cli->text;
	return CLI_OK;
}

enum cli_status
cli_open(struct cli *cli, enum cli_needs needs)
{
	enum cli_status status = CLI_OK;

	if (needs >= CLI_NEEDS_CONFIG)
		status = open_config(cli);
	return status == CLI_OK ? cli_open_more(cli, needs) : status;
}

enum cli_status
cli_open_more(struct cli *cli, enum cli_needs needs)
{
	enum cli_status status = CLI_OK;

	if (needs >= CLI_NEEDS_KEYS)
		status = open_keys(cli);
	if (status == CLI_OK && needs >= CLI_NEEDS_STORE)
		status = open_store(cli, needs == CLI_NEEDS_STORE_WRITE);
	if (status == CLI_OK && needs >= CLI_NEEDS_STORE_WRITE)
		status = open_text(cli);
	return status;
}

void
cli_close(struct cli *cli)
{
	text_free(&cli->text);
	store_close(&cli->store);
	keyring_free(&cli->keys);
	config_free(&cli->config);
}

const char *
cli_common_name(const struct cli *cli)
{
	const char *host = strstr(cli->config->public_url, "://") + 3;

	return arena_text_of(cli->ctx.arena, bytes_make(host, strcspn(host, ":/")));
}
