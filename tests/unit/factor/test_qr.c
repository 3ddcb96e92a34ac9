/* The QR code as markup: self-contained, within bounds, and refused when the text does not fit. */
#include "../unit.h"

#include <string.h>

#include "factor/qr.h"

static void
test_markup(void **state)
{
	struct arena *arena = arena_new(1 << 24);
	const char *svg;

	(void)state;
	assert_int_equal(qr_print(arena, "otpauth://totp/Vestibule:x?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", &svg), ERR_OK);
	assert_int_equal(strncmp(svg, "<svg viewBox=\"0 0 ", 18), 0);
	assert_non_null(strstr(svg, "</svg>"));
	assert_null(strstr(svg, "href"));
	assert_null(strstr(svg, "style"));
	assert_null(strstr(svg, " width="));
	assert_true(strlen(svg) < 20000);
	arena_free(&arena);
}

static void
test_too_long(void **state)
{
	struct arena *arena = arena_new(1 << 24);
	char text[4001];
	const char *svg;

	(void)state;
	memset(text, 'a', 4000);
	text[4000] = '\0';
	assert_int_equal(qr_print(arena, text, &svg), ERR_TOO_BIG);
	arena_free(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_markup), cmocka_unit_test(test_too_long)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
