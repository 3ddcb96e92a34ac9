#include "ipc/confine.h"

#include <errno.h>
#include <seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

#define DESCRIPTORS 32
#define ADDRESS_SPACE ((rlim_t)256 << 20)

static bool
limit(int resource, rlim_t value)
{
	struct rlimit both = {value, value};

	return setrlimit((__rlimit_resource_t)resource, &both) == 0;
}

enum err
confine_limits(void)
{
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return ERR_IO;
	if (!limit(RLIMIT_CORE, 0) || !limit(RLIMIT_NOFILE, DESCRIPTORS))
		return ERR_IO;
	return SANITIZED || limit(RLIMIT_AS, ADDRESS_SPACE) ? ERR_OK : ERR_IO;
}

/* What the worker's life needs: its socket, memory, a clock for log lines, an end. */
static const int worker_calls[] = {
	SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(recvmsg), SCMP_SYS(sendmsg), SCMP_SYS(poll),
	SCMP_SYS(close), SCMP_SYS(mmap), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise),
	SCMP_SYS(brk), SCMP_SYS(futex), SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday),
	SCMP_SYS(time), SCMP_SYS(getrandom), SCMP_SYS(getpid), SCMP_SYS(gettid),
	SCMP_SYS(setitimer), SCMP_SYS(rt_sigreturn), SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(restart_syscall), SCMP_SYS(exit), SCMP_SYS(exit_group),
};
static const int zygote_calls[] = {
	SCMP_SYS(clone), SCMP_SYS(clone3), SCMP_SYS(fork), SCMP_SYS(set_robust_list), SCMP_SYS(rseq),
	SCMP_SYS(wait4), SCMP_SYS(socketpair), SCMP_SYS(clock_nanosleep), SCMP_SYS(nanosleep),
	SCMP_SYS(rt_sigaction), SCMP_SYS(ppoll), SCMP_SYS(prctl), SCMP_SYS(seccomp),
};
/* Libraries may look for a configuration file or a time zone: there is none. */
static const int absent_calls[] = {
	SCMP_SYS(open), SCMP_SYS(openat), SCMP_SYS(stat), SCMP_SYS(newfstatat), SCMP_SYS(access),
	SCMP_SYS(readlink),
};
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool
add(scmp_filter_ctx filter, uint32_t action, const int *calls, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (seccomp_rule_add(filter, action, calls[i], 0) != 0)
			return false;
	return true;
}

enum err
confine_calls(enum confine_kind kind)
{
	scmp_filter_ctx filter;
	bool done;

	if (SANITIZED)
		return ERR_OK;
	filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
	if (filter == NULL)
		return ERR_IO;
	done = add(filter, SCMP_ACT_ALLOW, worker_calls, COUNT(worker_calls)) &&
	       add(filter, SCMP_ACT_ERRNO(ENOENT), absent_calls, COUNT(absent_calls));
	if (done && kind == CONFINE_ZYGOTE)
		done = add(filter, SCMP_ACT_ALLOW, zygote_calls, COUNT(zygote_calls));
	done = done && seccomp_load(filter) == 0;
	seccomp_release(filter);
	return done ? ERR_OK : ERR_IO;
}
