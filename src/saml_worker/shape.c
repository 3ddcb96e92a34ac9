#include "saml_worker/shape.h"

#include <libxml/parser.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>


/* Texts and attributes that hold no key material. */
#define VALUE_MAX 1024

enum content { CONTENT_ELEMENTS, CONTENT_TEXT, CONTENT_LONG_TEXT };

/* One child that may stand in an element.  rank: children come in the order of their ranks; equal ranks mix. */
struct child {
	const struct rule *rule;
	unsigned min, max, rank;
};

struct rule {
	const char *ns, *name;
	const char *attributes;		/* " Name Other! ": those with ! must be there */
	enum content content;
	const struct child *children;	/* ends in a row without a rule; NULL: none */
};

#define MANY 64
#define RULE(id) static const struct rule id
#define CHILDREN(...) (const struct child[]){__VA_ARGS__, {NULL, 0, 0, 0}}

/* --- XML Signature --- */

#define TEXT_RULE(id, space, local, attrs) \
	RULE(id) = {.ns = space, .name = local, .attributes = attrs, .content = CONTENT_TEXT}
#define LONG_RULE(id, space, local, attrs) \
	RULE(id) = {.ns = space, .name = local, .attributes = attrs, .content = CONTENT_LONG_TEXT}
#define EMPTY_RULE(id, space, local, attrs) \
	RULE(id) = {.ns = space, .name = local, .attributes = attrs, .content = CONTENT_ELEMENTS}

EMPTY_RULE(inclusive_namespaces, NS_EXC_C14N, "InclusiveNamespaces", " PrefixList! ");
RULE(transform) = {.ns = NS_DSIG, .name = "Transform", .attributes = " Algorithm! ",
    .children = CHILDREN({&inclusive_namespaces, 0, 1, 0})};
RULE(transforms) = {.ns = NS_DSIG, .name = "Transforms",
    .children = CHILDREN({&transform, 1, 2, 0})};
EMPTY_RULE(digest_method, NS_DSIG, "DigestMethod", " Algorithm! ");
TEXT_RULE(digest_value, NS_DSIG, "DigestValue", NULL);
RULE(reference) = {.ns = NS_DSIG, .name = "Reference", .attributes = " URI! ",
    .children = CHILDREN({&transforms, 1, 1, 0}, {&digest_method, 1, 1, 1}, {&digest_value, 1, 1, 2})};
RULE(c14n_method) = {.ns = NS_DSIG, .name = "CanonicalizationMethod", .attributes = " Algorithm! ",
    .children = CHILDREN({&inclusive_namespaces, 0, 1, 0})};
EMPTY_RULE(signature_method, NS_DSIG, "SignatureMethod", " Algorithm! ");
RULE(signed_info) = {.ns = NS_DSIG, .name = "SignedInfo",
    .children = CHILDREN({&c14n_method, 1, 1, 0}, {&signature_method, 1, 1, 1}, {&reference, 1, 1, 2})};
LONG_RULE(signature_value, NS_DSIG, "SignatureValue", NULL);
TEXT_RULE(key_name, NS_DSIG, "KeyName", NULL);
LONG_RULE(modulus, NS_DSIG, "Modulus", NULL);
TEXT_RULE(exponent, NS_DSIG, "Exponent", NULL);
RULE(rsa_key_value) = {.ns = NS_DSIG, .name = "RSAKeyValue",
    .children = CHILDREN({&modulus, 1, 1, 0}, {&exponent, 1, 1, 1})};
RULE(key_value) = {.ns = NS_DSIG, .name = "KeyValue",
    .children = CHILDREN({&rsa_key_value, 1, 1, 0})};
LONG_RULE(x509_certificate, NS_DSIG, "X509Certificate", NULL);
TEXT_RULE(x509_subject, NS_DSIG, "X509SubjectName", NULL);
TEXT_RULE(x509_ski, NS_DSIG, "X509SKI", NULL);
TEXT_RULE(x509_issuer_name, NS_DSIG, "X509IssuerName", NULL);
TEXT_RULE(x509_serial_number, NS_DSIG, "X509SerialNumber", NULL);
RULE(x509_issuer) = {.ns = NS_DSIG, .name = "X509IssuerSerial",
    .children = CHILDREN({&x509_issuer_name, 1, 1, 0}, {&x509_serial_number, 1, 1, 1})};
RULE(x509_data) = {.ns = NS_DSIG, .name = "X509Data",
    .children = CHILDREN({&x509_certificate, 0, 8, 0}, {&x509_subject, 0, 2, 0}, {&x509_ski, 0, 2, 0},
	{&x509_issuer, 0, 2, 0})};
/* What names or holds a key, for readers who want it: we look at none of it.  Nothing that points elsewhere. */
RULE(key_info) = {.ns = NS_DSIG, .name = "KeyInfo", .attributes = " Id ",
    .children = CHILDREN({&key_name, 0, 2, 0}, {&key_value, 0, 2, 0}, {&x509_data, 0, 4, 0})};
RULE(signature) = {.ns = NS_DSIG, .name = "Signature", .attributes = " Id ",
    .children = CHILDREN({&signed_info, 1, 1, 0}, {&signature_value, 1, 1, 1}, {&key_info, 0, 1, 2})};

/* --- XML Encryption --- */

RULE(encryption_method) = {.ns = NS_XENC, .name = "EncryptionMethod", .attributes = " Algorithm! ",
    .children = CHILDREN({&digest_method, 0, 1, 0})};
LONG_RULE(cipher_value, NS_XENC, "CipherValue", NULL);
RULE(cipher_data) = {.ns = NS_XENC, .name = "CipherData",
    .children = CHILDREN({&cipher_value, 1, 1, 0})};
EMPTY_RULE(data_reference, NS_XENC, "DataReference", " URI ");
RULE(reference_list) = {.ns = NS_XENC, .name = "ReferenceList",
    .children = CHILDREN({&data_reference, 1, 2, 0})};
TEXT_RULE(carried_key_name, NS_XENC, "CarriedKeyName", NULL);
RULE(encrypted_key) = {.ns = NS_XENC, .name = "EncryptedKey", .attributes = " Id Recipient Type MimeType Encoding ",
    .children = CHILDREN({&encryption_method, 1, 1, 0}, {&key_info, 0, 1, 1}, {&cipher_data, 1, 1, 2},
	{&reference_list, 0, 1, 3}, {&carried_key_name, 0, 1, 4})};
EMPTY_RULE(retrieval_method, NS_DSIG, "RetrievalMethod", " URI! Type ");
RULE(key_info_of_data) = {.ns = NS_DSIG, .name = "KeyInfo", .attributes = " Id ",
    .children = CHILDREN({&encrypted_key, 0, 2, 0}, {&retrieval_method, 0, 2, 0}, {&key_name, 0, 2, 0})};
RULE(encrypted_data) = {.ns = NS_XENC, .name = "EncryptedData", .attributes = " Id Type MimeType Encoding ",
    .children = CHILDREN({&encryption_method, 1, 1, 0}, {&key_info_of_data, 0, 1, 1}, {&cipher_data, 1, 1, 2})};
RULE(encrypted_assertion) = {.ns = NS_SAML, .name = "EncryptedAssertion",
    .children = CHILDREN({&encrypted_data, 1, 1, 0}, {&encrypted_key, 0, 2, 1})};

/* --- the assertion --- */

#define NAME_ATTRIBUTES " Format NameQualifier SPNameQualifier SPProvidedID "
TEXT_RULE(issuer, NS_SAML, "Issuer", NAME_ATTRIBUTES);
TEXT_RULE(name_id, NS_SAML, "NameID", NAME_ATTRIBUTES);
EMPTY_RULE(confirmation_data, NS_SAML, "SubjectConfirmationData",
    " NotBefore NotOnOrAfter Recipient InResponseTo Address ");
RULE(confirmation) = {.ns = NS_SAML, .name = "SubjectConfirmation", .attributes = " Method! ",
    .children = CHILDREN({&confirmation_data, 0, 1, 0})};
RULE(subject) = {.ns = NS_SAML, .name = "Subject",
    .children = CHILDREN({&name_id, 0, 1, 0}, {&confirmation, 0, 4, 1})};
TEXT_RULE(audience, NS_SAML, "Audience", NULL);
RULE(audience_restriction) = {.ns = NS_SAML, .name = "AudienceRestriction",
    .children = CHILDREN({&audience, 0, SAML_LIST_MAX, 0})};
EMPTY_RULE(one_time_use, NS_SAML, "OneTimeUse", NULL);
RULE(proxy_restriction) = {.ns = NS_SAML, .name = "ProxyRestriction", .attributes = " Count ",
    .children = CHILDREN({&audience, 0, SAML_LIST_MAX, 0})};
/* An extension point: let through so that the judge can say what it is. */
EMPTY_RULE(unknown_condition, NS_SAML, "Condition", " xsi:type ");
RULE(conditions) = {.ns = NS_SAML, .name = "Conditions", .attributes = " NotBefore NotOnOrAfter ",
    .children = CHILDREN({&audience_restriction, 0, SAML_LIST_MAX, 0}, {&one_time_use, 0, 1, 0},
	{&proxy_restriction, 0, 1, 0}, {&unknown_condition, 0, 4, 0})};
TEXT_RULE(class_ref, NS_SAML, "AuthnContextClassRef", NULL);
TEXT_RULE(decl_ref, NS_SAML, "AuthnContextDeclRef", NULL);
TEXT_RULE(authority, NS_SAML, "AuthenticatingAuthority", NULL);
RULE(authn_context) = {.ns = NS_SAML, .name = "AuthnContext",
    .children = CHILDREN({&class_ref, 0, 1, 0}, {&decl_ref, 0, 1, 1}, {&authority, 0, 8, 2})};
EMPTY_RULE(subject_locality, NS_SAML, "SubjectLocality", " Address DNSName ");
RULE(authn_statement) = {.ns = NS_SAML, .name = "AuthnStatement",
    .attributes = " AuthnInstant SessionIndex SessionNotOnOrAfter ",
    .children = CHILDREN({&subject_locality, 0, 1, 0}, {&authn_context, 0, 1, 1})};
LONG_RULE(attribute_value, NS_SAML, "AttributeValue", " xsi:type xsi:nil ");
RULE(saml_attribute) = {.ns = NS_SAML, .name = "Attribute", .attributes = " Name! NameFormat FriendlyName ",
    .children = CHILDREN({&attribute_value, 0, MANY, 0})};
RULE(attribute_statement) = {.ns = NS_SAML, .name = "AttributeStatement",
    .children = CHILDREN({&saml_attribute, 1, MANY, 0})};
RULE(assertion) = {.ns = NS_SAML, .name = "Assertion", .attributes = " ID! Version! IssueInstant! ",
    .children = CHILDREN({&issuer, 1, 1, 0}, {&signature, 0, 1, 1}, {&subject, 0, 1, 2},
	{&conditions, 0, 1, 3}, {&authn_statement, 0, 8, 4}, {&attribute_statement, 0, 4, 4})};

/* --- the Response --- */

RULE(inner_status_code) = {.ns = NS_SAMLP, .name = "StatusCode", .attributes = " Value! ",
    .content = CONTENT_ELEMENTS};
RULE(status_code) = {.ns = NS_SAMLP, .name = "StatusCode", .attributes = " Value! ",
    .children = CHILDREN({&inner_status_code, 0, 1, 0})};
TEXT_RULE(status_message, NS_SAMLP, "StatusMessage", NULL);
RULE(status) = {.ns = NS_SAMLP, .name = "Status",
    .children = CHILDREN({&status_code, 1, 1, 0}, {&status_message, 0, 1, 1})};
/* Several assertions pass here, so that their number can be the reason of the refusal. */
RULE(response) = {.ns = NS_SAMLP, .name = "Response",
    .attributes = " ID! Version! IssueInstant! Destination InResponseTo Consent ",
    .children = CHILDREN({&issuer, 1, 1, 0}, {&signature, 0, 1, 1}, {&status, 1, 1, 2},
	{&assertion, 0, 2000, 3}, {&encrypted_assertion, 0, 2000, 3})};

/* --- SOAP: a provider ends or renames a NameID (Core 3.6, Bindings 3.2) --- */

RULE(encrypted_id) = {.ns = NS_SAML, .name = "EncryptedID",
    .children = CHILDREN({&encrypted_data, 1, 1, 0}, {&encrypted_key, 0, 2, 1})};
TEXT_RULE(new_id, NS_SAMLP, "NewID", NULL);
RULE(new_encrypted_id) = {.ns = NS_SAMLP, .name = "NewEncryptedID",
    .children = CHILDREN({&encrypted_data, 1, 1, 0}, {&encrypted_key, 0, 2, 1})};
EMPTY_RULE(terminate, NS_SAMLP, "Terminate", NULL);
RULE(manage_request) = {.ns = NS_SAMLP, .name = "ManageNameIDRequest",
    .attributes = " ID! Version! IssueInstant! Destination Consent ",
    .children = CHILDREN({&issuer, 1, 1, 0}, {&signature, 0, 1, 1}, {&name_id, 0, 1, 2}, {&encrypted_id, 0, 1, 2},
	{&new_id, 0, 1, 3}, {&new_encrypted_id, 0, 1, 3}, {&terminate, 0, 1, 3})};
RULE(soap_body) = {.ns = NS_SOAP, .name = "Body",
    .children = CHILDREN({&manage_request, 1, 1, 0})};
/* A block that must be understood would be one more thing that is not signed: none is. */
EMPTY_RULE(soap_header, NS_SOAP, "Header", NULL);
RULE(envelope) = {.ns = NS_SOAP, .name = "Envelope",
    .children = CHILDREN({&soap_header, 0, 1, 0}, {&soap_body, 1, 1, 1})};

/* --- the walk --- */

static bool
is_absolute(const char *uri)
{
	const char *at = uri;

	while ((*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z') || (at > uri && *at >= '0' && *at <= '9') ||
	    (at > uri && (*at == '+' || *at == '-' || *at == '.')))
		at++;
	return at > uri && *at == ':';
}

/* A relative namespace makes canonicalisation fail, and digests of nothing are easy to know (ATTACKS.md S31). */
static enum saml_verdict
check_namespaces(const xmlNode *node)
{
	const xmlNs *ns;

	for (ns = node->nsDef; ns != NULL; ns = ns->next)
		if (ns->href == NULL || strlen((const char *)ns->href) > VALUE_MAX ||
		    !is_absolute((const char *)ns->href))
			return SAML_NAMESPACE;
	return SAML_ACCEPTED;
}

/* Where a name stands in " Name Other! ". */
static const char *
find_word(const char *list, const char *name)
{
	size_t len = strlen(name);
	const char *at = list;

	while (at != NULL && (at = strstr(at, name)) != NULL) {
		if (at > list && at[-1] == ' ' && (at[len] == ' ' || at[len] == '!'))
			return at;
		at += len;
	}
	return NULL;
}

static bool
attribute_name(const xmlAttr *attribute, char ret_name[64])
{
	const char *name = (const char *)attribute->name;
	bool xsi = attribute->ns != NULL && strcmp((const char *)attribute->ns->href, NS_XSI) == 0;

	/* To libxml2 a prefix that nobody declared is a part of the name. */
	if (strlen(name) > 40 || strchr(name, ':') != NULL || (attribute->ns != NULL && !xsi))
		return false;
	snprintf(ret_name, 64, "%s%s", xsi ? "xsi:" : "", name);
	return true;
}

/* The value of a type attribute must be one of XML Schema's own: xs:string and the like. */
static bool
type_valid(xmlNode *node, const xmlAttr *attribute, const struct rule *rule)
{
	const char *value = (const char *)attribute->children->content;
	const char *colon = strchr(value, ':');
	char prefix[32];
	xmlNs *ns;

	if (rule == &unknown_condition)
		return true;
	if (colon == NULL || (size_t)(colon - value) >= sizeof(prefix))
		return false;
	memcpy(prefix, value, (size_t)(colon - value));
	prefix[colon - value] = '\0';
	ns = xmlSearchNs(node->doc, node, (const xmlChar *)prefix);
	return ns != NULL && strcmp((const char *)ns->href, NS_XSD) == 0;
}

static enum saml_verdict
check_attribute(xmlNode *node, const xmlAttr *attribute, const struct rule *rule)
{
	const xmlNode *value = attribute->children;
	char name[64];

	if (!attribute_name(attribute, name) || find_word(rule->attributes, name) == NULL)
		return SAML_SHAPE;
	if (value != NULL && (value->type != XML_TEXT_NODE || value->next != NULL))
		return SAML_MARKUP;
	if (value != NULL && strlen((const char *)value->content) > VALUE_MAX)
		return SAML_VALUE_TOO_LONG;
	if (strcmp(name, "xsi:type") == 0 && (value == NULL || !type_valid(node, attribute, rule)))
		return SAML_SHAPE;
	return SAML_ACCEPTED;
}

static unsigned
count_required(const char *list)
{
	unsigned count = 0;

	for (; list != NULL && *list != '\0'; list++)
		count += *list == '!';
	return count;
}

static enum saml_verdict
check_attributes(xmlNode *node, const struct rule *rule)
{
	const xmlAttr *attribute;
	enum saml_verdict verdict;
	const char *word;
	unsigned required = 0;
	char name[64];

	for (attribute = node->properties; attribute != NULL; attribute = attribute->next) {
		verdict = check_attribute(node, attribute, rule);
		if (verdict != SAML_ACCEPTED)
			return verdict;
		attribute_name(attribute, name);
		word = find_word(rule->attributes, name);
		required += word[strlen(name)] == '!';
	}
	return required == count_required(rule->attributes) ? SAML_ACCEPTED : SAML_SHAPE;
}

static bool
is_blank_text(const xmlNode *node)
{
	return strspn((const char *)node->content, " \t\r\n") == strlen((const char *)node->content);
}

static enum saml_verdict
check_text(const xmlNode *node, const struct rule *rule)
{
	const xmlNode *text = node->children;

	if (text == NULL)
		return SAML_ACCEPTED;
	if (text->type != XML_TEXT_NODE || text->next != NULL)
		return text->type == XML_ELEMENT_NODE || text->next->type == XML_ELEMENT_NODE
			   ? SAML_SHAPE : SAML_MARKUP;
	if (rule->content == CONTENT_TEXT && strlen((const char *)text->content) > VALUE_MAX)
		return SAML_VALUE_TOO_LONG;
	return SAML_ACCEPTED;
}

static enum saml_verdict check_element(xmlNode *node, const struct rule *rule, unsigned depth);

/* Which of the rule's children is this element? */
static const struct child *
find_child(const struct rule *rule, const xmlNode *node)
{
	const struct child *child;

	for (child = rule->children; child != NULL && child->rule != NULL; child++)
		if (node_is(node, child->rule->ns, child->rule->name))
			return child;
	return NULL;
}

#define CHILD_KINDS 8
static enum saml_verdict
check_counts(const struct rule *rule, const unsigned counts[CHILD_KINDS])
{
	size_t i;

	for (i = 0; rule->children != NULL && rule->children[i].rule != NULL; i++)
		if (counts[i] < rule->children[i].min || counts[i] > rule->children[i].max)
			return SAML_SHAPE;
	return SAML_ACCEPTED;
}

static enum saml_verdict
check_children(const xmlNode *node, const struct rule *rule, unsigned depth)
{
	unsigned counts[CHILD_KINDS] = {0}, rank = 0;
	const struct child *child;
	enum saml_verdict verdict;
	xmlNode *each;

	for (each = node->children; each != NULL; each = each->next) {
		if (each->type == XML_TEXT_NODE && is_blank_text(each))
			continue;
		if (each->type == XML_TEXT_NODE)
			return SAML_SHAPE;
		if (each->type != XML_ELEMENT_NODE)
			return SAML_MARKUP;
		child = find_child(rule, each);
		if (child == NULL || child->rank < rank)
			return SAML_SHAPE;
		rank = child->rank;
		counts[child - rule->children]++;
		verdict = check_element(each, child->rule, depth + 1);
		if (verdict != SAML_ACCEPTED)
			return verdict;
	}
	return check_counts(rule, counts);
}

static enum saml_verdict
check_element(xmlNode *node, const struct rule *rule, unsigned depth)
{
	enum saml_verdict verdict;

	must(depth <= 64);	/* the rules end long before, and so did the screen */
	verdict = check_namespaces(node);
	if (verdict == SAML_ACCEPTED)
		verdict = check_attributes(node, rule);
	if (verdict != SAML_ACCEPTED)
		return verdict;
	return rule->content == CONTENT_ELEMENTS ? check_children(node, rule, depth) : check_text(node, rule);
}

/* --- IDs: unique, whatever the element --- */

#define IDS_MAX 64
struct ids {
	const char *items[IDS_MAX];
	size_t count;
};

static enum saml_verdict
note_id(struct ids *ids, const char *id)
{
	size_t i;

	for (i = 0; i < ids->count; i++)
		if (strcmp(ids->items[i], id) == 0)
			return SAML_DUPLICATE_ID;
	if (*id == '\0' || ids->count == IDS_MAX)
		return SAML_SHAPE;
	ids->items[ids->count++] = id;
	return SAML_ACCEPTED;
}

static enum saml_verdict
check_ids(const xmlNode *node, struct ids *ids)
{
	enum saml_verdict verdict = SAML_ACCEPTED;
	const xmlAttr *attribute;

	for (attribute = node->properties; attribute != NULL; attribute = attribute->next)
		if (strcasecmp((const char *)attribute->name, "id") == 0) {
			verdict = note_id(ids, attribute->children != NULL ? (const char *)attribute->children->content : "");
			if (verdict != SAML_ACCEPTED)
				return verdict;
		}
	for (node = node_first(node); node != NULL && verdict == SAML_ACCEPTED; node = node_after(node))
		verdict = check_ids(node, ids);
	return verdict;
}

enum saml_verdict
shape_check(xmlNode *root)
{
	enum saml_verdict verdict;
	struct ids ids = {.count = 0};

	if (root == NULL || !node_is(root, response.ns, response.name))
		return SAML_SHAPE;
	verdict = check_element(root, &response, 0);
	if (verdict != SAML_ACCEPTED)
		return verdict;
	/* Copies of one assertion are refused for their number, which says more than their ID. */
	if (node_child(root, NS_SAML, "Assertion") != NULL &&
	    node_next(node_child(root, NS_SAML, "Assertion"), NS_SAML, "Assertion") != NULL)
		return SAML_ASSERTIONS;
	return check_ids(root, &ids);
}

/* One name, and one thing to do with it. */
static bool
manages_one(const xmlNode *request)
{
	bool plain = node_child(request, NS_SAML, "NameID") != NULL, encrypted = node_child(request, NS_SAML, "EncryptedID") != NULL;
	unsigned acts = (node_child(request, NS_SAMLP, "NewID") != NULL) + (node_child(request, NS_SAMLP, "NewEncryptedID") != NULL) +
	    (node_child(request, NS_SAMLP, "Terminate") != NULL);

	return plain != encrypted && acts == 1;
}

enum saml_verdict
shape_check_envelope(xmlNode *root)
{
	enum saml_verdict verdict;
	struct ids ids = {.count = 0};

	if (root == NULL || !node_is(root, envelope.ns, envelope.name))
		return SAML_SHAPE;
	verdict = check_element(root, &envelope, 0);
	if (verdict != SAML_ACCEPTED)
		return verdict;
	if (!manages_one(node_child(node_child(root, NS_SOAP, "Body"), NS_SAMLP, "ManageNameIDRequest")))
		return SAML_SHAPE;
	return check_ids(root, &ids);
}

enum saml_verdict
shape_check_opened(xmlNode *encrypted)
{
	const struct rule *rule = node_is(encrypted, encrypted_id.ns, encrypted_id.name) ? &name_id : &assertion;
	xmlNode *node = node_first(encrypted);
	enum saml_verdict verdict;
	struct ids ids = {.count = 0};

	/* Encrypted twice: that would be another number of assertions, which is no matter of form. */
	if (node != NULL && node_is(node, NS_SAML, "EncryptedAssertion"))
		return SAML_ASSERTIONS;
	if (node == NULL || !node_is(node, rule->ns, rule->name) || node_after(node) != NULL)
		return SAML_SHAPE;
	verdict = check_element(node, rule, 2);
	return verdict == SAML_ACCEPTED ? check_ids(xmlDocGetRootElement(encrypted->doc), &ids) : verdict;
}
