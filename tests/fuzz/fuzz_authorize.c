/* An authorization request as it stands in a URL: answers leave for registered places only, and nothing is cut. */
#include <string.h>

#include "fuzz.h"
#include "oidc/authorize.h"
#include "web/form.h"

/* "" and absent are the same (RFC 6749 section 3.1). */
static const char *
param(const struct fields *params, const char *name)
{
	const char *value = fields_get(params, name);

	return value != NULL ? value : "";
}

static const char *
registered(const struct fields *params)
{
	const struct portal_config *portal =
	    config_portal(fuzz_config(), param(params, "client_id"));
	const char *uri = param(params, "redirect_uri");

	must(portal != NULL && texts_has(&portal->redirect_uris, uri));
	return uri;
}

/* The URL of an error: the registered one with our parameters behind, all of them escaped. */
static void
check_returned(const struct fields *params, const char *url)
{
	const char *uri = registered(params), *rest;

	must(url != NULL && strncmp(url, uri, strlen(uri)) == 0);
	rest = url + strlen(uri);
	must(*rest == (strchr(uri, '?') != NULL ? '&' : '?'));
	must(strncmp(rest + 1, "error=", 6) == 0);
	must(strstr(rest, "&iss=https%3A%2F%2Fauth.example.ca") != NULL);
	must(strspn(rest + 1,
		 "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~%&=") ==
	     strlen(rest + 1));
}

static void
check_accepted(struct ctx *ctx, const struct fields *params, const struct pending *pending)
{
	const struct pending *read = NULL;
	const char *value;
	enum err err;

	must(strcmp(pending->redirect_uri, registered(params)) == 0);
	must(strcmp(pending->client, param(params, "client_id")) == 0);
	must(strcmp(pending->state, param(params, "state")) == 0 && strlen(pending->state) <= 2048);
	must(strcmp(pending->nonce, param(params, "nonce")) == 0 && strlen(pending->nonce) <= 512);
	must(strcmp(pending->challenge, param(params, "code_challenge")) == 0 &&
	     strlen(pending->challenge) == 43);
	must(strcmp(param(params, "code_challenge_method"), "S256") == 0);
	must(strcmp(param(params, "response_type"), "code") == 0);
	must(strcmp(pending->scope, "openid") == 0);
	must(pending->max_age >= -1 && pending->max_age < SECONDS(1000000000));
	must(pending_handle_valid(pending->handle));
	err = pending_print(ctx, pending, &value);
	must(err == ERR_OK || err == ERR_TOO_BIG);
	if (err != ERR_OK)
		return;
	must(pending_parse(ctx, pending->handle, value, &read) == ERR_OK);
	must(strcmp(read->state, pending->state) == 0 && strcmp(read->nonce, pending->nonce) == 0);
	must(strcmp(read->acr_values, pending->acr_values) == 0 &&
	     read->max_age == pending->max_age);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ctx ctx = fuzz_ctx();
	struct authorize_answer answer;
	struct fields params;
	const char *malformed = form_parse(ctx.arena, bytes_make(data, size), &params);

	authorize_check(&ctx, &params, malformed, &answer);
	switch (answer.verdict) {
	case AUTHORIZE_SHOWN:
		must(answer.reason != NULL && answer.url == NULL);
		break;
	case AUTHORIZE_RETURNED:
		check_returned(&params, answer.url);
		break;
	case AUTHORIZE_ACCEPTED:
		must(answer.url == NULL && malformed == NULL);
		fuzz_taken();
		check_accepted(&ctx, &params, answer.pending);
		break;
	}
	return 0;
}
