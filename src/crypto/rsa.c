#include "crypto/rsa.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <stdlib.h>

#include "crypto/internal.h"

struct rsa_key {
	EVP_PKEY *key;
	EVP_MD_CTX *signer;
};

enum err
rsa_key_parse(const char *pem, struct rsa_key **ret_key)
{
	struct rsa_key *key = calloc(1, sizeof(*key));

	must(key != NULL);
	key->key = pkey_parse(pem);
	if (key->key != NULL)
		key->signer = pkey_signer(key->key, JWS_RS256);
	if (key->signer == NULL) {
		rsa_key_free(&key);
		return ERR_FORMAT;
	}
	*ret_key = key;
	return ERR_OK;
}

void
rsa_key_free(struct rsa_key **key)
{
	if (*key == NULL)
		return;
	digest_close(&(*key)->signer);
	pkey_close(&(*key)->key);
	free(*key);
	*key = NULL;
}

enum err
rsa_sign(struct rsa_key *key, struct bytes data, struct arena *arena, struct bytes *ret_signature)
{
	return pkey_sign(key->signer, JWS_RS256, data, arena, ret_signature);
}

static void
context_close(EVP_PKEY_CTX **context)
{
	EVP_PKEY_CTX_free(*context);
}

enum err
rsa_unwrap(struct rsa_key *key, struct bytes wrapped, struct arena *arena, struct bytes *ret_content)
{
	CLEANUP(context_close)
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, key->key, NULL);
	size_t len = (size_t)EVP_PKEY_get_size(key->key);
	uint8_t *content = arena_alloc(arena, len);
	bool good;

	must(context != NULL);
	good = EVP_PKEY_decrypt_init(context) == 1 &&
	       EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING) == 1 &&
	       EVP_PKEY_decrypt(context, content, &len, wrapped.data, wrapped.len) == 1;
	ERR_clear_error();
	if (!good)
		return ERR_CRYPTO;
	*ret_content = bytes_make(content, len);
	return ERR_OK;
}

static void
number_close(BIGNUM **number)
{
	BN_free(*number);
}

static void
build_close(OSSL_PARAM_BLD **build)
{
	OSSL_PARAM_BLD_free(*build);
}

static void
params_close(OSSL_PARAM **params)
{
	OSSL_PARAM_free(*params);
}

/* NULL when the numbers are no key. */
static EVP_PKEY *
public_key(const struct certificate *certificate)
{
	CLEANUP(number_close)
	BIGNUM *n = BN_bin2bn(certificate->modulus.data, (int)certificate->modulus.len, NULL);
	CLEANUP(number_close)
	BIGNUM *e = BN_bin2bn(certificate->exponent.data, (int)certificate->exponent.len, NULL);
	CLEANUP(build_close)
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	CLEANUP(context_close)
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	CLEANUP(params_close)
	OSSL_PARAM *params = NULL;
	EVP_PKEY *key = NULL;

	must(n != NULL && e != NULL && build != NULL && context != NULL);
	must(OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n) == 1 &&
	     OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, e) == 1);
	params = OSSL_PARAM_BLD_to_param(build);
	must(params != NULL && EVP_PKEY_fromdata_init(context) == 1);
	if (EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, params) != 1)
		key = NULL;
	ERR_clear_error();
	return key;
}

enum err
rsa_verify(const struct certificate *certificate, struct bytes data, struct bytes signature)
{
	CLEANUP(pkey_close)
	EVP_PKEY *key = public_key(certificate);

	return key != NULL ? pkey_verify(key, JWS_RS256, data, signature) : ERR_CRYPTO;
}
