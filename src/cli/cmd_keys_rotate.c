#include <unistd.h>

#include "audit/audit.h"
#include "cli/internal.h"
#include "cli/keys.h"

/* What must happen before the new key is of use. */
static const char *
next_step(enum keyring_kind kind)
{
	switch (kind) {
	case KEYRING_STORE:
	case KEYRING_TOKENS:
		return "send SIGHUP to vestibuled";
	case KEYRING_SAML_SIGNING:
	case KEYRING_SAML_ENCRYPTION:
		return "give the credential providers the new metadata (vestibulectl metadata "
		       "show), then send SIGHUP to vestibuled";
	}
	return "";
}

/* The newest key of this kind, as it stands in the ring now. */
static const struct keyring_row *
newest(const struct cli *cli, enum keyring_kind kind)
{
	const struct keyring_row *row;

	for (size_t i = 0; (row = keyring_row(cli->keys, i, cli->ctx.arena)) != NULL; i++)
		if (row->kind == kind)
			return row;
	return NULL;
}

static enum err
note_update(struct txn *txn, void *arg)
{
	const struct keyring_row *const *row = arg;

	return audit_append(txn, AUDIT_KEYS_ROTATED, bytes_of(NULL), NULL, "kind",
	    key_kind_print((*row)->kind), "name", (*row)->name, NULL);
}

/* Write the act to the audit.  Before the daemon's first start there is no store, and so no audit yet. */
static enum cli_status
note(struct cli *cli, enum keyring_kind kind, bool *ret_noted)
{
	const struct keyring_row *row;
	enum cli_status status;

	*ret_noted = false;
	if (access(arena_printf(cli->ctx.arena, "%s/data.mdb", cli->config->state_directory),
		F_OK) != 0)
		return CLI_OK;
	status = cli_open_more(cli, CLI_NEEDS_STORE_WRITE);
	if (status != CLI_OK)
		return status;
	row = newest(cli, kind);
	if (store_update(&cli->ctx, note_update, &row) != ERR_OK)
		return cli_fail(cli, CLI_IO,
		    "the key is made, but the audit in %s cannot be written",
		    cli->config->state_directory);
	*ret_noted = true;
	return CLI_OK;
}

enum cli_status
cmd_keys_rotate(struct cli *cli)
{
	const char *directory = cli->config->key_directory, *reason = "";
	enum cli_status status;
	enum keyring_kind kind;
	enum err err;
	bool noted;

	if (key_kind_parse(cli->args[0], &kind) != ERR_OK)
		return cli_fail(cli, CLI_USAGE,
		    "there is no kind of key \"%.60s\"; it is store, tokens, saml-signing or "
		    "saml-encryption",
		    cli->args[0]);
	err = keyring_rotate(directory, kind, cli_common_name(cli), cli->ctx.arena, &reason);
	if (err != ERR_OK)
		return cli_fail(cli, err == ERR_NOT_FOUND ? CLI_CONFIG : CLI_IO, "%s", reason);
	status = note(cli, kind, &noted);
	if (status != CLI_OK)
		return status;
	return cli_answer(cli, json_pack("{s:s, s:s, s:s, s:b, s:s}", "result", "key made", "kind",
				   key_kind_print(kind), "directory", directory, "in_audit", noted,
				   "next", next_step(kind)));
}
