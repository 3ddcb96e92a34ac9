#include <inttypes.h>

#include "audit/export.h"
#include "cli/audit_heads.h"
#include "cli/internal.h"

#define SCRATCH ((size_t)1 << 20)

static json_t *
text_or_null(const char *text)
{
	return text != NULL ? json_string(text) : json_null();
}

static size_t
met(const struct audit_check *check)
{
	size_t count = 0;

	for (size_t i = 0; i < check->anchor_count; i++)
		count += check->anchors[i].met;
	return count;
}

/* sealed: when the export was, 0 for the store. */
static enum cli_status
answer(struct cli *cli, const struct audit_check *check, int64_t sealed)
{
	const struct chain_walk *walk = &check->walk;
	const char *head = arena_printf(
	    cli->ctx.arena, "sequence=%" PRIu64 " chain=%s", walk->sequence, hex_print(cli->ctx.arena, BYTES(walk->chain)));
	json_t *told = json_pack("{s:s, s:o, s:I, s:I, s:I, s:I, s:I, s:I, s:o}", "result", check->fault == NULL ? "sound" : "tampered with", "fault",
	    text_or_null(check->fault), "begins_after", (json_int_t)check->begins, "events", (json_int_t)walk->events, "signed_heads",
	    (json_int_t)check->heads, "vouched_up_to", (json_int_t)(check->fault == NULL && sealed != 0 ? walk->sequence : check->vouched),
	    "known_heads", (json_int_t)check->anchor_count, "known_heads_met", (json_int_t)met(check), "sealed", cli_time(cli, sealed));

	must(told != NULL);
	/* what to keep elsewhere, for the next time */
	json_object_set_new(told, "head", check->fault == NULL && walk->sequence > 0 ? json_string(head) : json_null());
	(void)cli_answer(cli, told);
	return check->fault == NULL ? CLI_OK : CLI_DATA;
}

static enum cli_status
verify_store(struct cli *cli, struct audit_check *check)
{
	enum err err = check_store(&cli->ctx, check);

	if (err != ERR_OK && err != ERR_REFUSED)
		return cli_fail(cli, CLI_IO, "the audit in %s cannot be read after event %" PRIu64 ": %s", cli->config->state_directory,
		    check->walk.sequence, err_print(err));
	return answer(cli, check, 0);
}

struct reading {
	struct export_check *export;
	struct arena *scratch;
};

static enum err
take_line(void *arg, struct bytes line)
{
	struct reading *reading = arg;
	enum err err = export_check_line(reading->export, line, reading->scratch);

	arena_reset(reading->scratch);
	return err;
}

static enum cli_status
verify_file(struct cli *cli, const char *file, struct export_check *export)
{
	struct reading reading = {export, arena_new(SCRATCH)};
	enum err err = lines_read(file, EXPORT_LINE_MAX, take_line, &reading);

	arena_free(&reading.scratch);
	if (err == ERR_OK)
		err = export_check_end(export);
	if (err != ERR_OK && err != ERR_REFUSED)
		return cli_fail(cli, CLI_IO, "%s cannot be read: %s", file, err_print(err));
	return answer(cli, &export->check, export->made);
}

static enum cli_status
verify(struct cli *cli, const char *file, const struct audit_keys *keys)
{
	struct export_check export;
	struct audit_anchor *anchors;
	enum cli_status status;
	size_t count;

	status = audit_heads_open(cli, keys, &anchors, &count);
	if (status != CLI_OK)
		return status;
	export_check_init(&export, cli->ctx.arena, keys);
	export.check.anchors = anchors;
	export.check.anchor_count = count;
	return file != NULL ? verify_file(cli, file, &export) : verify_store(cli, &export.check);
}

/* What must be open for it: nothing, where file and keys are given. */
static enum cli_needs
needs(const struct cli *cli, const char *file)
{
	const char *keys;

	if (file == NULL)
		return CLI_NEEDS_STORE;
	return cli_option(cli, "--keys", &keys) ? CLI_NEEDS_NOTHING : CLI_NEEDS_KEYS;
}

enum cli_status
cmd_audit_verify(struct cli *cli)
{
	const char *file = NULL;
	struct audit_keys keys;
	struct jws_set *set;
	enum cli_status status;

	(void)cli_option(cli, "--file", &file);
	status = cli_open(cli, needs(cli, file));
	if (status == CLI_OK)
		status = audit_keys_open(cli, &keys, &set);
	if (status != CLI_OK)
		return status;
	status = verify(cli, file, &keys);
	jws_set_free(&set);
	return status;
}
