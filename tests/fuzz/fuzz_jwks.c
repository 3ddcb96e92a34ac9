/* A portal's set of keys: what is taken holds no secret, no key twice, and does not verify another's token. */
#include <jansson.h>
#include <string.h>

#include "crypto/jws.h"
#include "fuzz.h"

static const char *
foreign_token(void)
{
	static struct arena *arena; /* for the process's life */
	static const char *token;

	if (arena == NULL) {
		arena = arena_new((size_t)1 << 20);
		must(jws_sign(fuzz_keys(), JWS_ES256, "JWT", bytes_of("{}"), arena, &token) ==
		     ERR_OK);
	}
	return token;
}

static void
check_taken(const uint8_t *data, size_t size)
{
	static const char *const secret[] = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"};
	json_t *root = json_loadb((const char *)data, size, JSON_REJECT_DUPLICATES, NULL), *key;
	const json_t *keys = json_object_get(root, "keys");
	size_t i;

	must(size <= 64 * 1024 && json_array_size(keys) >= 1 && json_array_size(keys) <= 16);
	json_array_foreach(keys, i, key)
	{
		const char *kid = json_string_value(json_object_get(key, "kid"));

		for (size_t j = 0; j < sizeof(secret) / sizeof(secret[0]); j++)
			must(json_object_get(key, secret[j]) == NULL);
		for (size_t j = 0; kid != NULL && j < i; j++) {
			const char *other =
			    json_string_value(json_object_get(json_array_get(keys, j), "kid"));
			must(other == NULL || strcmp(kid, other) != 0);
		}
	}
	json_decref(root);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = fuzz_arena();
	const char *reason = NULL, *typ;
	struct jws_set *set = NULL;
	struct bytes payload;
	enum err err = jws_set_parse(bytes_make(data, size), arena, &set, &reason);

	must(err == ERR_OK || err == ERR_FORMAT);
	if (err != ERR_OK) {
		must(set == NULL && reason != NULL && reason[0] != '\0' &&
		     strchr(reason, '\n') == NULL);
		return 0;
	}
	fuzz_taken();
	check_taken(data, size);
	must(
	    jws_verify(set, 1u << JWS_ES256, foreign_token(), arena, &payload, &typ) == ERR_CRYPTO);
	jws_set_free(&set);
	must(set == NULL);
	return 0;
}
