#include <string.h>

#include "config/config.h"

#define URL_MAX 512

/* A host name of RFC 1123 (labels of 1 to 63 letters, digits and inner hyphens), which IPv4 addresses are too. */
static bool
host_valid(const char *host, size_t len)
{
	size_t label = 0;

	if (len == 0 || len > 253)
		return false;
	for (size_t i = 0; i < len; i++) {
		bool alphanumeric =
		    strchr("abcdefghijklmnopqrstuvwxyz0123456789", host[i]) != NULL &&
		    host[i] != '\0';

		if (host[i] == '.' && label > 0 && host[i - 1] != '-')
			label = 0;
		else if (alphanumeric || (host[i] == '-' && label > 0))
			label++;
		else
			return false;
		if (label > 63)
			return false;
	}
	return label > 0 && host[len - 1] != '-';
}

/* "" or ":1" to ":65535", without leading zeros. */
static bool
port_valid(const char *port, size_t len)
{
	unsigned number = 0;

	if (len == 0)
		return true;
	if (port[0] != ':' || len < 2 || len > 6 || port[1] == '0')
		return false;
	for (size_t i = 1; i < len; i++) {
		if (port[i] < '0' || port[i] > '9')
			return false;
		number = number * 10 + (unsigned)(port[i] - '0');
	}
	return number <= 65535;
}

static bool
is_localhost(const char *host, size_t len)
{
	const char *name = "localhost";
	size_t name_len = strlen(name);

	if (len < name_len || strncmp(host + len - name_len, name, name_len) != 0)
		return false;
	return len == name_len || host[len - name_len - 1] == '.';
}

/* Path and query: visible ASCII, without what RFC 3986 keeps out of a URI, and without a fragment. */
static bool
rest_valid(const char *rest)
{
	for (const char *at = rest; *at != '\0'; at++)
		if (*at <= ' ' || *at >= 0x7f || strchr("\"<>\\^`{|}#", *at) != NULL)
			return false;
	return true;
}

bool
config_url_valid(const char *url)
{
	bool plain = strncmp(url, "http://", 7) == 0;
	const char *host = url + (plain ? 7 : 8);
	size_t authority, name;

	if (strlen(url) > URL_MAX || (!plain && strncmp(url, "https://", 8) != 0))
		return false;
	authority = strcspn(host, "/?");
	name = strcspn(host, ":/?");
	if (!host_valid(host, name) || !port_valid(host + name, authority - name))
		return false;
	return rest_valid(host + authority) && (!plain || is_localhost(host, name));
}
