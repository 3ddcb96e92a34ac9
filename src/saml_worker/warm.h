/* warm.h - use everything once before the workers exist: what the libraries set up late is then set up in all of them, and a
 * machine where signing, opening or verifying does not work says so at its start.
 *
 * Runs in: vestibule-saml, at its start.
 */
#ifndef SAML_WORKER_WARM_H
#define SAML_WORKER_WARM_H

#include "saml_worker/engine.h"

/* Make a request for each provider, and verify an assertion of a provider of our own making, signed with our own key, in an
 * engine that is thrown away.  ERR_CRYPTO with a sentence when any of it fails. */
enum err warm_up(struct engine *engine, const struct saml_setup *setup, const char **ret_reason);

#endif
