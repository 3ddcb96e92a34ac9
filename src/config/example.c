#include <string.h>

#include "config/internal.h"

#define WIDTH 100

static const char HEAD[] =
    "# vestibule.yaml - the configuration of Vestibule, with every key there is.\n"
    "#\n"
    "# Lines that begin with #key are left out; each shows an example. The others that have a "
    "default show it,\n"
    "# and may be left out too. Paths are relative to the folder of this file. Secrets are names "
    "of files.\n"
    "# Check a file with: vestibulectl -c FILE config check. A running service reads it again on "
    "SIGHUP.\n"
    "# This file is made from src/config/options.def, and so is the manual page "
    "vestibule.yaml(5).\n";

/* Columns before the key of a row: two a section, four a list's item. */
static int
indent_of(const struct option *option)
{
	int indent = 0;

	for (const char *at = option->key; *at != '\0'; at++)
		indent += (*at == '.' || *at == '[') ? 2 : 0;
	return indent;
}

static bool
has_required(const char *section)
{
	for (size_t i = 0; i < option_count; i++)
		if (option_within(&options[i], section) && options[i].flag == OPTION_REQUIRED)
			return true;
	return false;
}

/* Does the example set it?  A section that may be left out and whose members then must be given, is left out. */
static bool
is_active(const struct option *option)
{
	char section[64];
	const char *dot = strrchr(option->key, '.');

	if (option->type == OPTION_LIST)
		return true;
	if (option->type == OPTION_SECTION)
		return !has_required(option->key);
	if (option->flag == 0 && option->fallback == NULL)
		return false;
	if (dot == NULL || dot[-1] == ']')
		return true;
	must((size_t)(dot - option->key) < sizeof(section));
	memcpy(section, option->key, (size_t)(dot - option->key));
	section[dot - option->key] = '\0';
	return !has_required(section);
}

/* Words, broken at WIDTH, each line beginning with indent and "# ". */
static void
comment_put(struct buf *buf, int indent, const char *text)
{
	int column = indent + 1;

	buf_printf(buf, "%*s#", indent, "");
	while (*text != '\0') {
		int word = (int)strcspn(text, " ");

		if (column + 1 + word > WIDTH) {
			buf_printf(buf, "\n%*s#", indent, "");
			column = indent + 1;
		}
		buf_printf(buf, " %.*s", word, text);
		column += 1 + word;
		text += word + strspn(text + word, " ");
	}
	buf_put_byte(buf, '\n');
}

static void
scalar_put(struct buf *buf, const char *text)
{
	bool quote = strpbrk(text, ":,{}[]#") != NULL;

	buf_put_text(buf, quote ? "\"" : "");
	buf_put_text(buf, text);
	buf_put_text(buf, quote ? "\"" : "");
}

static void
list_put(struct buf *buf, const char *text)
{
	const char *item;

	buf_put_byte(buf, '[');
	for (size_t i = 0; (item = option_item(text, ", ", i, buf->arena)) != NULL; i++) {
		buf_put_text(buf, i > 0 ? ", " : "");
		scalar_put(buf, item);
	}
	buf_put_byte(buf, ']');
}

static void
value_put(struct buf *buf, const struct option *option)
{
	const char *text = option->example != NULL ? option->example : option->fallback;

	if (option->type == OPTION_SECTION || option->type == OPTION_LIST)
		return;
	buf_put_byte(buf, ' ');
	if (option->type == OPTION_NAMES) {
		buf_put_text(buf, "{ en: ");
		scalar_put(buf, option_item(text, ", ", 0, buf->arena));
		buf_put_text(buf, ", fr: ");
		scalar_put(buf, option_item(text, ", ", 1, buf->arena));
		buf_put_text(buf, " }");
	} else if (option_is_list(option->type)) {
		list_put(buf, text);
	} else {
		buf_put_text(buf, text);
	}
}

static const char *
rule_print(const struct option *option, struct arena *arena)
{
	const char *shape = option_describe(option, arena), *need = "";

	if (option->flag == OPTION_REQUIRED)
		need = "Required: ";
	else if (option->type == OPTION_SECTION || option->type == OPTION_LIST)
		return option->later != NULL
			   ? arena_printf(arena, "Not in this release: %s.", option->later)
			   : "";
	else if (option->fallback != NULL)
		need = arena_printf(
		    arena, "Default %s: ", option->fallback[0] != '\0' ? option->fallback : "[]");
	else
		need = "Optional: ";
	if (option->later != NULL)
		return arena_printf(
		    arena, "%s%s. Not in this release: %s.", need, shape, option->later);
	return arena_printf(arena, "%s%s.", need, shape);
}

static void
row_put(struct buf *buf, const struct option *option, bool first)
{
	int indent = indent_of(option);

	if (!first)
		buf_put_byte(buf, '\n');
	comment_put(buf, indent, option->sentence);
	if (rule_print(option, buf->arena)[0] != '\0')
		comment_put(buf, indent, rule_print(option, buf->arena));
	if (first)
		indent -= 2;
	buf_printf(buf, "%*s%s%s%s:", indent, "", is_active(option) ? "" : "#", first ? "- " : "",
	    option_name(option));
	value_put(buf, option);
	buf_put_byte(buf, '\n');
}

const char *
config_example(struct arena *arena)
{
	struct buf buf;

	buf_init(&buf, arena, 256 * 1024);
	buf_put_text(&buf, HEAD);
	for (size_t i = 0; i < option_count; i++)
		row_put(&buf, &options[i], i > 0 && options[i - 1].type == OPTION_LIST);
	must(!buf.failed);
	return buf_text(&buf);
}
