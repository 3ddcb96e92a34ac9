#include "web/socket.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG 4096

static int
bind_one(const struct addrinfo *info)
{
	const int on = 1;
	int fd = socket(info->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -1;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
	    bind(fd, info->ai_addr, info->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0)
		return fd;
	int saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

static const char *
remedy(int error)
{
	switch (error) {
	case EADDRINUSE:
		return "stop the program that has this port, or configure another one";
	case EACCES:
		return "ports below 1024 need CAP_NET_BIND_SERVICE: grant it, or configure a "
		       "higher port";
	case EADDRNOTAVAIL:
		return "no interface of this machine has this address: configure one that it has";
	default:
		return "configure another address";
	}
}

/* As the configuration writes it. */
static const char *
address_print(const struct address *address, struct arena *arena)
{
	if (strchr(address->host, ':') != NULL)
		return arena_printf(arena, "[%s]:%u", address->host, address->port);
	return arena_printf(arena, "%s:%u", address->host, address->port);
}

enum err
socket_open(
    const struct address *address, struct arena *arena, int *ret_fd, const char **ret_reason)
{
	const struct addrinfo hints = {.ai_family = AF_UNSPEC,
	    .ai_socktype = SOCK_STREAM,
	    .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
	struct addrinfo *info;
	char *port = arena_printf(arena, "%u", address->port);
	int fd, failure;

	failure = getaddrinfo(address->host, port, &hints, &info);
	if (failure != 0) {
		*ret_reason =
		    arena_printf(arena, "cannot listen on %s: %s; configure a numeric address",
			address_print(address, arena), gai_strerror(failure));
		return ERR_IO;
	}
	fd = bind_one(info);
	failure = errno;
	freeaddrinfo(info);
	if (fd < 0) {
		*ret_reason = arena_printf(arena, "cannot listen on %s: %s; %s",
		    address_print(address, arena), strerror(failure), remedy(failure));
		return ERR_IO;
	}
	*ret_fd = fd;
	return ERR_OK;
}

uint16_t
socket_port(int fd)
{
	struct sockaddr_storage storage = {0};
	socklen_t len = sizeof(storage);
	struct sockaddr_in four;
	struct sockaddr_in6 six;

	must(getsockname(fd, (struct sockaddr *)&storage, &len) == 0);
	if (storage.ss_family == AF_INET6) {
		memcpy(&six, &storage, sizeof(six));
		return ntohs(six.sin6_port);
	}
	memcpy(&four, &storage, sizeof(four));
	return ntohs(four.sin_port);
}
