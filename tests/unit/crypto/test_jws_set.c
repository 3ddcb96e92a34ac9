#include "../unit.h"
#include "../unit_arena.h"

#include <openssl/hmac.h>
#include <string.h>

#include "crypto/internal.h"
#include "base/buf.h"
#include "crypto/jws.h"

/* RFC 7515 appendix A.3 and A.2 */
#define EC_X "\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\""
#define EC_Y "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\""
#define EC_KEY "\"kty\":\"EC\",\"crv\":\"P-256\"," EC_X "," EC_Y
#define EC_TOKEN                                                                                   \
	"eyJhbGciOiJFUzI1NiJ9."                                                                    \
	"eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0" \
	"cnVlfQ."                                                                                  \
	"DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
#define RSA_N                                                                                      \
	"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt" \
	"0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSX" \
	"ndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5" \
	"IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"
#define RSA_KEY "\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":\"" RSA_N "\""
#define RSA_TOKEN                                                                                  \
	"eyJhbGciOiJSUzI1NiJ9."                                                                    \
	"eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0" \
	"cnVlfQ."                                                                                  \
	"cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W" \
	"2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkS" \
	"jtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnv" \
	"Wh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw"
#define P384_KEY                                                                                   \
	"\"kty\":\"EC\",\"crv\":\"P-384\","                                                        \
	"\"x\":\"qofKIr6LBTeOscce8yCtdG4dO2KLp5uYWfdB4IJUKjhVAvJdv1UpbDpUXjhydgq3\","              \
	"\"y\":\"NhfeSpYmLG9dnpi_kpLcKfj0Hb0omhR86doxE7XwuMAKYLHOHX6BnXpDHXyQ6g5f\""
#define SET(key) "{\"keys\":[{" key "}]}"
#define ALL (1u << JWS_ES256 | 1u << JWS_PS256 | 1u << JWS_RS256)

static struct jws_set *
parse(const char *json)
{
	const char *reason;
	struct jws_set *set = NULL;

	if (jws_set_parse(bytes_of(json), arena, &set, &reason) != ERR_OK)
		fail_msg("%s", reason);
	return set;
}

/* What a set says to a token. */
static enum err
ask(const char *json, unsigned algorithms, const char *token)
{
	struct jws_set *set = parse(json);
	struct bytes payload;
	const char *typ;
	enum err err = jws_verify(set, algorithms, token, arena, &payload, &typ);

	jws_set_free(&set);
	assert_null(set);
	return err;
}

static void
vectors_of_rfc_7515(void **state)
{
	struct jws_set *set = parse(SET(EC_KEY));
	struct bytes payload;
	const char *typ = "unset";

	(void)state;
	assert_int_equal(jws_verify(set, ALL, EC_TOKEN, arena, &payload, &typ), ERR_OK);
	assert_null(typ);
	assert_memory_equal(payload.data, "{\"iss\":\"joe\"", 12);
	jws_set_free(&set);
	assert_int_equal(ask(SET(RSA_KEY), ALL, RSA_TOKEN), ERR_OK);
	assert_int_equal(ask("{\"keys\":[{" RSA_KEY "},{" EC_KEY "}]}", ALL, EC_TOKEN), ERR_OK);
}

static void
a_key_serves_only_what_it_is_for(void **state)
{
	(void)state;
	assert_int_equal(ask(SET(EC_KEY), 1u << JWS_RS256, EC_TOKEN), ERR_CRYPTO);
	assert_int_equal(ask(SET(RSA_KEY), ALL, EC_TOKEN), ERR_CRYPTO);
	assert_int_equal(ask(SET(EC_KEY), ALL, RSA_TOKEN), ERR_CRYPTO);
	assert_int_equal(ask(SET(P384_KEY), ALL, EC_TOKEN), ERR_CRYPTO);
	assert_int_equal(ask(SET(RSA_KEY ",\"alg\":\"PS256\""), ALL, RSA_TOKEN), ERR_CRYPTO);
	assert_int_equal(ask(SET(RSA_KEY ",\"alg\":\"RS256\""), ALL, RSA_TOKEN), ERR_OK);
	assert_int_equal(ask(SET(EC_KEY ",\"use\":\"enc\""), ALL, EC_TOKEN), ERR_CRYPTO);
	assert_int_equal(ask(SET(EC_KEY ",\"use\":\"sig\""), ALL, EC_TOKEN), ERR_OK);
	assert_int_equal(ask(SET(EC_KEY ",\"kid\":\"a\""), ALL, EC_TOKEN), ERR_OK);
}

static void
the_kid_chooses(void **state)
{
	const char *token, *own = jws_own_set(keys, arena);
	const char *other = arena_printf(
	    arena, "{\"keys\":[{%s,\"kid\":\"other\"},%s", EC_KEY, own + strlen("{\"keys\":["));

	(void)state;
	assert_int_equal(jws_sign(keys, JWS_ES256, "JWT", bytes_of("{}"), arena, &token), ERR_OK);
	assert_int_equal(ask(other, ALL, token), ERR_OK);
	assert_int_equal(ask(SET(EC_KEY ",\"kid\":\"other\""), ALL, token), ERR_CRYPTO);
}

/* RFC 8725 section 2.1: the public key as the secret of an HMAC, and no signature at all. */
static void
confused_algorithms(void **state)
{
	const char *payload = base64url_print(arena, bytes_of("{\"iss\":\"joe\"}"));
	const char *input = arena_printf(
	    arena, "%s.%s", base64url_print(arena, bytes_of("{\"alg\":\"HS256\"}")), payload);
	const char *none = base64url_print(arena, bytes_of("{\"alg\":\"none\"}"));
	uint8_t code[32];
	unsigned len = sizeof(code);

	(void)state;
	HMAC(EVP_sha256(), SET(RSA_KEY), (int)strlen(SET(RSA_KEY)), (const uint8_t *)input,
	    strlen(input), code, &len);
	assert_int_equal(
	    ask(SET(RSA_KEY), ~0u,
		arena_printf(arena, "%s.%s", input, base64url_print(arena, BYTES(code)))),
	    ERR_FORMAT);
	assert_int_equal(
	    ask(SET(RSA_KEY), ~0u, arena_printf(arena, "%s.%s.", none, payload)), ERR_FORMAT);
	assert_int_equal(
	    ask(SET(RSA_KEY), ~0u, arena_printf(arena, "%s.%s.AAAA", none, payload)), ERR_FORMAT);
}

/* r = s = 0 (CVE-2022-21449), and signatures of another length. */
static void
empty_signatures(void **state)
{
	const char *input = arena_text_of(arena, bytes_make(EC_TOKEN, strlen(EC_TOKEN) - 86));
	uint8_t zero[96] = {0};
	static const size_t sizes[] = {1, 32, 63, 64, 65, 72, 96};

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		assert_int_equal(ask(SET(EC_KEY), ALL,
				     arena_printf(arena, "%s%s", input,
					 base64url_print(arena, bytes_make(zero, sizes[i])))),
		    ERR_CRYPTO);
}

static void
bad_sets(void **state)
{
	static const struct {
		const char *json, *says;
	} rows[] = {
	    {"", "JWK set"},
	    {"[]", "JWK set"},
	    {"{}", "JWK set"},
	    {"{\"keys\":{}}", "JWK set"},
	    {"{\"keys\":[]}", "1 to 16"},
	    {"{\"keys\":[1]}", "key 1"},
	    {"{\"keys\":[{}]}", "kty"},
	    {"{\"keys\":[],\"keys\":[]}", "JWK set"},
	    {SET(EC_KEY) "x", "JWK set"},
	    {SET(EC_KEY ",\"d\":\"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI\""), "private"},
	    {SET(RSA_KEY ",\"p\":\"\""), "private"},
	    {SET("\"kty\":\"oct\",\"k\":\"AAAA\""), "symmetric"},
	    {SET("\"kty\":\"oct\""), "kty"},
	    {SET("\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"AA\""), "kty"},
	    {SET("\"kty\":\"EC\",\"crv\":\"secp256k1\"," EC_X "," EC_Y), "curve"},
	    {SET("\"kty\":\"EC\"," EC_X "," EC_Y), "curve"},
	    {SET("\"kty\":\"EC\",\"crv\":\"P-256\"," EC_X), "not a valid"},
	    {SET("\"kty\":\"EC\",\"crv\":\"P-384\"," EC_X "," EC_Y), "not a valid"},
	    {SET("\"kty\":\"EC\",\"crv\":\"P-256\"," EC_X ","
		 "\"y\":\"y_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\""),
		"not a valid"},
	    {SET("\"kty\":\"EC\",\"crv\":\"P-256\"," EC_X ","
		 "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a1\""),
		"not a valid"},
	    {SET("\"kty\":\"RSA\",\"n\":\"" RSA_N "\""), "modulus or exponent"},
	    {SET("\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":\"AAAA\""), "modulus or exponent"},
	    {SET("\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":\"_w\""), "2048"},
	    {SET("\"kty\":\"RSA\",\"e\":\"Aw\",\"n\":\"" RSA_N "\""), "exponent"},
	    {SET("\"kty\":\"RSA\",\"e\":\"AQAA\",\"n\":\"" RSA_N "\""), "exponent"},
	    {SET("\"kty\":\"RSA\",\"e\":\"AQAAAAAAAAAAAB\",\"n\":\"" RSA_N "\""), "exponent"},
	    {SET(EC_KEY ",\"kid\":7"), "kid"},
	    {"{\"keys\":[{" EC_KEY ",\"kid\":\"a\"},{" RSA_KEY ",\"kid\":\"a\"}]}", "key 2"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct jws_set *set = NULL;
		const char *reason = "taken";

		assert_int_equal(
		    jws_set_parse(bytes_of(rows[i].json), arena, &set, &reason), ERR_FORMAT);
		assert_null(set);
		if (strstr(reason, rows[i].says) == NULL)
			fail_msg("row %zu: \"%s\"", i, reason);
	}
}

static void
bounds_of_a_set(void **state)
{
	struct jws_set *set = NULL;
	const char *reason;
	struct buf json;

	(void)state;
	buf_init(&json, arena, 1 << 20);
	buf_put_text(&json, "{\"keys\":[{" EC_KEY "}");
	for (int i = 1; i < 16; i++)
		buf_put_text(&json, ",{" EC_KEY "}");
	set = parse(arena_printf(arena, "%s]}", buf_text(&json)));
	jws_set_free(&set);
	buf_put_text(&json, ",{" EC_KEY "}]}");
	assert_int_equal(jws_set_parse(buf_bytes(&json), arena, &set, &reason), ERR_FORMAT);
	buf_init(&json, arena, 1 << 20);
	buf_printf(&json, "%s%70000s", SET(EC_KEY), "");
	assert_int_equal(jws_set_parse(buf_bytes(&json), arena, &set, &reason), ERR_FORMAT);
	assert_non_null(strstr(reason, "64 KiB"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(vectors_of_rfc_7515),
	    cmocka_unit_test(a_key_serves_only_what_it_is_for),
	    cmocka_unit_test(the_kid_chooses),
	    cmocka_unit_test(confused_algorithms),
	    cmocka_unit_test(empty_signatures),
	    cmocka_unit_test(bad_sets),
	    cmocka_unit_test(bounds_of_a_set),
	};

	return cmocka_run_group_tests(tests, unit_open_keys, unit_close_keys);
}
