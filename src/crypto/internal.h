/* internal.h - what the files of crypto/ share: the key ring's inside, per-thread contexts, OpenSSL's objects.
 *
 * Secrets: private keys and derived keys; they live in the key ring's own arena or in OpenSSL's objects and are wiped
 *          with them.
 */
#ifndef CRYPTO_INTERNAL_H
#define CRYPTO_INTERNAL_H

#include <stdatomic.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "crypto/jws.h"
#include "crypto/keyring.h"

/* --- thread.c: contexts that each thread makes once and uses again and again --- */

struct thread_crypto {
	EVP_CIPHER *gcm;
	EVP_MD *sha256;
	EVP_CIPHER_CTX *encrypt, *decrypt;
	EVP_MAC_CTX *hmac;
	EVP_MD_CTX *digest;
};
/* This thread's own; made at the first call, released when the thread ends. */
struct thread_crypto *thread_crypto_get(void);

/* --- derive.c: one key a purpose --- */

#define DERIVED_SIZE 32
/* HKDF-SHA-256 (RFC 5869), extract and expand. */
void hkdf(struct bytes secret, struct bytes salt, struct bytes info, uint8_t *ret_key, size_t len);

/* A key made from one root for one use ("seal", "mac") and purpose. */
struct derived {
	struct derived *next;
	const char *use; /* a constant, compared as a pointer's text */
	unsigned number; /* of its root */
	uint8_t key[DERIVED_SIZE];
	char purpose[];
};
/* Keys once derived, shared by all threads: only ever added to, so readers need no lock. */
struct derive_cache {
	_Atomic(struct derived *) newest;
	atomic_uint count;
};
void derive_cache_done(struct derive_cache *cache);

/* --- keyring.c --- */

#define STORE_KEY_SIZE 32
/* The number of a store key is one byte of every seal. */
#define STORE_KEY_MAX 255

struct store_key {
	unsigned number;
	uint8_t root[STORE_KEY_SIZE];
};

struct token_key {
	const char *kid;
	unsigned number; /* the generation; the highest signs */
	bool rsa;
	EVP_PKEY *key;
	/* Prepared for signing, only copied from; of one algorithm where the key is EC, of two where it is RSA. */
	EVP_MD_CTX *signers[JWS_RS256 + 1];
};

struct saml_pair {
	unsigned number;
	struct saml_key pem;
};

struct keyring {
	struct arena *arena;
	struct store_key *store_keys; /* newest first */
	size_t store_count;
	struct token_key *token_keys; /* newest first */
	size_t token_count;
	struct saml_pair *signing, *encryption; /* newest first */
	size_t signing_count, encryption_count;
	const char *store_key_id;
	struct derive_cache *derived;
};

/* The key of a purpose under one store key; must not be used for anything else.  purpose: a constant. */
const uint8_t *keyring_derive(const struct keyring *keys, const struct store_key *root,
    const char *use, const char *purpose);

/* "store-3.key" and the like. */
enum key_file { KEY_FILE_STORE, KEY_FILE_TOKEN, KEY_FILE_SIGNING, KEY_FILE_ENCRYPTION, KEY_FILE_OTHER };
/* What a file of the directory is.  *ret_number: its number, 0 when a token key's kid does not start with one.
 * ERR_FORMAT for a name that looks like a key's and is none. */
enum err key_file_parse(const char *name, enum key_file *ret_kind, unsigned *ret_number);

/* --- pkey.c: OpenSSL's private and public keys --- */

void pkey_close(EVP_PKEY **key);
void bio_close(BIO **bio);
void digest_close(EVP_MD_CTX **context);
void x509_close(X509 **certificate);
/* A private key from PEM text; NULL when it is none, or is under a pass phrase. */
EVP_PKEY *pkey_parse(const char *pem);
bool pkey_is_rsa(const EVP_PKEY *key); /* of 2048 to 8192 bits */
bool pkey_is_p256(const EVP_PKEY *key);
/* A signing context to copy from; NULL when the key does not fit the algorithm. */
EVP_MD_CTX *pkey_signer(EVP_PKEY *key, enum jws_algorithm algorithm);
/* Sign with a copy of it.  ES256 gives r and s, 32 bytes each (RFC 7518 section 3.4). */
enum err pkey_sign(const EVP_MD_CTX *signer, enum jws_algorithm algorithm, struct bytes data,
    struct arena *arena, struct bytes *ret_signature);
enum err pkey_verify(EVP_PKEY *key, enum jws_algorithm algorithm, struct bytes data,
    struct bytes signature);
/* A big number of a key ("n", "e", "qx", "qy" as OpenSSL's params name them), big endian; size 0: as short as can be. */
struct bytes pkey_number(const EVP_PKEY *key, const char *param, size_t size, struct arena *arena);

/* --- jws.c --- */

/* A compact token taken apart, its header screened: nothing but alg, kid and typ, each a text and once. */
struct jws_parts {
	enum jws_algorithm algorithm;
	const char *kid; /* NULL: none */
	const char *typ; /* NULL: none */
	struct bytes signed_part;
	struct bytes payload;
	struct bytes signature;
};
enum err jws_split(const char *token, struct arena *arena, struct jws_parts *ret_parts);

#endif
