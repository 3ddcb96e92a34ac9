#include "config/internal.h"

static void
line_put(
    struct load *load, struct buf *buf, const struct node *node, const char *key, const char *what)
{
	if (buf->len > 0)
		buf_put_text(buf, "\n");
	buf_put_text(buf, load->file);
	if (node != NULL)
		buf_printf(buf, ":%d:%d", node->line, node->column);
	if (key[0] != '\0')
		buf_printf(buf, ": %s", key);
	buf_printf(buf, ": %s", what);
}

void
fault_add(struct load *load, const struct node *node, const char *key, const char *format, ...)
{
	va_list args;

	if (load->fault_count++ >= CONFIG_FAULTS_MAX)
		return;
	va_start(args, format);
	line_put(load, &load->faults, node, key, arena_vprintf(load->faults.arena, format, args));
	va_end(args);
}

void
warning_add(struct load *load, const struct node *node, const char *key, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	line_put(load, &load->warnings, node, key, arena_vprintf(load->arena, format, args));
	va_end(args);
}
