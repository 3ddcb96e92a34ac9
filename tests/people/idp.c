#include <ctype.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zlib.h>

#include "people.h"

#define DSIG "http://www.w3.org/2000/09/xmldsig#"
#define XENC "http://www.w3.org/2001/04/xmlenc#"
#define LOA2 "urn:gc-ca:cyber-auth:assurance:loa2"

struct idp {
	char entity_id[256];
	EVP_PKEY *key;
	char certificate[4096]; /* base64 DER */
	char sp[256], acs[256];
	EVP_PKEY *sp_key;
};

static char *
base64(const unsigned char *data, size_t len)
{
	char *text = malloc(len * 4 / 3 + 8);

	EVP_EncodeBlock((unsigned char *)text, data, (int)len);
	return text;
}

static unsigned char *
unbase64(const char *text, size_t *ret_len)
{
	char *clean = malloc(strlen(text) + 1), *out = clean;
	unsigned char *data = malloc(strlen(text) + 4);
	size_t padding = 0;
	int n;

	for (; *text != '\0'; text++)
		if (!isspace((unsigned char)*text))
			*out++ = *text;
	*out = '\0';
	for (const char *p = out; p > clean && p[-1] == '='; p--)
		padding++;
	n = EVP_DecodeBlock(data, (unsigned char *)clean, (int)(out - clean));
	free(clean);
	if (n < 0)
		die("bad base64");
	*ret_len = (size_t)n - padding;
	return data;
}

static void
make_certificate(struct idp *idp)
{
	X509 *x = X509_new();
	X509_NAME *name = X509_get_subject_name(x);
	unsigned char *der = NULL;
	char *text;
	int len;

	X509_set_version(x, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
	X509_gmtime_adj(X509_getm_notBefore(x), -86400);
	X509_gmtime_adj(X509_getm_notAfter(x), 86400L * 3650);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"provider of the tests", -1, -1, 0);
	X509_set_issuer_name(x, name);
	X509_set_pubkey(x, idp->key);
	X509_sign(x, idp->key, EVP_sha256());
	len = i2d_X509(x, &der);
	text = base64(der, (size_t)len);
	snprintf(idp->certificate, sizeof(idp->certificate), "%s", text);
	free(text);
	OPENSSL_free(der);
	X509_free(x);
}

struct idp *
idp_new(const char *entity_id)
{
	struct idp *idp = calloc(1, sizeof(*idp));

	snprintf(idp->entity_id, sizeof(idp->entity_id), "%s", entity_id);
	idp->key = EVP_RSA_gen(2048);
	if (idp->key == NULL)
		die("no RSA key");
	make_certificate(idp);
	return idp;
}

void
idp_free(struct idp *idp)
{
	EVP_PKEY_free(idp->key);
	EVP_PKEY_free(idp->sp_key);
	free(idp);
}

void
idp_write_metadata(struct idp *idp, const char *file, const char *sso_url)
{
	FILE *f = fopen(file, "w");

	if (f == NULL)
		die("%s cannot be written", file);
	fprintf(f,
	    "<md:EntityDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" entityID=\"%s\">"
	    "<md:IDPSSODescriptor WantAuthnRequestsSigned=\"true\" protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\">"
	    "<md:KeyDescriptor use=\"signing\"><ds:KeyInfo xmlns:ds=\"" DSIG "\"><ds:X509Data><ds:X509Certificate>%s</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>"
	    "<md:NameIDFormat>urn:oasis:names:tc:SAML:2.0:nameid-format:persistent</md:NameIDFormat>"
	    "<md:SingleSignOnService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect\" Location=\"%s\"/>"
	    "</md:IDPSSODescriptor></md:EntityDescriptor>\n",
	    idp->entity_id, idp->certificate, sso_url);
	if (fclose(f) != 0)
		die("%s cannot be written", file);
}

static void
copy_attribute(const char *xml, const char *element, const char *attribute, char *out, size_t room)
{
	const char *p = strstr(xml, element);

	if (p == NULL || !page_attribute(p, attribute, 0, out, room))
		die("the service's metadata has no %s/@%s", element, attribute);
}

void
idp_read_sp(struct idp *idp, const char *metadata_xml)
{
	const char *p = strstr(metadata_xml, "use=\"encryption\""), *end;
	unsigned char *der;
	const unsigned char *at;
	char text[8192];
	size_t len;
	X509 *x;

	copy_attribute(metadata_xml, "EntityDescriptor", "entityID", idp->sp, sizeof(idp->sp));
	copy_attribute(metadata_xml, "AssertionConsumerService", "Location", idp->acs, sizeof(idp->acs));
	if (p == NULL || (p = strstr(p, "X509Certificate>")) == NULL || (end = strchr(p, '<')) == NULL)
		die("the service's metadata has no encryption certificate");
	p += strlen("X509Certificate>");
	snprintf(text, sizeof(text), "%.*s", (int)(end - p), p);
	der = unbase64(text, &len);
	at = der;
	x = d2i_X509(NULL, &at, (long)len);
	if (x == NULL)
		die("the service's encryption certificate does not parse");
	EVP_PKEY_free(idp->sp_key);
	idp->sp_key = X509_get_pubkey(x);
	X509_free(x);
	free(der);
}

static void
unescape(const char *in, size_t len, char *out)
{
	for (size_t i = 0; i < len; i++) {
		unsigned byte;
		if (in[i] == '%' && i + 2 < len && sscanf(in + i + 1, "%2x", &byte) == 1) {
			*out++ = (char)byte;
			i += 2;
		} else
			*out++ = in[i];
	}
	*out = '\0';
}

bool
idp_request_id(const char *url, char *ret_id, size_t room)
{
	const char *p = strstr(url, "SAMLRequest=");
	char text[8192], xml[16384];
	unsigned char *data;
	z_stream z = {0};
	size_t len;

	if (p == NULL)
		return false;
	p += strlen("SAMLRequest=");
	if (strcspn(p, "&") >= sizeof(text))
		return false;
	unescape(p, strcspn(p, "&"), text);
	data = unbase64(text, &len);
	z.next_in = data;
	z.avail_in = (unsigned)len;
	z.next_out = (unsigned char *)xml;
	z.avail_out = sizeof(xml) - 1;
	inflateInit2(&z, -15);
	inflate(&z, Z_FINISH);
	xml[z.total_out] = '\0';
	inflateEnd(&z);
	free(data);
	return page_attribute(xml, " ID", 0, ret_id, room);
}

static void
time_text(int64_t ms, char out[32])
{
	time_t seconds = (time_t)(ms / 1000);
	struct tm tm;

	gmtime_r(&seconds, &tm);
	strftime(out, 32, "%Y-%m-%dT%H:%M:%SZ", &tm);
}

static void
random_id(char out[40])
{
	unsigned char bytes[16];

	RAND_bytes(bytes, sizeof(bytes));
	out[0] = '_';
	for (int i = 0; i < 16; i++)
		sprintf(out + 1 + 2 * i, "%02x", bytes[i]);
}

/* The assertion in two halves, both already in exclusive canonical form: the signature goes between them. */
static void
write_assertion(const struct idp *idp, const char *request_id, const char *name_id, const char *id, char *head, char *tail, size_t room)
{
	char now[32], before[32], after[32];

	time_text(now_ms(), now);
	time_text(now_ms() - 60000, before);
	time_text(now_ms() + 240000, after);
	snprintf(head, room,
	    "<saml:Assertion xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" ID=\"%s\" IssueInstant=\"%s\" Version=\"2.0\"><saml:Issuer>%s</saml:Issuer>",
	    id, now, idp->entity_id);
	snprintf(tail, room,
	    "<saml:Subject><saml:NameID Format=\"urn:oasis:names:tc:SAML:2.0:nameid-format:persistent\" NameQualifier=\"%s\" SPNameQualifier=\"%s\">%s</saml:NameID>"
	    "<saml:SubjectConfirmation Method=\"urn:oasis:names:tc:SAML:2.0:cm:bearer\"><saml:SubjectConfirmationData InResponseTo=\"%s\" NotOnOrAfter=\"%s\" Recipient=\"%s\"></saml:SubjectConfirmationData></saml:SubjectConfirmation></saml:Subject>"
	    "<saml:Conditions NotBefore=\"%s\" NotOnOrAfter=\"%s\"><saml:AudienceRestriction><saml:Audience>%s</saml:Audience></saml:AudienceRestriction></saml:Conditions>"
	    "<saml:AuthnStatement AuthnInstant=\"%s\" SessionIndex=\"%s-s\"><saml:AuthnContext><saml:AuthnContextClassRef>" LOA2 "</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>"
	    "<saml:AttributeStatement><saml:Attribute Name=\"ca:gc:cyber-authentication:basic:specVer\" NameFormat=\"urn:oasis:names:tc:SAML:2.0:attrname-format:uri\"><saml:AttributeValue>2.0</saml:AttributeValue></saml:Attribute></saml:AttributeStatement>"
	    "</saml:Assertion>",
	    idp->entity_id, idp->sp, name_id, request_id, after, idp->acs, before, after, idp->sp, now, id);
}

static void
write_signature(const struct idp *idp, const char *id, const char *head, const char *tail, char *out, size_t room)
{
	unsigned char digest[32], signature[512];
	size_t signature_len = sizeof(signature);
	unsigned digest_len;
	char info[2048], *digest_text, *signature_text;
	EVP_MD_CTX *md = EVP_MD_CTX_new();

	EVP_DigestInit_ex(md, EVP_sha256(), NULL);
	EVP_DigestUpdate(md, head, strlen(head));
	EVP_DigestUpdate(md, tail, strlen(tail));
	EVP_DigestFinal_ex(md, digest, &digest_len);
	digest_text = base64(digest, sizeof(digest));
	snprintf(info, sizeof(info),
	    "<ds:SignedInfo xmlns:ds=\"" DSIG "\"><ds:CanonicalizationMethod Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"></ds:CanonicalizationMethod>"
	    "<ds:SignatureMethod Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256\"></ds:SignatureMethod><ds:Reference URI=\"#%s\"><ds:Transforms>"
	    "<ds:Transform Algorithm=\"" DSIG "enveloped-signature\"></ds:Transform><ds:Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"></ds:Transform></ds:Transforms>"
	    "<ds:DigestMethod Algorithm=\"" XENC "sha256\"></ds:DigestMethod><ds:DigestValue>%s</ds:DigestValue></ds:Reference></ds:SignedInfo>",
	    id, digest_text);
	if (EVP_DigestSignInit(md, NULL, EVP_sha256(), NULL, idp->key) != 1 ||
	    EVP_DigestSign(md, signature, &signature_len, (unsigned char *)info, strlen(info)) != 1)
		die("no signature");
	signature_text = base64(signature, signature_len);
	snprintf(out, room, "<ds:Signature xmlns:ds=\"" DSIG "\">%s<ds:SignatureValue>%s</ds:SignatureValue></ds:Signature>", info, signature_text);
	free(digest_text);
	free(signature_text);
	EVP_MD_CTX_free(md);
}

/* nonce | ciphertext | tag (XML Encryption 1.1 section 5.2.4). */
static char *
encrypt(const unsigned char key[32], const char *plain)
{
	size_t len = strlen(plain);
	unsigned char *out = malloc(len + 64);
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	int n = 0, last = 0;
	char *text;

	RAND_bytes(out, 12);
	EVP_EncryptInit_ex(c, EVP_aes_256_gcm(), NULL, key, out);
	EVP_EncryptUpdate(c, out + 12, &n, (const unsigned char *)plain, (int)len);
	EVP_EncryptFinal_ex(c, out + 12 + n, &last);
	EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_GET_TAG, 16, out + 12 + n + last);
	EVP_CIPHER_CTX_free(c);
	text = base64(out, 12 + (size_t)(n + last) + 16);
	free(out);
	return text;
}

static char *
wrap_key(const struct idp *idp, const unsigned char key[32])
{
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new(idp->sp_key, NULL);
	unsigned char out[512];
	size_t len = sizeof(out);

	if (EVP_PKEY_encrypt_init(c) != 1 || EVP_PKEY_CTX_set_rsa_padding(c, RSA_PKCS1_OAEP_PADDING) != 1 || EVP_PKEY_encrypt(c, out, &len, key, 32) != 1)
		die("no key transport");
	EVP_PKEY_CTX_free(c);
	return base64(out, len);
}

char *
idp_respond(struct idp *idp, const char *request_id, const char *name_id)
{
	static _Thread_local char head[4096], tail[4096], signature[4096], plain[12288], response[24576];
	char id[40], response_id[40], now[32], *cipher, *wrapped, *text;
	unsigned char key[32];

	random_id(id);
	random_id(response_id);
	time_text(now_ms(), now);
	write_assertion(idp, request_id, name_id, id, head, tail, sizeof(tail));
	write_signature(idp, id, head, tail, signature, sizeof(signature));
	snprintf(plain, sizeof(plain), "%s%s%s", head, signature, tail);
	RAND_bytes(key, sizeof(key));
	cipher = encrypt(key, plain);
	wrapped = wrap_key(idp, key);
	snprintf(response, sizeof(response),
	    "<samlp:Response xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" ID=\"%s\" Version=\"2.0\" IssueInstant=\"%s\" Destination=\"%s\" InResponseTo=\"%s\">"
	    "<saml:Issuer>%s</saml:Issuer><samlp:Status><samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"/></samlp:Status>"
	    "<saml:EncryptedAssertion><xenc:EncryptedData xmlns:xenc=\"" XENC "\" Type=\"" XENC "Element\"><xenc:EncryptionMethod Algorithm=\"http://www.w3.org/2009/xmlenc11#aes256-gcm\"/>"
	    "<ds:KeyInfo xmlns:ds=\"" DSIG "\"><xenc:EncryptedKey><xenc:EncryptionMethod Algorithm=\"" XENC "rsa-oaep-mgf1p\"/><xenc:CipherData><xenc:CipherValue>%s</xenc:CipherValue></xenc:CipherData></xenc:EncryptedKey></ds:KeyInfo>"
	    "<xenc:CipherData><xenc:CipherValue>%s</xenc:CipherValue></xenc:CipherData></xenc:EncryptedData></saml:EncryptedAssertion></samlp:Response>",
	    response_id, now, idp->acs, request_id, idp->entity_id, wrapped, cipher);
	text = base64((unsigned char *)response, strlen(response));
	free(cipher);
	free(wrapped);
	return text;
}
