#include "crypto/jws.h"

#include <jansson.h>
#include <openssl/core_names.h>
#include <string.h>

#include "base/buf.h"
#include "crypto/internal.h"

/* r and s, as long as the curve's field (RFC 7518 section 3.4). */
#define ES256_SIGNATURE_SIZE 64

/* Our own algorithms only: "none" and the HMAC family are not in the table, so no header can ask for them. */
static const char *const algorithm_names[] = {
    [JWS_ES256] = "ES256",
    [JWS_PS256] = "PS256",
    [JWS_RS256] = "RS256",
};

enum err
jws_algorithm_parse(const char *name, enum jws_algorithm *ret_algorithm)
{
	for (int i = JWS_ES256; i <= JWS_RS256; i++) {
		if (strcmp(name, algorithm_names[i]) == 0) {
			*ret_algorithm = (enum jws_algorithm)i;
			return ERR_OK;
		}
	}
	return ERR_FORMAT;
}

const char *
jws_algorithm_print(enum jws_algorithm algorithm)
{
	must(algorithm >= JWS_ES256 && algorithm <= JWS_RS256);
	return algorithm_names[algorithm];
}

static void
json_close(json_t **json)
{
	json_decref(*json);
}

/* Where the first dot at or after `from` stands; the token's end when there is none. */
static size_t
find_dot(const char *token, size_t from)
{
	return from + strcspn(token + from, ".");
}

/* One member of the header, which must be a text; NULL stays NULL. */
static enum err
take_text(const json_t *header, const char *name, struct arena *arena, const char **ret_text)
{
	const json_t *value = json_object_get(header, name);

	*ret_text = NULL;
	if (value == NULL)
		return ERR_OK;
	if (!json_is_string(value))
		return ERR_FORMAT;
	*ret_text = arena_text(arena, json_string_value(value));
	return ERR_OK;
}

/* Everything else that a header may say (jku, x5u, jwk, x5c, crit, b64, zip, ...) would let a stranger choose the key or
 * the meaning of the bytes. */
static enum err
take_header(const json_t *header, struct arena *arena, struct jws_parts *parts)
{
	const char *name, *algorithm;
	json_t *value;

	json_object_foreach((json_t *)header, name, value)
	{
		if (strcmp(name, "alg") != 0 && strcmp(name, "kid") != 0 &&
		    strcmp(name, "typ") != 0)
			return ERR_FORMAT;
	}
	if (take_text(header, "alg", arena, &algorithm) != ERR_OK ||
	    take_text(header, "kid", arena, &parts->kid) != ERR_OK ||
	    take_text(header, "typ", arena, &parts->typ) != ERR_OK || algorithm == NULL)
		return ERR_FORMAT;
	return jws_algorithm_parse(algorithm, &parts->algorithm);
}

static enum err
parse_header(struct bytes text, struct arena *arena, struct jws_parts *parts)
{
	struct bytes json;
	enum err err = base64url_parse(arena, text, &json);

	if (err != ERR_OK)
		return err;
	/* without JSON_ALLOW_NUL no text may hold a NUL that would hide the rest of it */
	CLEANUP(json_close)
	json_t *header =
	    json_loadb((const char *)json.data, json.len, JSON_REJECT_DUPLICATES, NULL);
	if (!json_is_object(header))
		return ERR_FORMAT;
	return take_header(header, arena, parts);
}

enum err
jws_split(const char *token, struct arena *arena, struct jws_parts *ret_parts)
{
	size_t len = strnlen(token, JWS_TOKEN_MAX + 1);
	size_t first, second;
	enum err err;

	if (len > JWS_TOKEN_MAX)
		return ERR_FORMAT;
	first = find_dot(token, 0);
	second = first < len ? find_dot(token, first + 1) : len;
	if (second == len || first == 0 || token[second + 1] == '\0')
		return ERR_FORMAT;
	err = parse_header(bytes_make(token, first), arena, ret_parts);
	if (err != ERR_OK)
		return err;
	ret_parts->signed_part = bytes_make(token, second);
	err = base64url_parse(
	    arena, bytes_make(token + first + 1, second - first - 1), &ret_parts->payload);
	if (err != ERR_OK)
		return err;
	/* a third dot is no letter of base64url: a JSON serialisation or a JWE fails here too */
	err = base64url_parse(
	    arena, bytes_make(token + second + 1, len - second - 1), &ret_parts->signature);
	if (err != ERR_OK)
		return err;
	/* cjose halves the length and leaves an odd byte aside: one signature, one spelling */
	if (ret_parts->algorithm == JWS_ES256 && ret_parts->signature.len != ES256_SIGNATURE_SIZE)
		return ERR_CRYPTO;
	return ERR_OK;
}

/* The newest of our keys that can do it; a loaded ring has one of each type. */
static const struct token_key *
newest_key(const struct keyring *keys, enum jws_algorithm algorithm)
{
	for (size_t i = 0; i < keys->token_count; i++) {
		if (keys->token_keys[i].signers[algorithm] != NULL)
			return &keys->token_keys[i];
	}
	return NULL;
}

enum err
jws_sign(const struct keyring *keys, enum jws_algorithm algorithm, const char *typ,
    struct bytes payload, struct arena *arena, const char **ret_token)
{
	const struct token_key *key = newest_key(keys, algorithm);
	struct bytes signature;
	const char *header, *text;
	enum err err;

	must(key != NULL);
	/* kid and typ hold nothing that JSON would have to escape */
	header = arena_printf(arena, "{\"alg\":\"%s\",\"kid\":\"%s\",\"typ\":\"%s\"}",
	    algorithm_names[algorithm], key->kid, typ);
	text = arena_printf(arena, "%s.%s", base64url_print(arena, bytes_of(header)),
	    base64url_print(arena, payload));
	err = pkey_sign(key->signers[algorithm], algorithm, bytes_of(text), arena, &signature);
	if (err != ERR_OK)
		return err;
	*ret_token = arena_printf(arena, "%s.%s", text, base64url_print(arena, signature));
	return ERR_OK;
}

static const struct token_key *
key_by_id(const struct keyring *keys, const char *kid)
{
	for (size_t i = 0; i < keys->token_count; i++) {
		if (strcmp(keys->token_keys[i].kid, kid) == 0)
			return &keys->token_keys[i];
	}
	return NULL;
}

enum err
jws_verify_own(const struct keyring *keys, const char *typ, const char *token, struct arena *arena,
    struct bytes *ret_payload)
{
	struct jws_parts parts;
	const struct token_key *key;
	enum err err = jws_split(token, arena, &parts);

	if (err != ERR_OK)
		return err;
	/* An access token must not pass for an ID token: typ tells them apart (RFC 9068 section 4, RFC 8725 3.11). */
	if (parts.kid == NULL || parts.typ == NULL || strcmp(parts.typ, typ) != 0)
		return ERR_CRYPTO;
	key = key_by_id(keys, parts.kid);
	if (key == NULL)
		return ERR_CRYPTO;
	err = pkey_verify(key->key, parts.algorithm, parts.signed_part, parts.signature);
	if (err != ERR_OK)
		return err;
	*ret_payload = parts.payload;
	return ERR_OK;
}

static void
put_public_key(struct buf *out, const struct token_key *token)
{
	struct arena *arena = out->arena;

	if (token->rsa)
		buf_printf(out,
		    "{\"kty\":\"RSA\",\"use\":\"sig\",\"kid\":\"%s\",\"n\":\"%s\",\"e\":\"%s\"}",
		    token->kid,
		    base64url_print(
			arena, pkey_number(token->key, OSSL_PKEY_PARAM_RSA_N, 0, arena)),
		    base64url_print(
			arena, pkey_number(token->key, OSSL_PKEY_PARAM_RSA_E, 0, arena)));
	else
		buf_printf(out,
		    "{\"kty\":\"EC\",\"use\":\"sig\",\"alg\":\"ES256\",\"kid\":\"%s\","
		    "\"crv\":\"P-256\",\"x\":\"%s\",\"y\":\"%s\"}",
		    token->kid,
		    base64url_print(
			arena, pkey_number(token->key, OSSL_PKEY_PARAM_EC_PUB_X, 32, arena)),
		    base64url_print(
			arena, pkey_number(token->key, OSSL_PKEY_PARAM_EC_PUB_Y, 32, arena)));
}

const char *
jws_own_set(const struct keyring *keys, struct arena *arena)
{
	struct buf out;

	buf_init(&out, arena, (size_t)1024 * 1024);
	buf_put_text(&out, "{\"keys\":[");
	for (size_t i = 0; i < keys->token_count; i++) {
		if (i > 0)
			buf_put_text(&out, ",");
		put_public_key(&out, &keys->token_keys[i]);
	}
	buf_put_text(&out, "]}");
	must(!out.failed);
	return buf_text(&out);
}
