#include "saml_worker/sign.h"

#include <glib.h>

#include "saml_worker/shape.h"

static const char *
digest_of(const char *text, struct arena *arena)
{
	GChecksum *checksum = g_checksum_new(G_CHECKSUM_SHA256);
	uint8_t digest[32];
	gsize len = sizeof(digest);

	g_checksum_update(checksum, (const guchar *)text, -1);
	g_checksum_get_digest(checksum, digest, &len);
	g_checksum_free(checksum);
	return base64_print(arena, bytes_make(digest, len));
}

const char *
sign_text(struct rsa_key *key, const char *id, const char *text, struct arena *arena)
{
	const char *info = arena_printf(arena,
	    "<ds:SignedInfo xmlns:ds=\"" NS_DSIG "\">"
	    "<ds:CanonicalizationMethod Algorithm=\"" NS_EXC_C14N "\"></ds:CanonicalizationMethod>"
	    "<ds:SignatureMethod Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256\"></ds:SignatureMethod>"
	    "<ds:Reference URI=\"#%s\"><ds:Transforms>"
	    "<ds:Transform Algorithm=\"" NS_DSIG "enveloped-signature\"></ds:Transform>"
	    "<ds:Transform Algorithm=\"" NS_EXC_C14N "\"></ds:Transform></ds:Transforms>"
	    "<ds:DigestMethod Algorithm=\"" NS_XENC "sha256\"></ds:DigestMethod>"
	    "<ds:DigestValue>%s</ds:DigestValue></ds:Reference></ds:SignedInfo>",
	    id, digest_of(text, arena));
	struct bytes signature;

	if (rsa_sign(key, bytes_of(info), arena, &signature) != ERR_OK)
		return "";
	return arena_printf(arena, "<ds:Signature xmlns:ds=\"" NS_DSIG "\">%s<ds:SignatureValue>%s</ds:SignatureValue></ds:Signature>",
	    info, base64_print(arena, signature));
}
