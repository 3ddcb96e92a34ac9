#include <string.h>
#include <strings.h>

#include "api/internal.h"
#include "oidc/mint.h"

#define TOKEN_MAX 8192
#define KEY_MAX 64

json_t *
api_time(struct ctx *ctx, int64_t time)
{
	return time != 0 ? json_string(clock_print(ctx->arena, time)) : json_null();
}

json_t *
api_text(const char *text)
{
	return text != NULL && *text != '\0' ? json_string(text) : json_null();
}

enum err
api_give(struct api_call *call, int status, json_t *json)
{
	call->status = status;
	call->body = json_print(call->ctx->arena, json);
	return ERR_OK;
}

enum err
api_refuse(struct api_call *call, enum problem problem, const char *detail)
{
	call->problem = problem;
	call->detail = detail;
	return ERR_OK;
}

/* Only in the Authorization header (RFC 6750 section 2.1): what stands in a query ends up in logs. */
static bool
whose(struct ctx *ctx, const struct request *request, const struct portal_config **ret_portal, const char **ret_challenge)
{
	const char *header = request_header(request, "Authorization");

	/* No error code where no token was sent (RFC 6750 section 3.1). */
	*ret_challenge = "Bearer realm=\"api\", scope=\"" SCOPE_ACCOUNTS "\"";
	if (header == NULL || strncasecmp(header, "Bearer ", 7) != 0)
		return false;
	*ret_challenge = "Bearer realm=\"api\", scope=\"" SCOPE_ACCOUNTS "\", error=\"invalid_token\"";
	return strlen(header) <= TOKEN_MAX && mint_check_api(ctx, header + 7, ret_portal) == ERR_OK;
}

/* A parameter that is misspelt must not be taken for none. */
static bool
query_known(const struct request *request, const char *const *known)
{
	for (size_t i = 0; i < request->query.count; i++) {
		const char *const *name = known;
		while (name != NULL && *name != NULL && strcmp(*name, request->query.items[i].name) != 0)
			name++;
		if (name == NULL || *name == NULL)
			return false;
	}
	return true;
}

static bool
key_valid(const char *key)
{
	size_t len = strlen(key);

	for (size_t i = 0; i < len; i++) {
		if (key[i] < 0x21 || key[i] > 0x7e)
			return false;
	}
	return len >= 1 && len <= KEY_MAX;
}

/* Which member of a repeated header counts is anybody's guess. */
static bool
header_once(const struct request *request, const char *name)
{
	unsigned count = 0;

	for (size_t i = 0; i < request->headers.count; i++)
		count += strcasecmp(request->headers.items[i].name, name) == 0;
	return count <= 1;
}

static bool
well_formed(struct api_call *call, const struct api_operation *operation, const char *key)
{
	const char *wrong = NULL;

	must(operation->rule_count <= API_BODY_MEMBERS);
	if (!query_known(call->request, operation->query))
		wrong = "A parameter of the query is not known here.";
	else if (key != NULL && (!header_once(call->request, "Idempotency-Key") || !key_valid(key)))
		wrong = "Idempotency-Key must be there once, with 1 to 64 visible ASCII characters.";
	else
		wrong = json_body(call->ctx->arena, call->request->body, operation->rules, operation->rule_count, call->values);
	if (wrong != NULL)
		api_refuse(call, PROBLEM_MALFORMED, wrong);
	return wrong == NULL;
}

struct change {
	const struct api_operation *operation;
	struct api_call *call, fresh;
	const char *key;
};

static enum err
change_in(struct txn *txn, void *arg)
{
	struct change *change = arg;
	struct api_call *call = change->call;
	bool done = false;
	enum err err;

	*call = change->fresh; /* it may run again */
	err = api_quota(txn, call);
	if (err == ERR_OK && call->problem == PROBLEM_COUNT && change->key != NULL)
		err = api_repeat_find(txn, call, change->key, &done);
	if (err != ERR_OK || call->problem != PROBLEM_COUNT || done)
		return err;
	err = change->operation->run(txn, call);
	if (err == ERR_OK && call->problem == PROBLEM_COUNT && change->key != NULL)
		err = api_repeat_keep(txn, call, change->key);
	return err;
}

static enum err
look_in(struct txn *txn, void *arg)
{
	struct change *look = arg;

	return look->operation->run(txn, look->call);
}

static enum err
run(struct api_call *call, const struct api_operation *operation, const char *key)
{
	struct change change = {.operation = operation, .call = call, .fresh = *call, .key = key};
	enum err err;

	if (!operation->change)
		return store_view(call->ctx, look_in, &change);
	err = store_update(call->ctx, change_in, &change);
	/* The operation took its own changes back, and said why. */
	return err == ERR_REFUSED && call->problem != PROBLEM_COUNT ? ERR_OK : err;
}

static void
answer(const struct api_call *call, struct response *response)
{
	if (call->problem != PROBLEM_COUNT) {
		problem_answer(call->ctx, call->problem, call->detail, response);
		if (call->problem == PROBLEM_TOO_MANY)
			response_header(response, "Retry-After", arena_printf(call->ctx->arena, "%lld", (long long)(call->retry / 1000 + 1)));
		return;
	}
	response_json(response, call->status, call->body);
	response->content_type = "application/json";
	if (call->location != NULL)
		response_header(response, "Location", call->location);
}

enum err
api_serve(struct ctx *ctx, const struct request *request, const struct api_operation *operation, struct response *response)
{
	struct api_call call = {.ctx = ctx, .request = request, .problem = PROBLEM_COUNT};
	const char *challenge, *key = operation->change ? request_header(request, "Idempotency-Key") : NULL;
	enum err err = ERR_OK;

	if (!whose(ctx, request, &call.portal, &challenge)) {
		problem_answer(ctx, PROBLEM_UNAUTHORIZED, NULL, response);
		response_header(response, "WWW-Authenticate", challenge);
		return ERR_OK;
	}
	ctx->log.portal = call.portal->id;
	if (well_formed(&call, operation, key))
		err = run(&call, operation, key);
	if (err == ERR_OK)
		answer(&call, response);
	return err;
}
