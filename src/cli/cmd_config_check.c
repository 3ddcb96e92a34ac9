#include <string.h>

#include "cli/cli.h"
#include "crypto/jws.h"

/* The configuration's warnings, one a line, as a list. */
static json_t *
warnings_list(const struct cli *cli)
{
	json_t *list = json_array();
	const char *at = cli->config->warnings;
	size_t len;

	while (*at != '\0') {
		len = strcspn(at, "\n");
		json_array_append_new(list, json_stringn(at, len));
		at += len + (at[len] == '\n');
	}
	return list;
}

/* Portals' key sets: config/ reads the files, only crypto/ can tell whether they hold keys. */
static enum cli_status
check_key_sets(const struct cli *cli)
{
	const struct portal_config *portal;
	struct jws_set *set = NULL;
	const char *reason;

	for (size_t i = 0; i < cli->config->portal_count; i++) {
		portal = &cli->config->portals[i];
		if (portal->jwks_file == NULL)
			continue;
		if (jws_set_parse(portal->jwks, cli->ctx.arena, &set, &reason) != ERR_OK)
			return cli_fail(cli, CLI_CONFIG,
			    "%s: the portal %s: %s; ask its team for a JWK set of its public keys",
			    portal->jwks_file, portal->id, reason);
		jws_set_free(&set);
	}
	return CLI_OK;
}

enum cli_status
cmd_config_check(struct cli *cli)
{
	enum cli_status status = check_key_sets(cli);

	if (status != CLI_OK)
		return status;
	return cli_answer(
	    cli, json_pack("{s:s, s:s, s:I, s:I, s:o}", "file", cli->file, "result", "sound",
		     "providers", (json_int_t)cli->config->provider_count, "portals",
		     (json_int_t)cli->config->portal_count, "warnings", warnings_list(cli)));
}
