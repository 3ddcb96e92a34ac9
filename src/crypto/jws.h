/* jws.h - JSON Web Signatures (RFC 7515), compact form only: those that we make and those that portals make.
 *
 * Runs in: vestibuled, any handler thread; vestibule-demo. */
#ifndef CRYPTO_JWS_H
#define CRYPTO_JWS_H

#include "crypto/keyring.h"

/* No longer token is looked at. */
#define JWS_TOKEN_MAX 8192

enum jws_algorithm { JWS_ES256, JWS_PS256, JWS_RS256 };
/* ERR_FORMAT for any other name, "none" and "HS256" among them. */
enum err jws_algorithm_parse(const char *name, enum jws_algorithm *ret_algorithm);
const char *jws_algorithm_print(enum jws_algorithm algorithm);

/* Sign payload (JSON text) with our newest key of that algorithm; header: alg, kid and typ ("JWT", "at+jwt", "logout+jwt"). */
enum err jws_sign(const struct keyring *keys, enum jws_algorithm algorithm, const char *typ, struct bytes payload,
    struct arena *arena, const char **ret_token);
/* Check a token that we made ourselves (any key of the ring): ERR_FORMAT, or ERR_CRYPTO when the signature is not ours
 * or typ differs.  The claims' meaning is the caller's to judge. */
enum err jws_verify_own(const struct keyring *keys, const char *typ, const char *token, struct arena *arena, struct bytes *ret_payload);
/* Our public keys as a JWK set (RFC 7517), JSON text, newest first: kid, use "sig", no private member; alg "ES256" on EC keys,
 * none on RSA keys, which sign PS256 and RS256. */
const char *jws_own_set(const struct keyring *keys, struct arena *arena);

/* The public keys of a portal, checked by cjose: parsed once when the configuration is read; refuses private or symmetric members,
 * RSA under 2048 or over 8192 bits or with an exponent under 65537, curves other than P-256/384/521, more than 16 keys, more than 64 KiB, two equal kids.  ERR_FORMAT with *ret_reason, one sentence.  A set does not change: all
 * threads share it. */
struct jws_set;
enum err jws_set_parse(struct bytes json, struct arena *arena, struct jws_set **ret_set, const char **ret_reason);
void jws_set_free(struct jws_set **set);

/* Check a token signed by a portal.  algorithms: a bit set of (1u << enum jws_algorithm).  The header may hold alg, kid, typ only
 * (jku, x5u, jwk, crit, b64, ... are refused: ATTACKS O29); tokens over 8 KiB are refused; no key is ever fetched.  A key
 * serves only the algorithm that fits its type and its own "alg", and no other kid than its own.  *ret_typ: NULL when absent.
 * The payload may be any bytes: who reads it as JSON refuses duplicate members. ERR_FORMAT or ERR_CRYPTO. */
enum err jws_verify(const struct jws_set *set, unsigned algorithms, const char *token, struct arena *arena,
    struct bytes *ret_payload, const char **ret_typ);

#endif
