/* internal.h - what the tool's own parts share. */
#ifndef CLI_INTERNAL_H
#define CLI_INTERNAL_H

#include "base/buf.h"
#include "cli/cli.h"

#define CLI_DEFAULT_FILE "/etc/vestibule/vestibule.yaml"

/* Open what the command needs, and say what is wrong with it. */
enum cli_status cli_open(struct cli *cli, enum cli_needs needs);
/* The same for a command that has its configuration already. */
enum cli_status cli_open_more(struct cli *cli, enum cli_needs needs);
void cli_close(struct cli *cli);
/* The host of public_url: the common name of our certificates. */
const char *cli_common_name(const struct cli *cli);

/* The text that people read of an answer: objects as lines, lists of objects as tables. */
const char *show_print(json_t *answer, struct arena *arena);

#endif
