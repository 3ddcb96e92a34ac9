/* internal.h - what the engine's files share. */
#ifndef SAML_WORKER_INTERNAL_H
#define SAML_WORKER_INTERNAL_H

#include <lasso/lasso.h>

#include <libxml/tree.h>

#include "crypto/rsa.h"
#include "saml_worker/engine.h"
#include "saml_worker/unseal.h"
#include "saml_worker/verify.h"

struct engine {
	const struct saml_setup *setup;
	struct arena *arena;		/* of the process */
	LassoServer *server;		/* for requests: knows the providers' addresses, and no key of anybody */
	struct rsa_key *signing_key;
	struct unseal_keys keys;
	struct provider providers[SAML_PROVIDERS_MAX];
	struct verify_keys signers[SAML_PROVIDERS_MAX];	/* of the provider at the same place */
	size_t provider_count;
};

/* Screen and parse a text, and check its shape with this function; on SAML_ACCEPTED *ret_doc is the caller's. */
enum saml_verdict engine_look(struct bytes text, enum saml_verdict (*check)(xmlNode *root), xmlDoc **ret_doc);
/* Put what is in an EncryptedAssertion or EncryptedID of this provider in its place, checked for its shape.  Only after whatever signature
 * covers it was verified: the tree is no longer what was signed. */
enum saml_verdict engine_unseal(struct engine *engine, const struct provider *provider, xmlNode *encrypted, struct arena *arena);

#endif
