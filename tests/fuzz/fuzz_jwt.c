/* A signed token: nothing verifies but what was signed, letter by letter, and for what it was signed. */
#include <string.h>

#include "crypto/jws.h"
#include "fuzz.h"

#define ALL (1u << JWS_ES256 | 1u << JWS_PS256 | 1u << JWS_RS256)

static const struct jws_set *
portal_set(void)
{
	static struct jws_set *set;
	const char *reason;

	if (set == NULL) {
		struct arena *arena = arena_new((size_t)1 << 20);

		must(jws_set_parse(bytes_of(jws_own_set(fuzz_keys(), arena)), arena, &set,
			 &reason) == ERR_OK);
		arena_free(&arena);
	}
	return set;
}

static enum err
verify(unsigned algorithms, const char *token, struct arena *arena)
{
	struct bytes payload;
	const char *typ;

	return jws_verify(portal_set(), algorithms, token, arena, &payload, &typ);
}

/* Another letter at any place of the header and payload, and at some of the signature. */
static void
check_changes(const char *token, struct arena *arena)
{
	char *copy = arena_text(arena, token);
	size_t len = strlen(copy);

	for (size_t i = 0; i < len; i += 1 + len / 16) {
		copy[i] = copy[i] == 'A' ? 'B' : 'A';
		must(verify(ALL, copy, arena) != ERR_OK);
		copy[i] = token[i];
	}
	copy[len - 1] = '\0';
	must(verify(ALL, copy, arena) != ERR_OK);
}

/* What verifies is in its only spelling, says a known type or none, and serves exactly one algorithm. */
static void
check_good(const char *token, struct arena *arena)
{
	unsigned served = 0;

	for (int algorithm = JWS_ES256; algorithm <= JWS_RS256; algorithm++)
		served += verify(1u << algorithm, token, arena) == ERR_OK;
	must(served == 1);
	must(strlen(token) <= JWS_TOKEN_MAX);
	must(strspn(token, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.") ==
	     strlen(token));
	check_changes(token, arena);
}

static void
check_own(const char *token, struct arena *arena)
{
	struct bytes payload;
	bool login = jws_verify_own(fuzz_keys(), "JWT", token, arena, &payload) == ERR_OK;
	bool access = jws_verify_own(fuzz_keys(), "at+jwt", token, arena, &payload) == ERR_OK;

	must(!(login && access));
	/* the portal's set holds the same keys, so it cannot be the stricter one */
	if (login || access)
		must(verify(ALL, token, arena) == ERR_OK);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = fuzz_arena();
	const char *token, *typ = NULL;
	struct bytes payload = {NULL, 0};
	enum err err;

	if (!fuzz_text(arena, data, size, &token))
		return 0;
	err = jws_verify(portal_set(), ALL, token, arena, &payload, &typ);
	must(err == ERR_OK || err == ERR_FORMAT || err == ERR_CRYPTO);
	if (err == ERR_OK) {
		fuzz_taken();
		check_good(token, arena);
	}
	check_own(token, arena);
	return 0;
}
