/* service.h - a running vestibule-saml with three providers, as vestibuled would start it: "gckey" (cats2, two certificates), "bank" (cats2, GCM only) and
 * "staff" (plain; the help desk's).
 */
#ifndef TESTS_SERVICE_H
#define TESTS_SERVICE_H

#include "config/config.h"
#include "crypto/keyring.h"
#include "forge.h"
#include "saml/saml.h"

enum { SERVICE_GCKEY, SERVICE_BANK, SERVICE_STAFF, SERVICE_PROVIDERS };

struct service {
	struct arena *lasting, *arena;	/* for the service; for one message */
	char *directory;
	struct keyring *keys;
	struct config config;
	struct provider_config providers[SERVICE_PROVIDERS];
	struct saml *saml;
	struct ctx ctx;
};

/* workers: how many.  Fails the test when it does not start. */
struct service *service_open(unsigned workers);
void service_close(struct service *service);
/* Fill in all but saml: for tests that start it themselves. */
struct service *service_prepare(unsigned workers);
/* Write a provider's metadata file. */
void service_metadata(struct service *service, unsigned provider, const char *xml);
/* Judge a base64 text as an answer to a request sent 10 seconds ago. */
enum saml_verdict service_judge(struct service *service, unsigned provider, const char *base64, struct credential *ret_credential);

#endif
