#include <libxml/parser.h>
#include <string.h>

#include "saml_worker/shape.h"

#define PARSE_OPTIONS (XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING)

xmlDoc *
shape_parse(struct bytes text)
{
	xmlDoc *doc = xmlReadMemory((const char *)text.data, (int)text.len, NULL, NULL, PARSE_OPTIONS);

	/* The screen let no DTD through; a tree that has one all the same is not read. */
	if (doc != NULL && (doc->intSubset != NULL || doc->extSubset != NULL))
		shape_close(&doc);
	return doc;
}

bool
shape_parse_into(xmlNode *parent, struct bytes text)
{
	xmlNode *list = NULL, *each;

	if (xmlParseInNodeContext(parent, (const char *)text.data, (int)text.len, PARSE_OPTIONS, &list) != XML_ERR_OK)
		return false;
	while ((each = parent->children) != NULL) {
		xmlUnlinkNode(each);
		xmlFreeNode(each);
	}
	return list != NULL && xmlAddChildList(parent, list) != NULL;
}

void
shape_close(xmlDoc **doc)
{
	xmlFreeDoc(*doc);
	*doc = NULL;
}

bool
node_is(const xmlNode *node, const char *ns, const char *name)
{
	return node->type == XML_ELEMENT_NODE && node->ns != NULL &&
	       strcmp((const char *)node->ns->href, ns) == 0 &&
	       strcmp((const char *)node->name, name) == 0;
}

static xmlNode *
find(xmlNode *node, const char *ns, const char *name)
{
	while (node != NULL && !node_is(node, ns, name))
		node = node->next;
	return node;
}

static xmlNode *
find_any(xmlNode *node)
{
	while (node != NULL && node->type != XML_ELEMENT_NODE)
		node = node->next;
	return node;
}

xmlNode *
node_child(const xmlNode *parent, const char *ns, const char *name)
{
	return parent != NULL ? find(parent->children, ns, name) : NULL;
}

xmlNode *
node_next(const xmlNode *node, const char *ns, const char *name)
{
	return find(node->next, ns, name);
}

xmlNode *
node_first(const xmlNode *parent)
{
	return find_any(parent->children);
}

xmlNode *
node_after(const xmlNode *node)
{
	return find_any(node->next);
}

/* libxml2's own copy does not outlive this call. */
static const char *
take(xmlChar *value, struct arena *arena)
{
	const char *text;

	if (value == NULL)
		return NULL;
	text = arena_text(arena, (const char *)value);
	xmlFree(value);
	return text;
}

const char *
node_attribute(const xmlNode *node, const char *name, struct arena *arena)
{
	return node != NULL ? take(xmlGetNoNsProp(node, (const xmlChar *)name), arena) : NULL;
}

const char *
node_text(const xmlNode *node, struct arena *arena)
{
	return node != NULL ? take(xmlNodeGetContent(node), arena) : NULL;
}

const char *
node_uri(const xmlNode *node, struct arena *arena)
{
	const char *text = node_text(node, arena);
	size_t len;

	if (text == NULL)
		return NULL;
	text += strspn(text, " \t\r\n");
	len = strlen(text);
	while (len > 0 && strchr(" \t\r\n", text[len - 1]) != NULL)
		len--;
	return arena_text_of(arena, bytes_make(text, len));
}
