#include "helpdesk/desk_sign_in.h"

#include <string.h>

#include "audit/audit.h"
#include "helpdesk/desk.h"
#include "helpdesk/desk_arrive.h"
#include "helpdesk/desk_error.h"
#include "helpdesk/desk_language.h"
#include "web/csrf.h"
#include "web/language.h"
#include "web/look.h"
#include "web/style.h"

/* A reload can have put another configuration in force, without a console: its listener stays until the end. */
static const struct provider_config *
staff_provider(const struct ctx *ctx)
{
	return ctx->config->helpdesk.public_url != NULL ? config_provider(ctx->config, ctx->config->helpdesk.provider) : NULL;
}

/* ---- the page ---- */

static enum err
show(struct ctx *ctx, const struct request *request, const struct provider_config *provider, struct response *response)
{
	static const char *const reasons[] = {"ended", "signed-out", "cancelled"};
	const char *why = request_query(request, "why");
	struct view *view = look_view(ctx);

	view_text(view, "desk_style_url", style_desk_url(ctx));
	view_text(view, "action_url", DESK_SIGN_IN_PATH);
	view_text(view, "provider_name", look_name(ctx, &provider->name));
	for (size_t i = 0; why != NULL && i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		if (strcmp(why, reasons[i]) == 0)
			view_text(view, "why", reasons[i]);
	}
	desk_language_show(ctx, request, view);
	response->form_action = saml_sso_origin(ctx, provider);
	template_print(ctx->text, ctx->language, "desk-sign-in", view, &response->body);
	return ERR_OK;
}

static enum err
leave(struct ctx *ctx, const struct request *request, const struct provider_config *provider, struct response *response)
{
	struct desk_login login = desk_login_begin(ctx, request, response);
	const char *url;
	enum err err = saml_authn_url(ctx, provider, login.request, provider->force_authn, login.handle, &url);

	if (err == ERR_OK)
		response_redirect(response, url);
	return err;
}

struct alive {
	const char *token;
	bool found;
};

static enum err
alive_in(struct txn *txn, void *arg)
{
	struct alive *alive = arg;
	struct DeskSessionRecord *session;
	enum err err = desk_session_load(txn, alive->token, &session);

	alive->found = err == ERR_OK;
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

/* The form needs no csrf field: the router refuses posts from elsewhere, and who is made to sign in here signs in as himself. */
enum err
desk_sign_in(struct ctx *ctx, const struct request *request, struct response *response)
{
	const struct provider_config *provider = staff_provider(ctx);
	struct alive alive = {.token = request_cookie(request, DESK_COOKIE)};
	enum err err;

	language_choose(ctx, request);
	if (provider == NULL) {
		desk_error(ctx, request, 503, "unavailable", response);
		return ERR_OK;
	}
	err = store_view(ctx, alive_in, &alive);
	if (err != ERR_OK)
		return err;
	if (alive.found) {
		response_redirect(response, DESK_LOOK_UP);
		return ERR_OK;
	}
	return request->method == METHOD_POST ? leave(ctx, request, provider, response) : show(ctx, request, provider, response);
}

/* ---- the provider's answer ---- */

static enum err
came_again(struct ctx *ctx, struct response *response)
{
	log_event(LOG_INFO, &ctx->log, "The staff provider's answer came again");
	response_redirect(response, DESK_LOOK_UP);
	return ERR_OK;
}

static enum err
accept(struct ctx *ctx, const struct request *request, const struct desk_login *login, const struct credential *credential,
    struct response *response)
{
	enum role role = ROLE_VIEWER;
	const char *reason, *token;
	enum err err;

	if (!desk_arrive_role(&credential->roles, &role, &reason)) {
		log_event(LOG_WARNING, &ctx->log, "A member of staff has no role at the help desk", LOG_TEXT("reason", reason));
		err = desk_arrive_without_role(ctx, login, credential, reason);
		if (err == ERR_OK)
			desk_error(ctx, request, 403, reason, response);
	} else {
		err = desk_arrive(ctx, login, credential, role, &token);
		if (err == ERR_OK) {
			response_cookie(response, DESK_COOKIE, token, SAME_SITE_LAX, -1);
			response_redirect(response, DESK_LOOK_UP);
		}
	}
	return err == ERR_EXISTS ? came_again(ctx, response) : err;
}

/* As on the portals' side (page/acs.c): one of four sentences, so that nobody learns why a forged answer failed. */
static enum err
refuse(struct ctx *ctx, const struct request *request, const struct desk_login *login, enum saml_verdict verdict, struct response *response)
{
	const char *provider = ctx->config->helpdesk.provider;
	enum err err = ERR_OK;

	log_event(LOG_WARNING, &ctx->log, "The staff provider's answer was refused", LOG_TEXT("provider", provider),
	    LOG_TEXT("reason", saml_verdict_print(verdict)));
	/* These are judged after the signature: it was the provider who said so. */
	if (verdict > SAML_STATUS)
		err = desk_arrive_refused(ctx, login, provider, saml_verdict_print(verdict));
	if (err != ERR_OK)
		return err == ERR_EXISTS ? came_again(ctx, response) : err;
	if (verdict == SAML_CANCELLED)
		response_redirect(response, DESK_SIGN_IN_PATH "?why=cancelled");
	else if (verdict == SAML_NO_PROVIDER_AVAILABLE)
		desk_error(ctx, request, 502, "provider-unavailable", response);
	else if (verdict >= SAML_NO_PASSIVE && verdict <= SAML_STATUS)
		desk_error(ctx, request, 403, "provider-refused", response);
	else
		desk_error(ctx, request, 502, "provider-answer-invalid", response);
	return ERR_OK;
}

enum err
desk_acs(struct ctx *ctx, const struct request *request, struct response *response)
{
	const struct provider_config *provider = staff_provider(ctx);
	const char *answer = request_form(request, "SAMLResponse");
	enum saml_verdict verdict;
	struct credential credential;
	struct desk_login login;
	enum err err;

	language_choose(ctx, request);
	if (provider == NULL || answer == NULL || desk_login_find(ctx, request, request_form(request, "RelayState"), &login) != ERR_OK) {
		desk_error(ctx, request, 400, answer == NULL ? "bad-request" : "cookies-missing", response);
		return ERR_OK;
	}
	err = saml_judge_response(ctx,
	    &(struct saml_expectation){
		.provider = provider, .request_id = login.request, .requested = login.requested, .force_authn = provider->force_authn},
	    answer, &credential, &verdict);
	if (err == ERR_PEER) {
		/* The worker died of it; a fresh one serves the next answer. */
		log_event(LOG_ERROR, &ctx->log, "A provider's answer broke its worker", LOG_TEXT("provider", provider->id));
		desk_error(ctx, request, 502, "provider-answer-invalid", response);
		return ERR_OK;
	}
	if (err != ERR_OK)
		return err;
	if (verdict == SAML_ACCEPTED)
		return accept(ctx, request, &login, &credential, response);
	return refuse(ctx, request, &login, verdict, response);
}

/* ---- and out again ---- */

struct leaving {
	const char *token;
	const struct DeskSessionRecord *session;
};

static enum err
sign_out_in(struct txn *txn, void *arg)
{
	const struct leaving *leaving = arg;
	enum err err = desk_session_end(txn, leaving->token);

	if (err == ERR_OK)
		err = audit_append(txn, AUDIT_DESK_SIGNED_OUT, bytes_make("", 0), NULL, "staff", leaving->session->code, NULL);
	return err;
}

static enum err
leaving_in(struct txn *txn, void *arg)
{
	struct leaving *leaving = arg;
	struct DeskSessionRecord *session;
	enum err err = desk_session_load(txn, leaving->token, &session);

	leaving->session = err == ERR_OK ? session : NULL;
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

enum err
desk_sign_out(struct ctx *ctx, const struct request *request, struct response *response)
{
	struct leaving leaving = {.token = request_cookie(request, DESK_COOKIE)};
	enum err err = store_view(ctx, leaving_in, &leaving);

	if (err != ERR_OK)
		return err;
	if (leaving.session != NULL) {
		if (!csrf_check(ctx, leaving.session->sid, request_form(request, "csrf"))) {
			desk_error(ctx, request, 403, "forbidden", response);
			return ERR_OK;
		}
		err = store_update(ctx, sign_out_in, &leaving);
		if (err != ERR_OK)
			return err;
	}
	response_cookie(response, DESK_COOKIE, "", SAME_SITE_LAX, 0);
	response_redirect(response, DESK_SIGN_IN_PATH "?why=signed-out");
	return ERR_OK;
}
