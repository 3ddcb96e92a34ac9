#include <openssl/err.h>
#include <openssl/evp.h>

#include "crypto/rsa.h"

#define BLOCK 16
#define GCM_IV 12
#define GCM_TAG 16

struct cipher {
	const char *name;
	size_t key_size, iv_size, tag_size;
};
static const struct cipher ciphers[] = {
	[BLOCK_AES256_GCM] = {"AES-256-GCM", 32, GCM_IV, GCM_TAG},
	[BLOCK_AES128_GCM] = {"AES-128-GCM", 16, GCM_IV, GCM_TAG},
	[BLOCK_AES128_CBC] = {"AES-128-CBC", 16, BLOCK, 0},
	[BLOCK_AES256_CBC] = {"AES-256-CBC", 32, BLOCK, 0},
};

static void
context_close(EVP_CIPHER_CTX **context)
{
	EVP_CIPHER_CTX_free(*context);
}

static void
cipher_close(EVP_CIPHER **cipher)
{
	EVP_CIPHER_free(*cipher);
}

/* XML Encryption's padding: only the last byte counts, the others may hold anything. */
static bool
strip_padding(uint8_t *data, size_t *len)
{
	uint8_t padding = *len > 0 ? data[*len - 1] : 0;

	if (*len % BLOCK != 0 || padding < 1 || padding > BLOCK)
		return false;
	*len -= padding;
	return true;
}

static bool
decrypt(EVP_CIPHER_CTX *context, const struct cipher *kind, struct bytes sealed, uint8_t *data,
    size_t *ret_len)
{
	size_t body = sealed.len - kind->iv_size - kind->tag_size;
	const uint8_t *tag = sealed.data + sealed.len - kind->tag_size;
	int done = 0, rest = 0;

	if (kind->tag_size == 0)
		EVP_CIPHER_CTX_set_padding(context, 0);
	else if (EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, GCM_TAG,
		     (void *)(uintptr_t)tag) != 1)
		return false;
	if (EVP_DecryptUpdate(context, data, &done, sealed.data + kind->iv_size, (int)body) != 1 ||
	    EVP_DecryptFinal_ex(context, data + done, &rest) != 1)
		return false;
	*ret_len = (size_t)done + (size_t)rest;
	return kind->tag_size > 0 || strip_padding(data, ret_len);
}

enum err
block_open(enum block_cipher cipher, struct bytes key, struct bytes sealed, struct arena *arena,
    struct bytes *ret_content)
{
	const struct cipher *kind = &ciphers[cipher];
	CLEANUP(cipher_close)
	EVP_CIPHER *method = EVP_CIPHER_fetch(NULL, kind->name, NULL);
	CLEANUP(context_close)
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	size_t len = 0;
	uint8_t *data;
	bool good;

	must(method != NULL && context != NULL);
	if (key.len != kind->key_size || sealed.len <= kind->iv_size + kind->tag_size ||
	    sealed.len > INT32_MAX)
		return ERR_CRYPTO;
	data = arena_alloc(arena, sealed.len + BLOCK);
	good = EVP_DecryptInit_ex2(context, method, key.data, sealed.data, NULL) == 1 &&
	       decrypt(context, kind, sealed, data, &len);
	ERR_clear_error();
	if (!good)
		return ERR_CRYPTO;
	*ret_content = bytes_make(data, len);
	return ERR_OK;
}
