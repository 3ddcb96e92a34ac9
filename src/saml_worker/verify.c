#include "saml_worker/verify.h"

#include <libxml/valid.h>
#include <xmlsec/crypto.h>
#include <xmlsec/keyinfo.h>
#include <xmlsec/keys.h>
#include <xmlsec/xmldsig.h>
#include <xmlsec/xmlsec.h>

#include "saml_worker/policy.h"
#include "saml_worker/shape.h"

/* --- the keys --- */

/* xmlsec's way to take bare numbers: those that provider.c found good, and nothing else of the certificate. */
static xmlSecKey *
make_key(const struct certificate *certificate, struct arena *arena)
{
	const char *text = arena_printf(arena,
	    "<RSAKeyValue xmlns=\"" NS_DSIG "\"><Modulus>%s</Modulus><Exponent>%s</Exponent></RSAKeyValue>",
	    base64_print(arena, certificate->modulus), base64_print(arena, certificate->exponent));
	CLEANUP(shape_close) xmlDoc *doc = shape_parse(bytes_of(text));
	xmlSecKeyInfoCtx *context = xmlSecKeyInfoCtxCreate(NULL);
	xmlSecKey *key = xmlSecKeyCreate();

	must(doc != NULL && context != NULL && key != NULL);
	if (xmlSecKeyDataXmlRead(xmlSecKeyDataRsaId, key, xmlDocGetRootElement(doc), context) != 0) {
		xmlSecKeyDestroy(key);
		key = NULL;
	}
	xmlSecKeyInfoCtxDestroy(context);
	return key;
}

enum err
verify_keys_open(const struct provider *provider, struct arena *arena, struct verify_keys *ret_keys)
{
	size_t i;

	*ret_keys = (struct verify_keys){.count = 0};
	for (i = 0; i < provider->certificate_count; i++) {
		ret_keys->items[i] = make_key(&provider->certificates[i], arena);
		if (ret_keys->items[i] == NULL)
			return ERR_CRYPTO;
		ret_keys->count++;
	}
	return ERR_OK;
}

void
verify_keys_close(struct verify_keys *keys)
{
	while (keys->count > 0)
		xmlSecKeyDestroy(keys->items[--keys->count]);
}

/* --- one signature --- */

/* Make the element the one that its ID leads to.  No other attribute of the tree is an ID to libxml2 until we say so. */
static bool
register_id(xmlNode *element)
{
	xmlAttr *id = xmlHasNsProp(element, (const xmlChar *)"ID", NULL);

	if (id == NULL || id->children == NULL || xmlAddID(NULL, element->doc, id->children->content, id) == NULL)
		return false;
	return xmlGetID(element->doc, id->children->content) == id && id->parent == element;
}

/* With a key given, xmlsec does not read KeyInfo.  The flag makes it look the ID up as it is, and not as a part of an XPointer:
 * cheaper, and a quote in an ID stays a quote. */
static bool
made_by(xmlSecKey *key, xmlNode *signature)
{
	xmlSecDSigCtx *context = xmlSecDSigCtxCreate(NULL);
	bool good;

	must(context != NULL);
	context->signKey = key;
	context->enabledReferenceUris = xmlSecTransformUriTypeSameDocument;
	context->flags |= XMLSEC_DSIG_FLAGS_USE_VISA3D_HACK;
	good = xmlSecDSigCtxVerify(context, signature) == 0 && context->status == xmlSecDSigStatusSucceeded &&
	       xmlSecPtrListGetSize(&context->signedInfoReferences) == 1;
	context->signKey = NULL;	/* stays ours */
	xmlSecDSigCtxDestroy(context);
	return good;
}

enum saml_verdict
verify_element(const struct verify_keys *keys, xmlNode *element, struct arena *arena)
{
	xmlNode *signature = node_child(element, NS_DSIG, "Signature");
	enum saml_verdict verdict;
	size_t i;

	if (signature == NULL)
		return SAML_UNSIGNED;
	verdict = policy_check_signature(element, arena);
	if (verdict != SAML_ACCEPTED)
		return verdict;
	if (!register_id(element))
		return SAML_SIGNATURE_REFERENCE;
	for (i = 0; i < keys->count; i++)
		if (made_by(keys->items[i], signature))
			return SAML_ACCEPTED;
	return SAML_SIGNATURE;
}
