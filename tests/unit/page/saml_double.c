/* A scripted provider at the interface of saml/saml.h: "ok NAME-ID" (of staff: "ok NAME-ID ROLE,ROLE"), "cancel", "bad" (forged), "refused" (signed, for somebody else) or "dead" instead of a Response. */
#include <stdio.h>
#include <string.h>

#include "base/random.h"
#include "saml/metadata.h"
#include "saml/saml.h"

enum err
saml_authn_url(struct ctx *ctx, const struct provider_config *provider, const char *request_id, bool force_authn, const char *relay_state,
    const char **ret_url)
{
	*ret_url = arena_printf(ctx->arena, "https://%s.example/sso?id=%s&force=%d&RelayState=%s", provider->id, request_id, force_authn, relay_state);
	return ERR_OK;
}

const char *
saml_sso_origin(struct ctx *ctx, const struct provider_config *provider)
{
	return arena_printf(ctx->arena, "https://%s.example", provider->id);
}

const char *
saml_verdict_print(enum saml_verdict verdict)
{
	return verdict == SAML_ACCEPTED ? "accepted" : "refused";
}

/* What follows the NameID, at commas. */
static struct texts
roles_of(struct arena *arena, char *list)
{
	const char **items = arena_array(arena, 8, sizeof(*items));
	size_t count = 0;
	char *rest = NULL;

	for (char *role = strtok_r(list, ",", &rest); role != NULL && count < 8; role = strtok_r(NULL, ",", &rest))
		items[count++] = role;
	return (struct texts){items, count};
}

enum err
saml_judge_response(struct ctx *ctx, const struct saml_expectation *expected, const char *response, struct credential *ret_credential,
    enum saml_verdict *ret_verdict)
{
	char *name_id, *roles;

	*ret_verdict = SAML_SIGNATURE;
	if (strcmp(response, "dead") == 0)
		return ERR_PEER;
	if (strcmp(response, "cancel") == 0)
		*ret_verdict = SAML_CANCELLED;
	if (strcmp(response, "none") == 0)
		*ret_verdict = SAML_NO_PROVIDER_AVAILABLE;
	if (strcmp(response, "refused") == 0)
		*ret_verdict = SAML_AUDIENCE;
	if (strcmp(response, "denied") == 0)
		*ret_verdict = SAML_DENIED;
	if (strncmp(response, "ok ", 3) != 0)
		return ERR_OK;
	*ret_verdict = SAML_ACCEPTED;
	name_id = arena_text(ctx->arena, response + 3);
	roles = strchr(name_id, ' ');
	if (roles != NULL)
		*roles++ = '\0';
	*ret_credential = (struct credential){.provider = expected->provider->id, .name_qualifier = "idp", .sp_name_qualifier = "sp",
	    .name_id = name_id, .session_index = "", .authn_context = "urn:gc-ca:cyber-auth:assurance:loa2",
	    .authn_instant = ctx->now, .session_until = INT64_MAX, .assertion_id = random_text(ctx->arena, 16),
	    .assertion_until = ctx->now + MINUTES(5)};
	if (roles != NULL)
		ret_credential->roles = roles_of(ctx->arena, roles);
	return ERR_OK;
}

enum err
saml_metadata_print(const struct config *config, const struct keyring *keys, enum metadata_reader reader, struct arena *arena,
    const char **ret_xml)
{
	(void)keys, (void)reader;
	*ret_xml = arena_printf(arena, "<EntityDescriptor entityID=\"%s\"/>", config->entity_id);
	return ERR_OK;
}

/* "end NAME-ID ID" and "rename NAME-ID ID" stand; "dead" kills the worker; all else is forged. */
enum err
saml_judge_order(struct ctx *ctx, struct bytes envelope, struct saml_order *ret_order, enum saml_verdict *ret_verdict)
{
	const char *text = arena_text_of(ctx->arena, envelope);
	char act[8], name[32], id[32];

	if (strcmp(text, "dead") == 0)
		return ERR_PEER;
	*ret_verdict = SAML_SIGNATURE;
	if (sscanf(text, "%7s %31s %31s", act, name, id) != 3)
		return ERR_OK;
	*ret_verdict = strcmp(act, "end") == 0 ? SAML_ACCEPTED : SAML_UNSUPPORTED;
	*ret_order = (struct saml_order){.provider = "gckey", .request_id = arena_text(ctx->arena, id), .request_until = ctx->now + MINUTES(11),
	    .name_qualifier = "idp", .sp_name_qualifier = "sp", .name_id = arena_text(ctx->arena, name)};
	return ERR_OK;
}

enum err
saml_answer_order(struct ctx *ctx, const struct saml_order *order, bool done, const char **ret_envelope)
{
	*ret_envelope = arena_printf(ctx->arena, "<%s to=\"%s\"/>", done ? "done" : "unsupported", order->request_id);
	return ERR_OK;
}
