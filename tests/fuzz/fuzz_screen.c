/* Responses and SOAP envelopes, from the bytes to the shape: what the screen lets through stays within its bounds, and the shape's walk ends. */
#include <libxml/parser.h>

#include "fuzz.h"
#include "saml_worker/screen.h"
#include "saml_worker/shape.h"

static unsigned
depth_of(const xmlNode *node)
{
	unsigned deepest = 0, depth;

	for (node = node_first(node); node != NULL; node = node_after(node)) {
		depth = depth_of(node);
		deepest = depth > deepest ? depth : deepest;
	}
	return deepest + 1;
}

static size_t
attributes_of(const xmlNode *node)
{
	const xmlAttr *attribute;
	const xmlNs *ns;
	size_t count = 0;

	for (attribute = node->properties; attribute != NULL; attribute = attribute->next)
		count++;
	for (ns = node->nsDef; ns != NULL; ns = ns->next)
		count++;
	return count;
}

/* The number of elements below and with this one, each within the bounds. */
static size_t
elements_of(const xmlNode *node)
{
	size_t count = 1;

	must(attributes_of(node) <= SCREEN_ATTRIBUTES);
	for (node = node_first(node); node != NULL; node = node_after(node))
		count += elements_of(node);
	return count;
}

/* The screen and libxml2 must agree on what a child of the root is: splicing depends on it. */
static void
compare(struct bytes text, const struct screen_report *report, const xmlNode *root)
{
	const xmlNode *child;
	size_t count = 0;

	for (child = node_first(root); child != NULL; child = node_after(child)) {
		if (count < SCREEN_CHILDREN) {
			must(report->children[count].end <= text.len && report->children[count].start < report->children[count].end);
			must(text.data[report->children[count].start] == '<' && text.data[report->children[count].end - 1] == '>');
		}
		count++;
	}
	must(count == report->child_count);
	must(elements_of(root) == report->elements && depth_of(root) <= SCREEN_DEPTH);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes text = bytes_make(data, size), decoded;
	struct screen_report report;
	CLEANUP(shape_close) xmlDoc *doc = NULL;

	(void)screen_decode(text, fuzz_arena(), &decoded);
	(void)screen_check(text, SCREEN_FRAGMENT, &report);
	(void)screen_check(text, SCREEN_METADATA, &report);
	if (screen_check(text, SCREEN_DOCUMENT, &report) != SAML_ACCEPTED)
		return 0;
	doc = shape_parse(text);
	if (doc == NULL)
		return 0;
	compare(text, &report, xmlDocGetRootElement(doc));
	if (shape_check(xmlDocGetRootElement(doc)) == SAML_ACCEPTED || shape_check_envelope(xmlDocGetRootElement(doc)) == SAML_ACCEPTED)
		fuzz_taken();
	return 0;
}
