#include "oidc/token.h"

#include <string.h>

#include "oidc/grant.h"
#include "text/json.h"

void
oidc_refuse(struct ctx *ctx, int status, const char *error, const char *description, struct oidc_answer *ret_answer)
{
	json_t *json = json_object();

	json_object_set_new(json, "error", json_string(error));
	json_object_set_new(json, "error_description", json_string(description));
	*ret_answer = (struct oidc_answer){.status = status, .json = json_print(ctx->arena, json)};
}

void
grant_answer(struct ctx *ctx, const char *access_token, const char *scope, const char *id_token, struct oidc_answer *ret_answer)
{
	json_t *json = json_object();

	json_object_set_new(json, "access_token", json_string(access_token));
	json_object_set_new(json, "token_type", json_string("Bearer"));
	json_object_set_new(json, "expires_in", json_integer(ctx->config->limits.token_lifetime / 1000));
	json_object_set_new(json, "scope", json_string(scope));
	if (id_token != NULL)
		json_object_set_new(json, "id_token", json_string(id_token));
	*ret_answer = (struct oidc_answer){.status = 200, .json = json_print(ctx->arena, json)};
}

void
grant_refuse_client(struct ctx *ctx, const struct client_proof *client, enum client_verdict verdict, struct oidc_answer *ret_answer)
{
	log_event(LOG_WARNING, &ctx->log, "A portal's authentication was refused", LOG_TEXT("why", client->why));
	if (verdict == CLIENT_MALFORMED) {
		oidc_refuse(ctx, 400, "invalid_request", client->why, ret_answer);
		return;
	}
	/* One sentence for all: whether a client exists is nobody's business. */
	oidc_refuse(ctx, 401, "invalid_client", "client authentication failed", ret_answer);
	if (client->basic)
		ret_answer->authenticate = "Basic realm=\"token\", charset=\"UTF-8\"";
}

void
grant_refuse_replay(struct ctx *ctx, struct oidc_answer *ret_answer)
{
	grant_refuse_client(ctx, &(struct client_proof){.why = "the assertion was used before"}, CLIENT_REFUSED, ret_answer);
}

static const struct {
	const char *type;
	enum err (*answer)(struct ctx *ctx, const struct client_proof *client, const struct fields *form, struct oidc_answer *ret_answer);
} grants[] = {
    {"authorization_code", grant_code},
    {"client_credentials", grant_client},
};

enum err
token_answer(struct ctx *ctx, const struct fields *form, const char *authorization, struct oidc_answer *ret_answer)
{
	const char *type = fields_get(form, "grant_type");
	struct client_proof client;
	enum client_verdict verdict;

	verdict = client_check(ctx, form, authorization, &client);
	if (verdict != CLIENT_ACCEPTED) {
		grant_refuse_client(ctx, &client, verdict, ret_answer);
		return ERR_OK;
	}
	ctx->log.portal = client.portal->id;
	for (size_t i = 0; type != NULL && i < sizeof(grants) / sizeof(grants[0]); i++) {
		if (strcmp(type, grants[i].type) == 0)
			return grants[i].answer(ctx, &client, form, ret_answer);
	}
	oidc_refuse(ctx, 400, type == NULL ? "invalid_request" : "unsupported_grant_type",
	    "grant_type must be authorization_code or client_credentials", ret_answer);
	return ERR_OK;
}
