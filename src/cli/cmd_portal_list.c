#include "cli/cli.h"

static json_t *
texts_list(const struct texts *texts)
{
	json_t *list = json_array();

	for (size_t i = 0; i < texts->count; i++)
		json_array_append_new(list, json_string(texts->items[i]));
	return list;
}

static const char *
admission_name(enum admission admission)
{
	switch (admission) {
	case ADMISSION_OPEN:
		return "open";
	case ADMISSION_INVITATION:
		return "invitation";
	case ADMISSION_APPROVAL:
		return "approval";
	}
	return "closed";
}

enum cli_status
cmd_portal_list(struct cli *cli)
{
	const struct portal_config *portal;
	json_t *list = json_array();

	for (size_t i = 0; i < cli->config->portal_count; i++) {
		portal = &cli->config->portals[i];
		json_array_append_new(
		    list, json_pack("{s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:s, s:o}", "id",
			      portal->id, "name", portal->name.en, "client_authentication",
			      portal->jwks_file != NULL ? "private_key_jwt" : "client_secret_basic",
			      "admission", admission_name(portal->admission), "providers",
			      texts_list(&portal->providers), "second_factor",
			      texts_list(&portal->methods), "required_for",
			      texts_list(&portal->required_for), "token_algorithm",
			      portal->token_algorithm, "redirect_uris",
			      texts_list(&portal->redirect_uris)));
	}
	return cli_answer(cli, list);
}
