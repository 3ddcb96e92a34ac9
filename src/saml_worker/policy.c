#include "saml_worker/policy.h"

#include <string.h>

#include "saml_worker/shape.h"

#define DSIG_MORE "http://www.w3.org/2001/04/xmldsig-more#"
#define XENC11 "http://www.w3.org/2009/xmlenc11#"
#define EXC_C14N "http://www.w3.org/2001/10/xml-exc-c14n#"
#define ENVELOPED NS_DSIG "enveloped-signature"

static const char *const signature_methods[] = {
    DSIG_MORE "rsa-sha256", DSIG_MORE "rsa-sha384", DSIG_MORE "rsa-sha512", NULL};
static const char *const digest_methods[] = {
    NS_XENC "sha256", DSIG_MORE "sha384", NS_XENC "sha512", NULL};
static const char *const c14n_methods[] = {EXC_C14N, NULL};
static const char *const key_methods[] = {NS_XENC "rsa-oaep-mgf1p", NULL};
static const char *const key_digests[] = {NS_DSIG "sha1", NULL};

/* Does the element name one of these as its Algorithm? */
static bool
uses_one_of(const xmlNode *node, const char *const *algorithms, struct arena *arena)
{
	const char *algorithm = node_attribute(node, "Algorithm", arena);

	for (; algorithm != NULL && *algorithms != NULL; algorithms++)
		if (strcmp(algorithm, *algorithms) == 0)
			return true;
	return false;
}

/* Enveloped-signature first, canonicalisation second, in this order and both: as every product does it. */
static bool
transforms_valid(const xmlNode *transforms, struct arena *arena)
{
	static const char *const enveloped[] = {ENVELOPED, NULL};
	xmlNode *first = node_first(transforms);
	xmlNode *second = node_after(first);

	return second != NULL && uses_one_of(first, enveloped, arena) && node_first(first) == NULL &&
	       uses_one_of(second, c14n_methods, arena);
}

static bool
reference_valid(const xmlNode *element, const xmlNode *reference, struct arena *arena)
{
	const char *uri = node_attribute(reference, "URI", arena);
	const char *id = node_attribute(element, "ID", arena);

	return uri != NULL && id != NULL && uri[0] == '#' && uri[1] != '\0' && strcmp(uri + 1, id) == 0;
}

enum saml_verdict
policy_check_signature(const xmlNode *element, struct arena *arena)
{
	xmlNode *signature = node_child(element, NS_DSIG, "Signature");
	xmlNode *info = node_child(signature, NS_DSIG, "SignedInfo");
	xmlNode *reference = node_child(info, NS_DSIG, "Reference");

	if (signature == NULL)
		return SAML_ACCEPTED;
	if (!uses_one_of(node_child(info, NS_DSIG, "CanonicalizationMethod"), c14n_methods, arena) ||
	    !uses_one_of(node_child(info, NS_DSIG, "SignatureMethod"), signature_methods, arena) ||
	    !uses_one_of(node_child(reference, NS_DSIG, "DigestMethod"), digest_methods, arena) ||
	    !transforms_valid(node_child(reference, NS_DSIG, "Transforms"), arena))
		return SAML_SIGNATURE_ALGORITHM;
	return reference_valid(element, reference, arena) ? SAML_ACCEPTED : SAML_SIGNATURE_REFERENCE;
}

static const char *const ciphers[] = {
	[BLOCK_AES256_GCM] = XENC11 "aes256-gcm",
	[BLOCK_AES128_GCM] = XENC11 "aes128-gcm",
	[BLOCK_AES128_CBC] = NS_XENC "aes128-cbc",
	[BLOCK_AES256_CBC] = NS_XENC "aes256-cbc",
};

/* RSA-OAEP with SHA-1, which is what rsa-oaep-mgf1p means (XML Encryption 1.1 section 5.5.2). */
static bool
key_method_valid(const xmlNode *key, struct arena *arena)
{
	const xmlNode *method = node_child(key, NS_XENC, "EncryptionMethod");
	const xmlNode *digest = node_child(method, NS_DSIG, "DigestMethod");

	return uses_one_of(method, key_methods, arena) &&
	       (digest == NULL || uses_one_of(digest, key_digests, arena));
}

static bool
key_methods_valid(const xmlNode *parent, struct arena *arena)
{
	const xmlNode *key;

	for (key = node_child(parent, NS_XENC, "EncryptedKey"); key != NULL;
	     key = node_next(key, NS_XENC, "EncryptedKey"))
		if (!key_method_valid(key, arena))
			return false;
	return true;
}

enum saml_verdict
policy_check_encryption(const xmlNode *encrypted_assertion, const struct provider *provider, struct arena *arena,
    enum block_cipher *ret_cipher)
{
	const xmlNode *data = node_child(encrypted_assertion, NS_XENC, "EncryptedData");
	const char *type = node_attribute(data, "Type", arena);
	const char *algorithm = node_attribute(node_child(data, NS_XENC, "EncryptionMethod"), "Algorithm", arena);
	unsigned i;

	if (type != NULL && strcmp(type, NS_XENC "Element") != 0)
		return SAML_ENCRYPTION_ALGORITHM;
	if (!key_methods_valid(encrypted_assertion, arena) ||
	    !key_methods_valid(node_child(data, NS_DSIG, "KeyInfo"), arena))
		return SAML_ENCRYPTION_ALGORITHM;
	for (i = 0; i < sizeof(ciphers) / sizeof(ciphers[0]); i++)
		if (algorithm != NULL && strcmp(algorithm, ciphers[i]) == 0 && (provider->setup->encryption & 1u << i) != 0) {
			*ret_cipher = (enum block_cipher)i;
			return SAML_ACCEPTED;
		}
	return SAML_ENCRYPTION_ALGORITHM;
}
