#include "web/target.h"

#include <string.h>
#include <strings.h>

static bool
is_visible(const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text <= 0x20 || *text > 0x7e || *text == '#')
			return false;
	}
	return true;
}

static const char *
after_scheme(const char *raw)
{
	if (strncasecmp(raw, "http://", 7) == 0)
		return raw + 7;
	if (strncasecmp(raw, "https://", 8) == 0)
		return raw + 8;
	return NULL;
}

enum err
target_parse(const char *raw, struct target *ret_target)
{
	struct target target = {.authority = {NULL, 0}};
	const char *path = raw;
	size_t len;

	if (!is_visible(raw))
		return ERR_FORMAT;
	if (*raw != '/' && strcmp(raw, "*") != 0) {
		const char *authority = after_scheme(raw);
		if (authority == NULL)
			return ERR_FORMAT;
		target.authority = bytes_make(authority, strcspn(authority, "/?"));
		path = authority + target.authority.len;
	}
	len = strcspn(path, "?");
	target.path = len == 0 ? bytes_of("/") : bytes_make(path, len);
	target.query = bytes_of(path[len] == '?' ? path + len + 1 : "");
	*ret_target = target;
	return ERR_OK;
}

/* host without a port, or with the port that goes without saying. */
static size_t
without_default_port(const char *host, size_t len, bool https)
{
	const char *suffix = https ? ":443" : ":80";
	size_t suffix_len = strlen(suffix);

	if (len > suffix_len && memcmp(host + len - suffix_len, suffix, suffix_len) == 0)
		return len - suffix_len;
	return len;
}

bool
target_is_ours(struct bytes authority, const char *origin)
{
	bool https = strncmp(origin, "https://", 8) == 0;
	const char *ours = origin + (https ? 8 : 7);
	const char *theirs = (const char *)authority.data;
	size_t ours_len = without_default_port(ours, strcspn(ours, "/"), https);
	size_t theirs_len = without_default_port(theirs, authority.len, https);

	return ours_len == theirs_len && strncasecmp(ours, theirs, ours_len) == 0;
}
