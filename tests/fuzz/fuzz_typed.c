/* What people type: one-time codes, recovery codes, support references.  What is understood is in its normal form. */
#include <string.h>

#include "account/account.h"
#include "factor/digits.h"
#include "factor/recovery.h"
#include "fuzz.h"

#define CROCKFORD "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

static void
try_digits(const char *typed, size_t count)
{
	char digits[16], again[16];

	if (!digits_parse(typed, count, digits))
		return;
	fuzz_taken();
	must(strlen(digits) == count && strspn(digits, "0123456789") == count);
	must(digits_parse(digits, count, again) && strcmp(digits, again) == 0);
	must(!digits_parse(digits, count - 1, again) && !digits_parse(digits, count + 1, again));
}

static void
try_recovery(const char *typed)
{
	char code[RECOVERY_CODE_CHARACTERS + 1], again[RECOVERY_CODE_CHARACTERS + 1];

	if (!recovery_parse(typed, code))
		return;
	fuzz_taken();
	must(strlen(code) == RECOVERY_CODE_CHARACTERS &&
	     strspn(code, CROCKFORD) == RECOVERY_CODE_CHARACTERS);
	must(recovery_parse(code, again) && strcmp(code, again) == 0);
}

static void
try_reference(struct arena *arena, const char *typed)
{
	const char *reference, *again;

	if (account_reference_parse(arena, typed, &reference) != ERR_OK)
		return;
	fuzz_taken();
	must(strlen(reference) == strlen("VB-XXXX-XXXX") && strncmp(reference, "VB-", 3) == 0 &&
	     reference[7] == '-');
	must(strspn(reference + 3, CROCKFORD) == 4 && strspn(reference + 8, CROCKFORD) == 4);
	must(account_reference_parse(arena, reference, &again) == ERR_OK &&
	     strcmp(reference, again) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = fuzz_arena();
	const char *typed;

	/* refused where a form is read */
	if (!fuzz_text(arena, data, size, &typed) || !utf8_valid(bytes_of(typed)))
		return 0;
	try_digits(typed, 6);
	try_digits(typed, 8);
	try_recovery(typed);
	try_reference(arena, typed);
	return 0;
}
