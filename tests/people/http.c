#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "people.h"

#define REPLY_MAX 262144
#define WAIT_MS 10000

void
die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

int64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

int64_t
monotonic_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

void
browser_init(struct browser *browser, uint16_t port)
{
	browser->port = port;
	browser->fd = -1;
	browser->cookie_count = 0;
	browser->wait_us = 0;
}

void
browser_done(struct browser *browser)
{
	if (browser->fd >= 0)
		close(browser->fd);
	browser->fd = -1;
}

void
reply_done(struct reply *reply)
{
	free(reply->body);
	reply->body = NULL;
}

static bool
browser_connect(struct browser *browser)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(browser->port)};
	int one = 1;

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	browser->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (browser->fd < 0)
		die("no socket: %s", strerror(errno));
	setsockopt(browser->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (connect(browser->fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return true;
	browser_done(browser);
	return false;
}

static void
keep_cookie(struct browser *browser, const char *line, size_t len)
{
	char name[4200], value[4200], rest[512];
	const char *equals = memchr(line, '=', len), *end = memchr(line, ';', len);
	unsigned i;
	bool gone;

	if (equals == NULL)
		return;
	if (end == NULL)
		end = line + len;
	snprintf(name, sizeof(name), "%.*s", (int)(equals - line), line);
	snprintf(value, sizeof(value), "%.*s", (int)(end - equals - 1), equals + 1);
	snprintf(rest, sizeof(rest), "%.*s", (int)(line + len - end), end);
	gone = strstr(rest, "Max-Age=0") != NULL;
	for (i = 0; i < browser->cookie_count; i++)
		if (strcmp(browser->cookies[i][0], name) == 0)
			break;
	if (gone && i < browser->cookie_count) {
		browser->cookie_count--;
		memmove(browser->cookies[i], browser->cookies[browser->cookie_count], sizeof(browser->cookies[i]));
		return;
	}
	if (gone || i == 16)
		return;
	if (i == browser->cookie_count)
		browser->cookie_count++;
	strcpy(browser->cookies[i][0], name);
	strcpy(browser->cookies[i][1], value);
}

static void
read_headers(struct browser *browser, const char *head, const char *end, struct reply *reply, long *ret_length, bool *ret_close)
{
	*ret_length = -1;
	*ret_close = false;
	for (const char *line = strstr(head, "\r\n"); line != NULL && line + 2 < end; line = strstr(line + 2, "\r\n")) {
		const char *name = line + 2, *stop = strstr(name, "\r\n");
		if (stop == NULL)
			stop = end;
		if (strncasecmp(name, "Content-Length:", 15) == 0)
			*ret_length = strtol(name + 15, NULL, 10);
		else if (strncasecmp(name, "Location: ", 10) == 0)
			snprintf(reply->location, sizeof(reply->location), "%.*s", (int)(stop - name - 10), name + 10);
		else if (strncasecmp(name, "Set-Cookie: ", 12) == 0)
			keep_cookie(browser, name + 12, (size_t)(stop - name - 12));
		else if (strncasecmp(name, "Connection: close", 17) == 0)
			*ret_close = true;
	}
}

/* Read one answer; false when the connection broke before it was whole. */
static bool
read_reply(struct browser *browser, struct reply *reply)
{
	char *buf = malloc(REPLY_MAX + 1);
	size_t have = 0;
	char *end = NULL;
	long length = 0;
	bool closes = false;

	while (end == NULL || have < (size_t)(end + 4 - buf) + (size_t)length) {
		struct pollfd poller = {.fd = browser->fd, .events = POLLIN};
		ssize_t got;
		if (have == REPLY_MAX || poll(&poller, 1, WAIT_MS) <= 0 || (got = recv(browser->fd, buf + have, REPLY_MAX - have, 0)) <= 0) {
			free(buf);
			return false;
		}
		have += (size_t)got;
		buf[have] = '\0';
		if (end == NULL && (end = strstr(buf, "\r\n\r\n")) != NULL) {
			read_headers(browser, buf, end, reply, &length, &closes);
			if (length < 0)
				length = 0;
		}
	}
	reply->status = atoi(buf + 9);
	reply->body_len = (size_t)length;
	reply->body = malloc((size_t)length + 1);
	memcpy(reply->body, end + 4, (size_t)length);
	reply->body[length] = '\0';
	free(buf);
	if (closes)
		browser_done(browser);
	return true;
}

static size_t
write_request(const struct browser *browser, const char *method, const char *path, const char *form, const char *authorization, char *out, size_t room)
{
	int n = snprintf(out, room, "%s %s HTTP/1.1\r\nHost: auth.localhost:%u\r\n", method, path, browser->port);

	for (unsigned i = 0; i < browser->cookie_count; i++)
		n += snprintf(out + n, room - (size_t)n, "%s%s=%s", i == 0 ? "Cookie: " : "; ", browser->cookies[i][0], browser->cookies[i][1]);
	if (browser->cookie_count > 0)
		n += snprintf(out + n, room - (size_t)n, "\r\n");
	if (authorization != NULL)
		n += snprintf(out + n, room - (size_t)n, "Authorization: %s\r\n", authorization);
	if (form != NULL)
		n += snprintf(out + n, room - (size_t)n, "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %zu\r\n", strlen(form));
	n += snprintf(out + n, room - (size_t)n, "\r\n%s", form != NULL ? form : "");
	if ((size_t)n >= room)
		die("a request is too long");
	return (size_t)n;
}

static bool
try_once(struct browser *browser, const char *bytes, size_t len, struct reply *reply)
{
	if (browser->fd < 0 && !browser_connect(browser))
		return false;
	for (size_t sent = 0; sent < len;) {
		ssize_t n = send(browser->fd, bytes + sent, len - sent, MSG_NOSIGNAL);
		if (n <= 0)
			return false;
		sent += (size_t)n;
	}
	return read_reply(browser, reply);
}

void
browser_ask(struct browser *browser, const char *method, const char *path, const char *form, const char *authorization, struct reply *ret_reply)
{
	static _Thread_local char request[262144];
	size_t len = write_request(browser, method, path, form, authorization, request, sizeof(request));
	bool fresh = browser->fd < 0;
	int64_t start = monotonic_us();

	ret_reply->status = 0;
	ret_reply->location[0] = '\0';
	ret_reply->body = NULL;
	ret_reply->body_len = 0;
	if (!try_once(browser, request, len, ret_reply)) {
		browser_done(browser);
		/* A kept connection may have been closed for idleness; only what is safe to repeat is repeated. */
		if (!fresh && strcmp(method, "GET") == 0 && !try_once(browser, request, len, ret_reply))
			browser_done(browser);
	}
	browser->wait_us = monotonic_us() - start;
}

void
form_add(char *form, size_t room, const char *name, const char *value)
{
	size_t n = strlen(form);

	n += (size_t)snprintf(form + n, room - n, "%s%s=", n == 0 ? "" : "&", name);
	for (const unsigned char *p = (const unsigned char *)value; *p != '\0' && n + 4 < room; p++) {
		if (isalnum(*p) || strchr("-._~", *p) != NULL)
			form[n++] = (char)*p;
		else
			n += (size_t)snprintf(form + n, room - n, "%%%02X", *p);
	}
	if (n + 4 >= room)
		die("a form is too long");
	form[n] = '\0';
}

static void
decode_entities(char *text)
{
	static const char *const entities[][2] = {{"&amp;", "&"}, {"&lt;", "<"}, {"&gt;", ">"}, {"&quot;", "\""}, {"&#39;", "'"}};
	char *out = text;

	for (const char *p = text; *p != '\0';) {
		bool found = false;
		for (size_t i = 0; i < 5 && !found; i++) {
			size_t len = strlen(entities[i][0]);
			if (strncmp(p, entities[i][0], len) == 0) {
				*out++ = entities[i][1][0];
				p += len;
				found = true;
			}
		}
		if (!found)
			*out++ = *p++;
	}
	*out = '\0';
}

bool
page_attribute(const char *html, const char *attribute, unsigned nth, char *ret_value, size_t room)
{
	char what[64];
	const char *p = html, *end;

	ret_value[0] = '\0';
	snprintf(what, sizeof(what), "%s=\"", attribute);
	for (unsigned i = 0; p != NULL && i <= nth; i++)
		if ((p = strstr(p, what)) != NULL)
			p += strlen(what);
	if (p == NULL || (end = strchr(p, '"')) == NULL || (size_t)(end - p) >= room)
		return false;
	memcpy(ret_value, p, (size_t)(end - p));
	ret_value[end - p] = '\0';
	decode_entities(ret_value);
	return true;
}

bool
page_input(const char *html, const char *name, char *ret_value, size_t room)
{
	char what[64];
	const char *p;

	ret_value[0] = '\0';
	snprintf(what, sizeof(what), "name=\"%s\"", name);
	p = strstr(html, what);
	return p != NULL && page_attribute(p, "value", 0, ret_value, room);
}
