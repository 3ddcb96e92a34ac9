#include "cli/cli.h"

#include <stdio.h>
#include <string.h>

#include "cli/internal.h"

static const struct cli_command commands[] = {
    {"config check", "", 0, 0, CLI_NEEDS_CONFIG, cmd_config_check,
	"Say whether the configuration is sound.",
	"Reads the file and everything that it names.  Each fault is one line with file, line, "
	"column, key and remedy;\n"
	"then the exit status is 78.  What this release cannot do yet is said as a warning.\n"},
    {"config example", "", 0, 0, CLI_NEEDS_NOTHING, cmd_config_example,
	"Print a commented configuration with every key.",
	"Each key stands there with its meaning, bounds and default.\n"},
    {"keys init", "", 0, 0, CLI_NEEDS_CONFIG, cmd_keys_init, "Make the first set of keys.",
	"Makes the key directory when it is missing.  Nothing is touched when there is a key "
	"already.\n"
	"Back the directory up, apart from the store: without the keys the store cannot be "
	"read.\n"},
    {"keys list", "", 0, 0, CLI_NEEDS_KEYS, cmd_keys_list, "List the keys, newest first.",
	"No secret is shown.\n"},
    {"keys rotate", "KIND", 1, 1, CLI_NEEDS_CONFIG, cmd_keys_rotate,
	"Add the next generation of one kind of key.",
	"KIND is store, tokens, saml-signing or saml-encryption.  The old keys stay and go on "
	"opening and checking what\n"
	"they sealed and signed.  A running daemon takes the new key when it reads its "
	"configuration again (SIGHUP).\n"
	"After a new SAML key, give the credential providers the new metadata first.\n"},
    {"metadata show", "[staff]", 0, 1, CLI_NEEDS_KEYS, cmd_metadata_show,
	"Print our SAML metadata, for credential providers.",
	"It is what the daemon answers at /saml/metadata.  With staff: for the provider that the help desk's staff sign in with, which\n"
	"the daemon answers at /saml/metadata?for=staff.\n"},
    {"portal list", "", 0, 0, CLI_NEEDS_CONFIG, cmd_portal_list,
	"List the portals with their settings.", ""},
    {"invitation create", "PORTAL [LIFE [NOTE]]", 1, 3, CLI_NEEDS_STORE_WRITE, cmd_invitation_create,
	"Make an invitation to a portal, and show its code once.",
	"One person opens one account with it.  LIFE is how long it is good for, as in 14d or 36h; limits.invitation_lifetime when left out.\n"
	"NOTE, at most 64 bytes, is for the portal's owner and never shown to people: a file number, say, no name.  The code is kept nowhere:\n"
	"give it to the person, or lead there with /authorize?...&invitation=CODE, which fills the field.\n"},
    {"invitation list", "PORTAL", 1, 1, CLI_NEEDS_STORE, cmd_invitation_list, "List the invitations to a portal, oldest first.",
	"Shows those that are over for retention.invitations; never a code.\n"},
    {"invitation revoke", "PORTAL ID", 2, 2, CLI_NEEDS_STORE_WRITE, cmd_invitation_revoke, "Take an invitation back that nobody has used yet.",
	"ID is what invitation create and list show.  The act is written to the audit.\n"},
    {"account show", "REFERENCE", 1, 1, CLI_NEEDS_STORE, cmd_account_show,
	"Show the account of a support reference.",
	"REFERENCE is the number that people see on their pages, as in VB-7K2M-9QXD.\n"
	"Shows the account's state, its second factor with waits, and the recovery codes left; "
	"never a secret.\n"},
    {"account approve", "REFERENCE", 1, 1, CLI_NEEDS_STORE_WRITE, cmd_account_approve, "Open an account that waits for approval.",
	"Also one that was refused.  The person is told by mail.  The act is written to the audit.\n"},
    {"account refuse", "REFERENCE", 1, 1, CLI_NEEDS_STORE_WRITE, cmd_account_refuse, "Refuse an account that waits for approval.",
	"The person is told by mail.  account approve can still open it later.  The act is written to the audit.\n"},
    {"account close", "REFERENCE", 1, 1, CLI_NEEDS_STORE_WRITE, cmd_account_close,
	"Close an account for good.",
	"Its sessions end, and claims that it takes part in; the person is told by mail.  After retention.closed_accounts it is removed, and its\n"
	"credential can open a new account.  What the portal keeps of the person stays there.  The act is written to the audit.\n"},
    {"account unfreeze", "REFERENCE", 1, 1, CLI_NEEDS_STORE_WRITE, cmd_account_unfreeze,
	"Let an account be changed again.",
	"Somebody said through the link in a notice that a change was not theirs, which froze the account.  Do this when "
	"you have\nchecked with the person whose account it is.  The act is written to the audit.\n"},
    {"relink list", "PORTAL", 1, 1, CLI_NEEDS_STORE, cmd_relink_list, "List the claims to older accounts of a portal, oldest first.",
	"Shows what was proven, how each claim stands and until when; those that are over for retention.claims.\n"},
    {"relink decide", "ID yes|no", 2, 2, CLI_NEEDS_STORE_WRITE, cmd_relink_decide, "Decide on a claim in the name of the portal's owner.",
	"yes begins the waiting period (limits.claim_period), in which it can still be stopped; no ends the claim.  Decide only what the owner has\n"
	"checked: who can show little may be a thief.  Both people are told by mail.  The act is written to the audit.\n"},
    {"relink undo", "ID", 1, 1, CLI_NEEDS_STORE_WRITE, cmd_relink_undo, "Give a moved account back.",
	"Within 30 days after a claim was completed: the old account opens again with its own credential and second factor, and the portal finds its\n"
	"files under it.  An account that was only made for the claim is closed.  All sessions of both end.  The act is written to the audit.\n"},
    {"session end", "REFERENCE", 1, 1, CLI_NEEDS_STORE_WRITE, cmd_session_end,
	"End all sessions of an account.",
	"The person must sign in again.  The act is written to the audit.\n"},
    {"staff list", "", 0, 0, CLI_NEEDS_STORE, cmd_staff_list, "List the members of the help desk's staff who have signed in.",
	"Shows their codes, which stand in the audit, and the role of the last sign-in; never a name.\n"},
    {"staff reset", "CODE", 1, 1, CLI_NEEDS_STORE_WRITE, cmd_staff_reset, "Let a member of staff set up a new app: the phone is lost.",
	"CODE is what the help desk's screens and staff list show, as in S-7K2M4Q.  The second factor is removed and the sessions end; the next\n"
	"sign-in sets up a new one.  Be sure who asks.  The act is written to the audit.\n"},
    {"audit tail", "[COUNT]", 0, 1, CLI_NEEDS_STORE, cmd_audit_tail,
	"Show the last events of the audit, oldest first.",
	"COUNT is how many, 1 to 1000; 20 when left out.\n"},
    {"audit export", "[FROM [TO]] [--keys]", 0, 2, CLI_NEEDS_STORE, cmd_audit_export,
	"Print the audit as lines of JSON, sealed.",
	"FROM and TO are sequence numbers, or times as in 2026-11-24 or 2026-11-24T14:00:00Z; all there is when left out.\n"
	"With --keys: print the public keys instead, with which others check exports (--keys of audit verify).\n"},
    {"audit verify", "[--file EXPORT] [--keys JWKS] [--head HEADS]", 0, 0, CLI_NEEDS_NOTHING, cmd_audit_verify,
	"Find out whether the audit was tampered with.",
	"Checks the store or, with --file, an export; with --keys by these keys alone, so that neither configuration nor store is needed.\n"
	"--head names a file with heads that were kept elsewhere, one a line: signed ones, or lines with sequence=N chain=HEX, as this command\n"
	"prints and the daemon logs.  Only they can show that the end was cut off and everything made anew.  doc/AUDIT.md has more.\n"
	"The exit status is 65 when something was found.\n"},
    {"store stat", "", 0, 0, CLI_NEEDS_STORE, cmd_store_stat, "Show how full the store is.", ""},
    {"doctor", "", 0, 0, CLI_NEEDS_CONFIG, cmd_doctor,
	"Look for what keeps the service from running well.",
	"Checks files, rights, keys, store and the running daemon, one line each.  The exit status "
	"is 74 when one fails.\n"
	"Then says what the configuration means for accounts that were made under another one, with their support references: run it after a\n"
	"change, or before with -c NEW-FILE.  Such a \"note\" does not change the exit status.\n"},
};
static const size_t command_count = sizeof(commands) / sizeof(commands[0]);

/* The most memory that one command takes. */
#define ARENA_MAX (256 * 1024 * 1024)

static void
print_general_help(void)
{
	printf("vestibulectl - the operator's tool of Vestibule, the identity broker\n\n"
	       "Usage: vestibulectl [-c FILE] [--json] COMMAND [ARGUMENT]\n\n"
	       "Commands:\n");
	for (size_t i = 0; i < command_count; i++)
		printf(
		    "  %-18s %-22s %s\n", commands[i].name, commands[i].args, commands[i].sentence);
	printf("\nOptions:\n"
	       "  -c FILE     the configuration; " CLI_DEFAULT_FILE " when left out\n"
	       "  --json      print the answer as JSON\n"
	       "  -h, --help  this text, or more about a command: vestibulectl keys init --help\n"
	       "  --version   print the release\n\n"
	       "Exit status: 0 done, 2 wrong usage, 65 the audit was tampered with, 78 wrong configuration or keys, 74 a file, the "
	       "store or the network failed.\n"
	       "Everything works while the daemon runs.  See also vestibulectl(8), "
	       "vestibule.yaml(5).\n");
}

static void
print_command_help(const struct cli_command *command)
{
	printf("Usage: vestibulectl [-c FILE] [--json] %s%s%s\n\n%s\n%s", command->name,
	    command->args[0] != '\0' ? " " : "", command->args, command->sentence, command->help);
}

/* The command whose words the arguments begin with; *ret_words: how many those are. */
static const struct cli_command *
command_find(int argc, char *const *argv, int *ret_words)
{
	char name[64];

	for (size_t i = 0; i < command_count; i++) {
		*ret_words = strchr(commands[i].name, ' ') != NULL ? 2 : 1;
		if (argc < *ret_words)
			continue;
		snprintf(name, sizeof(name), "%s%s%s", argv[0], *ret_words == 2 ? " " : "",
		    *ret_words == 2 ? argv[1] : "");
		if (strcmp(name, commands[i].name) == 0)
			return &commands[i];
	}
	return NULL;
}

/* "keys" alone: name the commands that begin with it. */
static enum cli_status
command_unknown(const struct cli *cli, const char *word)
{
	struct buf names;
	size_t len = strlen(word);

	buf_init(&names, cli->ctx.arena, 4096);
	for (size_t i = 0; i < command_count; i++)
		if (strncmp(commands[i].name, word, len) == 0 && commands[i].name[len] == ' ')
			buf_printf(&names, "%s%s", names.len > 0 ? ", " : "", commands[i].name);
	if (names.len > 0)
		return cli_fail(cli, CLI_USAGE, "which one: %s?", buf_text(&names));
	return cli_fail(
	    cli, CLI_USAGE, "there is no command \"%.60s\"; vestibulectl --help lists them", word);
}

static enum cli_status
command_run(struct cli *cli, const struct cli_command *command)
{
	enum cli_status status;

	if (cli->arg_count < command->least)
		return cli_fail(cli, CLI_USAGE,
		    "%s: the argument %s is missing; see vestibulectl %s --help", command->name,
		    command->args, command->name);
	if (cli->arg_count > command->most)
		return cli_fail(cli, CLI_USAGE,
		    "%s: \"%.60s\" is one argument too many; see vestibulectl %s --help",
		    command->name, cli->args[command->most], command->name);
	status = cli_open(cli, command->needs);
	if (status == CLI_OK)
		status = command->run(cli);
	cli_close(cli);
	if (fflush(stdout) != 0)
		return cli_fail(cli, CLI_IO, "the answer cannot be written (%m)");
	return status;
}

/* What was found on the command line besides the command. */
struct line {
	const char *words[64];
	int count;
	bool help, version;
	const char *fault;
};

bool
cli_option(const struct cli *cli, const char *name, const char **ret_value)
{
	for (int i = 0; i < cli->option_count; i++) {
		if (strcmp(cli->options[i].name, name) == 0) {
			*ret_value = cli->options[i].value;
			return true;
		}
	}
	return false;
}

/* Is it an option of the command that the line names so far?  Takes what follows on it where the command says so. */
static bool
option_parse(struct cli *cli, const struct line *line, int argc, char **argv, int *at)
{
	const struct cli_command *command;
	const char *name = argv[*at], *found;
	int words;

	command = command_find(line->count, (char *const *)line->words, &words);
	found = command != NULL && name[1] == '-' ? strstr(command->args, arena_printf(cli->ctx.arena, "[%s", name)) : NULL;
	if (found == NULL || cli->option_count == CLI_OPTIONS_MAX || cli_option(cli, name, &(const char *){NULL}))
		return false;
	found += strlen(name) + 1;
	if (*found != ' ' && *found != ']')
		return false;
	if (*found == ' ' && *at + 1 == argc)
		return false;
	cli->options[cli->option_count++] = (struct cli_option){name, *found == ' ' ? argv[++*at] : NULL};
	return true;
}

static void
line_parse(struct cli *cli, struct line *line, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "-c") == 0 && i + 1 < argc)
			cli->file = argv[++i];
		else if (strcmp(argv[i], "--json") == 0)
			cli->json = true;
		else if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
			line->help = true;
		else if (strcmp(argv[i], "--version") == 0)
			line->version = true;
		else if (argv[i][0] == '-' && option_parse(cli, line, argc, argv, &i))
			continue;
		else if (argv[i][0] == '-' ||
			 line->count == (int)(sizeof(line->words) / sizeof(line->words[0])))
			line->fault = argv[i];
		else
			line->words[line->count++] = argv[i];
	}
}

static enum cli_status
line_run(struct cli *cli, const struct line *line)
{
	const struct cli_command *command;
	int words = 0;

	if (line->fault != NULL && strcmp(line->fault, "-c") == 0)
		return cli_fail(cli, CLI_USAGE, "the option -c needs a file");
	if (line->fault != NULL)
		return cli_fail(cli, CLI_USAGE,
		    "there is no option \"%.60s\" here, or it stands twice or without what follows on it; vestibulectl --help lists them", line->fault);
	command = command_find(line->count, (char *const *)line->words, &words);
	if (line->version) {
		printf("vestibulectl %s\n", PACKAGE_RELEASE);
		return CLI_OK;
	}
	if (line->help && command != NULL)
		print_command_help(command);
	else if (line->help)
		print_general_help();
	if (line->help)
		return CLI_OK;
	if (line->count == 0)
		return cli_fail(
		    cli, CLI_USAGE, "no command is given; vestibulectl --help lists them");
	if (command == NULL)
		return command_unknown(cli, line->words[0]);
	cli->args = line->words + words;
	cli->arg_count = line->count - words;
	return command_run(cli, command);
}

enum cli_status
cli_run(int argc, char **argv)
{
	struct cli cli = {.file = CLI_DEFAULT_FILE};
	struct line line = {0};
	enum cli_status status;

	cli.ctx.arena = arena_new(ARENA_MAX);
	cli.ctx.now = clock_now();
	line_parse(&cli, &line, argc, argv);
	status = line_run(&cli, &line);
	arena_free(&cli.ctx.arena);
	return status;
}
