#include "mail/mailbox.h"

#include <string.h>

#include "crypto/seal.h"
#include "mail/internal.h"

#define DOMAIN_MAX 253
#define LABEL_MAX 63
#define MASK "\xe2\x80\xa2\xe2\x80\xa2\xe2\x80\xa2" /* three bullets */

struct range {
	uint32_t from, to;
};

static bool
in_ranges(const struct range *ranges, size_t count, uint32_t c)
{
	for (size_t i = 0; i < count; i++) {
		if (c >= ranges[i].from && c <= ranges[i].to)
			return true;
	}
	return false;
}

/* What comes along when an address is pasted. */
static bool
is_blank(uint32_t c)
{
	static const struct range blanks[] = {{'\t', '\r'}, {' ', ' '}, {0xa0, 0xa0},
	    {0x2000, 0x200b}, {0x2060, 0x2060}, {0x202f, 0x202f}, {0x3000, 0x3000},
	    {0xfeff, 0xfeff}};

	return in_ranges(blanks, sizeof(blanks) / sizeof(blanks[0]), c);
}

/* Outside ASCII: what is seen as a blank, as nothing, as another order of the letters, or as one of the signs that divide
 * addresses, and what is no character. */
static bool
is_treacherous(uint32_t c)
{
	static const struct range ranges[] = {{0x80, 0xa0}, {0xad, 0xad}, {0x61c, 0x61c},
	    {0x1680, 0x1680}, {0x180b, 0x180f}, {0x2000, 0x206f}, {0x3000, 0x3002},
	    {0xd800, 0xf8ff}, {0xfdd0, 0xfdef}, {0xfe00, 0xfe6f}, {0xfeff, 0xffff},
	    {0x1fffe, 0x1ffff}, {0x2fffe, 0x2ffff}, {0xe0000, 0x10ffff}};

	return in_ranges(ranges, sizeof(ranges) / sizeof(ranges[0]), c);
}

/* Letters and marks of a domain that our lower case and the absence of Unicode tables can be trusted with: a letter
 * with its accent apart would give another "xn--" label than the same letter in one piece. */
static bool
is_label_character(uint32_t c)
{
	if (c < 0x80)
		return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
	return !is_treacherous(c) && c >= 0xdf && c != 0x130 && !(c >= 0x2b0 && c <= 0x36f) &&
	       c != 0xd7 && c != 0xf7;
}

static bool
is_atom_character(uint32_t c)
{
	if (c >= 0x80)
		return !is_treacherous(c);
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", (int)c) != NULL);
}

static bool
local_valid(struct bytes local)
{
	struct bytes rest = local;
	uint32_t previous = '.';

	if (local.len == 0 || local.len > MAILBOX_LOCAL_MAX)
		return false;
	while (rest.len > 0) {
		uint32_t c = unicode_next(&rest);

		if (c == '.' ? previous == '.' : !is_atom_character(c))
			return false;
		previous = c;
	}
	return previous != '.';
}

/* Hyphens in the third and fourth place announce an encoding, and there is only one. */
static bool
label_valid(const char *label, size_t len)
{
	struct bytes rest = bytes_make(label, len);
	bool ascii = true;

	if (len == 0 || label[0] == '-' || label[len - 1] == '-')
		return false;
	while (rest.len > 0) {
		uint32_t c = unicode_next(&rest);

		if (!is_label_character(c))
			return false;
		ascii = ascii && c < 0x80;
	}
	return len < 4 || strncmp(label + 2, "--", 2) != 0 ||
	       (ascii && strncmp(label, "xn", 2) == 0);
}

/* The domain with each label in ASCII; NULL when one is no label, or too long. */
static const char *
domain_ascii(struct arena *arena, const char *domain)
{
	struct buf out;

	buf_init(&out, arena, DOMAIN_MAX);
	for (;;) {
		size_t len = strcspn(domain, "."), before = out.len;

		if (!label_valid(domain, len))
			return NULL;
		punycode_put(bytes_make(domain, len), &out);
		if (out.failed || out.len - before > LABEL_MAX)
			return NULL;
		if (domain[len] == '\0')
			return buf_text(&out);
		buf_put_byte(&out, '.');
		domain += len + 1;
	}
}

/* A last label of digits alone would be an address of a machine. */
static bool
domain_valid(struct arena *arena, const char *domain)
{
	const char *ascii = domain_ascii(arena, domain), *last;

	if (ascii == NULL)
		return false;
	last = strrchr(ascii, '.');
	return last != NULL && last[1 + strspn(last + 1, "0123456789")] != '\0';
}

static struct bytes
trim(struct bytes text)
{
	struct bytes rest = text, kept = {text.data, 0};

	while (rest.len > 0) {
		const uint8_t *at = rest.data;
		bool blank = is_blank(unicode_next(&rest));

		if (!blank && kept.len == 0)
			kept.data = at;
		if (!blank)
			kept.len = (size_t)(rest.data - kept.data);
	}
	return kept;
}

bool
mailbox_parse(struct arena *arena, const char *typed, const char **ret_address)
{
	struct bytes text = bytes_of(typed);
	const char *address, *at, *domain;

	if (!utf8_valid(text))
		return false;
	text = trim(text);
	if (text.len == 0 || text.len > MAILBOX_MAX)
		return false;
	address = arena_text_of(arena, text);
	at = strrchr(address, '@');
	if (at == NULL || !local_valid(bytes_make(address, (size_t)(at - address))))
		return false;
	domain = unicode_fold(arena, at + 1);
	if (!domain_valid(arena, domain))
		return false;
	address = arena_printf(arena, "%.*s@%s", (int)(at - address), address, domain);
	if (strlen(mailbox_wire(arena, address)) > MAILBOX_MAX)
		return false;
	*ret_address = address;
	return true;
}

static int
first_len(const char *text)
{
	struct bytes rest = bytes_of(text);

	unicode_next(&rest);
	return (int)(strlen(text) - rest.len);
}

const char *
mailbox_mask(struct arena *arena, const char *address)
{
	const char *domain = strrchr(address, '@') + 1;

	return arena_printf(arena, "%.*s" MASK "@%.*s" MASK "%s", first_len(address), address,
	    first_len(domain), domain, strrchr(domain, '.'));
}

const char *
mailbox_domain(struct arena *arena, const char *address)
{
	const char *domain = domain_ascii(arena, strrchr(address, '@') + 1);

	must(domain != NULL);
	return domain;
}

const char *
mailbox_wire(struct arena *arena, const char *address)
{
	return arena_printf(arena, "%.*s@%s", (int)(strrchr(address, '@') - address), address,
	    mailbox_domain(arena, address));
}

struct bytes
mailbox_hash(struct ctx *ctx, const char *address)
{
	uint8_t *hash = arena_alloc(ctx->arena, MAC_SIZE);
	const char *folded = unicode_fold(ctx->arena, mailbox_wire(ctx->arena, address));

	mac(ctx->keys, "mail/address", bytes_of(folded), hash);
	return bytes_make(hash, MAC_SIZE);
}
