/* socket.h - listening sockets, bound before privileges are dropped. */
#ifndef WEB_SOCKET_H
#define WEB_SOCKET_H

#include "config/config.h"

/* Bind and listen.  Port 0 lets the kernel choose.  ERR_IO: *ret_reason is one sentence with the address and a remedy. */
enum err socket_open(const struct address *address, struct arena *arena, int *ret_fd, const char **ret_reason);
/* The port it is bound to. */
uint16_t socket_port(int fd);

#endif
