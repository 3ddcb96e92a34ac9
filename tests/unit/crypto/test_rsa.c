#include "../unit.h"
#include "../unit_arena.h"

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <string.h>

#include "crypto/keyring.h"
#include "crypto/rsa.h"

static struct bytes
der_of(const struct saml_key *key)
{
	struct bytes der;

	assert_int_equal(certificate_from_pem(key->certificate_pem, arena, &der), ERR_OK);
	return der;
}

static struct certificate
certificate_of(const struct saml_key *key)
{
	struct certificate certificate;
	const char *reason;

	assert_int_equal(certificate_parse(der_of(key), arena, &certificate, &reason), ERR_OK);
	return certificate;
}

static void
a_signature_verifies_under_its_certificate(void **state)
{
	struct certificate own = certificate_of(keyring_saml_signing(keys, 0));
	struct certificate other = certificate_of(keyring_saml_encryption(keys, 0));
	struct bytes data = bytes_of("SAMLRequest=x&RelayState=y&SigAlg=z"), signature;
	struct rsa_key *key;
	uint8_t *copy;

	(void)state;
	assert_int_equal(rsa_key_parse(keyring_saml_signing(keys, 0)->private_pem, &key), ERR_OK);
	assert_int_equal(rsa_sign(key, data, arena, &signature), ERR_OK);
	assert_int_equal(signature.len, 256);
	assert_int_equal(rsa_verify(&own, data, signature), ERR_OK);
	assert_int_equal(rsa_verify(&other, data, signature), ERR_CRYPTO);
	assert_int_equal(rsa_verify(&own, bytes_of("SAMLRequest=X"), signature), ERR_CRYPTO);
	assert_int_equal(rsa_verify(&own, data, bytes_make(signature.data, 255)), ERR_CRYPTO);
	assert_int_equal(rsa_verify(&own, data, bytes_of("")), ERR_CRYPTO);
	copy = (uint8_t *)(uintptr_t)bytes_copy(arena, signature).data;
	for (size_t i = 0; i < signature.len; i += 5) {
		copy[i] ^= 4;
		assert_int_equal(rsa_verify(&own, data, bytes_make(copy, 256)), ERR_CRYPTO);
		copy[i] ^= 4;
	}
	rsa_key_free(&key);
	assert_null(key);
	rsa_key_free(&key);
}

/* A new certificate in DER for a key, valid from 2026 on. */
static struct bytes
certify(EVP_PKEY *key)
{
	X509 *x509 = X509_new();
	unsigned char *der = NULL;
	struct bytes copy;
	int len;

	X509_set_version(x509, X509_VERSION_3);
	ASN1_TIME_set_string(X509_getm_notBefore(x509), "20260101000000Z");
	ASN1_TIME_set_string(X509_getm_notAfter(x509), "20600101000000Z");
	X509_set_pubkey(x509, key);
	assert_true(X509_sign(x509, key, EVP_sha256()) > 0);
	len = i2d_X509(x509, &der);
	copy = bytes_copy(arena, bytes_make(der, (size_t)len));
	OPENSSL_free(der);
	X509_free(x509);
	EVP_PKEY_free(key);
	return copy;
}

static EVP_PKEY *
rsa_with(int bits, unsigned long exponent)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	BIGNUM *e = BN_new();
	EVP_PKEY *key = NULL;

	BN_set_word(e, exponent);
	assert_int_equal(EVP_PKEY_keygen_init(context), 1);
	assert_int_equal(EVP_PKEY_CTX_set_rsa_keygen_bits(context, bits), 1);
	assert_int_equal(EVP_PKEY_CTX_set1_rsa_keygen_pubexp(context, e), 1);
	assert_int_equal(EVP_PKEY_generate(context, &key), 1);
	EVP_PKEY_CTX_free(context);
	BN_free(e);
	return key;
}

static void
facts_of_a_certificate(void **state)
{
	struct certificate certificate;
	const char *reason;
	struct bytes der = certify(rsa_with(2048, 65539));

	(void)state;
	assert_int_equal(certificate_parse(der, arena, &certificate, &reason), ERR_OK);
	assert_int_equal(certificate.bits, 2048);
	assert_int_equal(certificate.modulus.len, 256);
	assert_string_equal(hex_print(arena, certificate.exponent), "010003");
	assert_int_equal(certificate.not_before, 1767225600000);
	assert_int_equal(certificate.not_after, 2840140800000);
}

static void
weak_and_foreign_certificates(void **state)
{
	const struct bytes ders[] = {certify(rsa_with(1024, 65537)), certify(rsa_with(2048, 3)),
	    certify(EVP_EC_gen("P-256"))};
	struct certificate certificate;
	const char *reason;

	(void)state;
	for (size_t i = 0; i < sizeof(ders) / sizeof(ders[0]); i++) {
		reason = NULL;
		assert_int_equal(
		    certificate_parse(ders[i], arena, &certificate, &reason), ERR_FORMAT);
		assert_non_null(reason);
	}
}

static void
bytes_that_are_no_certificate(void **state)
{
	struct bytes der = der_of(keyring_saml_signing(keys, 0)), ret;
	struct certificate certificate;
	const char *reason;
	uint8_t *longer = arena_alloc(arena, der.len + 1);

	(void)state;
	memcpy(longer, der.data, der.len);
	assert_int_equal(
	    certificate_parse(bytes_make(longer, der.len + 1), arena, &certificate, &reason),
	    ERR_FORMAT);
	for (size_t len = 0; len < der.len; len += 7)
		assert_int_equal(
		    certificate_parse(bytes_make(der.data, len), arena, &certificate, &reason),
		    ERR_FORMAT);
	assert_int_equal(certificate_from_pem("", arena, &ret), ERR_FORMAT);
	assert_int_equal(
	    certificate_from_pem(keyring_saml_signing(keys, 0)->private_pem, arena, &ret),
	    ERR_FORMAT);
}

static const char *
pem_of(EVP_PKEY *key, const EVP_CIPHER *cipher)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *data, *text;
	long len;

	assert_int_equal(PEM_write_bio_PKCS8PrivateKey(bio, key, cipher,
			     cipher != NULL ? "pass" : NULL, cipher != NULL ? 4 : 0, NULL, NULL),
	    1);
	len = BIO_get_mem_data(bio, &data);
	text = arena_text_of(arena, bytes_make(data, (size_t)len));
	BIO_free(bio);
	EVP_PKEY_free(key);
	return text;
}

static void
keys_that_are_refused(void **state)
{
	struct rsa_key *key = NULL;

	(void)state;
	assert_int_equal(rsa_key_parse("", &key), ERR_FORMAT);
	assert_int_equal(
	    rsa_key_parse(keyring_saml_signing(keys, 0)->certificate_pem, &key), ERR_FORMAT);
	assert_int_equal(rsa_key_parse(pem_of(rsa_with(1024, 65537), NULL), &key), ERR_FORMAT);
	assert_int_equal(rsa_key_parse(pem_of(EVP_EC_gen("P-256"), NULL), &key), ERR_FORMAT);
	/* and nobody is asked for its pass phrase */
	assert_int_equal(
	    rsa_key_parse(pem_of(rsa_with(2048, 65537), EVP_aes_128_cbc()), &key), ERR_FORMAT);
	assert_null(key);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_signature_verifies_under_its_certificate),
	    cmocka_unit_test(facts_of_a_certificate),
	    cmocka_unit_test(weak_and_foreign_certificates),
	    cmocka_unit_test(bytes_that_are_no_certificate),
	    cmocka_unit_test(keys_that_are_refused),
	};

	return cmocka_run_group_tests(tests, unit_open_keys, unit_close_keys);
}
