#include "crypto/seal.h"

#include <limits.h>
#include <string.h>

#include "base/random.h"
#include "crypto/internal.h"

#define VERSION 1
#define HEADER 2 /* version, number of the store key */
#define NONCE 12
#define TAG 16

_Static_assert(HEADER + NONCE + TAG == SEAL_OVERHEAD, "the header tells the overhead");

/* The header is authenticated too: else a seal could be claimed to be of another version or key. */
static bool
put_associated(
    EVP_CIPHER_CTX *context, const uint8_t *header, struct bytes associated, bool encrypt)
{
	int (*update)(EVP_CIPHER_CTX *, unsigned char *, int *, const unsigned char *, int) =
	    encrypt ? EVP_EncryptUpdate : EVP_DecryptUpdate;
	int len;

	return update(context, NULL, &len, header, HEADER) == 1 &&
	       (associated.len == 0 ||
		   update(context, NULL, &len, associated.data, (int)associated.len) == 1);
}

struct bytes
seal(const struct keyring *keys, const char *purpose, struct bytes associated, struct bytes plain,
    struct arena *arena)
{
	struct thread_crypto *thread = thread_crypto_get();
	const struct store_key *root = &keys->store_keys[0];
	const uint8_t *key = keyring_derive(keys, root, "seal", purpose);
	uint8_t *out, *nonce, *text;
	int len = 0, rest;

	must(plain.len <= INT_MAX && associated.len <= INT_MAX);
	out = arena_alloc(arena, plain.len + SEAL_OVERHEAD);
	nonce = out + HEADER;
	text = nonce + NONCE;
	out[0] = VERSION;
	out[1] = (uint8_t)root->number;
	random_bytes(nonce, NONCE);
	must(EVP_EncryptInit_ex2(thread->encrypt, NULL, key, nonce, NULL) == 1 &&
	     put_associated(thread->encrypt, out, associated, true));
	must(plain.len == 0 ||
	     EVP_EncryptUpdate(thread->encrypt, text, &len, plain.data, (int)plain.len) == 1);
	must(EVP_EncryptFinal_ex(thread->encrypt, text + len, &rest) == 1 &&
	     EVP_CIPHER_CTX_ctrl(thread->encrypt, EVP_CTRL_AEAD_GET_TAG, TAG, text + plain.len) ==
		 1);
	return bytes_make(out, plain.len + SEAL_OVERHEAD);
}

static const struct store_key *
find_root(const struct keyring *keys, unsigned number)
{
	for (size_t i = 0; i < keys->store_count; i++) {
		if (keys->store_keys[i].number == number)
			return &keys->store_keys[i];
	}
	return NULL;
}

/* The tag of GCM is judged in EVP_DecryptFinal_ex(): nothing that comes before it may be believed. */
static bool
decrypt(EVP_CIPHER_CTX *context, const uint8_t *key, struct bytes associated, struct bytes sealed,
    uint8_t *ret_plain)
{
	const uint8_t *nonce = sealed.data + HEADER, *text = nonce + NONCE;
	size_t size = sealed.len - SEAL_OVERHEAD;
	int len = 0, rest;

	return EVP_DecryptInit_ex2(context, NULL, key, nonce, NULL) == 1 &&
	       put_associated(context, sealed.data, associated, false) &&
	       (size == 0 || EVP_DecryptUpdate(context, ret_plain, &len, text, (int)size) == 1) &&
	       EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, TAG, (void *)(text + size)) ==
		   1 &&
	       EVP_DecryptFinal_ex(context, ret_plain + len, &rest) == 1;
}

enum err
seal_open(const struct keyring *keys, const char *purpose, struct bytes associated,
    struct bytes sealed, struct arena *arena, struct bytes *ret_plain)
{
	struct thread_crypto *thread = thread_crypto_get();
	const struct store_key *root;
	uint8_t *plain;

	if (sealed.len < SEAL_OVERHEAD || sealed.len > INT_MAX || associated.len > INT_MAX ||
	    sealed.data[0] != VERSION)
		return ERR_CRYPTO;
	root = find_root(keys, sealed.data[1]);
	if (root == NULL)
		return ERR_CRYPTO;
	plain = arena_alloc(arena, sealed.len - SEAL_OVERHEAD + 1);
	if (!decrypt(thread->decrypt, keyring_derive(keys, root, "seal", purpose), associated,
		sealed, plain)) {
		bytes_wipe(plain, sealed.len - SEAL_OVERHEAD);
		return ERR_CRYPTO;
	}
	*ret_plain = bytes_make(plain, sealed.len - SEAL_OVERHEAD);
	return ERR_OK;
}

void
mac(const struct keyring *keys, const char *purpose, struct bytes data, uint8_t ret_mac[MAC_SIZE])
{
	struct thread_crypto *thread = thread_crypto_get();
	const struct store_key *root = &keys->store_keys[keys->store_count - 1];
	const uint8_t *key = keyring_derive(keys, root, "mac", purpose);
	size_t len;

	must(EVP_MAC_init(thread->hmac, key, DERIVED_SIZE, NULL) == 1 &&
	     EVP_MAC_update(thread->hmac, data.data, data.len) == 1 &&
	     EVP_MAC_final(thread->hmac, ret_mac, &len, MAC_SIZE) == 1 && len == MAC_SIZE);
}

void
sha256(struct bytes data, uint8_t ret_hash[SHA256_SIZE])
{
	struct thread_crypto *thread = thread_crypto_get();
	unsigned len;

	must(EVP_DigestInit_ex2(thread->digest, thread->sha256, NULL) == 1 &&
	     EVP_DigestUpdate(thread->digest, data.data, data.len) == 1 &&
	     EVP_DigestFinal_ex(thread->digest, ret_hash, &len) == 1 && len == SHA256_SIZE);
}

void
pbkdf2(struct bytes secret, struct bytes salt, unsigned rounds, uint8_t ret_key[32])
{
	must(secret.len <= INT_MAX && salt.len <= INT_MAX && rounds > 0 && rounds <= INT_MAX);
	must(PKCS5_PBKDF2_HMAC((const char *)secret.data, (int)secret.len, salt.data, (int)salt.len,
		 (int)rounds, thread_crypto_get()->sha256, 32, ret_key) == 1);
}
