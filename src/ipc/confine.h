/* confine.h - give up what a process does not need: limits, then a list of the only system calls that it may make.
 *
 * Runs in: vestibule-saml, once it has read all that it needs.  There is no way back.
 * In a build with AddressSanitizer the address-space limit and the filter are left out: the sanitizer itself needs both.
 */
#ifndef IPC_CONFINE_H
#define IPC_CONFINE_H

#include "base/err.h"

/* No core files, no debugger (keys are in memory), no new privileges through exec, at most 32 descriptors and 256 MiB of
 * address space, from now on and in every child.  ERR_IO when the kernel refuses any of it. */
enum err confine_limits(void);

enum confine_kind {
	CONFINE_ZYGOTE,	/* may also fork, wait, make socketpairs and hand them over */
	CONFINE_WORKER	/* may read and write its socket, and have memory */
};
/* Anything else than its list of system calls kills the process at once (seccomp); opening or looking up a file fails with
 * ENOENT instead, for libraries that look for their configuration late.  A worker's filter comes on top of its zygote's. */
enum err confine_calls(enum confine_kind kind);

#endif
