#include "text/template.h"

#include <stdlib.h>
#include <string.h>

#include "text/internal.h"

/* What stays the same while one page is filled. */
struct fill {
	enum language language;
	struct buf *out;
};

static void fill_nodes(const struct fill *fill, const struct template *template, size_t from,
    size_t to, const struct frame *frame);

static int
compare_templates(const void *a, const void *b)
{
	return strcmp(((const struct template *)a)->name, ((const struct template *)b)->name);
}

const struct template *
text_template(const struct text *text, const char *name)
{
	struct template wanted = {.name = name};

	if (text->template_count == 0)
		return NULL;
	return bsearch(
	    &wanted, text->templates, text->template_count, sizeof(wanted), compare_templates);
}

static void
fill_each(
    const struct fill *fill, const struct template *template, size_t at, const struct frame *frame)
{
	const struct node *node = &template->nodes[at];
	const struct view *item = frame_list(frame, &node->name), *next;
	struct frame inner = {.outer = frame};

	for (; item != NULL; item = next) {
		next = view_next(item);
		inner.view = item;
		inner.number++;
		inner.last = next == NULL;
		fill_nodes(fill, template, at + 1, node->end_at, &inner);
	}
}

static bool
choice_true(const struct node *node, const struct frame *frame)
{
	char scratch[24];

	if (node->kind == NODE_IF)
		return frame_true(frame, &node->name) != node->negate;
	return bytes_equal(bytes_of(frame_text(frame, &node->name, scratch)), node->text);
}

/* Print one node; returns the index of the next one. */
static size_t
fill_node(
    const struct fill *fill, const struct template *template, size_t at, const struct frame *frame)
{
	const struct node *node = &template->nodes[at];
	char scratch[24];

	switch (node->kind) {
	case NODE_LITERAL:
		buf_put_bytes(fill->out, node->text);
		return at + 1;
	case NODE_VALUE:
		value_print(frame_text(frame, &node->name, scratch), template->medium, fill->out);
		return at + 1;
	case NODE_RAW:
		buf_put_text(fill->out, frame_text(frame, &node->name, scratch));
		return at + 1;
	case NODE_SENTENCE:
		sentence_print(node->sentence, fill->language, template->medium, frame, fill->out);
		return at + 1;
	case NODE_INCLUDE:
		fill_nodes(fill, node->include, 0, node->include->count, frame);
		return at + 1;
	case NODE_EACH:
		fill_each(fill, template, at, frame);
		return node->end_at;
	case NODE_IF:
	case NODE_SAME:
		if (choice_true(node, frame))
			fill_nodes(fill, template, at + 1, node->else_at, frame);
		else
			fill_nodes(fill, template, node->else_at, node->end_at, frame);
		return node->end_at;
	}
	must(!"a node that exists");
	return at + 1;
}

static void
fill_nodes(const struct fill *fill, const struct template *template, size_t from, size_t to,
    const struct frame *frame)
{
	while (from < to)
		from = fill_node(fill, template, from, frame);
}

void
template_print(const struct text *text, enum language language, const char *name,
    const struct view *view, struct buf *out)
{
	const struct template *template = text_template(text, name);
	struct frame page = {.view = view};
	struct fill fill = {language, out};

	must(template != NULL);
	fill_nodes(&fill, template, 0, template->count, &page);
}
