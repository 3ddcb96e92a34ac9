#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include "base/clock.h"
#include "crypto/internal.h"
#include "crypto/rsa.h"

#define CERTIFICATE_MAX ((size_t)64 * 1024)
#define LEAST_EXPONENT 65537
/* A longer exponent only makes a verification costly. */
#define EXPONENT_BITS_MAX 64

static void
number_close(BIGNUM **number)
{
	BN_free(*number);
}

static void
time_close(ASN1_TIME **time)
{
	ASN1_TIME_free(*time);
}

static bool
time_of(const ASN1_TIME *time, int64_t *ret_time)
{
	CLEANUP(time_close)
	ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
	int days, seconds;

	must(epoch != NULL);
	if (ASN1_TIME_diff(&days, &seconds, epoch, time) != 1)
		return false;
	*ret_time = DAYS(days) + SECONDS(seconds);
	return true;
}

static bool
exponent_fits(const EVP_PKEY *key)
{
	CLEANUP(number_close)
	BIGNUM *exponent = NULL;

	return EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &exponent) == 1 &&
	       BN_is_odd(exponent) && BN_num_bits(exponent) <= EXPONENT_BITS_MAX &&
	       BN_get_word(exponent) >= LEAST_EXPONENT;
}

/* NULL, or what is wrong with it. */
static const char *
judge(const X509 *x509, struct certificate *certificate)
{
	const EVP_PKEY *key = X509_get0_pubkey(x509);

	if (key == NULL || !EVP_PKEY_is_a(key, "RSA"))
		return "the certificate's key is not an RSA key";
	if (!pkey_is_rsa(key))
		return "the certificate's RSA key has fewer than 2048 or more than 8192 bits";
	if (!exponent_fits(key))
		return "the certificate's RSA exponent is even or smaller than 65537, or over 64 "
		       "bits";
	if (!time_of(X509_get0_notBefore(x509), &certificate->not_before) ||
	    !time_of(X509_get0_notAfter(x509), &certificate->not_after))
		return "the certificate's dates cannot be read";
	return NULL;
}

enum err
certificate_parse(struct bytes der, struct arena *arena, struct certificate *ret_certificate,
    const char **ret_reason)
{
	const unsigned char *at = der.data;
	CLEANUP(x509_close)
	X509 *x509 = NULL;
	struct certificate certificate;
	const EVP_PKEY *key;
	const char *wrong;

	if (der.len <= CERTIFICATE_MAX)
		x509 = d2i_X509(NULL, &at, (long)der.len);
	ERR_clear_error();
	if (x509 == NULL || at != der.data + der.len) {
		*ret_reason = "it is not an X.509 certificate in DER";
		return ERR_FORMAT;
	}
	wrong = judge(x509, &certificate);
	ERR_clear_error();
	if (wrong != NULL) {
		*ret_reason = wrong;
		return ERR_FORMAT;
	}
	key = X509_get0_pubkey(x509);
	certificate.modulus = pkey_number(key, OSSL_PKEY_PARAM_RSA_N, 0, arena);
	certificate.exponent = pkey_number(key, OSSL_PKEY_PARAM_RSA_E, 0, arena);
	certificate.bits = (unsigned)EVP_PKEY_get_bits(key);
	*ret_certificate = certificate;
	return ERR_OK;
}

enum err
certificate_from_pem(const char *pem, struct arena *arena, struct bytes *ret_der)
{
	CLEANUP(bio_close)
	BIO *bio = BIO_new_mem_buf(pem, -1);
	CLEANUP(x509_close)
	X509 *x509 = NULL;
	unsigned char *der = NULL;
	int len;

	must(bio != NULL);
	x509 = PEM_read_bio_X509(bio, NULL, NULL, NULL);
	ERR_clear_error();
	if (x509 == NULL)
		return ERR_FORMAT;
	len = i2d_X509(x509, &der);
	if (len <= 0)
		return ERR_FORMAT;
	*ret_der = bytes_copy(arena, bytes_make(der, (size_t)len));
	OPENSSL_free(der);
	return ERR_OK;
}
