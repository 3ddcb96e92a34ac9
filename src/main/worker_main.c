/* vestibule-saml: opens what credential providers sign and encrypt, in a process that can do nothing else.
 *
 * Started by vestibuled with a socket as descriptor 3; of no use by hand.
 * Exit status: 0, 2 started by hand, 78 setup not usable, 74 the daemon or the kernel failed us. */
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ipc/spawn.h"
#include "saml_worker/zygote.h"

int
main(int argc, char **argv)
{
	int kind = 0;
	socklen_t len = sizeof(kind);

	(void)argv;
	if (argc != 1 || getsockopt(SPAWN_SOCKET, SOL_SOCKET, SO_TYPE, &kind, &len) != 0 || kind != SOCK_STREAM) {
		fputs("vestibule-saml is started by vestibuled\n", stderr);
		return 2;
	}
	/* A whole process group is told to stop (systemd, Ctrl-C): vestibuled answers what is under way, and needs us until it closes the socket. */
	signal(SIGTERM, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	/* Nothing is worth tidying up: lasso's own way of doing so touches files, which is not allowed any more. */
	_exit(zygote_run(SPAWN_SOCKET));
}
