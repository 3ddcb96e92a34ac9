#include "saml/metadata.h"

#include "base/buf.h"
#include "config/config.h"
#include "crypto/keyring.h"
#include "crypto/rsa.h"
#include "text/escape.h"

#define METADATA_MAX ((size_t)256 << 10)

static enum err
put_key(struct buf *buf, const char *use, const struct saml_key *key, const char *methods)
{
	struct bytes der;
	enum err err;

	err = certificate_from_pem(key->certificate_pem, buf->arena, &der);
	if (err != ERR_OK)
		return err;
	buf_printf(buf, "    <md:KeyDescriptor use=\"%s\">\n"
	    "      <ds:KeyInfo><ds:X509Data><ds:X509Certificate>%s</ds:X509Certificate></ds:X509Data></ds:KeyInfo>\n%s"
	    "    </md:KeyDescriptor>\n", use, base64_print(buf->arena, der), methods);
	return ERR_OK;
}

/* GCM first, so that a provider that can prefers it (FEDERATION.md 1.11, 11). */
#define METHOD(uri) "      <md:EncryptionMethod Algorithm=\"" uri "\"/>\n"
#define METHODS METHOD("http://www.w3.org/2009/xmlenc11#aes256-gcm") METHOD("http://www.w3.org/2009/xmlenc11#aes128-gcm")
#define CBC_METHODS METHOD("http://www.w3.org/2001/04/xmlenc#aes256-cbc") METHOD("http://www.w3.org/2001/04/xmlenc#aes128-cbc")
#define KEY_METHODS METHOD("http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p")

/* CBC is published only when some provider may use it. */
static const char *
encryption_methods(const struct config *config)
{
	unsigned cbc = 1u << ENCRYPTION_AES128_CBC | 1u << ENCRYPTION_AES256_CBC;
	size_t i;

	for (i = 0; i < config->provider_count; i++)
		if ((config->providers[i].encryption & cbc) != 0)
			return METHODS CBC_METHODS KEY_METHODS;
	return METHODS KEY_METHODS;
}

static enum err
put_keys(struct buf *buf, const struct config *config, const struct keyring *keys)
{
	const struct saml_key *key;
	enum err err = ERR_OK;
	size_t i;

	for (i = 0; err == ERR_OK && (key = keyring_saml_signing(keys, i)) != NULL; i++)
		err = put_key(buf, "signing", key, "");
	key = keyring_saml_encryption(keys, 0);
	if (err == ERR_OK)
		err = i > 0 && key != NULL ? put_key(buf, "encryption", key, encryption_methods(config)) : ERR_NOT_FOUND;
	return err;
}

static void
put_orders(struct buf *buf, const char *origin)
{
	buf_put_text(buf, "    <md:ManageNameIDService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:SOAP\" Location=\"");
	escape_xml(buf, origin);
	buf_put_text(buf, "/saml/soap\"/>\n");
}

static void
put_acs(struct buf *buf, const char *origin)
{
	buf_put_text(buf, "    <md:AssertionConsumerService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\" Location=\"");
	escape_xml(buf, origin);
	buf_put_text(buf, "/saml/acs\" index=\"0\" isDefault=\"true\"/>\n");
}

enum err
saml_metadata_print(const struct config *config, const struct keyring *keys, enum metadata_reader reader, struct arena *arena,
    const char **ret_xml)
{
	const char *origin = reader == METADATA_STAFF ? config->helpdesk.public_url : config->public_url;
	struct buf buf;
	enum err err;

	if (origin == NULL)
		return ERR_NOT_FOUND;
	buf_init(&buf, arena, METADATA_MAX);
	buf_put_text(&buf, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	    "<md:EntityDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\" entityID=\"");
	escape_xml(&buf, config->entity_id);
	buf_put_text(&buf, "\">\n  <md:SPSSODescriptor AuthnRequestsSigned=\"true\" WantAssertionsSigned=\"true\""
	    " protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\">\n");
	err = put_keys(&buf, config, keys);
	if (err != ERR_OK)
		return err;
	if (reader == METADATA_FEDERATION)
		put_orders(&buf, origin);
	buf_put_text(&buf, "    <md:NameIDFormat>urn:oasis:names:tc:SAML:2.0:nameid-format:persistent</md:NameIDFormat>\n");
	put_acs(&buf, origin);
	buf_put_text(&buf, "  </md:SPSSODescriptor>\n</md:EntityDescriptor>\n");
	if (buf.failed)
		return ERR_TOO_BIG;
	*ret_xml = buf_text(&buf);
	return ERR_OK;
}
