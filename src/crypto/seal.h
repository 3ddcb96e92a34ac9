/* seal.h - authenticated encryption and keyed hashes under the key ring.
 *
 * AES-256-GCM with a random 96-bit nonce (SP 800-38D; one root key seals fewer than 2^32 messages per purpose), and HMAC-SHA-256.
 * purpose: a short constant text, never made from input ("store/account", "login-cookie"); each has a key of its own. */
#ifndef CRYPTO_SEAL_H
#define CRYPTO_SEAL_H

#include "crypto/keyring.h"

#define MAC_SIZE 32
#define SHA256_SIZE 32
/* How many bytes a seal adds: version, key number, nonce, tag. */
#define SEAL_OVERHEAD 30

/* The sealed bytes are in the arena.  associated: bytes that must be the same when opened. */
struct bytes seal(const struct keyring *keys, const char *purpose, struct bytes associated, struct bytes plain, struct arena *arena);
/* ERR_CRYPTO for anything that was not sealed for this purpose and these associated bytes under one of our keys. */
enum err seal_open(const struct keyring *keys, const char *purpose, struct bytes associated, struct bytes sealed,
    struct arena *arena, struct bytes *ret_plain);

/* HMAC-SHA-256 under the purpose's key derived from the OLDEST store key (so that look-ups survive a rotation). */
void mac(const struct keyring *keys, const char *purpose, struct bytes data, uint8_t ret_mac[MAC_SIZE]);
void sha256(struct bytes data, uint8_t ret_hash[SHA256_SIZE]);
/* PBKDF2-HMAC-SHA-256 (RFC 8018 section 5.2). */
void pbkdf2(struct bytes secret, struct bytes salt, unsigned rounds, uint8_t ret_key[32]);

#endif
