#include <lasso/saml-2.0/saml2_helper.h>
#include <lasso/xml/saml-2.0/samlp2_authn_request.h>
#include <lasso/xml/saml-2.0/samlp2_name_id_policy.h>
#include <lasso/xml/saml-2.0/samlp2_requested_authn_context.h>
#include <string.h>

#include "saml_worker/internal.h"

#define SIGNATURE_METHOD "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
#define URL_MAX 8192

/* NULL-safe for CLEANUP. */
static void
login_close(LassoLogin **login)
{
	if (*login != NULL)
		g_object_unref(*login);
	*login = NULL;
}

static void
set_text(char **field, const char *text)
{
	g_free(*field);
	*field = text != NULL ? g_strdup(text) : NULL;
}

/* CATS 2: the ACS comes from our metadata and is not sent; the others like to see it (FEDERATION.md 1.2). */
static void
fill_binding(LassoSamlp2AuthnRequest *request, const struct provider *provider)
{
	request->AssertionConsumerServiceIndex = -1;
	set_text(&request->ProtocolBinding, LASSO_SAML2_METADATA_BINDING_POST);
	set_text(&request->AssertionConsumerServiceURL,
	    provider->setup->rules == SAML_RULES_CATS2 ? NULL : provider->setup->acs_url);
}

/* An organisation's own provider names its staff as it is set up to; which forms are good enough is judge.c's to say. */
static void
fill_name_policy(LassoSamlp2AuthnRequest *request, const struct engine *engine, const struct provider *provider)
{
	bool plain = provider->setup->rules == SAML_RULES_PLAIN;

	if (request->NameIDPolicy == NULL)
		request->NameIDPolicy = LASSO_SAMLP2_NAME_ID_POLICY(lasso_samlp2_name_id_policy_new());
	set_text(&request->NameIDPolicy->Format, plain ? NULL : LASSO_SAML2_NAME_IDENTIFIER_FORMAT_PERSISTENT);
	set_text(&request->NameIDPolicy->SPNameQualifier, plain ? NULL : engine->setup->entity_id);
	request->NameIDPolicy->AllowCreate = TRUE;
}

static void
fill_context(LassoSamlp2AuthnRequest *request, const struct saml_setup_provider *setup)
{
	LassoSamlp2RequestedAuthnContext *context;
	size_t i;

	if (setup->authn_context_count == 0)
		return;
	context = LASSO_SAMLP2_REQUESTED_AUTHN_CONTEXT(lasso_samlp2_requested_authn_context_new());
	set_text(&context->Comparison, LASSO_LIB_AUTHN_CONTEXT_COMPARISON_EXACT);
	for (i = 0; i < setup->authn_context_count; i++)
		context->AuthnContextClassRef =
		    g_list_append(context->AuthnContextClassRef, g_strdup(setup->authn_context[i]));
	request->RequestedAuthnContext = context;
}

static void
fill_request(LassoLogin *login, const struct engine *engine, const struct provider *provider, const struct saml_authn *authn)
{
	LassoSamlp2RequestAbstract *head = LASSO_SAMLP2_REQUEST_ABSTRACT(LASSO_PROFILE(login)->request);
	LassoSamlp2AuthnRequest *request = LASSO_SAMLP2_AUTHN_REQUEST(LASSO_PROFILE(login)->request);

	/* lasso's IDs come from a generator that forked workers share (LIBRARIES.md 0.3). */
	set_text(&head->ID, authn->request_id);
	set_text(&head->IssueInstant, authn->issue_instant);
	set_text(&head->Consent, NULL);
	request->ForceAuthn = authn->force_authn;
	request->IsPassive = FALSE;
	fill_binding(request, provider);
	fill_name_policy(request, engine, provider);
	fill_context(request, provider->setup);
}

static void
put_encoded(struct buf *buf, const char *text)
{
	const char *at;

	for (at = text; *at != '\0'; at++)
		if ((*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z') || (*at >= '0' && *at <= '9') ||
		    strchr("-._~", *at) != NULL)
			buf_put_byte(buf, (uint8_t)*at);
		else
			buf_printf(buf, "%%%02X", (uint8_t)*at);
}

/* Bindings 3.4.4.1: the signature covers the query from SAMLRequest to SigAlg, exactly as it stands. */
static enum err
sign_url(struct engine *engine, const char *unsigned_url, const char *relay_state, struct arena *arena, const char **ret_url)
{
	const char *query = strstr(unsigned_url, "SAMLRequest=");
	struct bytes signature, covered;
	struct buf buf;
	size_t start;
	enum err err;

	if (query == NULL)
		return ERR_CRYPTO;
	start = (size_t)(query - unsigned_url);
	buf_init(&buf, arena, URL_MAX);
	buf_put_text(&buf, unsigned_url);
	if (*relay_state != '\0') {
		buf_put_text(&buf, "&RelayState=");
		put_encoded(&buf, relay_state);
	}
	buf_put_text(&buf, "&SigAlg=");
	put_encoded(&buf, SIGNATURE_METHOD);
	if (buf.failed)
		return ERR_CRYPTO;
	covered = bytes_make(buf.data + start, buf.len - start);
	err = rsa_sign(engine->signing_key, covered, arena, &signature);
	if (err != ERR_OK)
		return err;
	buf_put_text(&buf, "&Signature=");
	put_encoded(&buf, base64_print(arena, signature));
	*ret_url = buf_text(&buf);
	return buf.failed ? ERR_CRYPTO : ERR_OK;
}

enum err
engine_authn(struct engine *engine, const struct saml_authn *authn, struct arena *arena, const char **ret_url)
{
	const struct provider *provider = engine_provider(engine, authn->provider);
	CLEANUP(login_close) LassoLogin *login = NULL;

	if (provider == NULL)
		return ERR_FORMAT;
	login = lasso_login_new(engine->server);
	if (login == NULL)
		return ERR_CRYPTO;
	/* Signing it ourselves costs one RSA operation; lasso's way two to three (LIBRARIES.md D). */
	lasso_profile_set_signature_hint(LASSO_PROFILE(login), LASSO_PROFILE_SIGNATURE_HINT_FORBID);
	if (lasso_login_init_authn_request(login, provider->entity_id, LASSO_HTTP_METHOD_REDIRECT) != 0)
		return ERR_CRYPTO;
	fill_request(login, engine, provider, authn);
	if (lasso_login_build_authn_request_msg(login) != 0 || LASSO_PROFILE(login)->msg_url == NULL)
		return ERR_CRYPTO;
	return sign_url(engine, LASSO_PROFILE(login)->msg_url, authn->relay_state, arena, ret_url);
}
