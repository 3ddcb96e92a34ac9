/* policy.h - which algorithms and protections a provider's message must have, looked at before any key is used.
 *
 * Runs in: vestibule-saml.
 */
#ifndef SAML_WORKER_POLICY_H
#define SAML_WORKER_POLICY_H

#include <libxml/tree.h>

#include "crypto/rsa.h"
#include "saml_worker/provider.h"

/* verify_element() asks this first.  Is this element's own Signature, if it has one, made the only way that we accept (FEDERATION.md 6.4, 24 to 28):
 * one Reference to the element's ID, enveloped-signature then exclusive canonicalisation, SHA-2, RSA with SHA-2. */
enum saml_verdict policy_check_signature(const xmlNode *element, struct arena *arena);

/* May this provider encrypt so (6.3)?  *ret_cipher: of the content. */
enum saml_verdict policy_check_encryption(const xmlNode *encrypted_assertion, const struct provider *provider, struct arena *arena,
    enum block_cipher *ret_cipher);

#endif
