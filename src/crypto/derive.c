#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include "crypto/internal.h"

/* Purposes are constants of the code times store keys: running over this is a mistake of ours. */
#define DERIVED_MAX 4096

static void
kdf_close(EVP_KDF_CTX **context)
{
	EVP_KDF_CTX_free(*context);
}

void
hkdf(struct bytes secret, struct bytes salt, struct bytes info, uint8_t *ret_key, size_t len)
{
	OSSL_PARAM params[] = {
	    OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, (char[]){"SHA256"}, 0),
	    OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, (void *)secret.data, secret.len),
	    OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, (void *)info.data, info.len),
	    OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, (void *)salt.data, salt.len),
	    OSSL_PARAM_construct_end()};
	EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
	CLEANUP(kdf_close)
	EVP_KDF_CTX *context = kdf != NULL ? EVP_KDF_CTX_new(kdf) : NULL;

	EVP_KDF_free(kdf);
	if (salt.len == 0)
		params[3] = OSSL_PARAM_construct_end();
	must(context != NULL && EVP_KDF_derive(context, ret_key, len, params) == 1);
}

void
derive_cache_done(struct derive_cache *cache)
{
	struct derived *derived = atomic_load(&cache->newest), *next;

	for (; derived != NULL; derived = next) {
		next = derived->next;
		bytes_wipe(derived->key, sizeof(derived->key));
		free(derived);
	}
	atomic_store(&cache->newest, NULL);
}

static const struct derived *
find(const struct derived *derived, unsigned number, const char *use, const char *purpose)
{
	for (; derived != NULL; derived = derived->next) {
		if (derived->number == number && strcmp(derived->purpose, purpose) == 0 &&
		    strcmp(derived->use, use) == 0)
			return derived;
	}
	return NULL;
}

/* Two threads may derive the same key at once; both copies stay, equal. */
static const struct derived *
add(struct derive_cache *cache, const struct store_key *root, const char *use, const char *purpose)
{
	struct derived *derived = calloc(1, sizeof(*derived) + strlen(purpose) + 1);
	char info[256];
	int len = snprintf(info, sizeof(info), "vestibule/%s/%s", use, purpose);

	must(derived != NULL && len > 0 && (size_t)len < sizeof(info));
	must(atomic_fetch_add(&cache->count, 1) < DERIVED_MAX);
	derived->number = root->number;
	derived->use = use;
	memcpy(derived->purpose, purpose, strlen(purpose) + 1);
	hkdf(bytes_make(root->root, sizeof(root->root)), bytes_of(NULL),
	    bytes_make(info, (size_t)len), derived->key, sizeof(derived->key));
	derived->next = atomic_load(&cache->newest);
	while (!atomic_compare_exchange_weak(&cache->newest, &derived->next, derived))
		;
	return derived;
}

const uint8_t *
keyring_derive(
    const struct keyring *keys, const struct store_key *root, const char *use, const char *purpose)
{
	const struct derived *derived =
	    find(atomic_load(&keys->derived->newest), root->number, use, purpose);

	if (derived == NULL)
		derived = add(keys->derived, root, use, purpose);
	return derived->key;
}
