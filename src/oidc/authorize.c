#include "oidc/authorize.h"

#include <string.h>

#include "account/invitation.h"
#include "crypto/jws.h"
#include "oidc/hint.h"
#include "oidc/reply.h"

#define STATE_MAX 2048
#define NONCE_MAX 512
#define SCOPE_MAX 512
#define ACR_VALUES_MAX 1024
#define PROMPT_MAX 64
#define LOCALES_MAX 256
#define CHALLENGE_LENGTH 43 /* base64url of a SHA-256 (RFC 7636 4.2) */

struct judgement {
	struct ctx *ctx;
	const struct fields *params;
	const struct portal_config *portal;
	struct pending *pending;
	struct authorize_answer *answer;
	const char *error; /* the first one found */
	const char *description;
};

/* A parameter without a value is treated as if it were omitted, and none may come twice (RFC 6749 section 3.1): what does has no
 * value that one could trust. */
static const char *
param(const struct judgement *j, const char *name)
{
	const char *value = NULL;

	for (size_t i = 0; i < j->params->count; i++) {
		if (strcmp(j->params->items[i].name, name) != 0)
			continue;
		if (value != NULL)
			return NULL; /* twice */
		value = j->params->items[i].value;
	}
	return value != NULL && *value != '\0' ? value : NULL;
}

static void
refuse(struct judgement *j, const char *error, const char *description)
{
	if (j->error != NULL)
		return;
	j->error = error;
	j->description = description;
}

/* The text of a bounded parameter, "" when absent. */
static const char *
bounded(struct judgement *j, const char *name, size_t most)
{
	const char *value = param(j, name);

	if (value == NULL)
		return "";
	if (strlen(value) > most) {
		refuse(j, "invalid_request", arena_printf(j->ctx->arena, "%s is too long", name));
		return "";
	}
	return value;
}

/* Is word one of the space-separated words of list? */
static bool
has_word(const char *list, const char *word)
{
	size_t len = strlen(word);

	for (const char *p = list; (p = strstr(p, word)) != NULL; p += len)
		if ((p == list || p[-1] == ' ') && (p[len] == ' ' || p[len] == '\0'))
			return true;
	return false;
}

/* What decides whether an answer may leave by redirect at all. */
static const char *
untrusted(struct judgement *j)
{
	const char *client = param(j, "client_id");
	const char *redirect_uri = param(j, "redirect_uri");
	const char *mode = param(j, "response_mode");

	if (client == NULL || (j->portal = config_portal(j->ctx->config, client)) == NULL)
		return "unknown-portal";
	if (redirect_uri == NULL || !texts_has(&j->portal->redirect_uris, redirect_uri))
		return "bad-redirect";
	if (mode != NULL && strcmp(mode, "query") != 0)
		return "bad-request";
	j->pending->client = j->portal->id;
	j->pending->redirect_uri = redirect_uri;
	return NULL;
}

static void
judge_response_type(struct judgement *j)
{
	const char *type = param(j, "response_type");

	if (type == NULL)
		refuse(j, "invalid_request", "response_type is missing");
	else if (strcmp(type, "code") != 0)
		refuse(j, "unsupported_response_type", "only response_type=code is supported");
}

static void
judge_request_objects(struct judgement *j)
{
	if (param(j, "request") != NULL)
		refuse(j, "request_not_supported", "request objects are not supported");
	if (param(j, "request_uri") != NULL)
		refuse(j, "request_uri_not_supported", "request_uri is not supported");
	if (param(j, "registration") != NULL)
		refuse(j, "registration_not_supported", "registration is not supported");
}

static void
judge_scope(struct judgement *j)
{
	const char *scope = bounded(j, "scope", SCOPE_MAX);

	if (!has_word(scope, "openid"))
		refuse(j, "invalid_scope", "scope must hold openid");
	j->pending->scope = "openid"; /* the only one that means anything here: no name or address is ever known */
}

/* PKCE with S256 from every client: without it a stolen code is worth something (RFC 9700 2.1.1). */
static void
judge_challenge(struct judgement *j)
{
	const char *challenge = param(j, "code_challenge");
	const char *method = param(j, "code_challenge_method");

	if (challenge == NULL)
		refuse(j, "invalid_request", "code_challenge is missing: PKCE with S256 is required");
	else if (method == NULL || strcmp(method, "S256") != 0)
		refuse(j, "invalid_request", "code_challenge_method must be S256");
	else if (strlen(challenge) != CHALLENGE_LENGTH ||
	    strspn(challenge, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") != CHALLENGE_LENGTH)
		refuse(j, "invalid_request", "code_challenge is malformed");
	j->pending->challenge = challenge;
}

static void
judge_prompt(struct judgement *j)
{
	static const char *const known[] = {"none", "login", "consent", "select_account"};
	const char *prompt = bounded(j, "prompt", PROMPT_MAX);
	char *copy = arena_text(j->ctx->arena, prompt), *rest = NULL;
	unsigned words = 0;

	for (char *word = strtok_r(copy, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest)) {
		bool found = false;
		for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
			found = found || strcmp(word, known[i]) == 0;
		if (!found)
			refuse(j, "invalid_request", "prompt has an unknown value");
		words++;
	}
	j->answer->prompt_none = has_word(prompt, "none");
	if (j->answer->prompt_none && words > 1)
		refuse(j, "invalid_request", "prompt=none stands alone");
	/* To choose another account here is to choose another credential: sign in again. */
	j->pending->prompt_login = has_word(prompt, "login") || has_word(prompt, "select_account");
}

static void
judge_max_age(struct judgement *j)
{
	const char *text = param(j, "max_age");
	int64_t seconds = 0;

	if (text == NULL)
		return;
	if (strlen(text) > 9 || strspn(text, "0123456789") != strlen(text)) {
		refuse(j, "invalid_request", "max_age must be a whole number of seconds below 1000000000");
		return;
	}
	for (const char *p = text; *p != '\0'; p++)
		seconds = seconds * 10 + (*p - '0');
	j->pending->max_age = SECONDS(seconds);
}

static void
judge_hint(struct judgement *j)
{
	const char *hint = param(j, "id_token_hint");

	if (hint == NULL)
		return;
	/* It may have expired; it must be ours, and this portal's. */
	if (hint_check(j->ctx, hint, j->portal->id, &j->answer->hint_sub) != ERR_OK)
		refuse(j, "invalid_request", "id_token_hint is not a token of this issuer for this client");
}

/* The portal passes on what stood in its link, and the person can correct it: what cannot be a code is left out, and is no dead end. */
static const char *
invitation(const struct judgement *j)
{
	const char *typed = param(j, "invitation");

	return typed != NULL && strlen(typed) <= INVITATION_TYPED_MAX && j->portal->admission == ADMISSION_INVITATION ? typed : "";
}

void
authorize_check(struct ctx *ctx, const struct fields *params, const char *malformed, struct authorize_answer *ret_answer)
{
	struct pending *pending = pending_new(ctx, "");
	struct judgement j = {.ctx = ctx, .params = params, .pending = pending, .answer = ret_answer};

	*ret_answer = (struct authorize_answer){.verdict = AUTHORIZE_SHOWN, .pending = pending};
	ret_answer->reason = untrusted(&j);
	if (ret_answer->reason != NULL)
		return;
	ctx->log.portal = j.portal->id;

	pending->manage = false;
	if (malformed != NULL)
		refuse(&j, "invalid_request", malformed);
	pending->state = bounded(&j, "state", STATE_MAX);
	judge_response_type(&j);
	judge_request_objects(&j);
	judge_scope(&j);
	judge_challenge(&j);
	judge_prompt(&j);
	judge_max_age(&j);
	pending->nonce = bounded(&j, "nonce", NONCE_MAX);
	pending->acr_values = bounded(&j, "acr_values", ACR_VALUES_MAX);
	ret_answer->ui_locales = param(&j, "ui_locales") != NULL ? bounded(&j, "ui_locales", LOCALES_MAX) : NULL;
	judge_hint(&j);
	pending->invitation = invitation(&j);

	if (j.error == NULL) {
		ret_answer->verdict = AUTHORIZE_ACCEPTED;
		return;
	}
	ret_answer->verdict = AUTHORIZE_RETURNED;
	ret_answer->url = oidc_error_url(ctx, pending, j.error, j.description);
}
