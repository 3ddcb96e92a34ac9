#include <pthread.h>
#include <stdlib.h>

#include <openssl/core_names.h>
#include <openssl/params.h>

#include "crypto/internal.h"

static pthread_key_t key;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static _Thread_local struct thread_crypto *mine;

static void
thread_crypto_free(void *data)
{
	struct thread_crypto *thread = data;

	EVP_CIPHER_CTX_free(thread->encrypt);
	EVP_CIPHER_CTX_free(thread->decrypt);
	EVP_MAC_CTX_free(thread->hmac);
	EVP_MD_CTX_free(thread->digest);
	EVP_CIPHER_free(thread->gcm);
	EVP_MD_free(thread->sha256);
	free(thread);
	mine = NULL;
}

static void
make_key(void)
{
	must(pthread_key_create(&key, thread_crypto_free) == 0);
}

static EVP_MAC_CTX *
new_hmac(void)
{
	OSSL_PARAM params[] = {
	    OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char[]){"SHA256"}, 0),
	    OSSL_PARAM_construct_end()};
	EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	EVP_MAC_CTX *context = mac != NULL ? EVP_MAC_CTX_new(mac) : NULL;

	EVP_MAC_free(mac);
	must(context != NULL && EVP_MAC_CTX_set_params(context, params) == 1);
	return context;
}

/* Told its cipher once: naming it again with each key would take the context apart and build it anew. */
static EVP_CIPHER_CTX *
new_gcm(const EVP_CIPHER *gcm, int encrypt)
{
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();

	must(gcm != NULL && context != NULL &&
	     EVP_CipherInit_ex2(context, gcm, NULL, NULL, encrypt, NULL) == 1);
	return context;
}

static struct thread_crypto *
thread_crypto_new(void)
{
	struct thread_crypto *thread = calloc(1, sizeof(*thread));

	must(thread != NULL);
	thread->gcm = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
	thread->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	thread->encrypt = new_gcm(thread->gcm, 1);
	thread->decrypt = new_gcm(thread->gcm, 0);
	thread->hmac = new_hmac();
	thread->digest = EVP_MD_CTX_new();
	must(thread->sha256 != NULL && thread->digest != NULL);
	return thread;
}

struct thread_crypto *
thread_crypto_get(void)
{
	if (mine != NULL)
		return mine;
	must(pthread_once(&once, make_key) == 0);
	mine = thread_crypto_new();
	must(pthread_setspecific(key, mine) == 0);
	return mine;
}
