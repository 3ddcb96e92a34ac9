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

/* RSAES-OAEP with SHA-1 and MGF1-SHA-1 (RFC 8017 section 7.1), XML Encryption's rsa-oaep-mgf1p: the key inside is in the arena.
 * ERR_CRYPTO when it does not open, whatever the reason. */
enum err rsa_unwrap(struct rsa_key *key, struct bytes wrapped, struct arena *arena, struct bytes *ret_content);

/* The block encryption of XML Encryption 1.1, section 5.2: the IV comes first; GCM with a 96-bit IV and the 128-bit tag last,
 * CBC with a last byte that counts the padding. */
enum block_cipher { BLOCK_AES256_GCM, BLOCK_AES128_GCM, BLOCK_AES128_CBC, BLOCK_AES256_CBC };
/* ERR_CRYPTO when it does not open: a key of another size, a wrong tag, wrong padding.  CBC proves nothing about who made it. */
enum err block_open(enum block_cipher cipher, struct bytes key, struct bytes sealed, struct arena *arena, struct bytes *ret_content);

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
