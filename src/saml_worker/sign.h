/* sign.h - an enveloped signature of ours over an element that is written as exclusive canonicalisation would write it, so that its digest needs
 * no library: made by text alone, which xmlsec verifies like any other (tests/unit/saml_worker).
 *
 * Runs in: vestibule-saml.  Secrets: the SAML signing key.
 */
#ifndef SAML_WORKER_SIGN_H
#define SAML_WORKER_SIGN_H

#include "base/arena.h"
#include "crypto/rsa.h"

/* The ds:Signature for an element with this ID whose canonical text, without the signature, is this.  "" when the key fails. */
const char *sign_text(struct rsa_key *key, const char *id, const char *text, struct arena *arena);

#endif
