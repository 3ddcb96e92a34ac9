/* rsa.h - the RSA that SAML needs beside xmlsec: signatures over redirect queries, and facts about certificates.
 *
 * Runs in: vestibule-saml, vestibuled (certificate facts), vestibule-demo. */
#ifndef CRYPTO_RSA_H
#define CRYPTO_RSA_H

#include "base/arena.h"
#include "base/err.h"

struct rsa_key;

/* A private key of 2048 bits or more from PEM text; ERR_FORMAT otherwise. */
enum err rsa_key_parse(const char *pem, struct rsa_key **ret_key);
void rsa_key_free(struct rsa_key **key);
/* RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017 section 8.2). The signature is in the arena. */
enum err rsa_sign(struct rsa_key *key, struct bytes data, struct arena *arena, struct bytes *ret_signature);

struct certificate {
	struct bytes modulus;	/* big endian, no leading zero */
	struct bytes exponent;
	unsigned bits;
	int64_t not_before, not_after; /* ms since 1970 */
};
/* Facts of a DER certificate: RSA keys of 2048 bits or more with exponent 65537 or larger odd only; ERR_FORMAT otherwise,
 * with *ret_reason one sentence. */
enum err certificate_parse(struct bytes der, struct arena *arena, struct certificate *ret_certificate, const char **ret_reason);
/* The DER bytes of a PEM certificate. */
enum err certificate_from_pem(const char *pem, struct arena *arena, struct bytes *ret_der);
/* RSASSA-PKCS1-v1_5 with SHA-256 checked under a certificate's key; ERR_CRYPTO when it does not fit. */
enum err rsa_verify(const struct certificate *certificate, struct bytes data, struct bytes signature);

#endif
