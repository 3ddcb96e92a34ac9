#include "../unit.h"
#include "../unit_arena.h"

#include <openssl/hmac.h>
#include <pthread.h>
#include <string.h>

#include "crypto/internal.h"
#include "crypto/seal.h"

static struct bytes
unhex(const char *text)
{
	struct bytes bytes;

	assert_int_equal(hex_parse(arena, text, &bytes), ERR_OK);
	return bytes;
}

static void
what_was_sealed_opens(void **state)
{
	struct bytes ad = bytes_of("account\0"
				   "1"),
		     sealed, plain;
	uint8_t data[300];

	(void)state;
	memset(data, 'x', sizeof(data));
	for (size_t len = 0; len <= sizeof(data); len += 50) {
		sealed = seal(keys, "store/account", ad, bytes_make(data, len), arena);
		assert_int_equal(sealed.len, len + SEAL_OVERHEAD);
		assert_int_equal(
		    seal_open(keys, "store/account", ad, sealed, arena, &plain), ERR_OK);
		assert_true(bytes_equal(plain, bytes_make(data, len)));
	}
	sealed = seal(keys, "p", bytes_of(""), bytes_of("text"), arena);
	assert_int_equal(seal_open(keys, "p", bytes_of(""), sealed, arena, &plain), ERR_OK);
	assert_false(bytes_equal(sealed, seal(keys, "p", bytes_of(""), bytes_of("text"), arena)));
}

static void
no_bit_may_flip(void **state)
{
	struct bytes sealed = seal(keys, "p", bytes_of("ad"), bytes_of("a secret"), arena), plain;
	uint8_t *data = (uint8_t *)bytes_copy(arena, sealed).data;

	(void)state;
	for (size_t i = 0; i < sealed.len; i++) {
		for (int bit = 0; bit < 8; bit++) {
			data[i] = (uint8_t)(data[i] ^ 1 << bit);
			assert_int_equal(seal_open(keys, "p", bytes_of("ad"),
					     bytes_make(data, sealed.len), arena, &plain),
			    ERR_CRYPTO);
			data[i] = (uint8_t)(data[i] ^ 1 << bit);
		}
	}
	assert_int_equal(
	    seal_open(keys, "p", bytes_of("ad"), bytes_make(data, sealed.len), arena, &plain),
	    ERR_OK);
}

static void
another_place_or_length_is_refused(void **state)
{
	struct bytes sealed = seal(keys, "p", bytes_of("ad"), bytes_of("a secret"), arena), plain;
	uint8_t longer[64] = {0};

	(void)state;
	assert_int_equal(seal_open(keys, "q", bytes_of("ad"), sealed, arena, &plain), ERR_CRYPTO);
	assert_int_equal(seal_open(keys, "", bytes_of("ad"), sealed, arena, &plain), ERR_CRYPTO);
	assert_int_equal(seal_open(keys, "p", bytes_of("a"), sealed, arena, &plain), ERR_CRYPTO);
	assert_int_equal(seal_open(keys, "p", bytes_of("add"), sealed, arena, &plain), ERR_CRYPTO);
	assert_int_equal(seal_open(keys, "p", bytes_of(""), sealed, arena, &plain), ERR_CRYPTO);
	for (size_t len = 0; len < sealed.len; len++)
		assert_int_equal(seal_open(keys, "p", bytes_of("ad"), bytes_make(sealed.data, len),
				     arena, &plain),
		    ERR_CRYPTO);
	memcpy(longer, sealed.data, sealed.len);
	assert_int_equal(
	    seal_open(keys, "p", bytes_of("ad"), bytes_make(longer, sealed.len + 1), arena, &plain),
	    ERR_CRYPTO);
}

/* RFC 5869 appendix A.1 and A.3 */
static void
vectors_of_hkdf(void **state)
{
	struct bytes secret = unhex("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b");
	uint8_t key[42];

	(void)state;
	hkdf(secret, unhex("000102030405060708090a0b0c"), unhex("f0f1f2f3f4f5f6f7f8f9"), key, 42);
	assert_string_equal(hex_print(arena, BYTES(key)),
	    "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
	hkdf(secret, bytes_of(""), bytes_of(""), key, 42);
	assert_string_equal(hex_print(arena, BYTES(key)),
	    "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8");
}

/* RFC 7914 section 11 */
static void
vectors_of_pbkdf2(void **state)
{
	uint8_t key[32];

	(void)state;
	pbkdf2(bytes_of("passwd"), bytes_of("salt"), 1, key);
	assert_string_equal(hex_print(arena, BYTES(key)),
	    "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc");
	pbkdf2(bytes_of("Password"), bytes_of("NaCl"), 80000, key);
	assert_string_equal(hex_print(arena, BYTES(key)),
	    "4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56");
}

/* FIPS 180-4's examples, and HMAC (RFC 2104) by another road. */
static void
hashes_and_macs(void **state)
{
	uint8_t hash[SHA256_SIZE], key[32], expected[32], code[MAC_SIZE];
	unsigned len = 32;

	(void)state;
	sha256(bytes_of("abc"), hash);
	assert_string_equal(hex_print(arena, BYTES(hash)),
	    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	sha256(bytes_of(""), hash);
	assert_string_equal(hex_print(arena, BYTES(hash)),
	    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	/* the format is fixed: stores hold such MACs */
	hkdf(BYTES(keys->store_keys[0].root), bytes_of(""), bytes_of("vestibule/mac/credential"),
	    key, 32);
	HMAC(EVP_sha256(), key, 32, (const uint8_t *)"data", 4, expected, &len);
	mac(keys, "credential", bytes_of("data"), code);
	assert_memory_equal(code, expected, 32);
	mac(keys, "csrf", bytes_of("data"), code);
	assert_memory_not_equal(code, expected, 32);
	mac(keys, "credential", bytes_of("datb"), code);
	assert_memory_not_equal(code, expected, 32);
}

static void *
seal_and_open(void *arg)
{
	struct arena *own = arena_new(16 << 20);
	uintptr_t bad = 0;

	(void)arg;
	for (int i = 0; i < 2000; i++) {
		const char *purposes[] = {"t/a", "t/b", "t/c", "t/d"};
		const char *purpose = purposes[i % 4];
		struct bytes text = bytes_of(arena_printf(own, "text %d", i)), plain;
		uint8_t first[MAC_SIZE], second[MAC_SIZE];

		if (seal_open(keys, purpose, text, seal(keys, purpose, text, text, own), own,
			&plain) != ERR_OK ||
		    !bytes_equal(plain, text))
			bad++;
		mac(keys, purpose, text, first);
		mac(keys, purpose, text, second);
		bad += memcmp(first, second, MAC_SIZE) != 0;
	}
	arena_free(&own);
	return (void *)bad;
}

static void
threads_share_a_ring(void **state)
{
	pthread_t threads[4];

	(void)state;
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, seal_and_open, NULL), 0);
	for (int i = 0; i < 4; i++) {
		void *bad;

		assert_int_equal(pthread_join(threads[i], &bad), 0);
		assert_null(bad);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_was_sealed_opens),
	    cmocka_unit_test(no_bit_may_flip),
	    cmocka_unit_test(another_place_or_length_is_refused),
	    cmocka_unit_test(vectors_of_hkdf),
	    cmocka_unit_test(vectors_of_pbkdf2),
	    cmocka_unit_test(hashes_and_macs),
	    cmocka_unit_test(threads_share_a_ring),
	};

	return cmocka_run_group_tests(tests, unit_open_keys, unit_close_keys);
}
