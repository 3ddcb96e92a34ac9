#include "page/acs.h"

#include <string.h>

#include "page/error.h"
#include "page/language_link.h"
#include "page/page.h"
#include "saml/saml.h"
#include "signin/arrive.h"

/* Where the person goes on: to the page that the leg to the provider began on. */
static const char *
start_of(struct ctx *ctx, const struct pending *pending)
{
	return arena_printf(ctx->arena, "%s?r=%s", *pending->claimant != '\0' ? "/relink" : "/sign-in", pending->handle);
}

/* What a person sees of a refusal: one of four sentences, whatever the reason was, so that nobody learns why a forged answer failed. */
static enum err
show_refusal(struct ctx *ctx, const struct request *request, struct pending *pending, enum saml_verdict verdict, struct response *response)
{
	const char *start = start_of(ctx, pending);

	if (verdict == SAML_CANCELLED) {
		pending->answered = true;
		response_redirect(response, arena_printf(ctx->arena, "%s&why=cancelled", start));
		return page_save_pending(ctx, pending, response);
	}
	if (verdict == SAML_NO_PROVIDER_AVAILABLE)
		error_page_with(ctx, request, 502, "provider-unavailable", start, response);
	else if (verdict >= SAML_NO_PASSIVE && verdict <= SAML_STATUS)
		error_page_with(ctx, request, 403, "provider-refused", start, response);
	else
		error_page_with(ctx, request, 502, "provider-answer-invalid", start, response);
	return ERR_OK;
}

static struct arrival
make_arrival(const struct pending *pending, const struct provider_config *provider, const struct credential *credential)
{
	return (struct arrival){.pending = pending,
	    .provider = provider,
	    .name_qualifier = credential->name_qualifier,
	    .sp_name_qualifier = credential->sp_name_qualifier,
	    .name_id = credential->name_id,
	    .session_index = credential->session_index,
	    .session_until = credential->session_until,
	    .level = credential->authn_context,
	    .assertion_id = credential->assertion_id,
	    .assertion_until = credential->assertion_until};
}

/* A reload or the back button: whoever has the session goes on there. */
static enum err
came_again(struct ctx *ctx, const struct pending *pending, struct response *response)
{
	log_event(LOG_INFO, &ctx->log, "A provider's answer came again", LOG_TEXT("provider", pending->provider));
	response_redirect(response, arena_printf(ctx->arena, "%s&why=used", start_of(ctx, pending)));
	return ERR_OK;
}

/* The second leg of a claim: no session begins.  The page relink has the browser's own cookie again, and shows what the session notes now. */
static enum err
accept_claim(struct ctx *ctx, struct pending *pending, const struct arrival *arrival, struct response *response)
{
	bool noted;
	enum err err = arrive_claim(ctx, arrival, &noted);

	if (err == ERR_EXISTS)
		return came_again(ctx, pending, response);
	if (err != ERR_OK)
		return err;
	response_redirect(response, arena_printf(ctx->arena, "%s%s", start_of(ctx, pending), noted ? "" : "&why=credential"));
	pending->answered = true;
	pending->claimant = "";
	return page_save_pending(ctx, pending, response);
}

static enum err
accept(struct ctx *ctx, struct pending *pending, const struct provider_config *provider, const struct credential *credential,
    struct response *response)
{
	struct arrival arrival = make_arrival(pending, provider, credential);
	struct journey journey;
	enum err err;

	if (*pending->claimant != '\0')
		return accept_claim(ctx, pending, &arrival, response);
	err = arrive(ctx, &arrival, &pending->arrived);

	if (err == ERR_EXISTS)
		return came_again(ctx, pending, response);
	/* Straight to the page of the step: it joins the browser's own session, asks the journey anew and sends on whom that has moved. */
	if (err == ERR_OK)
		err = journey_find(ctx, pending, pending->arrived, &journey);
	if (err != ERR_OK)
		return err;
	pending->answered = true;
	response_redirect(response, arena_printf(ctx->arena, "%s?r=%s", journey_path(journey.step), pending->handle));
	return page_save_pending(ctx, pending, response);
}

static enum err
judge(struct ctx *ctx, const struct request *request, struct pending *pending, const char *answer, struct response *response)
{
	const struct provider_config *provider = config_provider(ctx->config, pending->provider);
	enum saml_verdict verdict;
	struct credential credential;
	enum err err;

	if (provider == NULL || answer == NULL || *pending->saml_request == '\0') {
		error_page(ctx, request, 400, "bad-request", response);
		return ERR_OK;
	}
	err = saml_judge_response(ctx,
	    &(struct saml_expectation){.provider = provider,
		.request_id = pending->saml_request,
		.requested = pending->saml_requested,
		.force_authn = provider->force_authn || pending->prompt_login || pending->max_age >= 0 || *pending->claimant != '\0'},
	    answer, &credential, &verdict);
	if (err == ERR_PEER) {
		/* The worker died of it; a fresh one serves the next answer. */
		log_event(LOG_ERROR, &ctx->log, "A provider's answer broke its worker", LOG_TEXT("provider", provider->id));
		error_page(ctx, request, 502, "provider-answer-invalid", response);
		return ERR_OK;
	}
	if (err != ERR_OK)
		return err;
	if (verdict == SAML_ACCEPTED)
		return accept(ctx, pending, provider, &credential, response);
	log_event(LOG_WARNING, &ctx->log, "A provider's answer was refused", LOG_TEXT("provider", provider->id),
	    LOG_TEXT("reason", saml_verdict_print(verdict)));
	/* These are judged after the signature: it was the provider who said so. */
	if (verdict > SAML_STATUS) {
		err = arrive_refused(ctx, pending, saml_verdict_print(verdict));
		if (err == ERR_EXISTS)
			return came_again(ctx, pending, response);
		if (err != ERR_OK)
			return err;
		pending->answered = true; /* a fresh start asks with another request */
		err = page_save_pending(ctx, pending, response);
		if (err != ERR_OK)
			return err;
	}
	return show_refusal(ctx, request, pending, verdict, response);
}

enum err
page_acs(struct ctx *ctx, const struct request *request, struct response *response)
{
	const char *handle = request_form(request, "RelayState");
	struct pending *pending;

	language_choose(ctx, request);
	if (!page_find_pending(ctx, request, handle, response, &pending))
		return ERR_OK;
	if (pending->finished) {
		page_over(ctx, pending, response);
		return ERR_OK;
	}
	return judge(ctx, request, pending, request_form(request, "SAMLResponse"), response);
}
