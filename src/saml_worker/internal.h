/* internal.h - what the engine's files share. */
#ifndef SAML_WORKER_INTERNAL_H
#define SAML_WORKER_INTERNAL_H

#include <lasso/lasso.h>

#include "crypto/rsa.h"
#include "saml_worker/engine.h"
#include "saml_worker/unseal.h"

struct engine {
	const struct saml_setup *setup;
	struct arena *arena;		/* of the process */
	LassoServer *server;		/* has the providers' keys and none of ours */
	struct rsa_key *signing_key;
	struct unseal_keys keys;
	struct provider providers[SAML_PROVIDERS_MAX];
	size_t provider_count;
};

/* Lasso's object for one message; NULL-safe for CLEANUP. */
void login_close(LassoLogin **login);

#endif
