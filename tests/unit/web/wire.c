#include "wire.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define WAIT_MS 5000

int
wire_connect(uint16_t port)
{
	struct sockaddr_in address = {
	    .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

/* A server that has refused already may close while we send: that is for the test to see in what it reads. */
void
wire_send(int fd, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t sent = send(fd, data, len, MSG_NOSIGNAL);
		if (sent <= 0)
			return;
		data += sent;
		len -= (size_t)sent;
	}
}

void
wire_text(int fd, const char *text)
{
	wire_send(fd, text, strlen(text));
}

static ssize_t
read_some(int fd, char *data, size_t room)
{
	struct pollfd ready = {fd, POLLIN, 0};

	if (poll(&ready, 1, WAIT_MS) != 1)
		return 0;
	return recv(fd, data, room, 0);
}

const char *
wire_header(const struct reply *reply, const char *name)
{
	static _Thread_local char value[2048];
	size_t len = strlen(name);

	for (const char *line = strstr(reply->head, "\r\n"); line != NULL;
	     line = strstr(line, "\r\n")) {
		line += 2;
		if (strncasecmp(line, name, len) != 0 || line[len] != ':')
			continue;
		line += len + 1;
		line += strspn(line, " ");
		snprintf(value, sizeof(value), "%.*s", (int)strcspn(line, "\r"), line);
		return value;
	}
	return NULL;
}

/* The head byte by byte: simple, and nothing of the next answer is lost. */
static bool
read_head(int fd, struct reply *reply)
{
	size_t len = 0;

	while (len < sizeof(reply->head) - 1 && read_some(fd, reply->head + len, 1) == 1) {
		reply->head[++len] = '\0';
		if (len >= 4 && memcmp(reply->head + len - 4, "\r\n\r\n", 4) == 0)
			return sscanf(reply->head, "HTTP/1.%*c %d", &reply->status) == 1;
	}
	return false;
}

void
wire_read(int fd, bool no_body, struct reply *ret_reply)
{
	const char *length;
	size_t want;

	memset(ret_reply, 0, sizeof(*ret_reply));
	if (!read_head(fd, ret_reply))
		return;
	length = wire_header(ret_reply, "Content-Length");
	want = length == NULL || no_body ? 0 : strtoul(length, NULL, 10);
	if (want >= sizeof(ret_reply->body))
		want = sizeof(ret_reply->body) - 1;
	while (ret_reply->body_len < want) {
		ssize_t got = read_some(
		    fd, ret_reply->body + ret_reply->body_len, want - ret_reply->body_len);
		if (got <= 0)
			return;
		ret_reply->body_len += (size_t)got;
	}
}

bool
wire_closed(int fd, int ms)
{
	struct pollfd ready = {fd, POLLIN, 0};
	char byte;

	if (poll(&ready, 1, ms) != 1)
		return false;
	return recv(fd, &byte, 1, 0) <= 0;
}

int
wire_ask(uint16_t port, const char *data, size_t len, struct reply *ret_reply)
{
	int fd = wire_connect(port);

	memset(ret_reply, 0, sizeof(*ret_reply));
	if (fd < 0)
		return 0;
	wire_send(fd, data, len);
	wire_read(fd, strncmp(data, "HEAD ", 5) == 0, ret_reply);
	close(fd);
	return ret_reply->status;
}
