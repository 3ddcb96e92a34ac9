#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "config/internal.h"

static bool
copy_text(struct load *load, const char *text, void *target)
{
	const char *copy = arena_text(load->arena, text);

	memcpy(target, &copy, sizeof(copy));
	return true;
}

/* Characters, not bytes; printable: no control character, no line break. */
static bool
text_fits(const struct option *option, const char *text)
{
	int64_t count = 0;

	for (const unsigned char *at = (const unsigned char *)text; *at != '\0'; at++) {
		if (*at < 0x20 || *at == 0x7f || (*at == 0xc2 && at[1] < 0xa0))
			return false;
		count += (*at & 0xc0) != 0x80;
	}
	return count >= option->least && count <= option->most && text[0] != ' ';
}

/* Decimal digits only: no sign, no space, no leading zero but "0".  *ret_rest: what follows them. */
static bool
number_parse(const char *text, int64_t *ret_number, const char **ret_rest)
{
	int64_t number = 0;
	size_t digits = strspn(text, "0123456789");

	if (digits == 0 || digits > 12 || (digits > 1 && text[0] == '0'))
		return false;
	for (size_t i = 0; i < digits; i++)
		number = number * 10 + (text[i] - '0');
	*ret_number = number;
	*ret_rest = text + digits;
	return true;
}

static bool
unit_parse(const struct option *option, const char *text, int64_t *ret_value)
{
	static const struct {
		enum option_type type;
		const char *unit;
		int64_t factor;
	} units[] = {
	    {OPTION_COUNT, "", 1},
	    {OPTION_SIZE, "", 1},
	    {OPTION_SIZE, "KiB", 1024},
	    {OPTION_SIZE, "MiB", 1024 * 1024},
	    {OPTION_DURATION, "s", SECONDS(1)},
	    {OPTION_DURATION, "m", MINUTES(1)},
	    {OPTION_DURATION, "h", HOURS(1)},
	    {OPTION_DURATION, "d", DAYS(1)},
	};
	const char *rest;
	int64_t number;

	if (!number_parse(text, &number, &rest))
		return false;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (units[i].type != option->type || strcmp(units[i].unit, rest) != 0)
			continue;
		if (__builtin_mul_overflow(number, units[i].factor, &number))
			return false;
		*ret_value = number;
		return number >= option->least && number <= option->most;
	}
	return false;
}

static bool
number_set(const struct option *option, const char *text, void *target)
{
	int64_t value;
	unsigned small;

	if (!unit_parse(option, text, &value))
		return false;
	small = (unsigned)value;
	if (option->type == OPTION_DURATION)
		memcpy(target, &value, sizeof(value));
	else
		memcpy(target, &small, sizeof(small));
	return true;
}

static bool
flag_set(const char *text, void *target)
{
	bool flag = strcmp(text, "true") == 0;

	if (!flag && strcmp(text, "false") != 0)
		return false;
	memcpy(target, &flag, sizeof(flag));
	return true;
}

static bool
host_set(struct address *address, const char *host, bool brackets)
{
	struct in6_addr six;
	struct in_addr four;

	if (strlen(host) >= sizeof(address->host))
		return false;
	memcpy(address->host, host, strlen(host) + 1);
	if (brackets) {
		if (inet_pton(AF_INET6, host, &six) != 1)
			return false;
		address->loopback = IN6_IS_ADDR_LOOPBACK(&six);
		return true;
	}
	if (inet_pton(AF_INET, host, &four) != 1)
		return false;
	address->loopback = (ntohl(four.s_addr) >> 24) == 127;
	return true;
}

static bool
address_set(struct load *load, const char *text, void *target)
{
	bool brackets = text[0] == '[';
	const char *colon = strrchr(text, ':'), *rest;
	struct address address = {0};
	char *host;
	int64_t port;

	if (colon == NULL || !number_parse(colon + 1, &port, &rest) || rest[0] != '\0' ||
	    port < 1 || port > 65535)
		return false;
	host = arena_text_of(load->arena, bytes_make(text, (size_t)(colon - text)));
	if (brackets) {
		if (host[strlen(host) - 1] != ']')
			return false;
		host[strlen(host) - 1] = '\0';
		host++;
	}
	address.port = (uint16_t)port;
	if (!host_set(&address, host, brackets))
		return false;
	memcpy(target, &address, sizeof(address));
	return true;
}

static bool
origin_fits(const char *text)
{
	const char *host = strstr(text, "://");

	return config_url_valid(text) && host != NULL && strpbrk(host + 3, "/?") == NULL;
}

/* RFC 3986 section 4.3, by its shape: a scheme, a colon, and characters that may stand in a URI. */
static bool
uri_fits(const char *text)
{
	size_t scheme =
	    strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.");

	if (scheme == 0 || strchr("0123456789+-.", text[0]) != NULL || text[scheme] != ':' ||
	    text[scheme + 1] == '\0')
		return false;
	for (const char *at = text; *at != '\0'; at++)
		if (*at <= ' ' || *at >= 0x7f || strchr("\"<>\\^`{|}#", *at) != NULL)
			return false;
	return strlen(text) <= 1024;
}

static bool
ip_fits(const char *text)
{
	struct in6_addr any;

	return inet_pton(AF_INET, text, &any) == 1 || inet_pton(AF_INET6, text, &any) == 1;
}

static bool
id_fits(const char *text)
{
	size_t len = strlen(text);

	return len >= 1 && len <= 32 &&
	       strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == len;
}

static bool
path_set(struct load *load, const char *text, void *target)
{
	if (text[0] == '\0' || strlen(text) > 3000)
		return false;
	if (text[0] == '/')
		return copy_text(load, text, target);
	return copy_text(load, arena_printf(load->arena, "%s/%s", load->folder, text), target);
}

/* The place of a word in "a|b|c"; -1 when it is none of them. */
static int
choice_index(struct load *load, const struct option *option, const char *text)
{
	const char *item;

	for (size_t i = 0; (item = option_item(option->choices, "|", i, load->arena)) != NULL; i++)
		if (strcmp(item, text) == 0)
			return (int)i;
	return -1;
}

static bool
choice_set(struct load *load, const struct option *option, const char *text, void *target)
{
	int i = choice_index(load, option, text);
	unsigned value = (unsigned)i;

	if (i < 0)
		return false;
	if (option->type != OPTION_CHOICE)
		return copy_text(load, text, target);
	memcpy(target, &value, sizeof(value));
	return true;
}

bool
value_parse(struct load *load, const struct option *option, const char *text, void *target)
{
	switch (option->type) {
	case OPTION_FLAG:
		return flag_set(text, target);
	case OPTION_COUNT:
	case OPTION_SIZE:
	case OPTION_DURATION:
		return number_set(option, text, target);
	case OPTION_ADDRESS:
		return address_set(load, text, target);
	case OPTION_FILE:
	case OPTION_PATH:
		return path_set(load, text, target);
	case OPTION_CHOICE:
	case OPTION_WORD:
	case OPTION_WORDS:
		return choice_set(load, option, text, target);
	case OPTION_TEXT:
	case OPTION_NAMES:
		return text_fits(option, text) && copy_text(load, text, target);
	case OPTION_ORIGIN:
		return origin_fits(text) && copy_text(load, text, target);
	case OPTION_URL:
	case OPTION_URLS:
		return config_url_valid(text) && copy_text(load, text, target);
	case OPTION_URI:
	case OPTION_URIS:
		return uri_fits(text) && copy_text(load, text, target);
	case OPTION_IPS:
		return ip_fits(text) && copy_text(load, text, target);
	case OPTION_ID:
	case OPTION_IDS:
		return id_fits(text) && copy_text(load, text, target);
	case OPTION_SET:
	case OPTION_SECTION:
	case OPTION_LIST:
		break;
	}
	return false;
}
