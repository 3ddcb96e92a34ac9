/* Addresses: what is taken, what is refused, and what stands for one. */
#include "../unit.h"

#include <string.h>

#include "crypto/keyring.h"
#include "mail/mailbox.h"

static struct arena *arena;
static struct keyring *keys;

static int
setup(void **state)
{
	(void)state;
	arena = arena_new(1 << 24);
	keys = unit_keys(arena);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	keyring_free(&keys);
	arena_free(&arena);
	return 0;
}

#define A60 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define A63 A60 "aaa"
#define CJK                                                                                        \
	"\u4f8b\u4f8b\u4f8b\u4f8b\u4f8b\u4f8b\u4f8b\u4f8b\u4f8b\u4f8b\u4f8b\u4f8b\u4f8b\u4f8b"     \
	"\u4f8b\u4f8b\u4f8b\u4f8b\u4f8b\u4f8b\u4f8b\u4f8b"
#define E50 "\u00e9aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define IDN "@" E50 "." E50 "." A63 ".aaaaaaaaa.ca"

static void
taken(void **state)
{
	static const struct {
		const char *typed, *address;
	} rows[] = {
	    {"ann@example.ca", "ann@example.ca"},
	    {" \t\r\n ann@example.ca \n", "ann@example.ca"},
	    {"\u00a0\ufeffann@example.ca\u200b\u202f\u2060", "ann@example.ca"},
	    {"Ann.Lee+Tax@Example.CA", "Ann.Lee+Tax@example.ca"},
	    {"a@b.c", "a@b.c"},
	    {"!#$%&'*+-/=?^_`{|}~@example.ca", "!#$%&'*+-/=?^_`{|}~@example.ca"},
	    {"0@0.0a", "0@0.0a"},
	    {"a@1.2.3.4.ca", "a@1.2.3.4.ca"},
	    {"a@sub.gov.on.ca", "a@sub.gov.on.ca"},
	    {"andr\u00e9@example.ca", "andr\u00e9@example.ca"},
	    {"ann@Caf\u00c9.ca", "ann@caf\u00e9.ca"},
	    {"ann@XN--CAF-DMA.ca", "ann@xn--caf-dma.ca"},
	    {"\u043f\u0440\u0435\u0437@\u0420\u041e\u0421\u0421\u0418\u042f.\u0440\u0444",
		"\u043f\u0440\u0435\u0437@\u0440\u043e\u0441\u0441\u0438\u044f.\u0440\u0444"},
	    {"\u7528\u6237@\u4f8b\u3048.jp", "\u7528\u6237@\u4f8b\u3048.jp"},
	    {A60 "aaaa@example.ca", A60 "aaaa@example.ca"},
	    {"a@" A63 ".ca", "a@" A63 ".ca"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *address = NULL, *again = NULL;

		if (!mailbox_parse(arena, rows[i].typed, &address))
			fail_msg("refused: %s", rows[i].typed);
		assert_string_equal(address, rows[i].address);
		assert_true(mailbox_parse(arena, address, &again));
		assert_string_equal(address, again);
	}
}

static void
assert_refused(const char *typed)
{
	const char *address = "untouched";

	if (mailbox_parse(arena, typed, &address))
		fail_msg("taken: %s", typed);
	assert_string_equal(address, "untouched");
}

static const char *const no_addresses[] = {
    NULL,
    "",
    " ",
    "ann",
    "@",
    "ann@",
    "@example.ca",
    "ann@example",
    "ann@.ca",
    "ann@example.",
    "ann@example..ca",
    ".ann@example.ca",
    "ann.@example.ca",
    "an..n@example.ca",
    "an n@example.ca",
    "ann@exam ple.ca",
    "ann@example.ca,eve@example.ca",
    "ann@example.ca;eve@example.ca",
    "ann@example.ca eve@example.ca",
    "ann@eve@example.ca",
    "<ann@example.ca>",
    "Ann <ann@example.ca>",
    "\"ann\"@example.ca",
    "\"a b\"@example.ca",
    "ann(x)@example.ca",
    "an\\n@example.ca",
    "[ann]@example.ca",
    "ann@[192.0.2.1]",
    "ann@[IPv6:2001:db8::1]",
    "ann@192.0.2.1",
    "ann@1",
    "ann@example.1",
    "ann@-example.ca",
    "ann@example-.ca",
    "ann@exa_mple.ca",
    "ann@example.ca-",
    "ann@ab--c.ca",
    "ann@example.ca/x",
    "ann@exa%mple.ca",
    "ann@example.ca:25",
    "ann\r\n@example.ca",
    "ann@example.ca\r\nBcc: eve@example.ca",
    "ann@example.ca\nRCPT TO:<eve@example.ca>",
    "an\tn@example.ca",
    "ann@exam\x01ple.ca",
    "ann@example\x7f.ca",
    "ann\u2028@example.ca",
    "ann\u00a0x@example.ca",
    "a\u200bnn@example.ca",
    "\u202eann@example.ca",
    "ann@\u2066example.ca",
    "an\u00adn@example.ca",
    "ann\xc2\x85"
    "@example.ca",
    "ann\uff20example.ca",
    "ann@example\u3002ca",
    "ann\uff0ceve@example.ca",
    "ann@exam\uff50le.ca",
    "ann@e\u0301xample.ca",
    "ann@xn--caf\u00e9.ca",
    "ann@caf\xe9.ca",
    "ann@\xc0\xae.ca",
    "ann\xed\xa0\x80@example.ca",
    "ann@example.ca\xff",
    A60 "aaaaa@example.ca",
    "a@" A63 "a.ca",
    "a@" A60 "\u00e9aaa.ca",
    "a@" A63 "." A63 "." A63 "." A60 ".ca",
    A60 "@" A60 "." A60 "." A60 "."
	"aaaaaaaaaaaaaa.ca",
};

static void
refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(no_addresses) / sizeof(no_addresses[0]); i++)
		assert_refused(no_addresses[i]);
}

/* 254 bytes are taken, 255 are not; as they are sent, too. */
static void
bounds(void **state)
{
	static const char rest[] = "@" A63 "." A63 "." A60 ".ca";
	const char *address;
	char local[64 + 1];

	(void)state;
	memset(local, 'b', sizeof(local));
	assert_true(mailbox_parse(arena,
	    arena_printf(arena, "%.*s%s", (int)(MAILBOX_MAX - strlen(rest)), local, rest),
	    &address));
	assert_int_equal(strlen(address), MAILBOX_MAX);
	assert_refused(
	    arena_printf(arena, "%.*sc%s", (int)(MAILBOX_MAX - strlen(rest)), local, rest));
	/* too long as typed, though not as sent */
	assert_refused("a@" CJK "." CJK "." CJK "." CJK ".jp");
	assert_true(mailbox_parse(arena, "a@" CJK "." CJK "." CJK ".jp", &address));
	/* as short, but "xn--" makes it longer */
	assert_refused(arena_printf(arena, "%.63s" IDN, local));
	assert_true(mailbox_parse(arena, arena_printf(arena, "%.50s" IDN, local), &address));
	assert_true(
	    mailbox_parse(arena, arena_printf(arena, "   %.20s@example.ca  ", local), &address));
}

static const char *
address_of(const char *typed)
{
	const char *address;

	if (!mailbox_parse(arena, typed, &address))
		fail_msg("refused: %s", typed);
	return address;
}

static void
masked(void **state)
{
	(void)state;
	assert_string_equal(mailbox_mask(arena, address_of("nathalie@example.ca")), "n•••@e•••.ca");
	assert_string_equal(mailbox_mask(arena, address_of("n@e.ca")), "n•••@e•••.ca");
	assert_string_equal(mailbox_mask(arena, address_of("a.b@sub.gov.on.ca")), "a•••@s•••.ca");
	assert_string_equal(mailbox_mask(arena, address_of("é@例え.jp")), "é•••@例•••.jp");
}

/* The domains are those of the RFCs' registries and of libidn2. */
static void
on_the_wire(void **state)
{
	static const struct {
		const char *typed, *wire;
	} rows[] = {
	    {"Ann@Example.ca", "Ann@example.ca"},
	    {"ann@café.ca", "ann@xn--caf-dma.ca"},
	    {"ann@MÜNCHEN-Ost.de", "ann@xn--mnchen-ost-9db.de"},
	    {"ann@bücher.例え.jp", "ann@xn--bcher-kva.xn--r8jz45g.jp"},
	    {"ann@ΑΘΉΝΑ.gr", "ann@xn--jxafb0a0a.gr"},
	    {"ann@РОССИЯ.рф", "ann@xn--h1alffa9f.xn--p1ai"},
	    {"ann@Tiếng.vn", "ann@xn--ting-hv5a.vn"},
	    {"ann@ŽLUŤOUČKÝ.cz", "ann@xn--luouk-uva4it5a4g.cz"},
	    {"ann@他们为什么不说中文.cn", "ann@xn--ihqwcrb4cv8a8dqg056pqjye.cn"},
	    {"ann@\U0002000b.cn", "ann@xn--u50i.cn"},
	    {"zoë@café.ca", "zoë@xn--caf-dma.ca"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *address = address_of(rows[i].typed);

		assert_string_equal(mailbox_wire(arena, address), rows[i].wire);
		assert_string_equal(mailbox_domain(arena, address), strchr(rows[i].wire, '@') + 1);
	}
}

static bool
same(const char *one, const char *other)
{
	struct ctx ctx = {.arena = arena, .keys = keys};
	struct bytes a = mailbox_hash(&ctx, address_of(one)),
		     b = mailbox_hash(&ctx, address_of(other));

	assert_int_equal(a.len, 32);
	return bytes_equal(a, b);
}

static void
found_again(void **state)
{
	(void)state;
	assert_true(same("ann@example.ca", " Ann@EXAMPLE.ca"));
	assert_true(same("ÉLODIE@x.ca", "élodie@x.ca"));
	assert_true(same("ŒUVRE@x.ca", "œuvre@X.ca"));
	assert_true(same("ΑΘΉΝΑ@x.gr", "αθήνα@x.gr"));
	assert_true(same("Иван@x.ru", "иван@x.ru"));
	assert_true(same("ann@café.ca", "ann@xn--caf-dma.CA"));
	assert_false(same("ann@example.ca", "ann+tax@example.ca"));
	assert_false(same("ann@example.ca", "anne@example.ca"));
	assert_false(same("ann@example.ca", "ann@example.com"));
	assert_false(same("elodie@x.ca", "élodie@x.ca"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(taken),
	    cmocka_unit_test(refused),
	    cmocka_unit_test(bounds),
	    cmocka_unit_test(masked),
	    cmocka_unit_test(on_the_wire),
	    cmocka_unit_test(found_again),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
