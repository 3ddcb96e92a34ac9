/* What a provider may order of one of its NameIDs, and all that looks like it, through the real vestibule-saml; and our signed answer. */
#include "unit.h"

#include <string.h>

#include "service.h"

#define DSIG "http://www.w3.org/2000/09/xmldsig#"
#define MORE "http://www.w3.org/2001/04/xmldsig-more#"
#define XENC "http://www.w3.org/2001/04/xmlenc#"
#define C14N "http://www.w3.org/2001/10/xml-exc-c14n#"
#define FORMAT "urn:oasis:names:tc:SAML:2.0:nameid-format:"
#define A FORGE_ASSERTION
#define S FORGE_SIGNED
#define E FORGE_ENCRYPTED
#define R FORGE_RESPONSE
#define F FORGE_FINAL

static enum saml_verdict
judge(struct service *service, const char *envelope, struct saml_order *ret_order)
{
	enum saml_verdict verdict = SAML_VERDICT_COUNT;

	assert_int_equal(saml_judge_order(&service->ctx, bytes_of(envelope), ret_order, &verdict), ERR_OK);
	return verdict;
}

struct row {
	const char *what;
	enum saml_verdict expected;
	struct forge_recipe recipe;
};

#define REQUEST "<samlp:ManageNameIDRequest "
static const struct row rows[] = {
	/* --- good --- */
	{"as it should be", SAML_ACCEPTED, {.raw = false}},
	{"the second key of the metadata", SAML_ACCEPTED, {.key = "provider-second"}},
	{"EncryptedID", SAML_ACCEPTED, {.encrypted_id = true}},
	{"no qualifiers", SAML_ACCEPTED, {.edits = {{A, " NameQualifier=\"" FORGE_IDP "\" SPNameQualifier=\"" FORGE_SP "\"", ""}}}},
	{"declaration, blanks, an empty header", SAML_ACCEPTED, {.edits = {{F, "<soap:Envelope ", "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<soap:Envelope "},
	    {F, "<soap:Body>", "\n<soap:Header/>\n<soap:Body>\n"}}}},
	{"another provider", SAML_ACCEPTED, {.idp = FORGE_OTHER_IDP, .key = "other-provider"}},
	{"clock 170 s ahead", SAML_ACCEPTED, {.edits = {{A, "@0@", "@170@"}}}},
	{"290 s old", SAML_ACCEPTED, {.edits = {{A, "@0@", "@-290@"}}}},

	/* --- it stands, but is none that we do --- */
	{"another name", SAML_UNSUPPORTED, {.edits = {{A, "<samlp:Terminate/>", "<samlp:NewID>new</samlp:NewID>"}}}},
	{"a name of staff", SAML_UNSUPPORTED, {.idp = FORGE_STAFF_IDP}},

	/* --- who says so --- */
	{"unsigned", SAML_UNSIGNED, {.unsigned_assertion = true}},
	{"a stranger's key", SAML_SIGNATURE, {.key = "stranger"}},
	{"another provider's key", SAML_SIGNATURE, {.key = "other-provider"}},
	{"a provider in the name of another", SAML_SIGNATURE, {.idp = FORGE_OTHER_IDP}},
	{"a provider that nobody knows", SAML_PROVIDER, {.idp = "https://evil.test/"}},
	{"SHA-1", SAML_SIGNATURE_ALGORITHM, {.signature_method = DSIG "rsa-sha1"}},
	{"SHA-1 digest", SAML_SIGNATURE_ALGORITHM, {.edits = {{A, XENC "sha256", DSIG "sha1"}}}},
	{"HMAC keyed with the certificate", SAML_SIGNATURE_ALGORITHM, {.signature_method = MORE "hmac-sha256"}},
	{"canonicalisation with comments", SAML_SIGNATURE_ALGORITHM, {.edits = {{A, "Method Algorithm=\"" C14N "\"/>", "Method Algorithm=\"" C14N "WithComments\"/>"}}}},
	{"another name under the signature", SAML_SIGNATURE, {.edits = {{S, "K7-person", "K9-evil"}}}},
	{"an issuer of another form", SAML_ISSUER, {.edits = {{A, "<saml:Issuer>", "<saml:Issuer Format=\"" FORMAT "persistent\">"}}}},
	{"the signature refers to another element", SAML_SIGNATURE_REFERENCE, {.edits = {{S, "URI=\"#_order\"", "URI=\"#_other\""}}}},
	{"the signature refers to the whole document", SAML_SIGNATURE_REFERENCE, {.edits = {{S, "URI=\"#_order\"", "URI=\"\""}}}},
	{"the signature stands in the body", SAML_SHAPE, {.edits = {{R, "{A}", "{A}<ds:Signature xmlns:ds=\"" DSIG "\"/>"}}}},

	/* --- wrapped --- */
	{"two requests", SAML_SHAPE, {.edits = {{R, "{A}", "{SIGNED}{SIGNED}"}}}},
	{"the evil one first", SAML_SHAPE, {.edits = {{R, "{A}", "{EVIL}{SIGNED}"}}}},
	{"the signed one in the header", SAML_SHAPE, {.edits = {{R, "<soap:Body>{A}", "<soap:Header>{SIGNED}</soap:Header><soap:Body>{EVIL}"}}}},
	{"the signed one inside the evil one", SAML_SHAPE, {.edits = {{R, "{A}", REQUEST "xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" ID=\"_e\" Version=\"2.0\" IssueInstant=\"@0@\">{SIGNED}</samlp:ManageNameIDRequest>"}}}},
	{"the signed one in an extension", SAML_SHAPE, {.edits = {{R, "{A}", "{EVIL}"}, {F, "<samlp:Terminate/>", "<samlp:Extensions/><samlp:Terminate/>"}}}},
	{"the evil one with the signature of the other", SAML_SIGNATURE, {.edits = {{R, "{A}", "{EVIL}"}}}},
	{"two bodies", SAML_SHAPE, {.edits = {{R, "{A}</soap:Body>", "{A}</soap:Body><soap:Body/>"}}}},
	{"an envelope in the body", SAML_SHAPE, {.edits = {{R, "{A}", "<soap:Envelope><soap:Body>{A}</soap:Body></soap:Envelope>"}, {R, "{A}", "{SIGNED}"}}}},
	{"a header block", SAML_SHAPE, {.edits = {{F, "<soap:Body>", "<soap:Header><x xmlns=\"urn:x\" soap:mustUnderstand=\"1\"/></soap:Header><soap:Body>"}}}},
	{"no body", SAML_SHAPE, {.edits = {{R, "<soap:Body>{A}</soap:Body>", ""}}}},
	{"an empty body", SAML_SHAPE, {.edits = {{R, "{A}", ""}}}},
	{"no envelope", SAML_SHAPE, {.edits = {{R, "<soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\"><soap:Body>{A}</soap:Body></soap:Envelope>", "{A}"}}}},
	{"SOAP 1.2", SAML_SHAPE, {.edits = {{R, "http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope"}}}},
	{"a fault", SAML_SHAPE, {.edits = {{R, "{A}", "<soap:Fault><faultcode>soap:Server</faultcode></soap:Fault>"}}}},
	{"a request to sign out", SAML_SHAPE, {.edits = {{R, "{A}", "<samlp:LogoutRequest xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\"/>"}}}},
	{"an ID twice", SAML_DUPLICATE_ID, {.edits = {{S, "<ds:Signature ", "<ds:Signature Id=\"_order\" "}}}},
	{"an attribute too many", SAML_SHAPE, {.edits = {{F, "<soap:Body>", "<soap:Body Id=\"b\">"}}}},

	/* --- whom it is about, and what to do --- */
	{"two names", SAML_SHAPE, {.edits = {{A, "</saml:NameID>", "</saml:NameID><saml:NameID>x</saml:NameID>"}}}},
	{"no name", SAML_SHAPE, {.edits = {{A, "<saml:NameID ", "<saml:Issuer>x</saml:Issuer><saml:NameID "}}}},
	{"a name in plain and encrypted", SAML_SHAPE, {.encrypted_id = true, .edits = {{A, "<samlp:Terminate/>", "<saml:NameID>x</saml:NameID><samlp:Terminate/>"}}}},
	{"two things to do", SAML_SHAPE, {.edits = {{A, "<samlp:Terminate/>", "<samlp:NewID>n</samlp:NewID><samlp:Terminate/>"}}}},
	{"nothing to do", SAML_SHAPE, {.edits = {{A, "<samlp:Terminate/>", ""}}}},
	{"an empty name", SAML_NAME_ID, {.edits = {{A, "K7-person", ""}}}},
	{"a name for one visit", SAML_NAME_ID_FORMAT, {.edits = {{A, FORMAT "persistent", FORMAT "transient"}}}},
	{"a name of somebody else's service", SAML_NAME_QUALIFIER, {.edits = {{A, "SPNameQualifier=\"" FORGE_SP, "SPNameQualifier=\"https://other.test/"}}}},
	{"a name of another provider", SAML_NAME_QUALIFIER, {.edits = {{A, " NameQualifier=\"" FORGE_IDP, " NameQualifier=\"" FORGE_OTHER_IDP}}}},
	{"an EncryptedID by a cipher that this provider may not use", SAML_ENCRYPTION_ALGORITHM,
	    {.encrypted_id = true, .idp = FORGE_OTHER_IDP, .key = "other-provider", .cipher = XENC "aes128-cbc"}},
	{"an EncryptedID by RSA 1.5", SAML_ENCRYPTION_ALGORITHM, {.encrypted_id = true, .transport = XENC "rsa-1_5"}},
	{"an EncryptedID for another recipient", SAML_DECRYPTION, {.encrypted_id = true, .edits = {{E, "<xenc:EncryptedKey>", "<xenc:EncryptedKey Recipient=\"urn:x\">"}}}},
	{"an EncryptedID exchanged under the signature", SAML_SIGNATURE, {.encrypted_id = true, .edits = {{S, "<xenc:EncryptedKey>", "<xenc:EncryptedKey Id=\"k\">"}}}},

	/* --- when and where --- */
	{"for another address", SAML_DESTINATION, {.edits = {{A, FORGE_SOAP, FORGE_ACS}}}},
	{"for the console", SAML_DESTINATION, {.edits = {{A, FORGE_SOAP, FORGE_DESK_URL "/saml/soap"}}}},
	{"for no address", SAML_DESTINATION, {.edits = {{A, " Destination=\"" FORGE_SOAP "\"", ""}}}},
	{"310 s old", SAML_STALE, {.edits = {{A, "@0@", "@-310@"}}}},
	{"190 s ahead", SAML_FUTURE, {.edits = {{A, "@0@", "@190@"}}}},
	{"no time", SAML_TIME_FORMAT, {.edits = {{A, "@0@", "now"}}}},
	{"SAML 1.1", SAML_VERSION, {.edits = {{A, "Version=\"2.0\"", "Version=\"1.1\""}}}},

	/* --- the bytes --- */
	{"DTD", SAML_MARKUP, {.edits = {{F, "<soap:Envelope ", "<!DOCTYPE e [<!ENTITY a \"x\">]><soap:Envelope "}}}},
	{"external DTD", SAML_MARKUP, {.edits = {{F, "<soap:Envelope ", "<!DOCTYPE e SYSTEM \"file:///etc/passwd\"><soap:Envelope "}}}},
	{"a comment in the name", SAML_MARKUP, {.edits = {{S, "K7-", "K7-<!-- -->"}}}},
	{"CDATA", SAML_MARKUP, {.edits = {{S, "K7-person", "<![CDATA[K7-person]]>"}}}},
	{"a processing instruction", SAML_MARKUP, {.edits = {{F, "<soap:Body>", "<?x y?><soap:Body>"}}}},
	{"too big", SAML_TOO_BIG, {.edits = {{F, "<soap:Body>", "<soap:Body>{x140000: }"}}}},
	{"too deep", SAML_DEPTH, {.edits = {{R, "{A}", "{x40:<a>}{x40:</a>}"}}}},
	{"2,001 elements", SAML_ELEMENTS, {.edits = {{R, "{A}", "{x2001:<a/>}"}}}},
	{"65 attributes", SAML_ATTRIBUTES, {.edits = {{F, "<soap:Body>", "<soap:Body {x65:a=\"\" }>"}}}},
	{"two documents", SAML_NOT_XML, {.edits = {{F, "</soap:Envelope>", "</soap:Envelope><x/>"}}}},
	{"an ID of other letters, which our answer would repeat", SAML_SHAPE, {.edits = {{A, "ID=\"_order\"", "ID=\"_ordré\""}, {A, "URI=\"#_order\"", "URI=\"#_ordré\""}}}},
};

static void
each_gets_its_due(void **state)
{
	struct service *service = *state;
	struct saml_order order;
	enum saml_verdict verdict;
	unsigned wrong = 0;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		arena_reset(service->arena);
		verdict = judge(service, forge_order(&rows[i].recipe, service->ctx.now, service->arena), &order);
		if (verdict != rows[i].expected) {
			print_error("%s: %s instead of %s\n", rows[i].what, saml_verdict_print(verdict), saml_verdict_print(rows[i].expected));
			wrong++;
		}
	}
	assert_int_equal(wrong, 0);
}

static void
junk_is_refused(void **state)
{
	static const char *const junk[] = {"", " ", "x", "<", "<a/>", "{}", "SAMLRequest=x", "\xff\xfe<\0a"};
	struct service *service = *state;
	struct saml_order order;
	size_t i;

	for (i = 0; i < sizeof(junk) / sizeof(junk[0]); i++) {
		enum saml_verdict verdict = judge(service, junk[i], &order);

		assert_true(verdict != SAML_ACCEPTED && verdict != SAML_UNSUPPORTED);
	}
}

/* The three that a credential of the same person has. */
static void
the_order_names_the_credential(void **state)
{
	static const struct forge_recipe plain = {.edits = {{A, " NameQualifier=\"" FORGE_IDP "\" SPNameQualifier=\"" FORGE_SP "\"", ""}}},
				     sealed = {.encrypted_id = true};
	struct service *service = *state;
	struct saml_order order;

	assert_int_equal(judge(service, forge_order(&plain, service->ctx.now, service->arena), &order), SAML_ACCEPTED);
	assert_string_equal(order.provider, "gckey");
	assert_string_equal(order.name_id, "K7-person");
	assert_string_equal(order.name_qualifier, FORGE_IDP);
	assert_string_equal(order.sp_name_qualifier, FORGE_SP);
	assert_string_equal(order.request_id, "_order");
	assert_true(order.request_until == service->ctx.now + MINUTES(5) + SECONDS(360));
	assert_int_equal(judge(service, forge_order(&sealed, service->ctx.now, service->arena), &order), SAML_ACCEPTED);
	assert_string_equal(order.name_id, "K7-person");
}

static void
the_answer_is_signed_by_us(void **state)
{
	static const struct saml_order order = {.provider = "gckey", .request_id = "_order-1.x"};
	struct service *service = *state;
	const char *envelope, *pem = keyring_saml_signing(service->keys, 0)->certificate_pem;

	assert_int_equal(saml_answer_order(&service->ctx, &order, true, &envelope), ERR_OK);
	assert_true(forge_verify(envelope, "ManageNameIDResponse", pem));
	assert_non_null(strstr(envelope, " InResponseTo=\"_order-1.x\""));
	assert_non_null(strstr(envelope, "status:Success\"></samlp:StatusCode></samlp:Status>"));
	assert_non_null(strstr(envelope, ">" FORGE_SP "</saml:Issuer><ds:Signature "));
	assert_non_null(strstr(envelope, arena_printf(service->arena, " IssueInstant=\"%s\"", clock_print(service->arena, service->ctx.now))));
	assert_int_equal(saml_answer_order(&service->ctx, &order, false, &envelope), ERR_OK);
	assert_true(forge_verify(envelope, "ManageNameIDResponse", pem));
	assert_non_null(strstr(envelope, "status:Requester\"><samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:RequestUnsupported\">"));
	assert_false(forge_verify(envelope, "ManageNameIDResponse", forge_fixture("saml/provider.crt", service->arena)));
}

static int
open_service(void **state)
{
	forge_open();
	*state = service_open(2);
	return 0;
}

static int
close_service(void **state)
{
	service_close(*state);
	forge_close();
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_gets_its_due), cmocka_unit_test(junk_is_refused),
		cmocka_unit_test(the_order_names_the_credential), cmocka_unit_test(the_answer_is_signed_by_us),
	};

	return cmocka_run_group_tests(tests, open_service, close_service);
}
