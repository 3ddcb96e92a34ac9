/* privileges.h - give away what a running service does not need. */
#ifndef MAIN_PRIVILEGES_H
#define MAIN_PRIVILEGES_H

#include "config/config.h"

/* Become this user with its groups; as root only (somebody else may name only themselves).  NULL: stay.
 * ERR_CONFIG, and *ret_reason is one sentence with the remedy. */
enum err privileges_drop(const char *user, struct arena *arena, const char **ret_reason);
/* No core dumps, no ptrace by the same user, no privileges by exec: keys are in this memory. */
void privileges_forgo(void);
/* Raise the limit of descriptors towards what so many connections need; how many connections there is room for. */
unsigned privileges_descriptors(unsigned connections);

#endif
