#include "demo/idp.h"

#include <lasso/lasso.h>
#include <lasso/xml/saml-2.0/samlp2_authn_request.h>
#include <lasso/xml/saml-2.0/samlp2_response.h>
#include <lasso/xml/saml-2.0/saml2_assertion.h>
#include <lasso/xml/saml-2.0/saml2_audience_restriction.h>
#include <lasso/xml/saml-2.0/saml2_attribute_statement.h>
#include <lasso/xml/saml-2.0/saml2_attribute.h>
#include <lasso/xml/saml-2.0/saml2_attribute_value.h>
#include <lasso/xml/saml-2.0/saml2_authn_statement.h>
#include <lasso/xml/misc_text_node.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/random.h"
#include "text/escape.h"

#define LOA2 "urn:gc-ca:cyber-auth:assurance:loa2"
#define PASSWORD "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"
#define SPEC_VERSION "ca:gc:cyber-authentication:basic:specVer"

struct idp {
	LassoServer *server, *stranger; /* the same provider with a key that nobody knows */
	bool staff;
};

static pthread_mutex_t lasso_lock = PTHREAD_MUTEX_INITIALIZER;

static void
unlock(pthread_mutex_t **lock)
{
	pthread_mutex_unlock(*lock);
}
#define LOCKED                                                                                     \
	CLEANUP(unlock)                                                                            \
	pthread_mutex_t *held = &lasso_lock;                                                       \
	pthread_mutex_lock(held)

void
idp_prepare(void)
{
	unsetenv("LASSO_FLAG");
	unsetenv("LASSO_DEFAULT_KEY_ENCRYPTION_METHOD");
	/* xmlsec reads the system's authorities for every key that it opens, 64 ms each, and none of them counts here. */
	setenv("SSL_CERT_FILE", "/dev/null", 1);
	setenv("SSL_CERT_DIR", "/nonexistent", 1);
	must(lasso_init() == 0);
}

static void
login_free(LassoLogin **login)
{
	if (*login != NULL)
		g_object_unref(*login);
}

static const char *
certificate_body(const char *pem, struct arena *arena)
{
	const char *start = strstr(pem, "-----BEGIN CERTIFICATE-----"),
		   *end = strstr(pem, "-----END CERTIFICATE-----");

	must(start != NULL && end != NULL);
	start += strlen("-----BEGIN CERTIFICATE-----");
	return arena_text_of(arena, bytes_make(start, (size_t)(end - start)));
}

const char *
idp_metadata(
    const char *entity_id, const char *sso_url, const char *certificate_pem, struct arena *arena)
{
	struct buf xml;

	buf_init(&xml, arena, 16384);
	buf_put_text(&xml,
	    "<md:EntityDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" entityID=\"");
	escape_xml(&xml, entity_id);
	buf_put_text(&xml,
	    "\">\n<md:IDPSSODescriptor WantAuthnRequestsSigned=\"true\" "
	    "protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\">\n"
	    "<md:KeyDescriptor use=\"signing\"><ds:KeyInfo "
	    "xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:X509Data><ds:X509Certificate>");
	buf_put_text(&xml, certificate_body(certificate_pem, arena));
	buf_put_text(&xml,
	    "</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>\n"
	    "<md:NameIDFormat>urn:oasis:names:tc:SAML:2.0:nameid-format:persistent</"
	    "md:NameIDFormat>\n"
	    "<md:SingleSignOnService "
	    "Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect\" Location=\"");
	escape_xml(&xml, sso_url);
	buf_put_text(&xml, "\"/>\n</md:IDPSSODescriptor>\n</md:EntityDescriptor>\n");
	must(!xml.failed);
	return buf_text(&xml);
}

static LassoServer *
open_server(const char *metadata, const char *private_pem, const char *certificate_pem,
    const struct idp_options *options)
{
	LassoServer *server =
	    lasso_server_new_from_buffers(metadata, private_pem, NULL, certificate_pem);
	LassoProvider *service;
	GList *names;

	if (server == NULL)
		return NULL;
	server->signature_method = LASSO_SIGNATURE_METHOD_RSA_SHA256;
	if (lasso_server_add_provider_from_buffer(
		server, LASSO_PROVIDER_ROLE_SP, options->service_metadata, NULL, NULL) != 0) {
		g_object_unref(server);
		return NULL;
	}
	names = g_hash_table_get_keys(server->providers);
	service = lasso_server_get_provider(server, names->data);
	lasso_provider_set_encryption_mode(
	    service, options->staff ? LASSO_ENCRYPTION_MODE_NONE : LASSO_ENCRYPTION_MODE_ASSERTION);
	lasso_provider_set_encryption_sym_key_type(service, LASSO_ENCRYPTION_SYM_KEY_TYPE_AES_128);
	lasso_provider_set_key_encryption_method(service, LASSO_KEY_ENCRYPTION_METHOD_OAEP);
	g_list_free(names);
	return server;
}

enum err
idp_open(const struct idp_options *options, struct idp **ret_idp)
{
	LOCKED;
	struct arena *arena = arena_new(1 << 20);
	struct idp *idp = calloc(1, sizeof(*idp));
	const char *metadata =
	    idp_metadata(options->entity_id, options->sso_url, options->certificate_pem, arena);

	must(idp != NULL);
	idp->staff = options->staff;
	idp->server =
	    open_server(metadata, options->private_pem, options->certificate_pem, options);
	idp->stranger = open_server(
	    metadata, options->stranger_pem, options->stranger_certificate_pem, options);
	arena_free(&arena);
	if (idp->server != NULL && idp->stranger != NULL) {
		*ret_idp = idp;
		return ERR_OK;
	}
	idp_close(&idp);
	return ERR_FORMAT;
}

void
idp_close(struct idp **idp)
{
	if (*idp == NULL)
		return;
	if ((*idp)->server != NULL)
		g_object_unref((*idp)->server);
	if ((*idp)->stranger != NULL)
		g_object_unref((*idp)->stranger);
	free(*idp);
	*idp = NULL;
}

static const char *const behaviours[] = {
    [BEHAVE_WELL] = "well",
    [BEHAVE_SLOW] = "slow",
    [BEHAVE_EXPIRED] = "expired",
    [BEHAVE_AUDIENCE] = "audience",
    [BEHAVE_SIGNATURE] = "signature",
    [BEHAVE_CANCEL] = "cancel",
    [BEHAVE_NO_PARTNER] = "no-partner",
};
#define BEHAVIOURS (sizeof(behaviours) / sizeof(behaviours[0]))

enum behave
behave_parse(const char *name)
{
	for (size_t i = 0; name != NULL && i < BEHAVIOURS; i++)
		if (strcmp(name, behaviours[i]) == 0)
			return (enum behave)i;
	return BEHAVE_WELL;
}

const char *
behave_print(enum behave behave)
{
	must((size_t)behave < BEHAVIOURS);
	return behaviours[behave];
}

static bool
value_plain(const char *value, size_t len)
{
	static const char plain[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~%";

	return strspn(value, plain) >= len;
}

/* The value of a parameter whose name is written plainly; false when it is there twice or is not plain. */
static bool
find(const char *query, const char *name, struct bytes *ret_value)
{
	size_t len = strlen(name);

	*ret_value = bytes_make(NULL, 0);
	for (const char *p = query; *p != '\0'; p += strcspn(p, "&"), p += *p == '&') {
		size_t size = strcspn(p, "&");
		if (size <= len || strncmp(p, name, len) != 0 || p[len] != '=')
			continue;
		if (ret_value->data != NULL || !value_plain(p + len + 1, size - len - 1))
			return false;
		*ret_value = bytes_make(p + len + 1, size - len - 1);
	}
	return true;
}

const char *
idp_query(const char *raw_query, struct arena *arena)
{
	static const char *const names[] = {"SAMLRequest", "RelayState", "SigAlg", "Signature"};
	struct bytes value;
	struct buf query;

	buf_init(&query, arena, 16384);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!find(raw_query, names[i], &value) || (i == 0 && value.len == 0))
			return "";
		if (value.data == NULL)
			continue;
		if (query.len > 0)
			buf_put_byte(&query, '&');
		buf_printf(&query, "%s=", names[i]);
		buf_put_bytes(&query, value);
	}
	return query.failed ? "" : buf_text(&query);
}

/* Debian's lasso still takes RSA-SHA1 (LIBRARIES.md 0.4). */
static bool
signed_well(const char *query)
{
	return strstr(query, "&SigAlg=http%3A%2F%2Fwww.w3.org%2F2001%2F04%2Fxmldsig-more%23rsa-"
			     "sha256&Signature=") != NULL ||
	       strstr(query, "&SigAlg=http%3a%2f%2fwww.w3.org%2f2001%2f04%2fxmldsig-more%23rsa-"
			     "sha256&Signature=") != NULL;
}

/* A login for a request that stands, or NULL. */
static LassoLogin *
login_of(LassoServer *server, const char *query)
{
	LassoLogin *login = lasso_login_new(server);

	lasso_profile_set_signature_verify_hint(
	    LASSO_PROFILE(login), LASSO_PROFILE_SIGNATURE_VERIFY_HINT_FORCE);
	if (signed_well(query) && lasso_login_process_authn_request_msg(login, query) == 0)
		return login;
	g_object_unref(login);
	return NULL;
}

enum err
idp_read(struct idp *idp, const char *query, struct arena *arena, struct idp_request *ret_request)
{
	LOCKED;
	CLEANUP(login_free)
	LassoLogin *login = login_of(idp->server, query);
	const LassoSamlp2AuthnRequest *request;

	if (login == NULL)
		return ERR_FORMAT;
	request = LASSO_SAMLP2_AUTHN_REQUEST(LASSO_PROFILE(login)->request);
	ret_request->id = arena_text(arena, request->parent.ID);
	ret_request->force_authn = request->ForceAuthn;
	ret_request->passive = request->IsPassive;
	return ERR_OK;
}

static void
replace_text(char **text, const char *with)
{
	g_free(*text);
	*text = g_strdup(with);
}

/* lasso's own identifiers come from a Mersenne Twister (LIBRARIES.md 0.3). */
static void
replace_id(char **id, struct arena *arena)
{
	replace_text(id, arena_printf(arena, "_%s", random_name(arena, 32)));
}

/* xsd:dateTime without a fraction, as lasso prints its own. */
static const char *
time_text(struct arena *arena, int64_t time)
{
	return arena_printf(arena, "%.19sZ", clock_print(arena, time));
}

static void
add_attribute(
    LassoSaml2Assertion *assertion, const char *name, const char *format, const char *content)
{
	LassoSaml2AttributeStatement *statement =
	    LASSO_SAML2_ATTRIBUTE_STATEMENT(lasso_saml2_attribute_statement_new());
	LassoSaml2Attribute *attribute = LASSO_SAML2_ATTRIBUTE(lasso_saml2_attribute_new());
	LassoSaml2AttributeValue *value = lasso_saml2_attribute_value_new();
	LassoMiscTextNode *text =
	    LASSO_MISC_TEXT_NODE(lasso_misc_text_node_new_with_string(content));

	text->text_child = TRUE;
	value->any = g_list_append(NULL, text);
	attribute->Name = g_strdup(name);
	attribute->NameFormat = g_strdup(format);
	attribute->AttributeValue = g_list_append(NULL, value);
	statement->Attribute = g_list_append(NULL, attribute);
	assertion->AttributeStatement = g_list_append(NULL, statement);
}

/* What each kind of provider says beside the name. */
static void
add_attributes(LassoSaml2Assertion *assertion, const struct idp *idp, const char *role)
{
	if (!idp->staff)
		add_attribute(
		    assertion, SPEC_VERSION, LASSO_SAML2_ATTRIBUTE_NAME_FORMAT_URI, "2.0");
	else if (role != NULL && *role != '\0')
		add_attribute(assertion, "role", LASSO_SAML2_ATTRIBUTE_NAME_FORMAT_BASIC, role);
}

static void
address_elsewhere(LassoSaml2Assertion *assertion)
{
	must(assertion->Conditions != NULL && assertion->Conditions->AudienceRestriction != NULL);
	replace_text(
	    &LASSO_SAML2_AUDIENCE_RESTRICTION(assertion->Conditions->AudienceRestriction->data)
		 ->Audience,
	    "https://another-service.example/");
}

static enum err
vouch(const struct idp *idp, LassoLogin *login, const struct idp_vouching *vouching, int64_t now,
    struct arena *arena)
{
	int64_t late = vouching->behave == BEHAVE_EXPIRED ? HOURS(1) : 0, at = now - late;
	LassoSaml2Assertion *assertion;

	if (lasso_login_build_assertion(login, idp->staff ? PASSWORD : LOA2,
		time_text(arena, vouching->auth_time - late), NULL,
		time_text(arena, at - MINUTES(1)), time_text(arena, at + MINUTES(5))) != 0)
		return ERR_FORMAT;
	assertion = LASSO_SAML2_ASSERTION(lasso_login_get_assertion(login));
	replace_id(&assertion->ID, arena);
	replace_text(&assertion->IssueInstant, time_text(arena, at));
	replace_text(&assertion->Subject->NameID->content, vouching->name_id);
	/* Where a request asks for no form, lasso makes it transient. */
	replace_text(
	    &assertion->Subject->NameID->Format, LASSO_SAML2_NAME_IDENTIFIER_FORMAT_PERSISTENT);
	/* lasso names no session for a service without single logout, but the real ones do (FEDERATION.md 1.4). */
	replace_id(
	    &LASSO_SAML2_AUTHN_STATEMENT(assertion->AuthnStatement->data)->SessionIndex, arena);
	add_attributes(assertion, idp, vouching->role);
	if (vouching->behave == BEHAVE_AUDIENCE)
		address_elsewhere(assertion);
	g_object_unref(assertion);
	return ERR_OK;
}

/* A Response that says no: second-level status as the real providers send it (FEDERATION.md 1.10). */
static void
refuse(LassoLogin *login, const char *status)
{
	LassoSamlp2StatusResponse *response =
	    LASSO_SAMLP2_STATUS_RESPONSE(LASSO_PROFILE(login)->response);
	LassoSamlp2StatusCode *code = response->Status->StatusCode;

	replace_text(&code->Value, LASSO_SAML2_STATUS_CODE_RESPONDER);
	if (code->StatusCode == NULL)
		code->StatusCode = LASSO_SAMLP2_STATUS_CODE(lasso_samlp2_status_code_new());
	replace_text(&code->StatusCode->Value, status);
}

static enum err
decide(const struct idp *idp, LassoLogin *login, const struct idp_vouching *vouching, int64_t now,
    struct arena *arena)
{
	if (lasso_login_validate_request_msg(login, TRUE, TRUE) != 0)
		return ERR_FORMAT;
	/* The federation's Responses are not signed, their assertions are (FEDERATION.md 1.4). */
	lasso_profile_set_signature_hint(LASSO_PROFILE(login), LASSO_PROFILE_SIGNATURE_HINT_FORBID);
	replace_id(&LASSO_SAMLP2_STATUS_RESPONSE(LASSO_PROFILE(login)->response)->ID, arena);
	switch (vouching->behave) {
	case BEHAVE_CANCEL:
		refuse(login, LASSO_SAML2_STATUS_CODE_AUTHN_FAILED);
		return ERR_OK;
	case BEHAVE_NO_PARTNER:
		refuse(login, LASSO_SAML2_STATUS_CODE_NO_AVAILABLE_IDP);
		return ERR_OK;
	case BEHAVE_WELL:
	case BEHAVE_SLOW:
	case BEHAVE_EXPIRED:
	case BEHAVE_AUDIENCE:
	case BEHAVE_SIGNATURE:
		break;
	}
	return vouch(idp, login, vouching, now, arena);
}

enum err
idp_answer(struct idp *idp, const char *query, const struct idp_vouching *vouching, int64_t now,
    struct arena *arena, struct idp_answer *ret_answer)
{
	LOCKED;
	CLEANUP(login_free)
	LassoLogin *login =
	    login_of(vouching->behave == BEHAVE_SIGNATURE ? idp->stranger : idp->server, query);
	const LassoProfile *profile = LASSO_PROFILE(login);

	if (login == NULL || decide(idp, login, vouching, now, arena) != ERR_OK ||
	    lasso_login_build_authn_response_msg(login) != 0 || profile->msg_url == NULL ||
	    profile->msg_body == NULL)
		return ERR_FORMAT;
	ret_answer->acs = arena_text(arena, profile->msg_url);
	ret_answer->response = arena_text(arena, profile->msg_body);
	ret_answer->relay_state = arena_text(arena, profile->msg_relayState);
	return ERR_OK;
}
