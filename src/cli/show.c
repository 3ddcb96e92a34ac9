#include <stdio.h>
#include <string.h>

#include "cli/internal.h"

#define TEXT_MAX (16 * 1024 * 1024)
#define LINE_MAX_WIDTH 60

/* "support_reference" is printed as "support reference". */
static const char *
label(const char *key, struct arena *arena)
{
	char *text = arena_text(arena, key);

	for (char *at = text; *at != '\0'; at++)
		if (*at == '_')
			*at = ' ';
	return text;
}

static const char *
scalar(const json_t *value, struct arena *arena)
{
	switch (json_typeof(value)) {
	case JSON_STRING:
		return json_string_value(value);
	case JSON_INTEGER:
		return arena_printf(arena, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	case JSON_TRUE:
		return "yes";
	case JSON_FALSE:
		return "no";
	case JSON_NULL:
	case JSON_REAL:
	case JSON_OBJECT:
	case JSON_ARRAY:
		break;
	}
	return "-";
}

/* A cell or a line's value: lists of scalars are joined. */
static const char *
inline_print(const json_t *value, struct arena *arena)
{
	struct buf buf;
	json_t *item;
	size_t i;

	if (!json_is_array(value))
		return scalar(value, arena);
	buf_init(&buf, arena, 65536);
	json_array_foreach (value, i, item)
		buf_printf(&buf, "%s%s", i > 0 ? ", " : "", scalar(item, arena));
	return buf.len > 0 ? buf_text(&buf) : "-";
}

/* Characters, not bytes. */
static int
width(const char *text)
{
	int count = 0;

	for (; *text != '\0'; text++)
		count += ((unsigned char)*text & 0xc0) != 0x80;
	return count;
}

static void
pad(struct buf *buf, const char *text, int to)
{
	int room = to - width(text);

	buf_printf(buf, "%s%*s", text, room > 0 ? room : 0, "");
}

static bool
is_table(const json_t *value)
{
	return json_is_array(value) && json_is_object(json_array_get(value, 0));
}

/* A row that tells more than the first one stands below the table, by itself. */
static bool
is_line(const json_t *rows, const json_t *row)
{
	return json_object_size(row) <= json_object_size(json_array_get(rows, 0));
}

/* The widest of a column's cells and its heading. */
static int
column_width(const json_t *rows, const char *key, struct arena *arena)
{
	int widest = width(key), now;
	json_t *row;
	size_t i;

	json_array_foreach (rows, i, row) {
		if (!is_line(rows, row))
			continue;
		now = width(inline_print(json_object_get(row, key), arena));
		widest = now > widest ? now : widest;
	}
	return widest;
}

/* One line of a table: the cells of a row, or the heading when row is NULL.  The last cell is not padded. */
static void
line_put(struct buf *buf, json_t *rows, const json_t *row)
{
	json_t *first = json_array_get(rows, 0), *value;
	const char *key, *text;
	size_t left = json_object_size(first);

	json_object_foreach (first, key, value) {
		text = row != NULL ? inline_print(json_object_get(row, key), buf->arena)
				   : label(key, buf->arena);
		pad(buf, text, --left > 0 ? column_width(rows, key, buf->arena) + 2 : 0);
	}
	while (buf->len > 0 && buf->data[buf->len - 1] == ' ')
		buf->len--;
	buf_put_byte(buf, '\n');
}

static void object_put(struct buf *buf, json_t *object);

static void
table_put(struct buf *buf, json_t *rows)
{
	json_t *row;
	size_t i;

	line_put(buf, rows, NULL);
	json_array_foreach (rows, i, row) {
		if (is_line(rows, row))
			line_put(buf, rows, row);
	}
	json_array_foreach (rows, i, row) {
		if (is_line(rows, row))
			continue;
		buf_put_byte(buf, '\n');
		object_put(buf, row);
	}
}

/* A list of texts that would make a long line: one line each, under one another. */
static void
lines_put(struct buf *buf, const json_t *list, int indent)
{
	json_t *item;
	size_t i;

	json_array_foreach (list, i, item) {
		if (i > 0)
			pad(buf, "", indent);
		buf_printf(buf, "%s\n", scalar(item, buf->arena));
	}
}

static void
object_put(struct buf *buf, json_t *object)
{
	int widest = 0;
	const char *key;
	json_t *value;

	json_object_foreach (object, key, value)
		if (!is_table(value))
			widest = width(key) > widest ? width(key) : widest;
	json_object_foreach (object, key, value) {
		if (is_table(value)) {
			buf_printf(buf, "\n%s:\n", label(key, buf->arena));
			table_put(buf, value);
			continue;
		}
		pad(buf, label(key, buf->arena), widest + 2);
		if (json_array_size(value) > 1 &&
		    width(inline_print(value, buf->arena)) > LINE_MAX_WIDTH)
			lines_put(buf, value, widest + 2);
		else
			buf_printf(buf, "%s\n", inline_print(value, buf->arena));
	}
}

const char *
show_print(json_t *answer, struct arena *arena)
{
	struct buf buf;

	buf_init(&buf, arena, TEXT_MAX);
	if (is_table(answer))
		table_put(&buf, answer);
	else if (json_is_object(answer))
		object_put(&buf, answer);
	else if (json_is_array(answer))
		buf_put_text(&buf, "none\n");
	else
		buf_printf(&buf, "%s\n", scalar(answer, arena));
	must(!buf.failed);
	return buf_text(&buf);
}

enum cli_status
cli_answer(const struct cli *cli, json_t *answer)
{
	if (cli->json) {
		json_dumpf(answer, stdout, JSON_INDENT(2) | JSON_ENCODE_ANY);
		putchar('\n');
	} else {
		fputs(show_print(answer, cli->ctx.arena), stdout);
	}
	json_decref(answer);
	return CLI_OK;
}

enum cli_status
cli_fail(const struct cli *cli, enum cli_status status, const char *format, ...)
{
	const char *sentence;
	json_t *answer;
	va_list args;

	va_start(args, format);
	sentence = arena_vprintf(cli->ctx.arena, format, args);
	va_end(args);
	fprintf(stderr, "vestibulectl: %s\n", sentence);
	if (cli->json) {
		answer = json_pack("{s:s}", "error", sentence);
		must(answer != NULL);
		cli_answer(cli, answer);
	}
	return status;
}

json_t *
cli_time(const struct cli *cli, int64_t time)
{
	return time == 0 ? json_null() : json_string(clock_print(cli->ctx.arena, time));
}
