#include "saml_worker/facts.h"

#include <string.h>

#include "saml_worker/shape.h"

#define SPEC_VERSION "ca:gc:cyber-authentication:basic:specVer"
#define FORMAT "urn:oasis:names:tc:SAML:2.0:attrname-format:"

void
facts_read_response(const xmlNode *response, struct arena *arena, struct saml_facts *facts)
{
	const xmlNode *issuer = node_child(response, NS_SAML, "Issuer");
	const xmlNode *code = node_child(node_child(response, NS_SAMLP, "Status"), NS_SAMLP, "StatusCode");

	facts->response_id = node_attribute(response, "ID", arena);
	facts->version = node_attribute(response, "Version", arena);
	facts->issue_instant = node_attribute(response, "IssueInstant", arena);
	facts->destination = node_attribute(response, "Destination", arena);
	facts->in_response_to = node_attribute(response, "InResponseTo", arena);
	facts->issuer = node_uri(issuer, arena);
	facts->issuer_format = node_attribute(issuer, "Format", arena);
	facts->status = node_attribute(code, "Value", arena);
	facts->sub_status = node_attribute(node_child(code, NS_SAMLP, "StatusCode"), "Value", arena);
}

static void
read_confirmation(const xmlNode *node, struct arena *arena, struct saml_confirmation *ret)
{
	const xmlNode *data = node_child(node, NS_SAML, "SubjectConfirmationData");

	*ret = (struct saml_confirmation){
		.method = node_attribute(node, "Method", arena),
		.recipient = node_attribute(data, "Recipient", arena),
		.not_before = node_attribute(data, "NotBefore", arena),
		.not_on_or_after = node_attribute(data, "NotOnOrAfter", arena),
		.in_response_to = node_attribute(data, "InResponseTo", arena),
		.has_data = data != NULL,
	};
}

static void
read_subject(const xmlNode *subject, struct arena *arena, struct saml_facts *facts)
{
	const xmlNode *name = node_child(subject, NS_SAML, "NameID");
	const xmlNode *each;

	facts->has_subject = subject != NULL;
	facts->has_name_id = name != NULL;
	facts->name_id = node_text(name, arena);
	facts->name_id_format = node_attribute(name, "Format", arena);
	facts->name_qualifier = node_attribute(name, "NameQualifier", arena);
	facts->sp_name_qualifier = node_attribute(name, "SPNameQualifier", arena);
	for (each = node_child(subject, NS_SAML, "SubjectConfirmation");
	     each != NULL && facts->confirmation_count < SAML_LIST_MAX;
	     each = node_next(each, NS_SAML, "SubjectConfirmation"))
		read_confirmation(each, arena, &facts->confirmations[facts->confirmation_count++]);
}

static void
read_audiences(const xmlNode *restriction, struct arena *arena, struct saml_audiences *ret)
{
	const xmlNode *each;

	for (each = node_child(restriction, NS_SAML, "Audience"); each != NULL && ret->count < SAML_LIST_MAX;
	     each = node_next(each, NS_SAML, "Audience"))
		ret->items[ret->count++] = node_uri(each, arena);
}

static void
read_condition(const xmlNode *node, struct arena *arena, struct saml_facts *facts)
{
	struct saml_audiences audiences = {.count = 0};

	if (node_is(node, NS_SAML, "AudienceRestriction")) {
		if (facts->restriction_count < SAML_LIST_MAX)
			read_audiences(node, arena, &facts->restrictions[facts->restriction_count++]);
	} else if (node_is(node, NS_SAML, "OneTimeUse")) {
		facts->one_time_use = true;
	} else if (node_is(node, NS_SAML, "ProxyRestriction")) {
		facts->proxy_restriction = true;
		facts->proxy_count = node_attribute(node, "Count", arena);
		read_audiences(node, arena, &audiences);
		facts->proxy_audiences = (uint32_t)audiences.count;
	} else {
		facts->unknown_conditions++;
	}
}

static void
read_conditions(const xmlNode *conditions, struct arena *arena, struct saml_facts *facts)
{
	const xmlNode *each;

	facts->has_conditions = conditions != NULL;
	if (conditions == NULL)
		return;
	facts->not_before = node_attribute(conditions, "NotBefore", arena);
	facts->not_on_or_after = node_attribute(conditions, "NotOnOrAfter", arena);
	for (each = node_first(conditions); each != NULL; each = node_after(each))
		read_condition(each, arena, facts);
}

static void
read_statement(const xmlNode *node, struct arena *arena, struct saml_statement *ret)
{
	const xmlNode *context = node_child(node, NS_SAML, "AuthnContext");

	*ret = (struct saml_statement){
		.authn_instant = node_attribute(node, "AuthnInstant", arena),
		.class_ref = node_uri(node_child(context, NS_SAML, "AuthnContextClassRef"), arena),
		.session_index = node_attribute(node, "SessionIndex", arena),
		.session_not_on_or_after = node_attribute(node, "SessionNotOnOrAfter", arena),
		.has_context = context != NULL,
	};
}

static void
read_spec_version(const xmlNode *attribute, struct arena *arena, struct saml_facts *facts)
{
	const xmlNode *value = node_child(attribute, NS_SAML, "AttributeValue");

	/* A second one, or a second value, says nothing. */
	if (facts->spec_version != NULL || value == NULL || node_next(value, NS_SAML, "AttributeValue") != NULL)
		facts->spec_version = "";
	else
		facts->spec_version = node_uri(value, arena);
	if (strlen(facts->spec_version) > SAML_URI_MAX)
		facts->spec_version = "";
}

/* Name and NameFormat together are an attribute's name (Core 2.7.3.1): one of a format of somebody's own is another attribute. */
static bool
is_role(const xmlNode *attribute, const char *role_attribute, struct arena *arena)
{
	static const char *const formats[] = {FORMAT "unspecified", FORMAT "basic", FORMAT "uri"};
	const char *format = node_attribute(attribute, "NameFormat", arena);
	size_t i;

	if (*role_attribute == '\0' || strcmp(node_attribute(attribute, "Name", arena), role_attribute) != 0)
		return false;
	for (i = 0; format != NULL && i < sizeof(formats) / sizeof(formats[0]); i++)
		if (strcmp(format, formats[i]) == 0)
			return true;
	return format == NULL;
}

static void
read_roles(const xmlNode *attribute, struct arena *arena, struct saml_facts *facts)
{
	const xmlNode *each;
	const char *text;

	facts->role_attributes++;
	for (each = node_child(attribute, NS_SAML, "AttributeValue"); each != NULL; each = node_next(each, NS_SAML, "AttributeValue")) {
		text = node_uri(each, arena);
		if (facts->role_count < SAML_ROLES_MAX)
			facts->roles[facts->role_count++] = strlen(text) <= SAML_ROLE_MAX ? text : "";
		else
			facts->more_roles++;
	}
}

/* All other attributes are dropped unread (CATS 2 section 2.4.1). */
static void
read_attributes(const xmlNode *statement, const char *role_attribute, struct arena *arena, struct saml_facts *facts)
{
	const xmlNode *each;

	facts->attribute_statements++;
	for (each = node_child(statement, NS_SAML, "Attribute"); each != NULL;
	     each = node_next(each, NS_SAML, "Attribute")) {
		if (strcmp(node_attribute(each, "Name", arena), SPEC_VERSION) == 0)
			read_spec_version(each, arena, facts);
		if (is_role(each, role_attribute, arena))
			read_roles(each, arena, facts);
	}
}

void
facts_read_assertion(const xmlNode *assertion, const char *role_attribute, struct arena *arena, struct saml_facts *facts)
{
	const xmlNode *issuer = node_child(assertion, NS_SAML, "Issuer");
	const xmlNode *signature = node_child(assertion, NS_DSIG, "Signature");
	const xmlNode *each;

	facts->has_assertion = true;
	facts->assertion_signed = signature != NULL;
	facts->signature_algorithm = node_attribute(
	    node_child(node_child(signature, NS_DSIG, "SignedInfo"), NS_DSIG, "SignatureMethod"), "Algorithm", arena);
	facts->assertion_id = node_attribute(assertion, "ID", arena);
	facts->assertion_version = node_attribute(assertion, "Version", arena);
	facts->assertion_issue_instant = node_attribute(assertion, "IssueInstant", arena);
	facts->assertion_issuer = node_uri(issuer, arena);
	facts->assertion_issuer_format = node_attribute(issuer, "Format", arena);
	read_subject(node_child(assertion, NS_SAML, "Subject"), arena, facts);
	read_conditions(node_child(assertion, NS_SAML, "Conditions"), arena, facts);
	for (each = node_child(assertion, NS_SAML, "AuthnStatement");
	     each != NULL && facts->statement_count < SAML_LIST_MAX;
	     each = node_next(each, NS_SAML, "AuthnStatement"))
		read_statement(each, arena, &facts->statements[facts->statement_count++]);
	for (each = node_child(assertion, NS_SAML, "AttributeStatement"); each != NULL;
	     each = node_next(each, NS_SAML, "AttributeStatement"))
		read_attributes(each, role_attribute, arena, facts);
}
