#include "web/peer.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#define ADDRESS_MAX 64

/* "192.0.2.7:80" and "[2001:db8::1]:80" lose what is not address. */
static bool
bare_address(const char *text, size_t len, char bare[ADDRESS_MAX])
{
	const char *colon, *bracket;

	if (len > 0 && text[0] == '[') {
		bracket = memchr(text, ']', len);
		if (bracket == NULL)
			return false;
		text++;
		len = (size_t)(bracket - text);
	} else {
		colon = memchr(text, ':', len);
		if (colon != NULL &&
		    memchr(colon + 1, ':', len - (size_t)(colon + 1 - text)) == NULL)
			len = (size_t)(colon - text);
	}
	if (len == 0 || len >= ADDRESS_MAX)
		return false;
	memcpy(bare, text, len);
	bare[len] = '\0';
	return true;
}

const char *
peer_address_parse(struct arena *arena, const char *text, size_t len)
{
	char bare[ADDRESS_MAX], printed[INET6_ADDRSTRLEN];
	struct in6_addr six;
	struct in_addr four;

	if (!bare_address(text, len, bare))
		return NULL;
	if (inet_pton(AF_INET, bare, &four) == 1)
		return arena_text(arena, inet_ntop(AF_INET, &four, printed, sizeof(printed)));
	if (inet_pton(AF_INET6, bare, &six) != 1)
		return NULL;
	if (IN6_IS_ADDR_V4MAPPED(&six))
		return arena_text(
		    arena, inet_ntop(AF_INET, &six.s6_addr[12], printed, sizeof(printed)));
	return arena_text(arena, inet_ntop(AF_INET6, &six, printed, sizeof(printed)));
}

static bool
is_trusted(const struct texts *trusted, const char *address)
{
	for (size_t i = 0; i < trusted->count; i++) {
		if (strcmp(trusted->items[i], address) == 0)
			return true;
	}
	return false;
}

/* All values of a header that is a list, joined by commas (RFC 9110 section 5.3); NULL without one. */
static const char *
joined(struct arena *arena, const struct fields *headers, const char *name)
{
	const char *all = NULL;

	for (size_t i = 0; i < headers->count; i++) {
		const struct field *header = &headers->items[i];
		if (strcasecmp(header->name, name) != 0)
			continue;
		all =
		    all == NULL ? header->value : arena_printf(arena, "%s,%s", all, header->value);
	}
	return all;
}

static struct bytes
trim(const char *text, size_t len)
{
	while (len > 0 && strchr(" \t\"", text[0]) != NULL) {
		text++;
		len--;
	}
	while (len > 0 && strchr(" \t\"", text[len - 1]) != NULL)
		len--;
	return bytes_make(text, len);
}

/* The last element of a comma-separated list, taken off its end; false when nothing is left. */
static bool
take_last(const char *list, size_t *len, struct bytes *ret_element)
{
	size_t end = *len, start;

	if (end == 0)
		return false;
	for (start = end; start > 0 && list[start - 1] != ','; start--)
		;
	*ret_element = trim(list + start, end - start);
	*len = start > 0 ? start - 1 : 0;
	return true;
}

/* A parameter of one element of Forwarded: for=192.0.2.7;proto=https. */
static struct bytes
forwarded_parameter(struct bytes element, const char *name)
{
	const char *text = (const char *)element.data;
	size_t name_len = strlen(name);

	for (size_t start = 0; start < element.len;) {
		const char *end = memchr(text + start, ';', element.len - start);
		size_t len = end == NULL ? element.len - start : (size_t)(end - text) - start;
		struct bytes pair = trim(text + start, len);
		if (pair.len > name_len &&
		    strncasecmp((const char *)pair.data, name, name_len) == 0 &&
		    pair.data[name_len] == '=')
			return trim(
			    (const char *)pair.data + name_len + 1, pair.len - name_len - 1);
		start += len + 1;
	}
	return bytes_make("", 0);
}

/* Walk from the nearest proxy outwards, as long as each hop is one of ours and readable. */
static const char *
first_untrusted(struct arena *arena, const char *list, bool forwarded, const struct texts *trusted,
    const char *address)
{
	size_t left = strlen(list);
	struct bytes hop;

	while (is_trusted(trusted, address) && take_last(list, &left, &hop)) {
		const char *parsed;
		if (forwarded)
			hop = forwarded_parameter(hop, "for");
		parsed = peer_address_parse(arena, (const char *)hop.data, hop.len);
		if (parsed == NULL)
			break;
		address = parsed;
	}
	return address;
}

static bool
is_https(struct bytes scheme)
{
	return scheme.len == 5 && strncasecmp((const char *)scheme.data, "https", 5) == 0;
}

void
peer_find(struct arena *arena, const char *socket_address, const struct texts *trusted,
    const struct fields *headers, struct peer *ret_peer)
{
	const char *list, *proto;
	struct bytes last;
	size_t len;

	*ret_peer = (struct peer){socket_address, false};
	if (!is_trusted(trusted, socket_address))
		return;
	list = joined(arena, headers, "X-Forwarded-For");
	proto = joined(arena, headers, "X-Forwarded-Proto");
	if (list != NULL || proto != NULL) {
		ret_peer->address = first_untrusted(
		    arena, list != NULL ? list : "", false, trusted, socket_address);
		len = proto == NULL ? 0 : strlen(proto);
		ret_peer->https = take_last(proto, &len, &last) && is_https(last);
		return;
	}
	list = joined(arena, headers, "Forwarded");
	if (list == NULL)
		return;
	ret_peer->address = first_untrusted(arena, list, true, trusted, socket_address);
	len = strlen(list);
	ret_peer->https =
	    take_last(list, &len, &last) && is_https(forwarded_parameter(last, "proto"));
}
