#include <string.h>
#include <unistd.h>

#include "config/internal.h"

static void
refuse(struct load *load, const struct option *option, const struct node *node, const char *key)
{
	bool item = option_is_list(option->type) && node->key == NULL;
	const char *must_be =
	    item ? option_describe_item(option, load->arena) : option_describe(option, load->arena);

	if (node->kind == NODE_SCALAR && node->text[0] != '\0')
		fault_add(
		    load, node, key, "\"%.100s\" does not fit; write %s", node->text, must_be);
	else if (node->kind == NODE_SCALAR)
		fault_add(load, node, key, "the value is missing; write %s", must_be);
	else
		fault_add(load, node, key, "a %s does not fit; write %s",
		    node->kind == NODE_LIST ? "list" : "mapping", must_be);
}

/* A file that must be there: reading it later would fail then, without the line that names it. */
static void
check_readable(struct load *load, const struct option *option, const struct node *node,
    const char *key, const void *target)
{
	const char *path;

	if (option->type != OPTION_FILE)
		return;
	memcpy(&path, target, sizeof(path));
	if (access(path, R_OK) != 0 && strncmp(node->text, "https://", 8) != 0)
		fault_add(load, node, key,
		    "the file %s cannot be read (%m); correct the name, or give the service the "
		    "right to read it",
		    path);
}

static void
scalar_set(struct load *load, const struct option *option, const struct node *node, const char *key,
    void *target)
{
	if (node->kind != NODE_SCALAR || !value_parse(load, option, node->text, target))
		refuse(load, option, node, key);
	else
		check_readable(load, option, node, key, target);
}

static void
names_set(struct load *load, const struct option *option, const struct node *node, const char *key,
    struct names *names)
{
	const struct node *en = tree_get(node, "en"), *fr = tree_get(node, "fr");

	if (en == NULL || fr == NULL || node->count != 2) {
		refuse(load, option, node, key);
		return;
	}
	scalar_set(load, option, en, arena_printf(load->arena, "%s.en", key), &names->en);
	scalar_set(load, option, fr, arena_printf(load->arena, "%s.fr", key), &names->fr);
}

bool
texts_has(const struct texts *texts, const char *text)
{
	for (size_t i = 0; i < texts->count; i++)
		if (strcmp(texts->items[i], text) == 0)
			return true;
	return false;
}

/* A list of scalars; the same one twice is a fault. */
static void
texts_set(struct load *load, const struct option *option, const struct node *node, const char *key,
    struct texts *texts)
{
	size_t i = 0;

	if (node->kind != NODE_LIST || (int64_t)node->count < option->least ||
	    (int64_t)node->count > option->most) {
		refuse(load, option, node, key);
		return;
	}
	texts->items = arena_array(load->arena, node->count, sizeof(*texts->items));
	for (const struct node *item = node->first; item != NULL; item = item->next, i++) {
		const char *place = arena_printf(load->arena, "%s[%zu]", key, i), *text = NULL;

		if (item->kind != NODE_SCALAR || !value_parse(load, option, item->text, &text))
			refuse(load, option, item, place);
		else if (texts_has(texts, text))
			fault_add(load, item, place,
			    "\"%.100s\" stands here a second time; remove one of the two", text);
		else
			texts->items[texts->count++] = text;
	}
}

static void
bits_set(struct load *load, const struct option *option, const struct node *node, const char *key,
    unsigned *bits)
{
	struct option word = *option;
	struct texts texts = {0};
	const char *item;

	word.type = OPTION_WORDS;
	texts_set(load, &word, node, key, &texts);
	*bits = 0;
	for (unsigned i = 0; (item = option_item(option->choices, "|", i, load->arena)) != NULL;
	     i++)
		if (texts_has(&texts, item))
			*bits |= 1u << i;
}

void
value_set(struct load *load, const struct option *option, const struct node *node, const char *key,
    void *target)
{
	if (option->type == OPTION_NAMES)
		names_set(load, option, node, key, target);
	else if (option->type == OPTION_SET)
		bits_set(load, option, node, key, target);
	else if (option_is_list(option->type))
		texts_set(load, option, node, key, target);
	else
		scalar_set(load, option, node, key, target);
}

/* The nodes that a default's text would give in a file. */
static struct node *
default_node(struct load *load, const struct option *option)
{
	struct node *node = arena_new_object(load->arena, struct node), **tail = &node->first;
	const char *item;

	node->kind = NODE_LIST;
	while ((item = option_item(option->fallback, ", ", node->count, load->arena)) != NULL) {
		*tail = arena_new_object(load->arena, struct node);
		(*tail)->text = item;
		tail = &(*tail)->next;
		node->count++;
	}
	if (option->type == OPTION_NAMES) {
		node->kind = NODE_MAP;
		node->first->key = "en";
		node->first->next->key = "fr";
	}
	return node;
}

void
value_default(struct load *load, const struct option *option, void *target)
{
	unsigned before = load->fault_count;

	if (option_is_list(option->type) || option->type == OPTION_NAMES)
		value_set(load, option, default_node(load, option), option->key, target);
	else
		must(value_parse(load, option, option->fallback, target));
	must(load->fault_count == before);
}
