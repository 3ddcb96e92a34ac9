/* provider.h - what we take from a provider's metadata, parsed and checked by ourselves (FEDERATION.md 1.12, 6.7).
 *
 * lasso never sees the file: it gets a small description without any key that provider_print() makes, for its requests.  The keys
 * go to verify.h.
 *
 * Runs in: vestibule-saml, at its start.
 */
#ifndef SAML_WORKER_PROVIDER_H
#define SAML_WORKER_PROVIDER_H

#include "crypto/rsa.h"
#include "saml/saml_msg.h"

#define PROVIDER_CERTIFICATES 8

struct provider {
	const struct saml_setup_provider *setup;
	const char *entity_id, *sso_url;	/* SingleSignOnService by HTTP-Redirect */
	struct certificate certificates[PROVIDER_CERTIFICATES];	/* for signing, in force at setup.now */
	size_t certificate_count;
};

/* ERR_CONFIG, with one sentence that names provider, file, fault and remedy, when it is not usable: not XML, not exactly one identity
 * provider, past its validUntil, without an https SSO location by redirect (http on localhost and *.localhost only), or
 * without an RSA certificate of 2048 bits or more that is in force. */
enum err provider_parse(const struct saml_setup_provider *setup, int64_t now, struct arena *arena, struct provider *ret_provider,
    const char **ret_reason);

/* The description for lasso. */
const char *provider_print(const struct provider *provider, struct arena *arena);
/* The least that lasso needs to know of ourselves. */
const char *provider_print_self(const char *entity_id, const char *acs_url, struct arena *arena);

/* XML's five, for text and attribute values. */
const char *xml_escape(const char *text, struct arena *arena);

#endif
