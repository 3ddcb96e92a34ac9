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

enum cli_status
cmd_keys_rotate(struct cli *cli)
{
	const char *directory = cli->config->key_directory, *reason = "";
	enum keyring_kind kind;
	enum err err;

	if (key_kind_parse(cli->args[0], &kind) != ERR_OK)
		return cli_fail(cli, CLI_USAGE,
		    "there is no kind of key \"%.60s\"; it is store, tokens, saml-signing or "
		    "saml-encryption",
		    cli->args[0]);
	err = keyring_rotate(directory, kind, cli_common_name(cli), cli->ctx.arena, &reason);
	if (err != ERR_OK)
		return cli_fail(cli, err == ERR_NOT_FOUND ? CLI_CONFIG : CLI_IO, "%s", reason);
	return cli_answer(
	    cli, json_pack("{s:s, s:s, s:s, s:s}", "result", "key made", "kind",
		     key_kind_print(kind), "directory", directory, "next", next_step(kind)));
}
