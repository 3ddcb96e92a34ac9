#include <cjose/cjose.h>
#include <jansson.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/internal.h"

#define SET_BYTES_MAX ((size_t)64 * 1024)
#define SET_KEYS_MAX 16
#define KID_MAX 256

/* What a key can do: P-384 and P-521 are taken into a set, but no algorithm of ours uses them. */
enum key_type { TYPE_P256, TYPE_RSA, TYPE_UNUSED };

struct public_key {
	char *kid; /* NULL: none */
	char *alg; /* NULL: whatever its type can do */
	enum key_type type;
	cjose_jwk_t *key;
};

struct jws_set {
	size_t count;
	struct public_key keys[SET_KEYS_MAX];
};

static void
json_close(json_t **json)
{
	json_decref(*json);
}

static void
jws_close(cjose_jws_t **jws)
{
	if (*jws != NULL)
		cjose_jws_release(*jws);
}

/* NULL, or why this JWK must not be in a portal's set: a file with such members has leaked already. */
static const char *
judge_members(const json_t *json)
{
	static const char *const secret[] = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"};

	if (!json_is_object(json))
		return "is not a JSON object";
	for (size_t i = 0; i < sizeof(secret) / sizeof(secret[0]); i++) {
		if (json_object_get(json, secret[i]) != NULL)
			return "holds a private or symmetric member: publish public keys only, and "
			       "replace this key";
	}
	return NULL;
}

/* A text member; *ret_text stays NULL when there is none.  False: it is there and not a text, or too long. */
static bool
take_text(const json_t *json, const char *name, const char **ret_text)
{
	const json_t *value = json_object_get(json, name);

	*ret_text = json_string_value(value);
	return value == NULL || (*ret_text != NULL && json_string_length(value) <= KID_MAX);
}

/* A coordinate is as long as its curve's field, with its leading zeros (RFC 7518 section 6.2.1.2). */
static bool
coordinate_fits(const json_t *json, const char *name, size_t size, struct arena *arena)
{
	const char *text = json_string_value(json_object_get(json, name));
	struct bytes number;

	return text != NULL && base64url_parse(arena, bytes_of(text), &number) == ERR_OK &&
	       number.len == size;
}

static const char *
judge_ec(const json_t *json, struct arena *arena, struct public_key *key)
{
	static const struct {
		const char *name;
		size_t size;
		enum key_type type;
	} curves[] = {
	    {"P-256", 32, TYPE_P256}, {"P-384", 48, TYPE_UNUSED}, {"P-521", 66, TYPE_UNUSED}};
	const char *curve = json_string_value(json_object_get(json, "crv"));

	for (size_t i = 0; curve != NULL && i < sizeof(curves) / sizeof(curves[0]); i++) {
		if (strcmp(curve, curves[i].name) != 0)
			continue;
		if (!coordinate_fits(json, "x", curves[i].size, arena) ||
		    !coordinate_fits(json, "y", curves[i].size, arena))
			return "is not a valid public key: x or y is not as long as its curve asks";
		key->type = curves[i].type;
		return NULL;
	}
	return "has another curve than P-256, P-384 and P-521";
}

/* The value of a base64url number without leading zeros: its bits and its last 64 of them. */
static bool
read_number(
    const json_t *json, const char *name, struct arena *arena, size_t *ret_bits, uint64_t *ret_low)
{
	const char *text = json_string_value(json_object_get(json, name));
	struct bytes number;

	if (text == NULL || base64url_parse(arena, bytes_of(text), &number) != ERR_OK)
		return false;
	while (number.len > 0 && number.data[0] == 0)
		number = bytes_make(number.data + 1, number.len - 1);
	if (number.len == 0)
		return false;
	*ret_bits = 8 * number.len;
	for (uint8_t top = number.data[0]; (top & 0x80) == 0; top = (uint8_t)(top << 1))
		(*ret_bits)--;
	*ret_low = 0;
	for (size_t i = 0; i < number.len; i++)
		*ret_low = *ret_low << 8 | number.data[i];
	return true;
}

static const char *
judge_rsa(const json_t *json, struct arena *arena, struct public_key *key)
{
	size_t bits, exponent_bits;
	uint64_t low, exponent;

	if (!read_number(json, "n", arena, &bits, &low) ||
	    !read_number(json, "e", arena, &exponent_bits, &exponent))
		return "has no modulus or exponent in base64url";
	if (bits < 2048 || bits > 8192 || (low & 1) == 0)
		return "has an RSA modulus that is even, under 2048 or over 8192 bits";
	if (exponent_bits > 64 || exponent < 65537 || (exponent & 1) == 0)
		return "has an RSA exponent that is even, under 65537 or over 64 bits";
	key->type = TYPE_RSA;
	return NULL;
}

static const char *
judge_type(const json_t *json, struct arena *arena, struct public_key *key)
{
	const char *type = json_string_value(json_object_get(json, "kty"));

	if (type != NULL && strcmp(type, "EC") == 0)
		return judge_ec(json, arena, key);
	if (type != NULL && strcmp(type, "RSA") == 0)
		return judge_rsa(json, arena, key);
	return "has another key type (kty) than EC and RSA";
}

/* The names of an encryption key stand in the set too, but it never verifies. */
static const char *
judge_names(const json_t *json, struct public_key *key)
{
	const char *kid, *alg, *use;

	if (!take_text(json, "kid", &kid) || !take_text(json, "alg", &alg) ||
	    !take_text(json, "use", &use))
		return "has a kid, alg or use that is not a short text";
	if (use != NULL && strcmp(use, "sig") != 0)
		key->type = TYPE_UNUSED;
	key->kid = kid != NULL ? strdup(kid) : NULL;
	key->alg = alg != NULL ? strdup(alg) : NULL;
	return NULL;
}

/* cjose checks the rest: that the point is on the curve. */
static const char *
import_key(const json_t *json, struct public_key *key)
{
	char *text = json_dumps(json, JSON_COMPACT);
	cjose_err error;

	must(text != NULL);
	key->key = cjose_jwk_import(text, strlen(text), &error);
	free(text);
	return key->key != NULL ? NULL : "is not a valid public key";
}

static const char *
take_key(const json_t *json, struct arena *arena, struct public_key *key)
{
	const char *wrong = judge_members(json);

	if (wrong == NULL)
		wrong = judge_type(json, arena, key);
	if (wrong == NULL)
		wrong = judge_names(json, key);
	if (wrong == NULL)
		wrong = import_key(json, key);
	return wrong;
}

static bool
kid_is_taken(const struct jws_set *set, const char *kid)
{
	for (size_t i = 0; kid != NULL && i + 1 < set->count; i++) {
		if (set->keys[i].kid != NULL && strcmp(set->keys[i].kid, kid) == 0)
			return true;
	}
	return false;
}

static const char *
take_keys(const json_t *keys, struct arena *arena, struct jws_set *set)
{
	size_t i;
	const json_t *json;

	json_array_foreach(keys, i, json)
	{
		struct public_key *key = &set->keys[set->count++];
		const char *wrong = take_key(json, arena, key);

		if (wrong == NULL && kid_is_taken(set, key->kid))
			wrong = "has the kid of an earlier key";
		if (wrong != NULL)
			return arena_printf(arena, "key %zu of the set %s", i + 1, wrong);
	}
	return NULL;
}

static const char *
take_set(const json_t *root, struct arena *arena, struct jws_set *set)
{
	const json_t *keys = json_object_get(root, "keys");

	if (!json_is_array(keys))
		return "it is not a JWK set: a JSON object with an array \"keys\"";
	if (json_array_size(keys) < 1 || json_array_size(keys) > SET_KEYS_MAX)
		return "the set must have 1 to 16 keys";
	return take_keys(keys, arena, set);
}

enum err
jws_set_parse(
    struct bytes json, struct arena *arena, struct jws_set **ret_set, const char **ret_reason)
{
	CLEANUP(jws_set_free)
	struct jws_set *set = calloc(1, sizeof(*set));
	CLEANUP(json_close)
	json_t *root = NULL;
	const char *wrong;

	must(set != NULL);
	if (json.len > SET_BYTES_MAX) {
		*ret_reason = "the set is bigger than 64 KiB";
		return ERR_FORMAT;
	}
	root = json_loadb((const char *)json.data, json.len, JSON_REJECT_DUPLICATES, NULL);
	wrong = take_set(root, arena, set);
	if (wrong != NULL) {
		*ret_reason = wrong;
		return ERR_FORMAT;
	}
	*ret_set = set;
	set = NULL;
	return ERR_OK;
}

void
jws_set_free(struct jws_set **set)
{
	if (*set == NULL)
		return;
	for (size_t i = 0; i < (*set)->count; i++) {
		struct public_key *key = &(*set)->keys[i];

		free(key->kid);
		free(key->alg);
		if (key->key != NULL)
			cjose_jwk_release(key->key);
	}
	free(*set);
	*set = NULL;
}

/* May this key be asked about that token?  The token never widens what its key is for (RFC 8725 section 3.1). */
static bool
key_serves(const struct public_key *key, const struct jws_parts *parts)
{
	enum key_type wanted = parts->algorithm == JWS_ES256 ? TYPE_P256 : TYPE_RSA;

	if (key->type != wanted)
		return false;
	if (key->alg != NULL && strcmp(key->alg, jws_algorithm_print(parts->algorithm)) != 0)
		return false;
	return parts->kid == NULL || key->kid == NULL || strcmp(parts->kid, key->kid) == 0;
}

static bool
key_verifies(const struct public_key *key, const char *token)
{
	cjose_err error;
	CLEANUP(jws_close)
	cjose_jws_t *jws = cjose_jws_import(token, strlen(token), &error);

	return jws != NULL && cjose_jws_verify(jws, key->key, &error);
}

enum err
jws_verify(const struct jws_set *set, unsigned algorithms, const char *token, struct arena *arena,
    struct bytes *ret_payload, const char **ret_typ)
{
	struct jws_parts parts;
	enum err err = jws_split(token, arena, &parts);

	if (err != ERR_OK)
		return err;
	if ((algorithms & 1u << parts.algorithm) == 0)
		return ERR_CRYPTO;
	for (size_t i = 0; i < set->count; i++) {
		if (!key_serves(&set->keys[i], &parts) || !key_verifies(&set->keys[i], token))
			continue;
		*ret_payload = parts.payload;
		*ret_typ = parts.typ;
		return ERR_OK;
	}
	return ERR_CRYPTO;
}
