/* spawn.h - start a program of ours with one socket and nothing else.
 *
 * The child gets /dev/null as standard input and output, our standard error (its log), the socket as descriptor 3, an
 * environment of a few fixed variables, an empty signal mask and default signal actions; every other descriptor is closed.
 */
#ifndef IPC_SPAWN_H
#define IPC_SPAWN_H

#include <sys/types.h>

#include "base/err.h"

#define SPAWN_SOCKET 3

/* Start the program at path.  variables: "NAME=value", NULL at the end; nothing of our own environment goes along except
 * the options of sanitizers.  The other end of the socket is the caller's, close-on-exec.  ERR_NOT_FOUND when there is no such program,
 * else ERR_IO. */
enum err spawn_program(const char *path, const char *const *variables, int *ret_fd, pid_t *ret_pid);

#endif
