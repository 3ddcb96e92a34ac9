/* internal.h - what the engine's files share. */
#ifndef SAML_WORKER_INTERNAL_H
#define SAML_WORKER_INTERNAL_H

#include <lasso/lasso.h>

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

#endif
