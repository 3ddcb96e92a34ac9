#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "web/internal.h"
#include "web/target.h"

#define HEADERS_MAX 100
#define PATH_MAX_KNOWN 256 /* a variable segment has up to 128 bytes */

/* Headers that mean nothing, or two things, when they come twice. */
enum single {
	SINGLE_HOST,
	SINGLE_LENGTH,
	SINGLE_ENCODING,
	SINGLE_TYPE,
	SINGLE_AUTHORIZATION,
	SINGLE_ORIGIN,
	SINGLE_SITE,
	SINGLE_COUNT
};

static const struct {
	const char *name;
	size_t len;
} singles[SINGLE_COUNT] = {
    [SINGLE_HOST] = {"Host", 4},
    [SINGLE_LENGTH] = {"Content-Length", 14},
    [SINGLE_ENCODING] = {"Transfer-Encoding", 17},
    [SINGLE_TYPE] = {"Content-Type", 12},
    [SINGLE_AUTHORIZATION] = {"Authorization", 13},
    [SINGLE_ORIGIN] = {"Origin", 6},
    [SINGLE_SITE] = {"Sec-Fetch-Site", 14},
};

struct seen {
	const char *value[SINGLE_COUNT];
	bool repeated;
	unsigned count;
};

static enum MHD_Result
look(void *arg, enum MHD_ValueKind kind, const char *name, const char *value)
{
	struct seen *seen = arg;
	size_t len = strlen(name);

	(void)kind;
	seen->count++;
	for (int i = 0; i < SINGLE_COUNT; i++) {
		if (len != singles[i].len || strcasecmp(name, singles[i].name) != 0)
			continue;
		seen->repeated |= seen->value[i] != NULL;
		seen->value[i] = value != NULL ? value : "";
	}
	return MHD_YES;
}

static const struct verdict fine = {0};

static struct verdict
refuse(int status, const char *reason)
{
	return (struct verdict){.status = status, .reason = reason, .close = true};
}

/* Where a body ends must have one answer only, or a proxy before us might give another one: request smuggling (RFC 9112 section 11.2). */
static struct verdict
check_framing(const struct exchange *exchange, const struct seen *seen)
{
	const struct limits_config *limits = exchange->listener->options.limits;
	const char *length = seen->value[SINGLE_LENGTH], *encoding = seen->value[SINGLE_ENCODING];

	if (seen->repeated)
		return refuse(400, "A header that may come once came twice.");
	if (length != NULL && encoding != NULL)
		return refuse(400, "Both Content-Length and Transfer-Encoding.");
	if (encoding != NULL && strcasecmp(encoding, "chunked") != 0)
		return refuse(400, "An unknown Transfer-Encoding.");
	if (length != NULL && strspn(length, "0123456789") != strlen(length))
		return refuse(400, "Content-Length is no number.");
	if (length != NULL &&
	    (strlen(length) > 9 || strtoul(length, NULL, 10) > limits->body_bytes))
		return refuse(413, "The body is too large.");
	return fine;
}

static struct verdict
check_size(const struct exchange *exchange, const struct seen *seen)
{
	const struct limits_config *limits = exchange->listener->options.limits;
	const union MHD_ConnectionInfo *info;
	size_t target_len = strlen(exchange->target);

	if (target_len > limits->request_line)
		return refuse(414, "The request line is too long.");
	info =
	    MHD_get_connection_info(exchange->connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
	if (seen->count > HEADERS_MAX || info->header_size > target_len + limits->header_bytes)
		return refuse(431, "The headers are too large.");
	return fine;
}

/* Whose name is the request for?  The authority of an absolute form counts, but Host must agree (RFC 9112 section 3.2.2). */
static struct verdict
check_host(const struct exchange *exchange, const struct target *target, const char *host)
{
	const char *origin = exchange->listener->options.public_origin;
	bool absolute = target->authority.data != NULL;

	if (host == NULL || *host == '\0')
		return refuse(400, "No Host.");
	if (absolute &&
	    (target->authority.len != strlen(host) ||
		strncasecmp((const char *)target->authority.data, host, strlen(host)) != 0))
		return refuse(400, "Host is not that of the request target.");
	if (origin != NULL && !target_is_ours(bytes_of(host), origin))
		return refuse(421, "Another host's request.");
	return fine;
}

static struct verdict
not_allowed(const struct exchange *exchange, const struct target *target)
{
	struct verdict verdict = refuse(405, "This method is not allowed here.");
	char path[PATH_MAX_KNOWN + 1] = "";

	if (target->path.len <= PATH_MAX_KNOWN)
		memcpy(path, target->path.data, target->path.len);
	verdict.allow = router_allow(router_methods(exchange->listener->options.routes, path));
	return verdict;
}

static struct verdict
check_method(struct exchange *exchange, const char *method, const struct target *target)
{
	static const char *const others[] = {"PUT", "PATCH", "DELETE", "TRACE", "CONNECT"};

	if (strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0)
		exchange->method = METHOD_GET;
	else if (strcmp(method, "POST") == 0)
		exchange->method = METHOD_POST;
	else if (strcmp(method, "OPTIONS") == 0)
		exchange->method = METHOD_OPTIONS;
	else
		exchange->method = 0;
	if (exchange->method != 0)
		return fine;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		if (strcmp(method, others[i]) == 0)
			return not_allowed(exchange, target);
	}
	return refuse(501, "An unknown method.");
}

struct verdict
admit_check(struct exchange *exchange, const char *method)
{
	struct seen seen = {.count = 0};
	struct target target = {.path = {(const uint8_t *)"", 0}};
	struct verdict verdict;
	enum err err;

	MHD_get_connection_values(exchange->connection, MHD_HEADER_KIND, look, &seen);
	verdict = check_framing(exchange, &seen);
	if (verdict.status == 0)
		verdict = check_size(exchange, &seen);
	if (verdict.status != 0)
		return verdict;
	err = target_parse(exchange->target, &target);
	verdict = check_method(exchange, method, &target);
	if (verdict.status != 0)
		return verdict;
	if (err != ERR_OK)
		return refuse(400, "The request target is malformed.");
	return check_host(exchange, &target, seen.value[SINGLE_HOST]);
}
