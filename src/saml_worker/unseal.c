#include "saml_worker/unseal.h"

#include <string.h>

#include "saml_worker/screen.h"
#include "saml_worker/shape.h"

static bool
cipher_value(const xmlNode *parent, struct arena *arena, struct bytes *ret_bytes)
{
	const char *text = node_text(node_child(node_child(parent, NS_XENC, "CipherData"), NS_XENC, "CipherValue"), arena);

	return text != NULL && screen_decode(bytes_of(text), arena, ret_bytes) == SAML_ACCEPTED;
}

/* Try each of our keys on one EncryptedKey and, with what comes out, the content. */
static bool
try_key(const struct unseal_keys *keys, const xmlNode *encrypted_key, enum block_cipher cipher, struct bytes content,
    struct arena *arena, struct bytes *ret_text)
{
	const char *recipient = node_attribute(encrypted_key, "Recipient", arena);
	struct bytes wrapped, key;
	size_t i;

	if (recipient != NULL && strcmp(recipient, keys->entity_id) != 0)
		return false;
	if (!cipher_value(encrypted_key, arena, &wrapped))
		return false;
	for (i = 0; i < keys->count; i++)
		if (rsa_unwrap(keys->items[i], wrapped, arena, &key) == ERR_OK &&
		    block_open(cipher, key, content, arena, ret_text) == ERR_OK)
			return true;
	return false;
}

static bool
try_keys_under(const struct unseal_keys *keys, const xmlNode *parent, enum block_cipher cipher, struct bytes content,
    struct arena *arena, struct bytes *ret_text)
{
	const xmlNode *each;

	for (each = node_child(parent, NS_XENC, "EncryptedKey"); each != NULL; each = node_next(each, NS_XENC, "EncryptedKey"))
		if (try_key(keys, each, cipher, content, arena, ret_text))
			return true;
	return false;
}

enum saml_verdict
unseal_open(const struct unseal_keys *keys, const xmlNode *encrypted_assertion, enum block_cipher cipher,
    struct arena *arena, struct bytes *ret_text)
{
	const xmlNode *data = node_child(encrypted_assertion, NS_XENC, "EncryptedData");
	const xmlNode *info = node_child(data, NS_DSIG, "KeyInfo");
	struct screen_report report;
	struct bytes content, text;
	enum saml_verdict verdict;

	if (!cipher_value(data, arena, &content))
		return SAML_DECRYPTION;
	if (!try_keys_under(keys, info, cipher, content, arena, &text) &&
	    !try_keys_under(keys, encrypted_assertion, cipher, content, arena, &text))
		return SAML_DECRYPTION;
	verdict = screen_check(text, SCREEN_FRAGMENT, &report);
	/* Garbage from a CBC block that was tampered with must look like padding that was. */
	if (verdict == SAML_ENCODING || verdict == SAML_NOT_XML)
		return SAML_DECRYPTION;
	if (verdict == SAML_ACCEPTED)
		*ret_text = text;
	return verdict;
}
