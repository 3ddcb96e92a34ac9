/* unseal.h - open an EncryptedAssertion; shape_parse_into() then puts what was in it in its place.
 *
 * We do it ourselves, with OpenSSL, not through xmlsec: it duplicates the private key for each message and so doubles the price, knows
 * algorithms that we refuse, and parses the plain text, which anybody can make with our public key, before the screen has seen it.
 *
 * Runs in: vestibule-saml.  Secrets: the decryption keys.
 */
#ifndef SAML_WORKER_UNSEAL_H
#define SAML_WORKER_UNSEAL_H

#include <libxml/tree.h>

#include "crypto/rsa.h"
#include "saml/saml_msg.h"

struct unseal_keys {
	struct rsa_key *items[SAML_KEYS_MAX];	/* newest first; tried in turn */
	size_t count;
	const char *entity_id;			/* a key for another recipient is left alone */
};

/* The XML text of the assertion: SAML_DECRYPTION whatever went wrong, so that padding, key and form look alike;
 * the screen's reason when the text that came out is not acceptable. */
enum saml_verdict unseal_open(const struct unseal_keys *keys, const xmlNode *encrypted_assertion, enum block_cipher cipher,
    struct arena *arena, struct bytes *ret_text);

#endif
