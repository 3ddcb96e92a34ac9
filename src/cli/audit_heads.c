#include "cli/audit_heads.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

#define KEYS_MAX 65536
#define HEAD_LINE_MAX 8192

static enum err
each_line(FILE *stream, uint8_t *line, size_t most, lines_fn *fn, void *arg)
{
	enum err err = ERR_OK;
	size_t len = 0;
	int c;

	while (err == ERR_OK && (c = getc(stream)) != EOF) {
		if (c == '\n') {
			err = fn(arg, bytes_make(line, len));
			len = 0;
		} else if (len <= most) {
			line[len++] = (uint8_t)c;
		}
	}
	if (ferror(stream))
		return ERR_IO;
	return err == ERR_OK && len > 0 ? fn(arg, bytes_make(line, len)) : err;
}

enum err
lines_read(const char *file, size_t most, lines_fn *fn, void *arg)
{
	FILE *stream = fopen(file, "re");
	uint8_t *line;
	enum err err;

	if (stream == NULL)
		return errno == ENOENT ? ERR_NOT_FOUND : ERR_IO;
	line = malloc(most + 1);
	must(line != NULL);
	err = each_line(stream, line, most, fn, arg);
	free(line);
	fclose(stream);
	return err;
}

/* --- keys --- */

static enum err
add_line(void *arg, struct bytes line)
{
	buf_put_bytes(arg, line);
	buf_put_byte(arg, '\n');
	return ERR_OK;
}

enum cli_status
audit_keys_open(struct cli *cli, struct audit_keys *ret_keys, struct jws_set **ret_set)
{
	const char *file, *reason = "";
	struct buf content;
	enum err err;

	*ret_set = NULL;
	if (!cli_option(cli, "--keys", &file)) {
		*ret_keys = (struct audit_keys){.own = cli->keys};
		return CLI_OK;
	}
	buf_init(&content, cli->ctx.arena, KEYS_MAX);
	err = lines_read(file, KEYS_MAX, add_line, &content);
	if (err != ERR_OK)
		return cli_fail(cli, CLI_IO, "the keys in %s cannot be read: %s", file, err_print(err));
	if (content.failed || jws_set_parse(buf_bytes(&content), cli->ctx.arena, ret_set, &reason) != ERR_OK)
		return cli_fail(cli, CLI_CONFIG, "%s is no set of public keys (%s); vestibulectl audit export --keys prints ours", file, reason);
	*ret_keys = (struct audit_keys){.set = *ret_set};
	return CLI_OK;
}

/* --- heads --- */

struct reading {
	struct arena *arena;
	const struct audit_keys *keys;
	struct audit_anchor *anchors;
	size_t count;
	unsigned line;
};

/* "... sequence=35 chain=89ab..." */
static bool
read_plain(struct arena *arena, const char *line, struct audit_anchor *anchor)
{
	const char *sequence = strstr(line, "sequence="), *chain = strstr(line, "chain=");
	unsigned long long number;
	char *end;

	if (sequence == NULL || chain == NULL || strspn(sequence + 9, "0123456789") == 0)
		return false;
	errno = 0;
	number = strtoull(sequence + 9, &end, 10);
	chain += 6;
	anchor->sequence = number;
	return errno == 0 && number > 0 && (*end == ' ' || *end == '\0') &&
	       chain_parse(arena, arena_text_of(arena, bytes_make(chain, strcspn(chain, " "))), anchor->chain) == ERR_OK;
}

static enum err
take_head(void *arg, struct bytes bytes)
{
	struct reading *reading = arg;
	struct audit_anchor *anchor = &reading->anchors[reading->count];
	const char *line = arena_text_of(reading->arena, bytes);
	struct audit_head head;
	enum err err;

	reading->line++;
	if (*line == '\0')
		return ERR_OK;
	if (reading->count == HEADS_MAX)
		return ERR_FULL;
	reading->count++;
	if (read_plain(reading->arena, line, anchor))
		return ERR_OK;
	err = head_open(reading->keys, false, line, reading->arena, &head);
	if (err != ERR_OK)
		return err;
	anchor->sequence = head.sequence;
	memcpy(anchor->chain, head.chain, CHAIN_SIZE);
	return ERR_OK;
}

enum cli_status
audit_heads_open(struct cli *cli, const struct audit_keys *keys, struct audit_anchor **ret_anchors, size_t *ret_count)
{
	struct reading reading = {.arena = cli->ctx.arena, .keys = keys};
	const char *file;
	enum err err;

	*ret_anchors = NULL;
	*ret_count = 0;
	if (!cli_option(cli, "--head", &file))
		return CLI_OK;
	reading.anchors = arena_array(cli->ctx.arena, HEADS_MAX + 1, sizeof(struct audit_anchor));
	err = lines_read(file, HEAD_LINE_MAX, take_head, &reading);
	if (err == ERR_IO || err == ERR_NOT_FOUND)
		return cli_fail(cli, CLI_IO, "the heads in %s cannot be read: %s", file, err_print(err));
	if (err == ERR_FULL)
		return cli_fail(cli, CLI_USAGE, "%s has more than %d heads; keep the newest ones", file, HEADS_MAX);
	if (err == ERR_CRYPTO)
		return cli_fail(cli, CLI_DATA, "%s:%u: this head is not signed by any of the keys", file, reading.line);
	if (err != ERR_OK || reading.count == 0)
		return cli_fail(cli, CLI_USAGE, "%s:%u: this is no head; it is a line with sequence=N chain=HEX, or a signed head", file, reading.line);
	*ret_anchors = reading.anchors;
	*ret_count = reading.count;
	return CLI_OK;
}
