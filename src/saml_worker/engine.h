/* engine.h - what a worker knows (our keys, the providers and theirs), and the few things that it is for.
 *
 * A request is lasso's work, signed by OpenSSL.  An answer is not: it is parsed once, its assertion is opened in its place in that
 * one tree, xmlsec verifies there, and the facts are read from the element that was verified.
 * Opened once by the zygote, inherited by each worker through fork(); nothing is read from files or the network.
 * Runs in: vestibule-saml.  Secrets: our SAML keys.
 */
#ifndef SAML_WORKER_ENGINE_H
#define SAML_WORKER_ENGINE_H

#include "saml/saml_msg.h"
#include "saml_worker/provider.h"

struct engine;

/* Call once, first of all: the environment and the algorithms of lasso and xmlsec. */
enum err engine_prepare(void);

/* All providers and keys of a setup, which must outlive the engine, as must the arena.  ERR_CONFIG or ERR_CRYPTO with one sentence
 * in *ret_reason. */
enum err engine_open(const struct saml_setup *setup, struct arena *arena, struct engine **ret_engine, const char **ret_reason);
void engine_close(struct engine **engine);
size_t engine_provider_count(const struct engine *engine);
const struct provider *engine_provider(const struct engine *engine, size_t index);	/* NULL past the end */

/* The URL with a signed AuthnRequest (Bindings 3.4).  ERR_FORMAT when there is no such provider, ERR_CRYPTO when lasso or
 * OpenSSL cannot make it. */
enum err engine_authn(struct engine *engine, const struct saml_authn *authn, struct arena *arena, const char **ret_url);

/* Screen and verify a ManageNameIDRequest in its SOAP envelope, with the keys of the provider that it names; then open its EncryptedID,
 * and read what it says.  SAML_PROVIDER: none of ours. */
enum saml_verdict engine_manage(struct engine *engine, struct bytes envelope, struct arena *arena, struct saml_manage *ret_manage);
/* The SOAP envelope with a ManageNameIDResponse that we signed.  ERR_CRYPTO when OpenSSL cannot. */
enum err engine_managed(struct engine *engine, const struct saml_managed *managed, struct arena *arena, const char **ret_envelope);

/* Screen, open and verify a Response, and read its facts.  SAML_ACCEPTED: the facts hold; whether they are good enough
 * is the judge's to say. */
enum saml_verdict engine_response(struct engine *engine, const struct saml_response *response, struct arena *arena,
    struct saml_facts *ret_facts);

#endif
