/* metadata.h - what we publish at /saml/metadata: our SP's EntityDescriptor (FEDERATION.md 1.11). */
#ifndef SAML_METADATA_H
#define SAML_METADATA_H

#include "base/ctx.h"

/* The same entity and keys for both, but one ACS each: the federation takes no metadata with two (1.11, 6), and it is no business of the
 * public where staff sign in. */
enum metadata_reader {
	METADATA_FEDERATION,	/* people's ACS, and where orders of providers come to (SOAP) */
	METADATA_STAFF		/* the ACS of the help desk's console, for the provider that helpdesk.provider names */
};

/* XML text. All signing certificates of the ring, the newest encryption certificate, one ACS (HTTP-POST).  ERR_NOT_FOUND: METADATA_STAFF without a
 * console, or a ring without SAML keys. */
enum err saml_metadata_print(const struct config *config, const struct keyring *keys, enum metadata_reader reader, struct arena *arena,
    const char **ret_xml);

#endif
