#include "../unit.h"
#include "../unit_arena.h"

#include <jansson.h>
#include <pthread.h>
#include <string.h>

#include "crypto/jws.h"

/* noinline: gcc 12 takes what a callee stores in `token` for its address and warns */
__attribute__((noinline)) static const char *
sign(enum jws_algorithm algorithm, const char *typ, const char *payload)
{
	const char *token;

	assert_int_equal(jws_sign(keys, algorithm, typ, bytes_of(payload), arena, &token), ERR_OK);
	return token;
}

static enum err
verify(const char *typ, const char *token)
{
	struct bytes payload;

	return jws_verify_own(keys, typ, token, arena, &payload);
}

static void
our_tokens_verify(void **state)
{
	(void)state;
	for (int algorithm = JWS_ES256; algorithm <= JWS_RS256; algorithm++) {
		const char *token =
		    sign((enum jws_algorithm)algorithm, "at+jwt", "{\"sub\":\"x\"}");
		struct bytes payload;

		assert_int_equal(jws_verify_own(keys, "at+jwt", token, arena, &payload), ERR_OK);
		assert_true(bytes_equal(payload, bytes_of("{\"sub\":\"x\"}")));
		assert_int_equal(verify("JWT", token), ERR_CRYPTO);
		assert_int_equal(verify("", token), ERR_CRYPTO);
	}
}

/* A client library that knows only our published set takes our tokens. */
static void
the_published_set_verifies_them(void **state)
{
	const char *json = jws_own_set(keys, arena), *reason, *typ;
	struct jws_set *set;
	struct bytes payload;

	(void)state;
	assert_null(strstr(json, "\"d\""));
	if (jws_set_parse(bytes_of(json), arena, &set, &reason) != ERR_OK)
		fail_msg("%s", reason);
	for (int algorithm = JWS_ES256; algorithm <= JWS_RS256; algorithm++) {
		const char *token = sign((enum jws_algorithm)algorithm, "JWT", "{}");

		assert_int_equal(
		    jws_verify(set, 1u << algorithm, token, arena, &payload, &typ), ERR_OK);
		assert_string_equal(typ, "JWT");
	}
	jws_set_free(&set);
}

static void
every_changed_letter_is_noticed(void **state)
{
	const char *token = sign(JWS_ES256, "JWT", "{\"sub\":\"x\"}");
	char *copy = arena_text(arena, token);

	(void)state;
	for (size_t i = 0; copy[i] != '\0'; i++) {
		copy[i] = copy[i] == 'A' ? 'B' : 'A';
		assert_int_not_equal(verify("JWT", copy), ERR_OK);
		copy[i] = '.';
		if (token[i] != '.')
			assert_int_not_equal(verify("JWT", copy), ERR_OK);
		copy[i] = token[i];
	}
	assert_int_equal(verify("JWT", copy), ERR_OK);
	for (size_t len = strlen(token); len-- > 0;) {
		copy[len] = '\0';
		assert_int_not_equal(verify("JWT", copy), ERR_OK);
	}
}

/* The same token under another header. */
static const char *
reheaded(const char *header, const char *token)
{
	return arena_printf(
	    arena, "%s%s", base64url_print(arena, bytes_of(header)), strchr(token, '.'));
}

static const char *
own_kid(const char *token)
{
	struct bytes header;
	json_t *json;
	const char *kid;

	assert_int_equal(
	    base64url_parse(arena, bytes_make(token, strcspn(token, ".")), &header), ERR_OK);
	json = json_loadb((const char *)header.data, header.len, 0, NULL);
	kid = arena_text(arena, json_string_value(json_object_get(json, "kid")));
	json_decref(json);
	return kid;
}

static void
hostile_headers(void **state)
{
	const char *token = sign(JWS_RS256, "JWT", "{}"), *kid = own_kid(token);
	static const char *const headers[] = {
	    "{\"alg\":\"none\",\"kid\":\"%s\",\"typ\":\"JWT\"}",
	    "{\"alg\":\"None\",\"kid\":\"%s\",\"typ\":\"JWT\"}",
	    "{\"alg\":\"HS256\",\"kid\":\"%s\",\"typ\":\"JWT\"}",
	    "{\"alg\":\"PS256\",\"kid\":\"%s\",\"typ\":\"JWT\"}",
	    "{\"alg\":\"ES256\",\"kid\":\"%s\",\"typ\":\"JWT\"}",
	    "{\"alg\":\"RS512\",\"kid\":\"%s\",\"typ\":\"JWT\"}",
	    "{\"alg\":\"RS256\\u0000\",\"kid\":\"%s\",\"typ\":\"JWT\"}",
	    "{\"alg\":[\"RS256\"],\"kid\":\"%s\",\"typ\":\"JWT\"}",
	    "{\"alg\":null,\"kid\":\"%s\",\"typ\":\"JWT\"}",
	    "{\"kid\":\"%s\",\"typ\":\"JWT\"}",
	    "{\"alg\":\"RS256\",\"alg\":\"RS256\",\"kid\":\"%s\",\"typ\":\"JWT\"}",
	    "{\"alg\":\"RS256\",\"kid\":\"%s\",\"typ\":\"JWT\",\"jku\":\"https://x/\"}",
	    "{\"alg\":\"RS256\",\"kid\":\"%s\",\"typ\":\"JWT\",\"x5u\":\"https://x/\"}",
	    "{\"alg\":\"RS256\",\"kid\":\"%s\",\"typ\":\"JWT\",\"x5c\":[]}",
	    "{\"alg\":\"RS256\",\"kid\":\"%s\",\"typ\":\"JWT\",\"jwk\":{}}",
	    "{\"alg\":\"RS256\",\"kid\":\"%s\",\"typ\":\"JWT\",\"crit\":[\"exp\"]}",
	    "{\"alg\":\"RS256\",\"kid\":\"%s\",\"typ\":\"JWT\",\"b64\":false}",
	    "{\"alg\":\"RS256\",\"kid\":\"%s\",\"typ\":\"JWT\",\"zip\":\"DEF\"}",
	    "{\"alg\":\"RS256\",\"kid\":\"../../%s\",\"typ\":\"JWT\"}",
	    "[{\"alg\":\"RS256\",\"kid\":\"%s\",\"typ\":\"JWT\"}]",
	    "{\"alg\":\"RS256\",\"kid\":\"%s\",\"typ\":\"JWT\"}x",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		/* the one place of the table's format is the kid */
		const char *at = strstr(headers[i], "%s");
		const char *header = arena_printf(
		    arena, "%.*s%s%s", (int)(at - headers[i]), headers[i], kid, at + 2);

		assert_int_not_equal(verify("JWT", reheaded(header, token)), ERR_OK);
	}
	assert_int_equal(
	    verify("JWT", reheaded(arena_printf(arena,
				       "{\"alg\":\"RS256\",\"kid\":\"%s\",\"typ\":\"JWT\"}", kid),
			      token)),
	    ERR_OK);
}

static void
hostile_shapes(void **state)
{
	const char *token = sign(JWS_ES256, "JWT", "{}"), *dot = strchr(token, '.');
	const char *second = strchr(dot + 1, '.');
	char big[9001];

	(void)state;
	memset(big, 'a', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	const char *const bad[] = {"", ".", "..", "...", "a", "a.b", "a.b.c", big,
	    arena_printf(arena, "%s.", token), arena_printf(arena, "%s..", token),
	    arena_printf(arena, ".%s", token), arena_printf(arena, "%s ", token),
	    arena_printf(arena, "%s=", token), arena_printf(arena, "%s\n", token),
	    arena_printf(arena, "%.*s.", (int)(second - token), token),
	    arena_printf(arena, "%.*s", (int)(second - token), token),
	    arena_printf(arena, "%s%s", token, dot), arena_printf(arena, "%s.%s", token, big),
	    arena_printf(arena, "{\"payload\":\"\",\"signatures\":[\"%s\"]}", token)};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(verify("JWT", bad[i]), ERR_FORMAT);
}

/* A 64-byte signature ends in a letter of which 2 bits count: the three other texts for the same bytes are refused. */
static void
signatures_have_one_text(void **state)
{
	static const char letters[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	char *token = (char *)(uintptr_t)sign(JWS_ES256, "JWT", "{}");
	char *last = token + strlen(token) - 1;
	size_t value = (size_t)(strchr(letters, *last) - letters);

	(void)state;
	assert_int_equal(value % 16, 0);
	for (size_t other = value + 1; other < value + 16; other++) {
		*last = letters[other];
		assert_int_equal(verify("JWT", token), ERR_FORMAT);
	}
}

static void *
sign_and_verify(void *arg)
{
	struct arena *own = arena_new(16 << 20);
	uintptr_t bad = 0;

	for (int i = 0; i < 100; i++) {
		const char *text, *token, *typ;
		struct bytes payload;

		arena_reset(own);
		text = arena_printf(own, "{\"n\":%d}", i);
		bad += jws_sign(keys, JWS_ES256, "JWT", bytes_of(text), own, &token) != ERR_OK ||
		       jws_verify_own(keys, "JWT", token, own, &payload) != ERR_OK ||
		       !bytes_equal(payload, bytes_of(text)) ||
		       jws_verify(arg, 1u << JWS_ES256, token, own, &payload, &typ) != ERR_OK;
	}
	arena_free(&own);
	return (void *)bad;
}

static void
threads_share_keys_and_sets(void **state)
{
	pthread_t threads[4];
	struct jws_set *set;
	const char *reason;

	(void)state;
	assert_int_equal(
	    jws_set_parse(bytes_of(jws_own_set(keys, arena)), arena, &set, &reason), ERR_OK);
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, sign_and_verify, set), 0);
	for (int i = 0; i < 4; i++) {
		void *bad;

		assert_int_equal(pthread_join(threads[i], &bad), 0);
		assert_null(bad);
	}
	jws_set_free(&set);
}

static void
names_of_algorithms(void **state)
{
	static const char *const bad[] = {"", "none", "HS256", "es256", "ES256 ", "ES384", "EdDSA"};
	enum jws_algorithm algorithm;

	(void)state;
	for (int i = JWS_ES256; i <= JWS_RS256; i++) {
		assert_int_equal(
		    jws_algorithm_parse(jws_algorithm_print((enum jws_algorithm)i), &algorithm),
		    ERR_OK);
		assert_int_equal(algorithm, i);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(jws_algorithm_parse(bad[i], &algorithm), ERR_FORMAT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(our_tokens_verify),
	    cmocka_unit_test(the_published_set_verifies_them),
	    cmocka_unit_test(every_changed_letter_is_noticed),
	    cmocka_unit_test(hostile_headers),
	    cmocka_unit_test(hostile_shapes),
	    cmocka_unit_test(signatures_have_one_text),
	    cmocka_unit_test(threads_share_keys_and_sets),
	    cmocka_unit_test(names_of_algorithms),
	};

	return cmocka_run_group_tests(tests, unit_open_keys, unit_close_keys);
}
