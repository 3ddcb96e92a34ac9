#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <string.h>

#include "crypto/internal.h"

#define P256_NUMBER 32

void
pkey_close(EVP_PKEY **key)
{
	EVP_PKEY_free(*key);
	*key = NULL;
}

void
bio_close(BIO **bio)
{
	BIO_free(*bio);
	*bio = NULL;
}

void
digest_close(EVP_MD_CTX **context)
{
	EVP_MD_CTX_free(*context);
	*context = NULL;
}

void
x509_close(X509 **certificate)
{
	X509_free(*certificate);
	*certificate = NULL;
}

/* Without this OpenSSL would ask the terminal for a pass phrase. */
static int
no_pass_phrase(char *buffer, int size, int writing, void *data)
{
	(void)buffer, (void)size, (void)writing, (void)data;
	return -1;
}

EVP_PKEY *
pkey_parse(const char *pem)
{
	CLEANUP(bio_close)
	BIO *bio = BIO_new_mem_buf(pem, -1);
	EVP_PKEY *key = NULL;

	if (bio != NULL)
		key = PEM_read_bio_PrivateKey(bio, NULL, no_pass_phrase, NULL);
	ERR_clear_error();
	return key;
}

bool
pkey_is_rsa(const EVP_PKEY *key)
{
	int bits = EVP_PKEY_get_bits(key);

	return EVP_PKEY_is_a(key, "RSA") && bits >= 2048 && bits <= 8192;
}

bool
pkey_is_p256(const EVP_PKEY *key)
{
	char group[32];

	return EVP_PKEY_is_a(key, "EC") &&
	       EVP_PKEY_get_group_name(key, group, sizeof(group), NULL) == 1 &&
	       strcmp(group, SN_X9_62_prime256v1) == 0;
}

static bool
fits(const EVP_PKEY *key, enum jws_algorithm algorithm)
{
	return algorithm == JWS_ES256 ? pkey_is_p256(key) : pkey_is_rsa(key);
}

/* PSS: the salt is as long as the hash (RFC 7518 section 3.5). */
static bool
set_padding(EVP_PKEY_CTX *context, enum jws_algorithm algorithm)
{
	switch (algorithm) {
	case JWS_ES256:
		return true;
	case JWS_RS256:
		return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1;
	case JWS_PS256:
		return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
		       EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1;
	}
	return false;
}

EVP_MD_CTX *
pkey_signer(EVP_PKEY *key, enum jws_algorithm algorithm)
{
	EVP_MD_CTX *context;
	EVP_PKEY_CTX *inner; /* belongs to the context */

	if (!fits(key, algorithm))
		return NULL;
	context = EVP_MD_CTX_new();
	must(context != NULL);
	if (EVP_DigestSignInit_ex(context, &inner, "SHA256", NULL, NULL, key, NULL) != 1 ||
	    !set_padding(inner, algorithm)) {
		ERR_clear_error();
		digest_close(&context);
	}
	return context;
}

static void
ecdsa_close(ECDSA_SIG **signature)
{
	ECDSA_SIG_free(*signature);
}

/* OpenSSL's DER sequence of r and s to the two numbers one behind the other. */
static bool
raw_of_der(struct bytes der, uint8_t ret_raw[2 * P256_NUMBER])
{
	const unsigned char *at = der.data;
	CLEANUP(ecdsa_close)
	ECDSA_SIG *parts = d2i_ECDSA_SIG(NULL, &at, (long)der.len);

	return parts != NULL &&
	       BN_bn2binpad(ECDSA_SIG_get0_r(parts), ret_raw, P256_NUMBER) == P256_NUMBER &&
	       BN_bn2binpad(ECDSA_SIG_get0_s(parts), ret_raw + P256_NUMBER, P256_NUMBER) ==
		   P256_NUMBER;
}

/* The other way round; the DER bytes are OpenSSL's to free. */
static int
der_of_raw(struct bytes raw, unsigned char **ret_der)
{
	CLEANUP(ecdsa_close)
	ECDSA_SIG *parts = ECDSA_SIG_new();
	BIGNUM *r = BN_bin2bn(raw.data, P256_NUMBER, NULL);
	BIGNUM *s = BN_bin2bn(raw.data + P256_NUMBER, P256_NUMBER, NULL);

	must(parts != NULL && r != NULL && s != NULL && ECDSA_SIG_set0(parts, r, s) == 1);
	return i2d_ECDSA_SIG(parts, ret_der);
}

enum err
pkey_sign(const EVP_MD_CTX *signer, enum jws_algorithm algorithm, struct bytes data,
    struct arena *arena, struct bytes *ret_signature)
{
	CLEANUP(digest_close)
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	uint8_t *signature, *raw;
	size_t len = 0;

	must(context != NULL && EVP_MD_CTX_copy_ex(context, signer) == 1);
	if (EVP_DigestSign(context, NULL, &len, data.data, data.len) != 1)
		return ERR_CRYPTO;
	signature = arena_alloc(arena, len);
	if (EVP_DigestSign(context, signature, &len, data.data, data.len) != 1)
		return ERR_CRYPTO;
	*ret_signature = bytes_make(signature, len);
	if (algorithm != JWS_ES256)
		return ERR_OK;
	raw = arena_alloc(arena, 2 * P256_NUMBER);
	if (!raw_of_der(*ret_signature, raw))
		return ERR_CRYPTO;
	*ret_signature = bytes_make(raw, 2 * P256_NUMBER);
	return ERR_OK;
}

static bool
verify(EVP_PKEY *key, enum jws_algorithm algorithm, struct bytes data, struct bytes signature)
{
	CLEANUP(digest_close)
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	EVP_PKEY_CTX *inner; /* belongs to the context */

	must(context != NULL);
	return EVP_DigestVerifyInit_ex(context, &inner, "SHA256", NULL, NULL, key, NULL) == 1 &&
	       set_padding(inner, algorithm) &&
	       EVP_DigestVerify(context, signature.data, signature.len, data.data, data.len) == 1;
}

enum err
pkey_verify(EVP_PKEY *key, enum jws_algorithm algorithm, struct bytes data, struct bytes signature)
{
	unsigned char *der = NULL;
	bool good;
	int len;

	if (!fits(key, algorithm))
		return ERR_CRYPTO;
	if (algorithm != JWS_ES256) {
		good = verify(key, algorithm, data, signature);
	} else {
		if (signature.len != 2 * P256_NUMBER)
			return ERR_CRYPTO;
		len = der_of_raw(signature, &der);
		good = len > 0 && verify(key, algorithm, data, bytes_make(der, (size_t)len));
		OPENSSL_free(der);
	}
	ERR_clear_error();
	return good ? ERR_OK : ERR_CRYPTO;
}

struct bytes
pkey_number(const EVP_PKEY *key, const char *param, size_t size, struct arena *arena)
{
	BIGNUM *number = NULL;
	uint8_t *data;

	must(EVP_PKEY_get_bn_param(key, param, &number) == 1);
	if (size == 0)
		size = (size_t)BN_num_bytes(number);
	data = arena_alloc(arena, size);
	must(BN_bn2binpad(number, data, (int)size) == (int)size);
	BN_clear_free(number);
	return bytes_make(data, size);
}
