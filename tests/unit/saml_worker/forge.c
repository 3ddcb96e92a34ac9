#include "unit.h"

#include "forge.h"

#include <libxml/parser.h>
#include <libxml/tree.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xmlsec/crypto.h>
#include <xmlsec/templates.h>
#include <xmlsec/xmldsig.h>
#include <xmlsec/xmlenc.h>
#include <xmlsec/xmlsec.h>
#include <xmlsec/xmltree.h>

#include "base/buf.h"

#define SAML "urn:oasis:names:tc:SAML:2.0:assertion"
#define SAMLP "urn:oasis:names:tc:SAML:2.0:protocol"
#define DSIG "http://www.w3.org/2000/09/xmldsig#"
#define XENC "http://www.w3.org/2001/04/xmlenc#"
#define TEXT_MAX ((size_t)4 << 20)

static const char assertion_text[] =
    "<saml:Assertion xmlns:saml=\"" SAML "\" ID=\"_assertion\" Version=\"2.0\" IssueInstant=\"@0@\">"
    "<saml:Issuer>" FORGE_IDP "</saml:Issuer>{SIG}"
    "<saml:Subject><saml:NameID Format=\"urn:oasis:names:tc:SAML:2.0:nameid-format:persistent\""
    " NameQualifier=\"" FORGE_IDP "\" SPNameQualifier=\"" FORGE_SP "\">K7-person</saml:NameID>"
    "<saml:SubjectConfirmation Method=\"urn:oasis:names:tc:SAML:2.0:cm:bearer\">"
    "<saml:SubjectConfirmationData InResponseTo=\"" FORGE_REQUEST "\" NotOnOrAfter=\"@300@\" Recipient=\"" FORGE_ACS "\"/>"
    "</saml:SubjectConfirmation></saml:Subject>"
    "<saml:Conditions NotBefore=\"@-60@\" NotOnOrAfter=\"@300@\"><saml:AudienceRestriction>"
    "<saml:Audience>" FORGE_SP "</saml:Audience></saml:AudienceRestriction></saml:Conditions>"
    "<saml:AuthnStatement AuthnInstant=\"@-5@\" SessionIndex=\"s1\"><saml:AuthnContext>"
    "<saml:AuthnContextClassRef>" FORGE_LOA2 "</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>"
    "<saml:AttributeStatement><saml:Attribute Name=\"ca:gc:cyber-authentication:basic:specVer\""
    " NameFormat=\"urn:oasis:names:tc:SAML:2.0:attrname-format:uri\">"
    "<saml:AttributeValue xmlns:xs=\"http://www.w3.org/2001/XMLSchema\""
    " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"xs:string\">2.0</saml:AttributeValue>"
    "</saml:Attribute></saml:AttributeStatement></saml:Assertion>";

static const char response_text[] =
    "<samlp:Response xmlns:samlp=\"" SAMLP "\" xmlns:saml=\"" SAML "\" ID=\"_response\" Version=\"2.0\""
    " IssueInstant=\"@0@\" Destination=\"" FORGE_ACS "\" InResponseTo=\"" FORGE_REQUEST "\">"
    "<saml:Issuer>" FORGE_IDP "</saml:Issuer>{RSIG}"
    "<samlp:Status><samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"/></samlp:Status>"
    "{A}</samlp:Response>";

static const char signature_text[] =
    "<ds:Signature xmlns:ds=\"" DSIG "\"><ds:SignedInfo>"
    "<ds:CanonicalizationMethod Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/>"
    "<ds:SignatureMethod Algorithm=\"%s\"/><ds:Reference URI=\"#%s\"><ds:Transforms>"
    "<ds:Transform Algorithm=\"" DSIG "enveloped-signature\"/>"
    "<ds:Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/></ds:Transforms>"
    "<ds:DigestMethod Algorithm=\"" XENC "sha256\"/><ds:DigestValue></ds:DigestValue></ds:Reference></ds:SignedInfo>"
    "<ds:SignatureValue></ds:SignatureValue></ds:Signature>";

static const char encrypted_text[] =
    "<saml:EncryptedAssertion xmlns:saml=\"" SAML "\"><xenc:EncryptedData xmlns:xenc=\"" XENC "\" Type=\"" XENC "Element\">"
    "<xenc:EncryptionMethod Algorithm=\"%s\"/><ds:KeyInfo xmlns:ds=\"" DSIG "\"><xenc:EncryptedKey>"
    "<xenc:EncryptionMethod Algorithm=\"%s\"/><xenc:CipherData><xenc:CipherValue></xenc:CipherValue></xenc:CipherData>"
    "</xenc:EncryptedKey></ds:KeyInfo><xenc:CipherData><xenc:CipherValue></xenc:CipherValue></xenc:CipherData>"
    "</xenc:EncryptedData></saml:EncryptedAssertion>";

static const char order_text[] =
    "<samlp:ManageNameIDRequest xmlns:samlp=\"" SAMLP "\" xmlns:saml=\"" SAML "\" ID=\"_order\" Version=\"2.0\""
    " IssueInstant=\"@0@\" Destination=\"" FORGE_SOAP "\"><saml:Issuer>{IDP}</saml:Issuer>{SIG}{NAME}"
    "<samlp:Terminate/></samlp:ManageNameIDRequest>";

static const char order_name[] =
    "<saml:NameID xmlns:saml=\"" SAML "\" Format=\"urn:oasis:names:tc:SAML:2.0:nameid-format:persistent\" NameQualifier=\"{IDP}\""
    " SPNameQualifier=\"" FORGE_SP "\">K7-person</saml:NameID>";

static const char envelope_text[] =
    "<soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\"><soap:Body>{A}</soap:Body></soap:Envelope>";

void
forge_open(void)
{
	assert_int_equal(xmlSecInit(), 0);
	assert_int_equal(xmlSecCryptoAppInit(NULL), 0);
	assert_int_equal(xmlSecCryptoInit(), 0);
}

void
forge_close(void)
{
	xmlSecCryptoShutdown();
	xmlSecCryptoAppShutdown();
	xmlSecShutdown();
	xmlCleanupParser();
}

const char *
forge_fixture(const char *name, struct arena *arena)
{
	char *text = arena_alloc(arena, 16384);
	FILE *file = fopen(arena_printf(arena, "%s/%s", UNIT_FIXTURES, name), "r");

	assert_non_null(file);
	assert_true(fread(text, 1, 16383, file) > 0);
	fclose(file);
	return text;
}

/* --- text --- */

static const char *
replace(const char *text, const char *from, const char *to, struct arena *arena)
{
	const char *at = strstr(text, from);
	struct buf buf;

	if (at == NULL)
		fail_msg("the text has no \"%s\": %.3000s", from, text);
	buf_init(&buf, arena, TEXT_MAX);
	buf_put(&buf, text, (size_t)(at - text));
	buf_put_text(&buf, to);
	buf_put_text(&buf, at + strlen(from));
	assert_false(buf.failed);
	return buf_text(&buf);
}

/* "{x3:ab}" is "ababab". */
static const char *
repeat(const char *at, struct buf *buf)
{
	char *inside;
	long n = strtol(at + 2, &inside, 10);
	const char *end = strchr(inside, '}');

	for (; n > 0; n--)
		buf_put(buf, inside + 1, (size_t)(end - inside - 1));
	return end + 1;
}

/* "@-5@" is the instant 5 seconds ago. */
static const char *
instant(const char *at, struct buf *buf, int64_t now)
{
	char *end;
	long seconds = strtol(at + 1, &end, 10);

	if (end == at + 1 || *end != '@') {
		buf_put_byte(buf, (uint8_t)*at);
		return at + 1;
	}
	buf_put_text(buf, clock_print(buf->arena, now + SECONDS(seconds)));
	return end + 1;
}

static const char *
expand(const char *text, int64_t now, struct arena *arena)
{
	struct buf buf;

	buf_init(&buf, arena, TEXT_MAX);
	while (*text != '\0')
		if (text[0] == '{' && text[1] == 'x')
			text = repeat(text, &buf);
		else if (*text == '@')
			text = instant(text, &buf, now);
		else
			buf_put_byte(&buf, (uint8_t)*text++);
	assert_false(buf.failed);
	return buf_text(&buf);
}

/* --- one answer --- */

struct work {
	const struct forge_recipe *recipe;
	struct arena *arena;
	int64_t now;
	const char *signed_assertion;	/* NULL before it is made */
};

static const char *
remove_signature(const char *text, struct arena *arena)
{
	const char *from = strstr(text, "<ds:Signature "), *to = strstr(text, "</ds:Signature>");

	assert_true(from != NULL && to != NULL);
	return arena_printf(arena, "%.*s%s", (int)(from - text), text, to + strlen("</ds:Signature>"));
}

static const char *
fill_in(const struct work *work, const char *text)
{
	const char *evil;

	if (work->signed_assertion == NULL)
		return text;
	while (strstr(text, "{SIGNED}") != NULL)
		text = replace(text, "{SIGNED}", work->signed_assertion, work->arena);
	if (strstr(text, "{EVIL}") == NULL && strstr(text, "{BARE}") == NULL)
		return text;
	evil = replace(work->signed_assertion, "K7-person", "K9-evil", work->arena);
	while (strstr(text, "{EVIL}") != NULL)
		text = replace(text, "{EVIL}", evil, work->arena);
	if (strstr(text, "{BARE}") != NULL) {
		evil = replace(remove_signature(evil, work->arena), "_assertion", "_evil", work->arena);
		text = replace(text, "{BARE}", evil, work->arena);
	}
	return text;
}

static const char *
edit(const struct work *work, enum forge_step step, const char *text)
{
	const struct forge_edit *each = work->recipe->edits;
	size_t i;

	for (i = 0; i < FORGE_EDITS && each[i].step != FORGE_END; i++)
		if (each[i].step == step)
			text = replace(text, each[i].from, each[i].to, work->arena);
	return expand(fill_in(work, text), work->now, work->arena);
}

static const char *
print(xmlDoc *doc, struct arena *arena)
{
	xmlBuffer *buffer = xmlBufferCreate();
	const char *text;

	assert_true(xmlNodeDump(buffer, doc, xmlDocGetRootElement(doc), 0, 0) > 0);
	text = arena_text(arena, (const char *)xmlBufferContent(buffer));
	xmlBufferFree(buffer);
	return text;
}

static xmlDoc *
parse(const char *text)
{
	xmlDoc *doc = xmlReadMemory(text, (int)strlen(text), NULL, NULL, XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);

	if (doc == NULL)
		fail_msg("not XML: %.3000s", text);
	return doc;
}

static xmlSecKey *
load_key(const struct work *work)
{
	const char *name = work->recipe->key != NULL ? work->recipe->key : "provider";
	const char *method = work->recipe->signature_method;
	const char *pem = forge_fixture(arena_printf(work->arena, "saml/%s.pem", name), work->arena);

	/* The provider's public certificate taken for a shared secret (ATTACKS.md S52). */
	if (method != NULL && strstr(method, "hmac") != NULL) {
		pem = forge_fixture("saml/provider.crt", work->arena);
		return xmlSecKeyReadMemory(xmlSecKeyDataHmacId, (const xmlSecByte *)pem, strlen(pem));
	}
	return xmlSecCryptoAppKeyLoadMemory((const xmlSecByte *)pem, (xmlSecSize)strlen(pem), xmlSecKeyDataFormatPem, NULL, NULL, NULL);
}

/* Sign the root of a text whose Signature is its first of that name. */
static const char *
sign(const struct work *work, const char *text)
{
	xmlDoc *doc = parse(text);
	xmlNode *root = xmlDocGetRootElement(doc);
	xmlNode *signature = xmlSecFindNode(root, xmlSecNodeSignature, xmlSecDSigNs);
	xmlSecDSigCtx *context = xmlSecDSigCtxCreate(NULL);
	xmlAttr *id = xmlHasProp(root, (const xmlChar *)"ID");
	const char *result;

	assert_true(context != NULL && signature != NULL);
	if (id != NULL)
		xmlAddID(NULL, doc, id->children->content, id);
	context->signKey = load_key(work);
	assert_non_null(context->signKey);
	assert_int_equal(xmlSecDSigCtxSign(context, signature), 0);
	result = print(doc, work->arena);
	xmlSecDSigCtxDestroy(context);
	xmlFreeDoc(doc);
	return result;
}

static const char *
signature_template(const struct work *work, const char *id)
{
	const char *method = work->recipe->signature_method;

	return arena_printf(work->arena, "%s", replace(replace(signature_text, "%s",
	    method != NULL ? method : "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", work->arena), "%s", id, work->arena));
}

static xmlSecKeysMngr *
recipient_keys(const struct work *work)
{
	const char *pem = forge_fixture("keys/saml-encryption-1.crt", work->arena);
	xmlSecKeysMngr *manager = xmlSecKeysMngrCreate();
	xmlSecKey *key = xmlSecCryptoAppKeyLoadMemory((const xmlSecByte *)pem, (xmlSecSize)strlen(pem), xmlSecKeyDataFormatCertPem, NULL, NULL, NULL);

	assert_true(manager != NULL && key != NULL);
	assert_int_equal(xmlSecCryptoAppDefaultKeysMngrInit(manager), 0);
	assert_int_equal(xmlSecCryptoAppDefaultKeysMngrAdoptKey(manager, key), 0);
	return manager;
}

static xmlSecKey *
session_key(const char *cipher)
{
	if (strstr(cipher, "tripledes") != NULL)
		return xmlSecKeyGenerate(xmlSecKeyDataDesId, 192, xmlSecKeyDataTypeSession);
	return xmlSecKeyGenerate(xmlSecKeyDataAesId, strstr(cipher, "128") != NULL ? 128 : 256, xmlSecKeyDataTypeSession);
}

static const char *
encrypt(const struct work *work, const char *assertion)
{
	const char *cipher = work->recipe->cipher != NULL ? work->recipe->cipher : "http://www.w3.org/2009/xmlenc11#aes256-gcm";
	const char *transport = work->recipe->transport != NULL ? work->recipe->transport : XENC "rsa-oaep-mgf1p";
	xmlDoc *doc = parse(replace(replace(encrypted_text, "%s", cipher, work->arena), "%s", transport, work->arena));
	xmlSecKeysMngr *manager = recipient_keys(work);
	xmlSecEncCtx *context = xmlSecEncCtxCreate(manager);
	const char *result;

	context->encKey = session_key(cipher);
	assert_non_null(context->encKey);
	assert_int_equal(xmlSecEncCtxBinaryEncrypt(context, xmlFirstElementChild(xmlDocGetRootElement(doc)),
	    (const xmlSecByte *)assertion, (xmlSecSize)strlen(assertion)), 0);
	result = print(doc, work->arena);
	xmlSecEncCtxDestroy(context);
	xmlSecKeysMngrDestroy(manager);
	xmlFreeDoc(doc);
	return result;
}

/* The same text from the staff's provider. */
static const char *
in_name_of(const struct work *work, const char *text)
{
	while (work->recipe->staff && strstr(text, FORGE_IDP) != NULL)
		text = replace(text, FORGE_IDP, FORGE_STAFF_IDP, work->arena);
	while (work->recipe->staff && strstr(text, FORGE_ACS) != NULL)
		text = replace(text, FORGE_ACS, FORGE_DESK_ACS, work->arena);
	return text;
}

static const char *
make_assertion(struct work *work)
{
	bool bare = work->recipe->unsigned_assertion;
	const char *text = replace(in_name_of(work, assertion_text), "{SIG}", bare ? "" : signature_template(work, "_assertion"), work->arena);

	text = edit(work, FORGE_ASSERTION, text);
	work->signed_assertion = bare ? text : sign(work, text);
	text = edit(work, FORGE_SIGNED, work->signed_assertion);
	return work->recipe->plain ? text : edit(work, FORGE_ENCRYPTED, encrypt(work, text));
}

const char *
forge_make(const struct forge_recipe *recipe, int64_t now, struct arena *arena)
{
	struct work work = {.recipe = recipe, .arena = arena, .now = now};
	const char *assertion = make_assertion(&work), *text;

	text = replace(in_name_of(&work, response_text), "{RSIG}", recipe->signed_response ? signature_template(&work, "_response") : "", arena);
	text = edit(&work, FORGE_RESPONSE, text);
	if (strstr(text, "{A}") != NULL)
		text = replace(text, "{A}", assertion, arena);
	if (recipe->signed_response)
		text = sign(&work, text);
	text = edit(&work, FORGE_FINAL, text);
	return recipe->raw ? text : base64_print(arena, bytes_of(text));
}

static const char *
make_order_name(const struct work *work, const char *idp)
{
	const char *name = replace(order_name, "{IDP}", idp, work->arena), *encrypted;

	if (!work->recipe->encrypted_id)
		return name;
	encrypted = replace(replace(encrypt(work, name), "EncryptedAssertion", "EncryptedID", work->arena), "EncryptedAssertion", "EncryptedID", work->arena);
	return edit(work, FORGE_ENCRYPTED, encrypted);
}

const char *
forge_order(const struct forge_recipe *recipe, int64_t now, struct arena *arena)
{
	struct work work = {.recipe = recipe, .arena = arena, .now = now};
	const char *idp = recipe->idp != NULL ? recipe->idp : FORGE_IDP;
	bool bare = recipe->unsigned_assertion;
	const char *text = replace(order_text, "{IDP}", idp, arena), *envelope;

	text = replace(text, "{SIG}", bare ? "" : signature_template(&work, "_order"), arena);
	text = edit(&work, FORGE_ASSERTION, replace(text, "{NAME}", make_order_name(&work, idp), arena));
	work.signed_assertion = bare ? text : sign(&work, text);
	text = edit(&work, FORGE_SIGNED, work.signed_assertion);
	envelope = edit(&work, FORGE_RESPONSE, envelope_text);
	if (strstr(envelope, "{A}") != NULL)
		envelope = replace(envelope, "{A}", text, arena);
	return edit(&work, FORGE_FINAL, envelope);
}

bool
forge_verify(const char *xml, const char *element, const char *certificate_pem)
{
	xmlDoc *doc = parse(xml);
	xmlNode *node = xmlSecFindNode(xmlDocGetRootElement(doc), (const xmlChar *)element, (const xmlChar *)SAMLP);
	xmlNode *signature = xmlSecFindNode(node, xmlSecNodeSignature, xmlSecDSigNs);
	xmlSecDSigCtx *context = xmlSecDSigCtxCreate(NULL);
	xmlAttr *id = xmlHasProp(node, (const xmlChar *)"ID");
	bool good;

	assert_true(context != NULL && signature != NULL && id != NULL);
	xmlAddID(NULL, doc, id->children->content, id);
	context->signKey = xmlSecCryptoAppKeyLoadMemory((const xmlSecByte *)certificate_pem, (xmlSecSize)strlen(certificate_pem),
	    xmlSecKeyDataFormatCertPem, NULL, NULL, NULL);
	assert_non_null(context->signKey);
	good = xmlSecDSigCtxVerify(context, signature) == 0 && context->status == xmlSecDSigStatusSucceeded;
	xmlSecDSigCtxDestroy(context);
	xmlFreeDoc(doc);
	return good;
}

const char *
forge_metadata(const char *entity_id, const char *const *certificates, struct arena *arena)
{
	const char *keys = "", *pem;

	for (; **certificates != '\0'; certificates++) {
		pem = forge_fixture(arena_printf(arena, "saml/%s.crt", *certificates), arena);
		pem = replace(replace(pem, "-----BEGIN CERTIFICATE-----", "", arena), "-----END CERTIFICATE-----", "", arena);
		keys = arena_printf(arena, "%s<md:KeyDescriptor use=\"signing\"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>%s"
		    "</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>", keys, pem);
	}
	return arena_printf(arena, "<?xml version=\"1.0\"?>\n<!-- a comment is fine here -->\n"
	    "<md:EntityDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" xmlns:ds=\"" DSIG "\" entityID=\"%s\">"
	    "<md:IDPSSODescriptor protocolSupportEnumeration=\"" SAMLP "\">%s"
	    "<md:SingleSignOnService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect\" Location=\"https://gckey.test/sso\"/>"
	    "</md:IDPSSODescriptor></md:EntityDescriptor>\n", entity_id, keys);
}
