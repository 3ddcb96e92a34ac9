/* An e-mail address: what is taken names one recipient, in a form that stays itself and is safe in a header. */
#include <string.h>

#include "fuzz.h"
#include "mail/mailbox.h"

#define HOST "abcdefghijklmnopqrstuvwxyz0123456789-."

static void
check_wire(struct arena *arena, const char *address)
{
	const char *wire = mailbox_wire(arena, address), *domain = mailbox_domain(arena, address);
	const char *again;

	must(strlen(wire) <= MAILBOX_MAX && strcmp(strrchr(wire, '@') + 1, domain) == 0);
	must(strspn(domain, HOST) == strlen(domain) && strchr(domain, '.') != NULL);
	must(mailbox_parse(arena, wire, &again) && strcmp(wire, again) == 0);
}

static void
check_mask(struct arena *arena, const char *address)
{
	const char *mask = mailbox_mask(arena, address), *dot = strrchr(address, '.');

	must(utf8_valid(bytes_of(mask)) && strlen(mask) <= 4 + 9 + 1 + 4 + 9 + strlen(dot));
	must(strcmp(mask + strlen(mask) - strlen(dot), dot) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = fuzz_arena();
	struct ctx ctx = fuzz_ctx();
	const char *typed, *address, *again;

	if (!fuzz_text(arena, data, size, &typed) || !mailbox_parse(arena, typed, &address))
		return 0;
	fuzz_taken();
	must(strlen(address) <= MAILBOX_MAX && utf8_valid(bytes_of(address)));
	must(strchr(address, '@') == strrchr(address, '@'));
	must(strpbrk(address, " \t\r\n,;:<>()[]\"\\\x7f") == NULL);
	for (const char *at = address; *at != '\0'; at++)
		must((unsigned char)*at > ' ');
	must(mailbox_parse(arena, address, &again) && strcmp(address, again) == 0);
	check_wire(arena, address);
	check_mask(arena, address);
	must(bytes_equal(
	    mailbox_hash(&ctx, address), mailbox_hash(&ctx, mailbox_wire(arena, address))));
	return 0;
}
