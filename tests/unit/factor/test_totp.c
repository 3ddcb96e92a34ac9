/* Codes of an authenticator app: RFC 6238's own, the window, single use, and what people type. ATTACKS F01 F02 F07 F30. */
#include "../unit.h"

#include <stdio.h>
#include <string.h>

#include "factor/digits.h"
#include "factor/totp.h"

static const char seed_text[] = "12345678901234567890"; /* RFC 6238 appendix B, SHA-1 */

static struct bytes
seed(void)
{
	return bytes_make(seed_text, 20);
}

static void
test_vectors(void **state)
{
	/* Appendix B has 8 digits; 6 are their end (RFC 4226 section 5.3). */
	static const struct {
		int64_t seconds;
		const char *digits;
	} vectors[] = {{59, "287082"}, {1111111109, "081804"}, {1111111111, "050471"}, {1234567890, "005924"}, {2000000000, "279037"},
	    {20000000000, "353130"}};
	int64_t step;

	(void)state;
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		assert_int_equal(totp_match(seed(), 0, SECONDS(vectors[i].seconds), vectors[i].digits, &step), FACTOR_ACCEPTED);
		assert_int_equal(step, vectors[i].seconds / 30);
	}
}

static void
test_window(void **state)
{
	const int64_t then = SECONDS(1111111109); /* "081804", step 37037036 */
	int64_t step;

	(void)state;
	assert_int_equal(totp_match(seed(), 0, then - SECONDS(30), "081804", &step), FACTOR_ACCEPTED);
	assert_int_equal(step, 37037036);
	assert_int_equal(totp_match(seed(), 0, then + SECONDS(30), "081804", &step), FACTOR_ACCEPTED);
	assert_int_equal(totp_match(seed(), 0, then - SECONDS(60), "081804", &step), FACTOR_REFUSED_WRONG);
	assert_int_equal(totp_match(seed(), 0, then + SECONDS(60), "081804", &step), FACTOR_REFUSED_WRONG);
}

static void
test_single_use(void **state)
{
	const int64_t then = SECONDS(1111111109);
	int64_t step;

	(void)state;
	assert_int_equal(totp_match(seed(), 37037035, then, "081804", &step), FACTOR_ACCEPTED);
	assert_int_equal(totp_match(seed(), 37037036, then, "081804", &step), FACTOR_REFUSED_USED);
	/* The step below one that was accepted. */
	assert_int_equal(totp_match(seed(), 37037037, then, "081804", &step), FACTOR_REFUSED_USED);
	assert_int_equal(totp_match(seed(), INT64_MAX, then, "000000", &step), FACTOR_REFUSED_WRONG);
}

static void
test_typing(void **state)
{
	static const char *const good[] = {"081804", " 081 804 ", "081-804", "0-8-1-8-0-4", "081\xc2\xa0" "804", "081\xe2\x80\xaf" "804",
	    "081\xe2\x80\x93" "804", "\xef\xbc\x90\xef\xbc\x98\xef\xbc\x91\xef\xbc\x98\xef\xbc\x90\xef\xbc\x94",
	    "\xd9\xa0\xd9\xa8\xd9\xa1\xd9\xa8\xd9\xa0\xd9\xa4", "\xdb\xb0\xdb\xb8\xdb\xb1\xdb\xb8\xdb\xb0\xdb\xb4"};
	static const char *const bad[] = {"", "08180", "0818044", "08180a", "+81804", "081804\n", "0x1804", "081.804", "\xf0\x9f\x98\x80",
	    "081804\xf0\x9d\x9f\x8e", "8180 4"};
	char digits[7], many[1001];

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_true(digits_parse(good[i], 6, digits));
		assert_string_equal(digits, "081804");
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (digits_parse(bad[i], 6, digits))
			fail_msg("taken for a code: \"%s\"", bad[i]);
	}
	memset(many, '1', 1000);
	many[1000] = '\0';
	assert_false(digits_parse(many, 6, digits));
}

static void
test_url(void **state)
{
	struct arena *arena = arena_new(1 << 20);

	(void)state;
	assert_string_equal(totp_url(arena, seed(), "Vestibule", "Santé: 100 % <b>"),
	    "otpauth://totp/Vestibule:Sant%C3%A9%20%20100%20%25%20%3Cb%3E?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Vestibule"
	    "&algorithm=SHA1&digits=6&period=30");
	assert_int_equal(totp_seed(arena).len, 20);
	assert_false(bytes_equal(totp_seed(arena), totp_seed(arena)));
	arena_free(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_vectors), cmocka_unit_test(test_window), cmocka_unit_test(test_single_use),
	    cmocka_unit_test(test_typing), cmocka_unit_test(test_url)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
