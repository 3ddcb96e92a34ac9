#include "saml/judge.h"

#include <string.h>

#define STATUS "urn:oasis:names:tc:SAML:2.0:status:"
#define FORMAT_ENTITY "urn:oasis:names:tc:SAML:2.0:nameid-format:entity"
#define FORMAT_PERSISTENT "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
#define FORMAT_EMAIL "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"
#define FORMAT_UNSPECIFIED "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"
#define METHOD_BEARER "urn:oasis:names:tc:SAML:2.0:cm:bearer"
#define NAME_ID_MAX 256
/* Instants are often cut to whole seconds, so one that is before another may look later by as much. */
#define ROUNDING SECONDS(1)

static bool
same(const char *a, const char *b)
{
	return a != NULL && b != NULL && strcmp(a, b) == 0;
}

/* --- times --- */

/* An instant that must be there. */
static bool
parse_time(const char *text, int64_t *ret_time)
{
	return text != NULL && clock_parse(text, ret_time) == ERR_OK;
}

/* Issued about now? */
enum saml_verdict
judge_issue_instant(const struct judge_rules *rules, const char *text)
{
	int64_t time;

	if (!parse_time(text, &time))
		return SAML_TIME_FORMAT;
	if (time > rules->now + rules->skew)
		return SAML_FUTURE;
	return time < rules->now - JUDGE_AGE_MAX ? SAML_STALE : SAML_ACCEPTED;
}

/* --- the envelope --- */

static enum saml_verdict
check_request(const struct judge_rules *rules, const struct saml_facts *facts)
{
	if (facts->in_response_to == NULL)
		return SAML_UNSOLICITED;
	if (!same(facts->in_response_to, rules->request_id))
		return SAML_OTHER_REQUEST;
	return rules->now - rules->requested > rules->request_lifetime ? SAML_REQUEST_EXPIRED : SAML_ACCEPTED;
}

bool
judge_issuer_format(const char *format)
{
	return format == NULL || same(format, FORMAT_ENTITY);
}

static enum saml_verdict
check_envelope(const struct judge_rules *rules, const struct saml_facts *facts)
{
	enum saml_verdict verdict;

	if (!same(facts->version, "2.0"))
		return SAML_VERSION;
	if (!same(facts->issuer, rules->provider_entity_id))
		return SAML_PROVIDER;
	if (!judge_issuer_format(facts->issuer_format))
		return SAML_ISSUER;
	verdict = check_request(rules, facts);
	if (verdict != SAML_ACCEPTED)
		return verdict;
	if (!same(facts->destination, rules->acs_url))
		return SAML_DESTINATION;
	return judge_issue_instant(rules, facts->issue_instant);
}

/* --- the status --- */

struct meaning {
	const char *code;
	enum saml_verdict verdict;
};
static const struct meaning meanings[] = {
	{STATUS "AuthnFailed", SAML_CANCELLED},
	{STATUS "NoPassive", SAML_NO_PASSIVE},
	{STATUS "NoAuthnContext", SAML_NO_AUTHN_CONTEXT},
	{STATUS "RequestDenied", SAML_DENIED},
	{STATUS "UnknownPrincipal", SAML_UNKNOWN_PERSON},
	{STATUS "InvalidNameIDPolicy", SAML_UNKNOWN_PERSON},
	{STATUS "NoAvailableIDP", SAML_NO_PROVIDER_AVAILABLE},
	{STATUS "NoSupportedIDP", SAML_NO_PROVIDER_AVAILABLE},
	{STATUS "RequestUnsupported", SAML_UNSUPPORTED},
	{STATUS "UnsupportedBinding", SAML_UNSUPPORTED},
	{STATUS "RequestVersionTooHigh", SAML_UNSUPPORTED},
	{STATUS "RequestVersionTooLow", SAML_UNSUPPORTED},
};

/* The top level decides whether it worked; the second level says why not. */
static enum saml_verdict
check_status(const struct saml_facts *facts)
{
	size_t i;

	if (same(facts->status, STATUS "Success"))
		return facts->sub_status == NULL ? SAML_ACCEPTED : SAML_STATUS;
	if (same(facts->status, STATUS "VersionMismatch"))
		return SAML_UNSUPPORTED;
	for (i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++)
		if (same(facts->sub_status, meanings[i].code))
			return meanings[i].verdict;
	return SAML_STATUS;
}

/* --- the assertion as a whole --- */

static enum saml_verdict
check_assertion(const struct judge_rules *rules, const struct saml_facts *facts)
{
	if (!facts->has_assertion)
		return SAML_ASSERTIONS;
	if (rules->rules != SAML_RULES_PLAIN && !facts->encrypted)
		return SAML_NOT_ENCRYPTED;
	if (!facts->assertion_signed && (rules->rules != SAML_RULES_PLAIN || !facts->response_signed))
		return SAML_UNSIGNED;
	if (!same(facts->assertion_version, "2.0"))
		return SAML_VERSION;
	if (facts->assertion_id == NULL || *facts->assertion_id == '\0')
		return SAML_SHAPE;
	if (!same(facts->assertion_issuer, rules->provider_entity_id) || !judge_issuer_format(facts->assertion_issuer_format))
		return SAML_ISSUER;
	return judge_issue_instant(rules, facts->assertion_issue_instant);
}

/* --- whom it is about --- */

/* Printable, bounded, and without blanks at its ends, which would make two names look like one. */
static bool
name_id_valid(const char *name)
{
	const unsigned char *at = (const unsigned char *)name;
	size_t characters = 0;

	if (*at == '\0' || *at == ' ' || at[strlen(name) - 1] == ' ')
		return false;
	for (; *at != '\0'; at++) {
		if (*at < ' ' || *at == 0x7f || (*at == 0xc2 && at[1] < 0xa0))
			return false;
		characters += (*at & 0xc0) != 0x80;
	}
	return characters <= NAME_ID_MAX;
}

/* Staff are recognised by it again, and it is only ever hashed: what their provider sends by default is good, but nothing that is made up
 * for each visit (transient), or that names no person.  Absent means unspecified (Core 8.3.1). */
static bool
format_valid(const struct judge_rules *rules, const char *format)
{
	if (rules->rules == SAML_RULES_PLAIN && (format == NULL || same(format, FORMAT_EMAIL) || same(format, FORMAT_UNSPECIFIED)))
		return true;
	return same(format, FORMAT_PERSISTENT);
}

enum saml_verdict
judge_name(const struct judge_rules *rules, const struct saml_facts *facts)
{
	if (!facts->has_subject)
		return SAML_NO_SUBJECT;
	if (!facts->has_name_id || facts->name_id == NULL || !name_id_valid(facts->name_id))
		return SAML_NAME_ID;
	if (!format_valid(rules, facts->name_id_format))
		return SAML_NAME_ID_FORMAT;
	if (facts->name_qualifier != NULL && !same(facts->name_qualifier, rules->provider_entity_id))
		return SAML_NAME_QUALIFIER;
	if (facts->sp_name_qualifier != NULL && !same(facts->sp_name_qualifier, rules->entity_id))
		return SAML_NAME_QUALIFIER;
	return SAML_ACCEPTED;
}

/* --- how it is confirmed (Profiles 4.1.4.2) --- */

static enum saml_verdict
check_confirmation(const struct judge_rules *rules, const struct saml_confirmation *one, int64_t *ret_until)
{
	int64_t until;

	if (!same(one->recipient, rules->acs_url))
		return SAML_RECIPIENT;
	if (!same(one->in_response_to, rules->request_id))
		return SAML_CONFIRMATION_REQUEST;
	if (one->not_before != NULL || one->not_on_or_after == NULL)
		return SAML_CONFIRMATION_TIME;
	if (!parse_time(one->not_on_or_after, &until))
		return SAML_TIME_FORMAT;
	if (rules->now >= until + rules->skew)
		return SAML_CONFIRMATION_TIME;
	*ret_until = until;
	return SAML_ACCEPTED;
}

/* One bearer confirmation that holds is enough; the reason is that of the last one that does not. */
static enum saml_verdict
check_confirmations(const struct judge_rules *rules, const struct saml_facts *facts, int64_t *ret_until)
{
	enum saml_verdict verdict = SAML_NOT_BEARER;
	size_t i;

	for (i = 0; i < facts->confirmation_count; i++) {
		if (!same(facts->confirmations[i].method, METHOD_BEARER) || !facts->confirmations[i].has_data)
			continue;
		verdict = check_confirmation(rules, &facts->confirmations[i], ret_until);
		if (verdict == SAML_ACCEPTED)
			return verdict;
	}
	return verdict;
}

/* --- conditions (Core 2.5) --- */

static enum saml_verdict
check_validity(const struct judge_rules *rules, const struct saml_facts *facts)
{
	int64_t from = INT64_MIN, until = INT64_MAX;

	if ((facts->not_before != NULL && !parse_time(facts->not_before, &from)) ||
	    (facts->not_on_or_after != NULL && !parse_time(facts->not_on_or_after, &until)))
		return SAML_TIME_FORMAT;
	if (from >= until)
		return SAML_CONDITION_TIMES;
	if (facts->not_before != NULL && rules->now < from - rules->skew)
		return SAML_NOT_YET_VALID;
	return facts->not_on_or_after != NULL && rules->now >= until + rules->skew ? SAML_EXPIRED : SAML_ACCEPTED;
}

/* Every restriction must name us, and there must be one. */
static enum saml_verdict
check_audience(const struct judge_rules *rules, const struct saml_facts *facts)
{
	const struct saml_audiences *one;
	size_t i, j;

	if (facts->restriction_count == 0)
		return SAML_AUDIENCE;
	for (i = 0; i < facts->restriction_count; i++) {
		one = &facts->restrictions[i];
		for (j = 0; j < one->count && !same(one->items[j], rules->entity_id); j++)
			continue;
		if (j == one->count)
			return SAML_AUDIENCE;
	}
	return SAML_ACCEPTED;
}

/* Portals get tokens of ours on the strength of this assertion: that is the re-asserting that a restriction may forbid (Core 2.5.1.6). */
static enum saml_verdict
check_proxy(const struct judge_rules *rules, const struct saml_facts *facts)
{
	/* Nobody is told anything on the strength of a staff member's. */
	if (!facts->proxy_restriction || rules->rules == SAML_RULES_PLAIN)
		return SAML_ACCEPTED;
	if (facts->proxy_audiences > 0 || (facts->proxy_count != NULL && facts->proxy_count[strspn(facts->proxy_count, "0 +-\t\r\n")] == '\0'))
		return SAML_PROXY_RESTRICTION;
	return SAML_ACCEPTED;
}

static enum saml_verdict
check_conditions(const struct judge_rules *rules, const struct saml_facts *facts)
{
	enum saml_verdict verdict;

	if (!facts->has_conditions)
		return SAML_NO_CONDITIONS;
	if (facts->unknown_conditions > 0)
		return SAML_UNKNOWN_CONDITION;
	verdict = check_validity(rules, facts);
	if (verdict == SAML_ACCEPTED)
		verdict = check_audience(rules, facts);
	return verdict == SAML_ACCEPTED ? check_proxy(rules, facts) : verdict;
}

/* --- how and when the person signed in --- */

static enum saml_verdict
check_authn_time(const struct judge_rules *rules, const struct saml_facts *facts, int64_t *ret_instant)
{
	int64_t longest = rules->rules == SAML_RULES_PLAIN ? JUDGE_STAFF_AUTHN_AGE_MAX : JUDGE_AUTHN_AGE_MAX;
	int64_t instant, issued;

	if (!parse_time(facts->statements[0].authn_instant, &instant) || !parse_time(facts->assertion_issue_instant, &issued))
		return SAML_TIME_FORMAT;
	if (instant >= issued + ROUNDING || issued - instant > longest)
		return SAML_AUTHN_TIME;
	if (rules->force_authn && instant < rules->requested - rules->skew)
		return SAML_AUTHN_TIME;
	*ret_instant = instant;
	return SAML_ACCEPTED;
}

static enum saml_verdict
check_session_end(const struct judge_rules *rules, const char *text, int64_t *ret_until)
{
	int64_t until = INT64_MAX;

	if (text != NULL && !parse_time(text, &until))
		return SAML_TIME_FORMAT;
	if (text != NULL && rules->now >= until + rules->skew)
		return SAML_SESSION_ENDED;
	*ret_until = until;
	return SAML_ACCEPTED;
}

static enum saml_verdict
check_statement(const struct judge_rules *rules, const struct saml_facts *facts, struct credential *credential)
{
	const struct saml_statement *one = &facts->statements[0];
	enum saml_verdict verdict;

	if (facts->statement_count != 1 || !one->has_context)
		return SAML_AUTHN_STATEMENTS;
	if (one->class_ref == NULL || (rules->authn_context->count > 0 && !texts_has(rules->authn_context, one->class_ref)))
		return SAML_AUTHN_CONTEXT;
	verdict = check_authn_time(rules, facts, &credential->authn_instant);
	if (verdict == SAML_ACCEPTED)
		verdict = check_session_end(rules, one->session_not_on_or_after, &credential->session_until);
	return verdict;
}

/* How a role's text may look: as a NameID, but shorter. */
static enum saml_verdict
check_roles(const struct saml_facts *facts)
{
	size_t i;

	if (facts->role_attributes > 1 || facts->more_roles > 0)
		return SAML_ROLES;
	for (i = 0; i < facts->role_count; i++)
		if (!name_id_valid(facts->roles[i]) || strlen(facts->roles[i]) > SAML_ROLE_MAX)
			return SAML_ROLES;
	return SAML_ACCEPTED;
}

static enum saml_verdict
check_attributes(const struct judge_rules *rules, const struct saml_facts *facts)
{
	if (rules->rules == SAML_RULES_CATS2 && (facts->attribute_statements != 1 || !same(facts->spec_version, "2.0")))
		return SAML_SPEC_VERSION;
	return rules->rules == SAML_RULES_PLAIN ? check_roles(facts) : SAML_ACCEPTED;
}

/* --- all of it --- */

/* In the order in which an operator would look. */
static enum saml_verdict
check(const struct judge_rules *rules, const struct saml_facts *facts, struct credential *credential)
{
	enum saml_verdict verdict;

	verdict = check_envelope(rules, facts);
	if (verdict == SAML_ACCEPTED)
		verdict = check_status(facts);
	if (verdict == SAML_ACCEPTED)
		verdict = check_assertion(rules, facts);
	if (verdict == SAML_ACCEPTED)
		verdict = judge_name(rules, facts);
	if (verdict == SAML_ACCEPTED)
		verdict = check_confirmations(rules, facts, &credential->assertion_until);
	if (verdict == SAML_ACCEPTED)
		verdict = check_conditions(rules, facts);
	if (verdict == SAML_ACCEPTED)
		verdict = check_statement(rules, facts, credential);
	if (verdict == SAML_ACCEPTED)
		verdict = check_attributes(rules, facts);
	return verdict;
}

/* A mark of use must outlive every time at which the assertion would still pass; none passes a day after its issue. */
static int64_t
mark_until(const struct judge_rules *rules, int64_t until)
{
	int64_t longest = rules->now + DAYS(1);

	until = until < longest ? until : longest;
	return until + rules->skew;
}

enum saml_verdict
judge_check(const struct judge_rules *rules, const struct saml_facts *facts, struct credential *ret_credential)
{
	struct credential credential = {.provider = rules->provider};
	enum saml_verdict verdict = check(rules, facts, &credential);

	if (verdict != SAML_ACCEPTED)
		return verdict;
	credential.name_id = facts->name_id;
	credential.name_qualifier = facts->name_qualifier != NULL ? facts->name_qualifier : rules->provider_entity_id;
	credential.sp_name_qualifier = facts->sp_name_qualifier != NULL ? facts->sp_name_qualifier : rules->entity_id;
	credential.session_index = facts->statements[0].session_index != NULL ? facts->statements[0].session_index : "";
	credential.authn_context = facts->statements[0].class_ref;
	credential.assertion_id = facts->assertion_id;
	if (rules->rules == SAML_RULES_PLAIN)
		credential.roles = (struct texts){(const char **)(uintptr_t)facts->roles, facts->role_count};
	credential.assertion_until = mark_until(rules, credential.assertion_until);
	*ret_credential = credential;
	return SAML_ACCEPTED;
}
