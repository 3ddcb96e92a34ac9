#include "page/oidc_endpoints.h"

#include <string.h>

#include "crypto/jws.h"
#include "oidc/authorize.h"
#include "oidc/code.h"
#include "oidc/discovery.h"
#include "oidc/token.h"
#include "oidc/userinfo.h"
#include "page/error.h"
#include "page/language_link.h"
#include "page/page.h"

static enum err
begin(struct ctx *ctx, const struct request *request, struct pending *pending, struct response *response)
{
	enum err err;

	err = page_save_pending(ctx, pending, response);
	if (err == ERR_TOO_BIG) {
		response_redirect(response, oidc_error_url(ctx, pending, "invalid_request", "the request is too large for a browser's cookie"));
		return ERR_OK;
	}
	if (err != ERR_OK)
		return err;
	page_make_room(ctx, request, response);
	response_redirect(response, arena_printf(ctx->arena, "/sign-in?r=%s", pending->handle));
	return ERR_OK;
}

/* prompt=none: an answer without any page (OpenID Connect Core 3.1.2.6). */
static const char *
silent_error(const struct journey *journey)
{
	return journey->step == STEP_CHOOSE_PROVIDER ? "login_required" : "interaction_required";
}

static enum err
accepted(struct ctx *ctx, const struct request *request, const struct authorize_answer *answer, struct response *response)
{
	struct pending *pending = answer->pending;
	const char *cookie = request_cookie(request, SESSION_COOKIE);
	struct journey journey;
	enum err err;

	err = journey_find(ctx, pending, cookie, &journey);
	if (err != ERR_OK)
		return err;
	if (answer->hint_sub != NULL && journey.account != NULL && strcmp(answer->hint_sub, journey.account->sub) != 0) {
		/* Another person's session: never switched silently. */
		pending->prompt_login = true;
		err = journey_find(ctx, pending, cookie, &journey);
		if (err != ERR_OK)
			return err;
	}
	if (journey.step == STEP_DONE)
		return page_finish(ctx, &journey, response);
	if (answer->prompt_none) {
		response_redirect(response, oidc_error_url(ctx, pending, silent_error(&journey), "the person would have to be asked"));
		return ERR_OK;
	}
	return begin(ctx, request, pending, response);
}

/* What the portal is told of parameters that could be read all the same. */
static const char *
malformed_words(const char *malformed)
{
	if (malformed == NULL)
		return NULL;
	return strcmp(malformed, "duplicate-parameter") == 0 ? "a parameter is repeated" : "a parameter is malformed";
}

/* Of too many parameters, or a body of another type, not all were read: what looks like the only client_id may not be. */
static bool
not_read(const char *malformed)
{
	return malformed != NULL && (strcmp(malformed, "too-many-fields") == 0 || strcmp(malformed, "bad-content-type") == 0);
}

enum err
page_authorize(struct ctx *ctx, const struct request *request, struct response *response)
{
	const char *malformed = request->malformed;
	struct authorize_answer answer;

	language_choose(ctx, request);
	if (not_read(malformed)) {
		error_page(ctx, request, strcmp(malformed, "bad-content-type") == 0 ? 415 : 400, malformed, response);
		return ERR_OK;
	}
	authorize_check(ctx, request->method == METHOD_POST ? &request->form : &request->query, malformed_words(malformed), &answer);
	if (answer.ui_locales != NULL)
		language_from_ui_locales(ctx, request, answer.ui_locales, response);
	switch (answer.verdict) {
	case AUTHORIZE_SHOWN:
		error_page(ctx, request, 400, answer.reason, response);
		return ERR_OK;
	case AUTHORIZE_RETURNED:
		response_redirect(response, answer.url);
		return ERR_OK;
	case AUTHORIZE_ACCEPTED:
		break;
	}
	return accepted(ctx, request, &answer, response);
}

static void
send_answer(struct response *response, const struct oidc_answer *answer)
{
	response_json(response, answer->status, answer->json);
	if (answer->authenticate != NULL)
		response_header(response, "WWW-Authenticate", answer->authenticate);
}

/* Parameters belong into the form, each once (RFC 6749 section 3.2). */
static const char *
unfit_form(const struct request *request)
{
	if (*request->raw_query != '\0' || strcmp(request->content_type, "application/x-www-form-urlencoded") != 0)
		return "parameters must be sent as application/x-www-form-urlencoded";
	return request->malformed;
}

static void
send_invalid_request(struct ctx *ctx, const char *description, struct response *response)
{
	struct oidc_answer answer;

	oidc_refuse(ctx, 400, "invalid_request", description, &answer);
	send_answer(response, &answer);
}

enum err
page_token(struct ctx *ctx, const struct request *request, struct response *response)
{
	const char *unfit = unfit_form(request);
	struct oidc_answer answer;
	enum err err;

	if (unfit != NULL) {
		send_invalid_request(ctx, unfit, response);
		return ERR_OK;
	}
	err = token_answer(ctx, &request->form, request_header(request, "Authorization"), &answer);
	if (err == ERR_OK)
		send_answer(response, &answer);
	return err;
}

enum err
page_userinfo(struct ctx *ctx, const struct request *request, struct response *response)
{
	struct oidc_answer answer;
	enum err err;

	if (request->malformed != NULL) {
		send_invalid_request(ctx, request->malformed, response);
		return ERR_OK;
	}
	err = userinfo_answer(ctx, &request->form, request_header(request, "Authorization"), &answer);
	if (err == ERR_OK)
		send_answer(response, &answer);
	return err;
}

/* Readable by scripts of any origin, and the same for all of them. */
static void
public_document(struct response *response, const char *json)
{
	response_json(response, 200, json);
	response->cache = "public, max-age=300";
	response->cross_origin = true;
}

enum err
page_discovery(struct ctx *ctx, const struct request *request, struct response *response)
{
	(void)request;
	public_document(response, discovery_print(ctx));
	return ERR_OK;
}

enum err
page_jwks(struct ctx *ctx, const struct request *request, struct response *response)
{
	(void)request;
	public_document(response, jws_own_set(ctx->keys, ctx->arena));
	return ERR_OK;
}
