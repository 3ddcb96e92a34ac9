/* verify.h - is this element signed by its provider?  xmlsec answers, on the very tree that is read afterwards (FEDERATION.md 6.1, 7).
 *
 * The keys are the pinned ones of the provider's metadata, made once, at the start; a KeyInfo in the message is not looked at.
 * Algorithms, transforms and the Reference pass policy.c before any key is used.
 *
 * Runs in: vestibule-saml.
 */
#ifndef SAML_WORKER_VERIFY_H
#define SAML_WORKER_VERIFY_H

#include <libxml/tree.h>

#include "saml_worker/provider.h"

struct verify_keys {
	struct _xmlSecKey *items[PROVIDER_CERTIFICATES];	/* tried in turn */
	size_t count;
};

/* A key for each certificate of a provider; ERR_CRYPTO when xmlsec cannot make one.  Close in any case. */
enum err verify_keys_open(const struct provider *provider, struct arena *arena, struct verify_keys *ret_keys);
void verify_keys_close(struct verify_keys *keys);

/* SAML_ACCEPTED: the element's own Signature, its child, covers the element whole, and one of the keys made it.  The tree must
 * have passed shape_check(), and must be in memory as it was in the message.  SAML_UNSIGNED: it has none. */
enum saml_verdict verify_element(const struct verify_keys *keys, xmlNode *element, struct arena *arena);

#endif
