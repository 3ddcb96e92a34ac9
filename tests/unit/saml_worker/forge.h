/* forge.h - a credential provider for tests that can do everything wrong: builds a Response from text, edits it at any step, signs
 * and encrypts with xmlsec.
 */
#ifndef TESTS_FORGE_H
#define TESTS_FORGE_H

#include "base/arena.h"
#include "base/clock.h"

#define FORGE_SP "https://auth.test/saml/metadata"
#define FORGE_PUBLIC_URL "https://auth.test"
#define FORGE_ACS FORGE_PUBLIC_URL "/saml/acs"
#define FORGE_SOAP FORGE_PUBLIC_URL "/saml/soap"
#define FORGE_DESK_URL "https://desk.test"
#define FORGE_DESK_ACS FORGE_DESK_URL "/saml/acs"
#define FORGE_IDP "https://gckey.test/metadata"
#define FORGE_STAFF_IDP "https://staff.test/metadata"
#define FORGE_OTHER_IDP "https://bank.test/metadata"
#define FORGE_LOA2 "urn:gc-ca:cyber-auth:assurance:loa2"
#define FORGE_REQUEST "_0123456789abcdef0123456789abcdef"

/* When an edit is made. */
enum forge_step {
	FORGE_END,		/* no more edits */
	FORGE_ASSERTION,	/* before the assertion is signed */
	FORGE_SIGNED,		/* after it is signed, before it is encrypted */
	FORGE_ENCRYPTED,	/* the EncryptedAssertion */
	FORGE_RESPONSE,		/* the envelope, before it is signed: {A} stands for the assertion */
	FORGE_FINAL		/* the whole text */
};
struct forge_edit {
	enum forge_step step;
	const char *from, *to;	/* the first occurrence of from, which must be there */
};
#define FORGE_EDITS 4

/* In every text: @N@ is now plus N seconds; {xN:text} is text N times; {SIGNED} the signed assertion as it was before any
 * edit of it, {EVIL} the same for another person, {BARE} that without its signature and with ID _evil. */
struct forge_recipe {
	struct forge_edit edits[FORGE_EDITS];
	bool staff;			/* as the staff's provider, for the console's ACS; edits see its names */
	bool other_door;		/* not as the provider that the test names: as people's */
	bool plain;			/* do not encrypt */
	bool unsigned_assertion;	/* leave the Signature out */
	bool signed_response;
	const char *signature_method;	/* default rsa-sha256; its local name with its namespace */
	const char *key;		/* file name in tests/fixture/saml without ending; default "provider" */
	const char *cipher;		/* URI; default aes256-gcm */
	const char *transport;		/* URI; default rsa-oaep-mgf1p */
	bool raw;			/* the result is XML, not its base64 */
	const char *idp;		/* of an order: who sends it; default FORGE_IDP */
	bool encrypted_id;		/* of an order */
};

void forge_open(void);
void forge_close(void);
/* The base64 of a Response made at now (ms). */
const char *forge_make(const struct forge_recipe *recipe, int64_t now, struct arena *arena);
/* A ManageNameIDRequest that ends K7-person, in its SOAP envelope.  Steps: FORGE_ENCRYPTED, the EncryptedID, if any; FORGE_ASSERTION, the
 * request before it is signed; FORGE_SIGNED, after it; FORGE_RESPONSE, the envelope, where {A} stands for the request; FORGE_FINAL, all of it. */
const char *forge_order(const struct forge_recipe *recipe, int64_t now, struct arena *arena);
/* Is this element (its ID) of an XML text signed by the key of this certificate (a PEM text)? */
bool forge_verify(const char *xml, const char *element, const char *certificate_pem);
/* Metadata of a provider; certificates: file names without ending, "" at the end. */
const char *forge_metadata(const char *entity_id, const char *const *certificates, struct arena *arena);
/* The content of a file in tests/fixture. */
const char *forge_fixture(const char *name, struct arena *arena);

#endif
