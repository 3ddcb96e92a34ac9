/* metadata.h - what we publish at /saml/metadata: our SP's EntityDescriptor (FEDERATION.md 1.11). */
#ifndef SAML_METADATA_H
#define SAML_METADATA_H

#include "base/ctx.h"

/* XML text. All signing certificates of the ring, the newest encryption certificate, the ACS of people (HTTP-POST, the
 * default) and, where there is a help desk's console, that of staff, and where orders of
 * providers come to (SOAP). */
enum err saml_metadata_print(const struct config *config, const struct keyring *keys, struct arena *arena, const char **ret_xml);

#endif
