/* cli.h - vestibulectl, the operator's tool: one row a command, one file a command.
 *
 * A command gives its answer as JSON; the same answer is printed as text for people, so that both always say the same.
 * Runs in:  vestibulectl, one thread, beside a running daemon.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <jansson.h>

#include "base/ctx.h"
#include "config/config.h"

/* The exit statuses of DESIGN.md 6.1 (64 and up: sysexits(3)). */
enum cli_status { CLI_OK = 0, CLI_USAGE = 2, CLI_DATA = 65, CLI_IO = 74, CLI_CONFIG = 78 };

/* An option of one command: "--file" and what follows on it, NULL where it takes nothing. */
struct cli_option {
	const char *name, *value;
};
#define CLI_OPTIONS_MAX 8

struct cli {
	const char *file;		/* of the configuration */
	bool json;
	const char *const *args;	/* what follows the command's name */
	int arg_count;
	struct cli_option options[CLI_OPTIONS_MAX];
	int option_count;
	struct config *config;		/* each of these when the command's row needs it */
	struct keyring *keys;
	struct store *store;
	struct text *text;		/* with CLI_NEEDS_STORE_WRITE: what is done may have to be told by mail */
	struct ctx ctx;			/* for store and audit; ctx.arena is always there */
};

enum cli_needs { CLI_NEEDS_NOTHING, CLI_NEEDS_CONFIG, CLI_NEEDS_KEYS, CLI_NEEDS_STORE, CLI_NEEDS_STORE_WRITE };

struct cli_command {
	const char *name;		/* "keys init" */
	const char *args;		/* as in the help: "KIND", "[COUNT]" or ""; options as in "[--file EXPORT] [--keys]" */
	int least, most;		/* how many of them, without options */
	enum cli_needs needs;		/* each need includes those before it */
	enum cli_status (*run)(struct cli *cli);
	const char *sentence;		/* what it does */
	const char *help;		/* the rest of its --help */
};

/* The command line: parse, open what is needed, run, close.  Returns the exit status. */
enum cli_status cli_run(int argc, char **argv);

/* Print an answer: as JSON when asked for, else as text.  Takes the reference. */
enum cli_status cli_answer(const struct cli *cli, json_t *answer);
/* Say one sentence on standard error (as {"error": ...} on standard output too with --json); returns status. */
enum cli_status cli_fail(const struct cli *cli, enum cli_status status, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* The status that goes with an error of ours. */
enum cli_status cli_status_of(enum err err);
/* Was this option of the command given, and with which value (NULL, where it takes none)? */
bool cli_option(const struct cli *cli, const char *name, const char **ret_value);
/* A time as JSON text (RFC 3339), null for 0. */
json_t *cli_time(const struct cli *cli, int64_t time);

/* The commands, one a file. */
enum cli_status cmd_config_check(struct cli *cli);
enum cli_status cmd_config_example(struct cli *cli);
enum cli_status cmd_keys_init(struct cli *cli);
enum cli_status cmd_keys_list(struct cli *cli);
enum cli_status cmd_keys_rotate(struct cli *cli);
enum cli_status cmd_metadata_show(struct cli *cli);
enum cli_status cmd_portal_list(struct cli *cli);
enum cli_status cmd_invitation_create(struct cli *cli);
enum cli_status cmd_invitation_list(struct cli *cli);
enum cli_status cmd_invitation_revoke(struct cli *cli);
enum cli_status cmd_account_approve(struct cli *cli);
enum cli_status cmd_account_close(struct cli *cli);
enum cli_status cmd_account_refuse(struct cli *cli);
enum cli_status cmd_account_show(struct cli *cli);
enum cli_status cmd_account_unfreeze(struct cli *cli);
enum cli_status cmd_relink_decide(struct cli *cli);
enum cli_status cmd_relink_list(struct cli *cli);
enum cli_status cmd_relink_undo(struct cli *cli);
enum cli_status cmd_session_end(struct cli *cli);
enum cli_status cmd_staff_list(struct cli *cli);
enum cli_status cmd_staff_reset(struct cli *cli);
enum cli_status cmd_store_stat(struct cli *cli);
enum cli_status cmd_audit_tail(struct cli *cli);
enum cli_status cmd_audit_export(struct cli *cli);
enum cli_status cmd_audit_verify(struct cli *cli);
enum cli_status cmd_doctor(struct cli *cli);

#endif
