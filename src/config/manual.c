#include <string.h>

#include "config/internal.h"

static const char HEAD[] =
    ".\\\" Made from src/config/options.def by `make docs`.\n"
    ".Dd November 24, 2026\n"
    ".Dt VESTIBULE.YAML 5\n"
    ".Os\n"
    ".Sh NAME\n"
    ".Nm vestibule.yaml\n"
    ".Nd configuration of Vestibule, the identity broker\n"
    ".Sh DESCRIPTION\n"
    "One YAML file holds the whole configuration of\n"
    ".Xr vestibuled 8 .\n"
    "It is at most 1 MiB of UTF-8, one document of at most 8 levels.\n"
    "Aliases, anchors, tags and duplicate keys are refused: a file means what a reader sees.\n"
    ".Pp\n"
    "Every fault is one line with file, line, column, key, what is wrong and what to do; up to "
    "twenty are told at once,\n"
    "and nothing starts on a bad file.\n"
    "On\n"
    ".Dv SIGHUP\n"
    "the daemon reads the file again; when it is bad, the configuration in force stays.\n"
    ".Xr vestibulectl 8\n"
    ".Cm config check\n"
    "checks a file without starting anything.\n"
    ".Pp\n"
    "Secrets never stand in the file: it names files that hold them.\n"
    "Relative paths are relative to the folder of the configuration.\n"
    "Durations are a number and\n"
    ".Cm s , m , h\n"
    "or\n"
    ".Cm d ;\n"
    "sizes a number, alone or with\n"
    ".Cm KiB\n"
    "or\n"
    ".Cm MiB .\n"
    ".Sh KEYS\n"
    "A key within another one is written with a dot between them;\n"
    ".Li []\n"
    "stands for each item of a list.\n"
    ".Bl -tag -width Ds\n";

static const char TAIL[] = ".El\n"
			   ".Sh FILES\n"
			   ".Bl -tag -width Ds\n"
			   ".It Pa /etc/vestibule/vestibule.yaml\n"
			   "Where\n"
			   ".Xr vestibulectl 8\n"
			   "looks when no file is named.\n"
			   ".El\n"
			   ".Sh EXAMPLES\n"
			   "A commented file with every key is printed by\n"
			   ".Dl vestibulectl config example\n"
			   ".Sh SEE ALSO\n"
			   ".Xr vestibule-demo 8 ,\n"
			   ".Xr vestibulectl 8 ,\n"
			   ".Xr vestibuled 8\n";

/* A full stop, but not three. */
static bool
ends_sentence(const struct buf *buf)
{
	return buf->len > 1 && buf->data[buf->len - 1] == '.' && buf->data[buf->len - 2] != '.';
}

/* Text of a page: backslashes would begin an escape, a dot or an apostrophe at a line's start a macro; sentences begin lines. */
static void
text_put(struct buf *buf, const char *text)
{
	if (*text == '.' || *text == '\'')
		buf_put_text(buf, "\\&");
	for (; *text != '\0'; text++) {
		if (*text == '\\')
			buf_put_text(buf, "\\e");
		else if (*text == ' ' && ends_sentence(buf))
			buf_put_byte(buf, '\n');
		else
			buf_put_byte(buf, (uint8_t)*text);
	}
	buf_put_byte(buf, '\n');
}

static void
row_put(struct buf *buf, const struct option *option)
{
	buf_printf(buf, ".It Cm %s\n", option->key);
	text_put(buf, option->sentence);
	if (option->type != OPTION_SECTION && option->type != OPTION_LIST) {
		buf_put_text(buf, ".br\n");
		text_put(buf,
		    arena_printf(buf->arena, "Value: %s.", option_describe(option, buf->arena)));
	}
	if (option->fallback != NULL)
		text_put(buf, arena_printf(buf->arena, "Default: %s.",
				  option->fallback[0] != '\0' ? option->fallback : "[]"));
	else if (option->flag == OPTION_REQUIRED)
		text_put(buf, "Required.");
	if (option->later != NULL)
		text_put(buf, arena_printf(buf->arena, "Not in this release: %s.", option->later));
}

const char *
config_manual(struct arena *arena)
{
	struct buf buf;

	buf_init(&buf, arena, 256 * 1024);
	buf_put_text(&buf, HEAD);
	for (size_t i = 0; i < option_count; i++)
		row_put(&buf, &options[i]);
	buf_put_text(&buf, TAIL);
	must(!buf.failed);
	return buf_text(&buf);
}
