#include "main/privileges.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

/* The store, the workers' sockets, the log, epoll and their like. */
#define OTHER_DESCRIPTORS 256

enum err
privileges_drop(const char *user, struct arena *arena, const char **ret_reason)
{
	const struct passwd *entry;

	if (user == NULL)
		return ERR_OK;
	entry = getpwnam(user);
	if (entry == NULL) {
		*ret_reason = arena_printf(arena,
		    "user: there is no user %s; create it or correct the configuration", user);
		return ERR_CONFIG;
	}
	if (geteuid() != 0 && geteuid() == entry->pw_uid)
		return ERR_OK;
	if (geteuid() != 0 || initgroups(user, entry->pw_gid) != 0 || setgid(entry->pw_gid) != 0 ||
	    setuid(entry->pw_uid) != 0) {
		*ret_reason =
		    arena_printf(arena, "user: cannot become %s: %s; start as root or as that user",
			user, geteuid() != 0 ? "not root" : strerror(errno));
		return ERR_CONFIG;
	}
	must(entry->pw_uid == 0 || setuid(0) != 0); /* there is no way back */
	return ERR_OK;
}

void
privileges_forgo(void)
{
	const struct rlimit none = {0, 0};

	must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	must(prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0);
	must(setrlimit(RLIMIT_CORE, &none) == 0);
}

unsigned
privileges_descriptors(unsigned connections)
{
	rlim_t wanted = (rlim_t)connections + OTHER_DESCRIPTORS;
	struct rlimit limit;

	must(getrlimit(RLIMIT_NOFILE, &limit) == 0);
	if (limit.rlim_cur < wanted) {
		limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
		(void)!setrlimit(RLIMIT_NOFILE, &limit);
		must(getrlimit(RLIMIT_NOFILE, &limit) == 0);
	}
	if (limit.rlim_cur >= wanted)
		return connections;
	return limit.rlim_cur > 2 * OTHER_DESCRIPTORS ? (unsigned)limit.rlim_cur - OTHER_DESCRIPTORS
						      : OTHER_DESCRIPTORS;
}
