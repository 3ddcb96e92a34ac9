/* keyring.h - every secret that Vestibule keeps outside its store: one directory of files, read once.
 *
 * Made by `vestibulectl keys init`, changed by `keys rotate`.  Layout of the key directory (0700, files 0600):
 *   store-<n>.key       32 random bytes in hex: root of sealing and MACs, n = 1..; the highest seals, all open
 *   token-<kid>.pem     private keys that sign tokens: one EC P-256 and one RSA-3072 a generation; a kid that starts with
 *                       a number belongs to that generation ("2-ec-k3v9abcd"), and the highest signs
 *   saml-signing-<n>.pem / .crt      RSA of 2048 to 8192 bits and its self-signed certificate; the highest n signs
 *   saml-encryption-<n>.pem / .crt   the highest n is published first, all decrypt
 * Runs in:  vestibuled, vestibulectl.
 * Secrets:  all of it; keys are derived per purpose (HKDF-SHA-256, RFC 5869), so that one purpose's key tells nothing
 *           of another's.
 */
#ifndef CRYPTO_KEYRING_H
#define CRYPTO_KEYRING_H

#include "base/arena.h"
#include "base/err.h"

struct keyring;

/* Read the directory.  On an error *ret_reason is one clear sentence with file and remedy (in the arena):
 * ERR_NOT_FOUND (no directory or no key: "run vestibulectl keys init"), ERR_FORMAT (a damaged file), ERR_IO (not readable,
 * or readable by others).  A loaded ring does not change: all threads share it. */
enum err keyring_load(const char *directory, struct arena *arena, struct keyring **ret_keys, const char **ret_reason);
void keyring_free(struct keyring **keys);
/* Make a first set of keys; ERR_EXISTS when any is there (nothing is touched). common_name: of the certificates. */
enum err keyring_create(const char *directory, const char *common_name, struct arena *arena, const char **ret_reason);
/* Add the next generation of one kind; nothing that is there is touched, and a running daemon takes it at its next load.
 * ERR_NOT_FOUND when there is no key at all, ERR_FULL after 255 generations. */
enum keyring_kind { KEYRING_STORE, KEYRING_TOKENS, KEYRING_SAML_SIGNING, KEYRING_SAML_ENCRYPTION };
enum err keyring_rotate(const char *directory, enum keyring_kind kind, const char *common_name, struct arena *arena,
    const char **ret_reason);

/* One row of `keys list`: nothing secret.  Index 0 to the end, NULL past it; kinds in their order, newest first. */
struct keyring_row {
	enum keyring_kind kind;
	const char *name;	/* the file's name without its ending: "token-1-ec-k3v9abcd" */
	const char *algorithm;	/* "ES256", "PS256 RS256", "RSA", "AES-256-GCM" */
	bool in_use;		/* the one that seals, signs, or is published first */
};
const struct keyring_row *keyring_row(const struct keyring *keys, size_t index, struct arena *arena);

/* An identifier of the ring's oldest store key (8 bytes in hex, a MAC of a constant), written into the store so that another
 * ring is noticed at open.  It stays the same when a newer key is added. */
const char *keyring_store_key_id(const struct keyring *keys);

/* The SAML keys as PEM text: what the worker is given at its start. Index 0 is the newest; NULL past the end. */
struct saml_key {
	const char *private_pem;
	const char *certificate_pem;
};
const struct saml_key *keyring_saml_signing(const struct keyring *keys, size_t index);
const struct saml_key *keyring_saml_encryption(const struct keyring *keys, size_t index);

#endif
