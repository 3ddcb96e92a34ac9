/* by_reference.h - what the commands that name an account by its support reference have in common. */
#ifndef CLI_BY_REFERENCE_H
#define CLI_BY_REFERENCE_H

#include "cli/cli.h"

/* The support reference of the first argument, as printed. CLI_USAGE, and said, when it is none. */
enum cli_status by_reference_parse(struct cli *cli, const char **ret_reference);
/* What to say when the store did not do it: no such account, or why. */
enum cli_status by_reference_fail(struct cli *cli, const char *reference, enum err err);

#endif
