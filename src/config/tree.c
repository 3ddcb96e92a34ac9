#include <string.h>
#include <yaml.h>

#include "config/internal.h"

/* YAML has more than a configuration needs: what would make a file mean something else than a reader sees (aliases, tags,
 * duplicate keys, a second document) is refused, and so is depth that only an attacker of the parser needs. */

struct events {
	struct load *load;
	yaml_parser_t *parser;
	bool failed;
};

static void
place(struct node *node, const yaml_mark_t *mark)
{
	node->line = (int)mark->line + 1;
	node->column = (int)mark->column + 1;
}

static void
events_fail(struct events *events, const struct node *node, const char *what)
{
	if (!events->failed)
		fault_add(events->load, node, "", "%s", what);
	events->failed = true;
}

/* The first line that is not UTF-8: libyaml would name an offset only. */
static void
place_broken(struct node *node, struct bytes yaml)
{
	size_t start = 0;

	node->line = node->column = 1;
	for (size_t i = 0; i < yaml.len; i++) {
		if (yaml.data[i] != '\n')
			continue;
		if (!utf8_valid(bytes_make(yaml.data + start, i - start)))
			return;
		start = i + 1;
		node->line++;
	}
}

static bool
event_next(struct events *events, yaml_event_t *event)
{
	struct node where = {0};

	if (events->failed)
		return false;
	if (yaml_parser_parse(events->parser, event) != 0)
		return true;
	place(&where, &events->parser->problem_mark);
	fault_add(events->load, &where, "",
	    "this is not YAML: %s; correct the indentation or the punctuation near this place",
	    events->parser->problem != NULL ? events->parser->problem : "it cannot be parsed");
	events->failed = true;
	return false;
}

static struct node *
node_new(struct events *events, const yaml_event_t *event, enum node_kind kind)
{
	struct node *node = arena_new_object(events->load->arena, struct node);

	node->kind = kind;
	place(node, &event->start_mark);
	if (++events->load->node_count > CONFIG_NODES_MAX)
		events_fail(events, node,
		    "there are too many values; a configuration holds at most 50,000");
	return node;
}

static void
check_tag(struct events *events, const struct node *node, const yaml_char_t *anchor,
    const yaml_char_t *tag)
{
	if (anchor != NULL)
		events_fail(events, node, "anchors (&name) are not accepted; write the value out");
	if (tag != NULL)
		events_fail(events, node, "tags (!name) are not accepted; write the plain value");
}

static struct node *node_from(struct events *events, const yaml_event_t *event, int depth);

static struct node *
scalar_from(struct events *events, const yaml_event_t *event)
{
	struct node *node = node_new(events, event, NODE_SCALAR);

	check_tag(events, node, event->data.scalar.anchor, event->data.scalar.tag);
	node->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
	node->text = arena_text_of(
	    events->load->arena, bytes_make(event->data.scalar.value, event->data.scalar.length));
	if (strlen(node->text) != event->data.scalar.length)
		events_fail(events, node, "the value holds a NUL character; remove it");
	return node;
}

/* The next node of a list or mapping; NULL at its end or after a fault. */
static struct node *
node_next(struct events *events, yaml_event_type_t end, int depth)
{
	struct node *node = NULL;
	yaml_event_t event;

	if (!event_next(events, &event))
		return NULL;
	if (event.type != end)
		node = node_from(events, &event, depth);
	yaml_event_delete(&event);
	return events->failed ? NULL : node;
}

static void
append(struct node *parent, struct node ***tail, struct node *node)
{
	**tail = node;
	*tail = &node->next;
	parent->count++;
}

static struct node *
list_from(struct events *events, const yaml_event_t *event, int depth)
{
	struct node *list = node_new(events, event, NODE_LIST), **tail = &list->first, *node;

	check_tag(events, list, event->data.sequence_start.anchor, event->data.sequence_start.tag);
	while ((node = node_next(events, YAML_SEQUENCE_END_EVENT, depth + 1)) != NULL)
		append(list, &tail, node);
	return list;
}

/* A key followed by its value; NULL at the end. */
static struct node *
member_next(struct events *events, const struct node *map, int depth)
{
	struct node *key = node_next(events, YAML_MAPPING_END_EVENT, depth + 1), *value;

	if (key == NULL)
		return NULL;
	if (key->kind != NODE_SCALAR) {
		events_fail(events, key, "a key must be a plain word");
		return NULL;
	}
	/* comparing with all before it costs the square of their number */
	if (map->count == CONFIG_KEYS_MAX) {
		events_fail(events, key, "there are too many keys; no mapping has more than 200");
		return NULL;
	}
	if (tree_get(map, key->text) != NULL) {
		fault_add(events->load, key, key->text,
		    "the key stands here a second time; remove one of the two");
		events->failed = true;
		return NULL;
	}
	value = node_next(events, YAML_NO_EVENT, depth + 1);
	if (value == NULL)
		return NULL;
	value->key = key->text;
	value->line = key->line;
	value->column = key->column;
	return value;
}

static struct node *
map_from(struct events *events, const yaml_event_t *event, int depth)
{
	struct node *map = node_new(events, event, NODE_MAP), **tail = &map->first, *node;

	check_tag(events, map, event->data.mapping_start.anchor, event->data.mapping_start.tag);
	while ((node = member_next(events, map, depth)) != NULL)
		append(map, &tail, node);
	return map;
}

static struct node *
node_from(struct events *events, const yaml_event_t *event, int depth)
{
	struct node where = {0};

	place(&where, &event->start_mark);
	if (depth > CONFIG_DEPTH_MAX)
		events_fail(events, &where,
		    "values are nested too deep; a configuration has at most 8 levels");
	else if (event->type == YAML_ALIAS_EVENT)
		events_fail(
		    events, &where, "aliases (*name) are not accepted; write the value out");
	else if (event->type == YAML_SCALAR_EVENT)
		return scalar_from(events, event);
	else if (event->type == YAML_SEQUENCE_START_EVENT)
		return list_from(events, event, depth);
	else if (event->type == YAML_MAPPING_START_EVENT)
		return map_from(events, event, depth);
	else
		events_fail(events, &where, "this is not YAML: a value is missing");
	return NULL;
}

/* Stream start, document start, one node, document end, stream end. */
static struct node *
document(struct events *events)
{
	struct node *root = NULL, where = {0};
	yaml_event_type_t type = YAML_NO_EVENT;
	yaml_event_t event;

	while (type != YAML_STREAM_END_EVENT && event_next(events, &event)) {
		type = event.type;
		place(&where, &event.start_mark);
		if (type == YAML_DOCUMENT_START_EVENT && root != NULL)
			events_fail(events, &where,
			    "a second document begins here (---); a configuration is one document");
		else if (type != YAML_STREAM_START_EVENT && type != YAML_STREAM_END_EVENT &&
			 type != YAML_DOCUMENT_START_EVENT && type != YAML_DOCUMENT_END_EVENT)
			root = node_from(events, &event, 0);
		yaml_event_delete(&event);
	}
	if (root == NULL || root->kind != NODE_MAP)
		events_fail(events, root,
		    "the file holds no configuration; begin with doc/vestibule.example.yaml");
	return events->failed ? NULL : root;
}

struct node *
tree_parse(struct load *load, struct bytes yaml)
{
	struct events events = {.load = load};
	struct node where = {0}, *root = NULL;
	yaml_parser_t parser;

	if (!utf8_valid(yaml)) {
		place_broken(&where, yaml);
		fault_add(load, &where, "",
		    "the file is not UTF-8 from here on; save it in that encoding");
		return NULL;
	}
	must(yaml_parser_initialize(&parser) != 0);
	yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&parser, yaml.data, yaml.len);
	events.parser = &parser;
	root = document(&events);
	yaml_parser_delete(&parser);
	return root;
}

const struct node *
tree_get(const struct node *node, const char *key)
{
	if (node == NULL || node->kind != NODE_MAP)
		return NULL;
	for (const struct node *member = node->first; member != NULL; member = member->next)
		if (strcmp(member->key, key) == 0)
			return member;
	return NULL;
}
