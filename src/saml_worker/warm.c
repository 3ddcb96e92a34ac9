#include "saml_worker/warm.h"

#include "saml_worker/internal.h"
#include "saml_worker/shape.h"
#include "saml_worker/sign.h"

#define PROVIDER "urn:vestibule:warm-up"
#define INSTANT "2020-01-01T00:00:00Z"

static enum err
fail(const char **ret_reason, const char *reason)
{
	*ret_reason = reason;
	return ERR_CRYPTO;
}

/* --- a request to every provider --- */

static enum err
warm_requests(struct engine *engine, const struct saml_setup *setup, struct arena *arena, const char **ret_reason)
{
	struct saml_authn authn = {.request_id = "_00000000000000000000000000000000",
	    .issue_instant = INSTANT, .relay_state = "warm-up", .force_authn = true};
	const char *url;

	for (authn.provider = 0; authn.provider < setup->provider_count; authn.provider++)
		if (engine_authn(engine, &authn, arena, &url) != ERR_OK)
			return fail(ret_reason, "a request to a provider cannot be made; check entity_id and the SAML signing key");
	return ERR_OK;
}

/* --- opening: garbage takes the same way as the real thing --- */

static void
warm_keys(const struct engine *engine, struct arena *arena)
{
	static const uint8_t key[32], sealed[64], wrapped[256];
	struct bytes ignored;
	unsigned cipher;
	size_t i;

	for (i = 0; i < engine->keys.count; i++)
		rsa_unwrap(engine->keys.items[i], BYTES(wrapped), arena, &ignored);
	for (cipher = BLOCK_AES256_GCM; cipher <= BLOCK_AES256_CBC; cipher++)
		block_open((enum block_cipher)cipher, bytes_make(key, cipher == BLOCK_AES128_GCM || cipher == BLOCK_AES128_CBC ? 16 : 32),
		    BYTES(sealed), arena, &ignored);
}

/* --- verifying: a Response whose texts are written in canonical form, so that their digests need no library --- */

#define ASSERTION_HEAD "<saml:Assertion xmlns:saml=\"" NS_SAML "\" ID=\"_a\" IssueInstant=\"" INSTANT \
	"\" Version=\"2.0\"><saml:Issuer>" PROVIDER "</saml:Issuer>"
#define ASSERTION_TAIL "<saml:Subject><saml:NameID>nobody</saml:NameID></saml:Subject></saml:Assertion>"

static const char *
make_response(struct rsa_key *key, struct arena *arena)
{
	const char *signature = sign_text(key, "_a", ASSERTION_HEAD ASSERTION_TAIL, arena);

	return arena_printf(arena,
	    "<samlp:Response xmlns:samlp=\"" NS_SAMLP "\" xmlns:saml=\"" NS_SAML "\" ID=\"_r\" IssueInstant=\"" INSTANT
	    "\" Version=\"2.0\"><saml:Issuer>" PROVIDER "</saml:Issuer><samlp:Status>"
	    "<samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"/></samlp:Status>"
	    ASSERTION_HEAD "%s" ASSERTION_TAIL "</samlp:Response>", signature);
}

static const char *
make_metadata(const char *certificate_pem, struct arena *arena)
{
	struct bytes der;

	if (certificate_from_pem(certificate_pem, arena, &der) != ERR_OK)
		return "";
	return arena_printf(arena,
	    "<EntityDescriptor xmlns=\"" NS_METADATA "\" entityID=\"" PROVIDER "\"><IDPSSODescriptor"
	    " protocolSupportEnumeration=\"" NS_SAMLP "\"><KeyDescriptor use=\"signing\"><KeyInfo xmlns=\"" NS_DSIG "\">"
	    "<X509Data><X509Certificate>%s</X509Certificate></X509Data></KeyInfo></KeyDescriptor>"
	    "<SingleSignOnService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect\""
	    " Location=\"https://warm-up.localhost/\"/></IDPSSODescriptor></EntityDescriptor>",
	    base64_print(arena, der));
}

static enum err
warm_verify(const struct saml_setup *real, struct arena *arena, const char **ret_reason)
{
	struct saml_setup *setup = arena_new_object(arena, struct saml_setup);
	struct saml_response response = {.provider = 0};
	CLEANUP(engine_close) struct engine *engine = NULL;
	struct saml_facts facts;
	const char *text;

	*setup = *real;
	setup->provider_count = 1;
	setup->providers[0] = (struct saml_setup_provider){.id = "warm-up", .file = "keys: saml-signing certificate",
	    .metadata = bytes_of(make_metadata(real->signing_certificate, arena)), .rules = SAML_RULES_PLAIN,
	    .acs_url = real->acs_url, .role_attribute = ""};
	if (engine_open(setup, arena, &engine, ret_reason) != ERR_OK)
		return ERR_CRYPTO;
	text = make_response(engine->signing_key, arena);
	response.base64 = bytes_of(base64_print(arena, bytes_of(text)));
	if (engine_response(engine, &response, arena, &facts) != SAML_ACCEPTED || !facts.has_assertion)
		return fail(ret_reason, "a signature of our own SAML key does not verify; check that key and certificate belong together");
	return ERR_OK;
}

enum err
warm_up(struct engine *engine, const struct saml_setup *setup, const char **ret_reason)
{
	CLEANUP(arena_free) struct arena *arena = arena_new((size_t)8 << 20);
	const char *reason = "";
	enum err err;

	err = warm_requests(engine, setup, arena, &reason);
	if (err == ERR_OK) {
		warm_keys(engine, arena);
		err = warm_verify(setup, arena, &reason);
	}
	if (err != ERR_OK)
		*ret_reason = arena_text(engine->arena, reason);
	return err;
}
