#include "../unit.h"

#include <lasso/lasso.h>
#include <lasso/xml/saml-2.0/saml2_assertion.h>
#include <lasso/xml/saml-2.0/saml2_attribute.h>
#include <lasso/xml/saml-2.0/saml2_attribute_statement.h>
#include <lasso/xml/saml-2.0/saml2_attribute_value.h>
#include <lasso/xml/saml-2.0/saml2_audience_restriction.h>
#include <lasso/xml/saml-2.0/saml2_authn_statement.h>
#include <lasso/xml/saml-2.0/samlp2_authn_request.h>
#include <lasso/xml/saml-2.0/samlp2_response.h>
#include <libxml/tree.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "crypto/keyring.h"
#include "demo/idp.h"

#define SERVICE "http://auth.localhost:8080/saml/metadata"
#define ACS "http://auth.localhost:8080/saml/acs"
#define PROVIDER "http://gckey.localhost:8090/metadata"
#define RELAY "k3v9abcdefghijkl"

/* What lasso and xmlsec leak themselves, with every signature and every query. */
const char *__lsan_default_suppressions(void);
const char *
__lsan_default_suppressions(void)
{
	return "leak:liblasso\nleak:libxmlsec\n";
}

/* Their frames are seen by slow unwinding only. */
const char *__asan_default_options(void);
const char *
__asan_default_options(void)
{
	return "fast_unwind_on_malloc=0";
}

/* The service's side is lasso's too, as SimpleSAMLphp and others would read the answer: what is asked is the shape. */
static struct arena *arena;
static struct keyring *keys;
static struct idp *idp;
static LassoServer *service;

static const char *
body_of(const char *pem)
{
	const char *start = strchr(pem, '\n'), *end = strstr(pem, "-----END");

	return arena_text_of(arena, bytes_make(start, (size_t)(end - start)));
}

static const char *
service_metadata(void)
{
	static const char key[] = "<md:KeyDescriptor use=\"%s\"><ds:KeyInfo "
				  "xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:X509Data>"
				  "<ds:X509Certificate>%s</ds:X509Certificate></ds:X509Data></"
				  "ds:KeyInfo></md:KeyDescriptor>";

	return arena_printf(arena,
	    "<md:EntityDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" "
	    "entityID=\"" SERVICE "\">"
	    "<md:SPSSODescriptor AuthnRequestsSigned=\"true\" WantAssertionsSigned=\"true\" "
	    "protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\">%s%s"
	    "<md:AssertionConsumerService index=\"0\" isDefault=\"true\" "
	    "Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\" Location=\"" ACS "\"/>"
	    "</md:SPSSODescriptor></md:EntityDescriptor>",
	    arena_printf(
		arena, key, "signing", body_of(keyring_saml_signing(keys, 0)->certificate_pem)),
	    arena_printf(arena, key, "encryption",
		body_of(keyring_saml_encryption(keys, 0)->certificate_pem)));
}

static int
setup(void **state)
{
	const struct saml_key *own, *other;
	struct idp_options options = {
	    .entity_id = PROVIDER, .sso_url = "http://gckey.localhost:8090/sso"};

	(void)state;
	arena = arena_new(16 << 20);
	keys = unit_keys(arena);
	own = keyring_saml_signing(keys, 0);
	other = keyring_saml_encryption(keys, 0);
	options.private_pem = own->private_pem;
	options.certificate_pem = own->certificate_pem;
	options.stranger_pem = other->private_pem;
	options.stranger_certificate_pem = other->certificate_pem;
	options.service_metadata = service_metadata();
	idp_prepare();
	assert_int_equal(idp_open(&options, &idp), ERR_OK);
	service = lasso_server_new_from_buffers(
	    options.service_metadata, own->private_pem, NULL, own->certificate_pem);
	assert_non_null(service);
	service->signature_method = LASSO_SIGNATURE_METHOD_RSA_SHA256;
	assert_int_equal(lasso_server_set_encryption_private_key_with_password(
			     service, other->private_pem, NULL),
	    0);
	assert_int_equal(
	    lasso_server_add_provider_from_buffer(service, LASSO_PROVIDER_ROLE_IDP,
		idp_metadata(PROVIDER, options.sso_url, own->certificate_pem, arena), NULL, NULL),
	    0);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	idp_close(&idp);
	g_object_unref(service);
	keyring_free(&keys);
	arena_free(&arena);
	return 0;
}

/* A request as Vestibule sends it; *ret_query lives in the arena. */
static LassoLogin *
ask(const char **ret_query)
{
	LassoLogin *login = lasso_login_new(service);
	LassoProfile *profile = LASSO_PROFILE(login);
	LassoSamlp2AuthnRequest *request;

	assert_int_equal(
	    lasso_login_init_authn_request(login, PROVIDER, LASSO_HTTP_METHOD_REDIRECT), 0);
	request = LASSO_SAMLP2_AUTHN_REQUEST(profile->request);
	request->NameIDPolicy->Format = g_strdup(LASSO_SAML2_NAME_IDENTIFIER_FORMAT_PERSISTENT);
	request->NameIDPolicy->AllowCreate = TRUE;
	request->ForceAuthn = TRUE;
	profile->msg_relayState = g_strdup(RELAY);
	assert_int_equal(lasso_login_build_authn_request_msg(login), 0);
	*ret_query = idp_query(strchr(profile->msg_url, '?') + 1, arena);
	return login;
}

static struct idp_answer
answer_to(const char *query, enum behave behave)
{
	const struct idp_vouching vouching = {
	    .name_id = "person-1", .auth_time = clock_now() - SECONDS(3), .behave = behave};
	struct idp_answer answer;

	assert_int_equal(idp_answer(idp, query, &vouching, clock_now(), arena, &answer), ERR_OK);
	return answer;
}

static const char *
xml_of(const char *response)
{
	struct bytes xml;

	assert_int_equal(base64_parse(arena, bytes_of(response), &xml), ERR_OK);
	return arena_text_of(arena, xml);
}

static void
request_is_checked(void **state)
{
	struct idp_request request;
	const char *query, *signature;
	char *forged;
	LassoLogin *login = ask(&query);

	(void)state;
	assert_string_equal(idp_query(query, arena), query);
	assert_int_equal(idp_read(idp, query, arena, &request), ERR_OK);
	assert_string_equal(
	    request.id, LASSO_SAMLP2_REQUEST_ABSTRACT(LASSO_PROFILE(login)->request)->ID);
	assert_true(request.force_authn);
	assert_false(request.passive);
	forged = arena_text(arena, query);
	signature = strstr(query, "&Signature=");
	forged[signature - query + 15] = (char)(forged[signature - query + 15] == 'A' ? 'B' : 'A');
	assert_int_equal(idp_read(idp, forged, arena, &request), ERR_FORMAT);
	assert_int_equal(
	    idp_read(idp,
		arena_printf(arena, "%.*s", (int)(strstr(query, "&SigAlg") - query), query), arena,
		&request),
	    ERR_FORMAT);
	assert_int_equal(idp_read(idp, "", arena, &request), ERR_FORMAT);
	g_object_unref(login);
}

static void
only_the_bindings_parameters(void **state)
{
	(void)state;
	assert_string_equal(
	    idp_query(
		"lang=fr&SAMLRequest=a%2B&x=1&RelayState=b&SigAlg=c&Signature=d&lang=en", arena),
	    "SAMLRequest=a%2B&RelayState=b&SigAlg=c&Signature=d");
	assert_string_equal(idp_query("SAMLRequest=a&SAML%52equest=b", arena), "SAMLRequest=a");
	assert_string_equal(idp_query("SAMLRequest=a&SAMLRequest=b", arena), "");
	assert_string_equal(idp_query("SAMLRequest=a\"b", arena), "");
	assert_string_equal(idp_query("SAMLRequest=", arena), "");
	assert_string_equal(idp_query("RelayState=a", arena), "");
	assert_string_equal(idp_query("", arena), "");
}

static void
response_is_shaped(void **state)
{
	const char *query, *xml;
	LassoLogin *login = ask(&query);
	struct idp_answer answer = answer_to(query, BEHAVE_WELL);

	(void)state;
	g_object_unref(login);
	xml = xml_of(answer.response);
	assert_string_equal(answer.acs, ACS);
	assert_string_equal(answer.relay_state, RELAY);
	assert_non_null(strstr(xml, "Destination=\"" ACS "\""));
	assert_non_null(strstr(xml, "<saml:Issuer>" PROVIDER "</saml:Issuer>"));
	assert_non_null(strstr(xml, "<saml:EncryptedAssertion"));
	assert_non_null(strstr(xml, "xmlenc#aes128-cbc"));
	assert_non_null(strstr(xml, "xmlenc#rsa-oaep-mgf1p"));
	assert_null(strstr(xml, "<saml:Assertion"));
	assert_null(strstr(xml, "Signature"));
	assert_null(strstr(xml, "Consent"));
}

static const LassoSaml2Assertion *
accepted(LassoLogin *login, const char *response)
{
	char *copy = arena_text(arena, response);

	assert_int_equal(lasso_login_process_authn_response_msg(login, copy), 0);
	return LASSO_SAML2_ASSERTION(
	    ((LassoSamlp2Response *)LASSO_PROFILE(login)->response)->Assertion->data);
}

static void
check_subject(const LassoSaml2Subject *subject, const char *request_id)
{
	const LassoSaml2SubjectConfirmationData *data =
	    subject->SubjectConfirmation->SubjectConfirmationData;

	assert_string_equal(subject->NameID->content, "person-1");
	assert_string_equal(subject->NameID->Format, LASSO_SAML2_NAME_IDENTIFIER_FORMAT_PERSISTENT);
	assert_string_equal(subject->NameID->NameQualifier, PROVIDER);
	assert_string_equal(subject->NameID->SPNameQualifier, SERVICE);
	assert_string_equal(
	    subject->SubjectConfirmation->Method, LASSO_SAML2_CONFIRMATION_METHOD_BEARER);
	assert_string_equal(data->Recipient, ACS);
	assert_string_equal(data->InResponseTo, request_id);
	assert_non_null(data->NotOnOrAfter);
	assert_null(data->NotBefore);
}

static void
assertion_is_shaped(void **state)
{
	const char *query;
	LassoLogin *login = ask(&query);
	char *request_id =
	    arena_text(arena, LASSO_SAMLP2_REQUEST_ABSTRACT(LASSO_PROFILE(login)->request)->ID);
	const LassoSaml2Assertion *assertion =
	    accepted(login, answer_to(query, BEHAVE_WELL).response);
	const LassoSaml2AuthnStatement *statement = assertion->AuthnStatement->data;
	const LassoSaml2AttributeStatement *attributes = assertion->AttributeStatement->data;
	const LassoSaml2Attribute *attribute = attributes->Attribute->data;
	xmlNode *node = lasso_node_get_original_xmlnode(LASSO_NODE(assertion));
	xmlBuffer *text = xmlBufferCreate();

	(void)state;
	check_subject(assertion->Subject, request_id);
	assert_string_equal(
	    LASSO_SAML2_AUDIENCE_RESTRICTION(assertion->Conditions->AudienceRestriction->data)
		->Audience,
	    SERVICE);
	assert_string_equal(
	    statement->AuthnContext->AuthnContextClassRef, "urn:gc-ca:cyber-auth:assurance:loa2");
	assert_non_null(statement->SessionIndex);
	assert_null(statement->SessionNotOnOrAfter);
	assert_string_equal(attribute->Name, "ca:gc:cyber-authentication:basic:specVer");
	assert_string_equal(attribute->NameFormat, LASSO_SAML2_ATTRIBUTE_NAME_FORMAT_URI);
	xmlNodeDump(text, node->doc, node, 0, 0);
	assert_non_null(strstr((const char *)xmlBufferContent(text), ">2.0</saml:AttributeValue>"));
	assert_non_null(strstr((const char *)xmlBufferContent(text), "xmldsig-more#rsa-sha256"));
	assert_non_null(strstr((const char *)xmlBufferContent(text), "xmlenc#sha256"));
	assert_null(strstr((const char *)xmlBufferContent(text), "sha1"));
	if (getenv("SHOW") != NULL)
		print_message("%s\n", (const char *)xmlBufferContent(text));
	xmlBufferFree(text);
	g_object_unref(login);
}

static void
misbehaviour(void **state)
{
	const char *query;
	LassoLogin *login = ask(&query);
	const LassoSaml2Assertion *assertion =
	    accepted(login, answer_to(query, BEHAVE_AUDIENCE).response);
	int64_t end;

	(void)state;
	assert_string_equal(
	    LASSO_SAML2_AUDIENCE_RESTRICTION(assertion->Conditions->AudienceRestriction->data)
		->Audience,
	    "https://another-service.example/");
	g_object_unref(login);
	login = ask(&query);
	assertion = accepted(login, answer_to(query, BEHAVE_EXPIRED).response);
	assert_int_equal(clock_parse(assertion->Conditions->NotOnOrAfter, &end), ERR_OK);
	assert_true(end < clock_now() - MINUTES(50));
	g_object_unref(login);
	login = ask(&query);
	assert_int_not_equal(lasso_login_process_authn_response_msg(login,
				 arena_text(arena, answer_to(query, BEHAVE_SIGNATURE).response)),
	    0);
	g_object_unref(login);
}

static void
refusals(void **state)
{
	const char *query, *xml;
	LassoLogin *login = ask(&query);

	(void)state;
	g_object_unref(login);
	xml = xml_of(answer_to(query, BEHAVE_CANCEL).response);
	assert_non_null(strstr(xml, "status:Responder"));
	assert_non_null(strstr(xml, "status:AuthnFailed"));
	assert_non_null(strstr(xml, "InResponseTo="));
	assert_null(strstr(xml, "Assertion"));
	assert_null(strstr(xml, "Signature"));
	xml = xml_of(answer_to(query, BEHAVE_NO_PARTNER).response);
	assert_non_null(strstr(xml, "status:NoAvailableIDP"));
	assert_null(strstr(xml, "Assertion"));
	if (getenv("SHOW") != NULL)
		print_message("%s\n", xml);
}

static void
behaviours_have_names(void **state)
{
	(void)state;
	for (int i = BEHAVE_WELL; i <= BEHAVE_NO_PARTNER; i++)
		assert_int_equal(behave_parse(behave_print((enum behave)i)), i);
	assert_int_equal(behave_parse("WELL"), BEHAVE_WELL);
	assert_int_equal(behave_parse(""), BEHAVE_WELL);
	assert_int_equal(behave_parse(NULL), BEHAVE_WELL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(request_is_checked),
	    cmocka_unit_test(only_the_bindings_parameters),
	    cmocka_unit_test(response_is_shaped),
	    cmocka_unit_test(assertion_is_shaped),
	    cmocka_unit_test(misbehaviour),
	    cmocka_unit_test(refusals),
	    cmocka_unit_test(behaviours_have_names),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
