#include "mail/internal.h"

/* Punycode's parameters (RFC 3492 section 5). */
#define BASE 36
#define T_MIN 1
#define T_MAX 26
#define SKEW 38
#define DAMP 700
#define FIRST_BIAS 72
#define FIRST_CODE 0x80

uint32_t
unicode_next(struct bytes *text)
{
	uint8_t first = text->data[0];
	size_t len = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
	uint32_t c = len == 1 ? first : first & (0x7fu >> len);

	must(len <= text->len);
	for (size_t i = 1; i < len; i++)
		c = (c << 6) | (text->data[i] & 0x3f);
	text->data += len;
	text->len -= len;
	return c;
}

void
unicode_put(struct buf *out, uint32_t c)
{
	if (c < 0x80) {
		buf_put_byte(out, (uint8_t)c);
		return;
	}
	if (c < 0x800) {
		buf_put_byte(out, (uint8_t)(0xc0 | (c >> 6)));
	} else {
		if (c < 0x10000) {
			buf_put_byte(out, (uint8_t)(0xe0 | (c >> 12)));
		} else {
			buf_put_byte(out, (uint8_t)(0xf0 | (c >> 18)));
			buf_put_byte(out, (uint8_t)(0x80 | ((c >> 12) & 0x3f)));
		}
		buf_put_byte(out, (uint8_t)(0x80 | ((c >> 6) & 0x3f)));
	}
	buf_put_byte(out, (uint8_t)(0x80 | (c & 0x3f)));
}

/* Upper-case letters and how far their lower case is.  In alternating blocks only every second one, from the first on, is one. */
static const struct lower {
	uint16_t from, to;
	bool alternating;
	int16_t add;
} lowers[] = {
    {'A', 'Z', false, 32},
    {0xc0, 0xd6, false, 32},
    {0xd8, 0xde, false, 32},
    {0x100, 0x12f, true, 1},
    {0x132, 0x137, true, 1},
    {0x139, 0x148, true, 1},
    {0x14a, 0x177, true, 1},
    {0x178, 0x178, false, -121},
    {0x179, 0x17e, true, 1},
    {0x386, 0x386, false, 38},
    {0x388, 0x38a, false, 37},
    {0x38c, 0x38c, false, 64},
    {0x38e, 0x38f, false, 63},
    {0x391, 0x3ab, false, 32},
    {0x400, 0x40f, false, 80},
    {0x410, 0x42f, false, 32},
    {0x460, 0x481, true, 1},
    {0x48a, 0x4bf, true, 1},
    {0x4c1, 0x4ce, true, 1},
    {0x4d0, 0x52f, true, 1},
    {0x531, 0x556, false, 48},
    {0x1e00, 0x1e95, true, 1},
    {0x1ea0, 0x1eff, true, 1},
};

static uint32_t
lower_of(uint32_t c)
{
	for (size_t i = 0; i < sizeof(lowers) / sizeof(lowers[0]); i++) {
		const struct lower *lower = &lowers[i];

		if (c >= lower->from && c <= lower->to)
			return !lower->alternating || (c - lower->from) % 2 == 0
				   ? (uint32_t)((int32_t)c + lower->add)
				   : c;
	}
	return c;
}

const char *
unicode_fold(struct arena *arena, const char *text)
{
	struct bytes rest = bytes_of(text);
	struct buf out;

	/* no lower case of ours is longer */
	buf_init(&out, arena, rest.len + 1);
	while (rest.len > 0)
		unicode_put(&out, lower_of(unicode_next(&rest)));
	return buf_text(&out);
}

static char
digit_of(uint32_t value)
{
	return (char)(value < 26 ? 'a' + value : '0' + (value - 26));
}

/* RFC 3492 section 6.1. */
static uint32_t
adapt(uint32_t delta, uint32_t handled, bool first)
{
	uint32_t k = 0;

	delta = first ? delta / DAMP : delta / 2;
	delta += delta / handled;
	for (; delta > ((BASE - T_MIN) * T_MAX) / 2; k += BASE)
		delta /= BASE - T_MIN;
	return k + (BASE - T_MIN + 1) * delta / (delta + SKEW);
}

/* delta as a number of variable length (section 3.3). */
static void
delta_put(struct buf *out, uint32_t delta, uint32_t bias)
{
	for (uint32_t k = BASE;; k += BASE) {
		uint32_t t = k <= bias ? T_MIN : k >= bias + T_MAX ? T_MAX : k - bias;

		if (delta < t)
			break;
		buf_put_byte(out, (uint8_t)digit_of(t + (delta - t) % (BASE - t)));
		delta = (delta - t) / (BASE - t);
	}
	buf_put_byte(out, (uint8_t)digit_of(delta));
}

static uint32_t
least_from(struct bytes label, uint32_t least)
{
	uint32_t found = UINT32_MAX;

	while (label.len > 0) {
		uint32_t c = unicode_next(&label);

		if (c >= least && c < found)
			found = c;
	}
	return found;
}

/* The ASCII characters of the label; returns how many. */
static uint32_t
basic_put(struct bytes label, struct buf *out)
{
	uint32_t count = 0;

	for (size_t i = 0; i < label.len; i++) {
		if (label.data[i] < 0x80) {
			buf_put_byte(out, label.data[i]);
			count++;
		}
	}
	return count;
}

static uint32_t
count_characters(struct bytes text)
{
	uint32_t count = 0;

	for (; text.len > 0; count++)
		unicode_next(&text);
	return count;
}

/* Section 6.3; labels are short (MAILBOX_MAX), so nothing overflows: 254 code points times 0x110000 stay below 2^32. */
void
punycode_put(struct bytes label, struct buf *out)
{
	uint32_t n = FIRST_CODE, delta = 0, bias = FIRST_BIAS, total = count_characters(label),
		 basic, handled;

	if (total == label.len) {
		buf_put_bytes(out, label);
		return;
	}
	must(label.len <= 254);
	buf_put_text(out, "xn--");
	handled = basic = basic_put(label, out);
	if (basic > 0)
		buf_put_byte(out, '-');
	while (handled < total) {
		uint32_t m = least_from(label, n);
		struct bytes rest = label;

		delta += (m - n) * (handled + 1);
		n = m;
		while (rest.len > 0) {
			uint32_t c = unicode_next(&rest);

			if (c < n)
				delta++;
			if (c != n)
				continue;
			delta_put(out, delta, bias);
			bias = adapt(delta, handled + 1, handled == basic);
			delta = 0;
			handled++;
		}
		delta++;
		n++;
	}
}
