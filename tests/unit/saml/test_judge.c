/* Every rule of the judge, on both sides of each bound. */
#include "../unit.h"
#include "../unit_arena.h"

#include <string.h>

#include "saml/judge.h"

#define NOW ((int64_t)1795536000000) /* 2026-11-24T16:00:00Z */
#define SP "https://auth.test/saml/metadata"
#define ACS "https://auth.test/saml/acs"
#define IDP "https://gckey.test/metadata"
#define CODE "urn:oasis:names:tc:SAML:2.0:status:"

/* An instant so many milliseconds from now. */
static const char *
at(int64_t ms)
{
	return clock_print(arena, NOW + ms);
}

static const char *levels[] = {"urn:loa2", "urn:loa3"};
static const struct texts accepted = {levels, 2};

static struct judge_rules
good_rules(void)
{
	return (struct judge_rules){.rules = SAML_RULES_CATS2, .provider = "gckey", .provider_entity_id = IDP, .entity_id = SP, .acs_url = ACS,
	    .authn_context = &accepted, .request_id = "_request", .requested = NOW - SECONDS(30), .force_authn = true,
	    .request_lifetime = MINUTES(60), .skew = SECONDS(180), .now = NOW};
}

static struct saml_facts
good_facts(void)
{
	struct saml_facts facts = {
		.response_id = "_response", .version = "2.0", .issue_instant = at(0), .destination = ACS, .in_response_to = "_request", .issuer = IDP,
		.status = CODE "Success", .has_assertion = true, .encrypted = true, .assertion_signed = true,
		.assertion_id = "_assertion", .assertion_version = "2.0", .assertion_issue_instant = at(0), .assertion_issuer = IDP,
		.has_subject = true, .has_name_id = true, .name_id = "K7-person", .name_id_format = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
		.confirmation_count = 1, .has_conditions = true, .not_before = at(-60000), .not_on_or_after = at(300000),
		.restriction_count = 1, .statement_count = 1, .attribute_statements = 1, .spec_version = "2.0",
	};

	facts.confirmations[0] = (struct saml_confirmation){.method = "urn:oasis:names:tc:SAML:2.0:cm:bearer", .recipient = ACS,
	    .not_on_or_after = at(300000), .in_response_to = "_request", .has_data = true};
	facts.restrictions[0] = (struct saml_audiences){{SP}, 1};
	facts.statements[0] = (struct saml_statement){.authn_instant = at(-5000), .class_ref = "urn:loa2", .session_index = "s1", .has_context = true};
	return facts;
}

static void
check(const struct judge_rules *rules, const struct saml_facts *facts, enum saml_verdict expected, const char *what)
{
	struct credential credential;
	enum saml_verdict verdict = judge_check(rules, facts, &credential);

	if (verdict != expected)
		fail_msg("%s: %s instead of %s", what, saml_verdict_print(verdict), saml_verdict_print(expected));
}

/* Change one thing of what is good, and say what becomes of it. */
#define CASE(expected, ...) do { \
	struct saml_facts f = good_facts(); \
	struct judge_rules r = good_rules(); \
	__VA_ARGS__; \
	check(&r, &f, SAML_##expected, #__VA_ARGS__); \
} while (0)

static void
the_good_case_is_good(void **state)
{
	(void)state;
	CASE(ACCEPTED, (void)0);
}

static void
envelope(void **state)
{
	(void)state;
	CASE(VERSION, f.version = "1.1");
	CASE(VERSION, f.version = NULL);
	CASE(PROVIDER, f.issuer = "https://other.test/");
	CASE(PROVIDER, f.issuer = NULL);
	CASE(PROVIDER, f.issuer = IDP "/");
	CASE(ISSUER, f.issuer_format = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent");
	CASE(ACCEPTED, f.issuer_format = "urn:oasis:names:tc:SAML:2.0:nameid-format:entity");
	CASE(UNSOLICITED, f.in_response_to = NULL);
	CASE(OTHER_REQUEST, f.in_response_to = "");
	CASE(OTHER_REQUEST, f.in_response_to = "_Request");
	CASE(DESTINATION, f.destination = NULL);
	CASE(DESTINATION, f.destination = "");
	CASE(DESTINATION, f.destination = ACS "/");
	CASE(DESTINATION, f.destination = "https://AUTH.test/saml/acs");
	CASE(ACCEPTED, { r.requested = NOW - MINUTES(60); r.force_authn = false; });
	CASE(REQUEST_EXPIRED, { r.requested = NOW - MINUTES(60) - 1; r.force_authn = false; });
}

static void
issue_instants(void **state)
{
	(void)state;
	CASE(ACCEPTED, f.issue_instant = at(180000));
	CASE(FUTURE, f.issue_instant = at(180001));
	CASE(ACCEPTED, f.issue_instant = at(-300000));
	CASE(STALE, f.issue_instant = at(-300001));
	CASE(TIME_FORMAT, f.issue_instant = "yesterday");
	CASE(TIME_FORMAT, f.issue_instant = NULL);
	CASE(TIME_FORMAT, f.issue_instant = "2026-11-24T16:00:00+00:00");
	CASE(FUTURE, f.assertion_issue_instant = at(180001));
	CASE(STALE, f.assertion_issue_instant = at(-300001));
	CASE(TIME_FORMAT, f.assertion_issue_instant = NULL);
}

static void
statuses(void **state)
{
	(void)state;
	CASE(STATUS, f.status = NULL);
	CASE(STATUS, f.status = CODE "Responder");
	CASE(STATUS, f.sub_status = CODE "AuthnFailed");
	CASE(UNSUPPORTED, f.status = CODE "VersionMismatch");
#define SECOND(expected, code) CASE(expected, { f.status = CODE "Responder"; f.sub_status = CODE code; })
	SECOND(CANCELLED, "AuthnFailed");
	SECOND(NO_PASSIVE, "NoPassive");
	SECOND(NO_AUTHN_CONTEXT, "NoAuthnContext");
	SECOND(DENIED, "RequestDenied");
	SECOND(UNKNOWN_PERSON, "UnknownPrincipal");
	SECOND(UNKNOWN_PERSON, "InvalidNameIDPolicy");
	SECOND(NO_PROVIDER_AVAILABLE, "NoAvailableIDP");
	SECOND(NO_PROVIDER_AVAILABLE, "NoSupportedIDP");
	SECOND(UNSUPPORTED, "RequestUnsupported");
	SECOND(UNSUPPORTED, "UnsupportedBinding");
	SECOND(STATUS, "Success");
	SECOND(STATUS, "authnfailed");
	/* An error for somebody else's request is that first. */
	CASE(OTHER_REQUEST, { f.status = CODE "Responder"; f.in_response_to = "_x"; });
}

static void
protection(void **state)
{
	(void)state;
	CASE(ASSERTIONS, f.has_assertion = false);
	CASE(NOT_ENCRYPTED, f.encrypted = false);
	CASE(NOT_ENCRYPTED, { f.encrypted = false; r.rules = SAML_RULES_CATS3; });
	CASE(ACCEPTED, { f.encrypted = false; r.rules = SAML_RULES_PLAIN; });
	CASE(UNSIGNED, f.assertion_signed = false);
	CASE(UNSIGNED, { f.assertion_signed = false; f.response_signed = true; });
	CASE(UNSIGNED, { f.assertion_signed = false; r.rules = SAML_RULES_PLAIN; });
	CASE(ACCEPTED, { f.assertion_signed = false; f.response_signed = true; r.rules = SAML_RULES_PLAIN; });
	CASE(ACCEPTED, f.response_signed = true);
	CASE(VERSION, f.assertion_version = "2.1");
	CASE(SHAPE, f.assertion_id = "");
	CASE(SHAPE, f.assertion_id = NULL);
	CASE(ISSUER, f.assertion_issuer = "https://other.test/");
	CASE(ISSUER, f.assertion_issuer_format = "urn:x");
}

static void
names(void **state)
{
	char long_name[258] = {0};

	(void)state;
	memset(long_name, 'n', 257);
	CASE(NO_SUBJECT, f.has_subject = false);
	CASE(NAME_ID, f.has_name_id = false);
	CASE(NAME_ID, f.name_id = "");
	CASE(NAME_ID, f.name_id = " a");
	CASE(NAME_ID, f.name_id = "a ");
	CASE(ACCEPTED, f.name_id = "a b");
	CASE(NAME_ID, f.name_id = "a\nb");
	CASE(NAME_ID, f.name_id = "a\x7f");
	CASE(NAME_ID, f.name_id = "a\xc2\x85");
	CASE(ACCEPTED, f.name_id = "a\xc2\xa0z");
	CASE(NAME_ID, f.name_id = long_name);
	CASE(ACCEPTED, f.name_id = long_name + 1);
	CASE(NAME_ID_FORMAT, f.name_id_format = NULL);
	CASE(NAME_ID_FORMAT, f.name_id_format = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient");
	CASE(ACCEPTED, f.name_qualifier = IDP);
	CASE(NAME_QUALIFIER, f.name_qualifier = SP);
	CASE(NAME_QUALIFIER, f.name_qualifier = "");
	CASE(ACCEPTED, f.sp_name_qualifier = SP);
	CASE(NAME_QUALIFIER, f.sp_name_qualifier = IDP);
}

static void
confirmations(void **state)
{
	(void)state;
	CASE(NOT_BEARER, f.confirmation_count = 0);
	CASE(NOT_BEARER, f.confirmations[0].method = "urn:oasis:names:tc:SAML:2.0:cm:holder-of-key");
	CASE(NOT_BEARER, f.confirmations[0].has_data = false);
	CASE(RECIPIENT, f.confirmations[0].recipient = NULL);
	CASE(RECIPIENT, f.confirmations[0].recipient = ACS "?");
	CASE(CONFIRMATION_REQUEST, f.confirmations[0].in_response_to = NULL);
	CASE(CONFIRMATION_REQUEST, f.confirmations[0].in_response_to = "_other");
	CASE(CONFIRMATION_TIME, f.confirmations[0].not_on_or_after = NULL);
	CASE(CONFIRMATION_TIME, f.confirmations[0].not_before = at(-60000));
	CASE(CONFIRMATION_TIME, f.confirmations[0].not_on_or_after = at(-180000));
	CASE(ACCEPTED, f.confirmations[0].not_on_or_after = at(-179999));
	CASE(TIME_FORMAT, f.confirmations[0].not_on_or_after = "soon");
	/* A second one that holds is enough. */
	CASE(ACCEPTED, { f.confirmations[1] = f.confirmations[0]; f.confirmation_count = 2; f.confirmations[0].recipient = "x"; });
}

static void
conditions(void **state)
{
	(void)state;
	CASE(NO_CONDITIONS, f.has_conditions = false);
	CASE(ACCEPTED, f.not_before = at(180000));
	CASE(NOT_YET_VALID, f.not_before = at(180001));
	CASE(EXPIRED, { f.not_before = at(-600000); f.not_on_or_after = at(-180000); });
	CASE(ACCEPTED, { f.not_before = at(-600000); f.not_on_or_after = at(-179999); });
	CASE(CONDITION_TIMES, f.not_on_or_after = f.not_before);
	CASE(ACCEPTED, { f.not_before = NULL; f.not_on_or_after = NULL; });
	CASE(TIME_FORMAT, f.not_before = "");
	CASE(TIME_FORMAT, f.not_on_or_after = "2026-13-01T00:00:00Z");
	CASE(AUDIENCE, f.restriction_count = 0);
	CASE(AUDIENCE, f.restrictions[0].count = 0);
	CASE(AUDIENCE, f.restrictions[0].items[0] = SP "/");
	CASE(AUDIENCE, { f.restriction_count = 2; f.restrictions[1] = (struct saml_audiences){{"urn:x"}, 1}; });
	CASE(ACCEPTED, { f.restriction_count = 2; f.restrictions[1] = (struct saml_audiences){{"urn:x", SP}, 2}; });
	CASE(UNKNOWN_CONDITION, f.unknown_conditions = 1);
	CASE(ACCEPTED, f.one_time_use = true);
	CASE(ACCEPTED, f.proxy_restriction = true);
	CASE(ACCEPTED, { f.proxy_restriction = true; f.proxy_count = "1"; });
	CASE(PROXY_RESTRICTION, { f.proxy_restriction = true; f.proxy_count = "0"; });
	CASE(PROXY_RESTRICTION, { f.proxy_restriction = true; f.proxy_count = "+00"; });
	CASE(PROXY_RESTRICTION, { f.proxy_restriction = true; f.proxy_audiences = 1; });
}

static void
statements(void **state)
{
	(void)state;
	CASE(AUTHN_STATEMENTS, f.statement_count = 0);
	CASE(AUTHN_STATEMENTS, f.statement_count = 2);
	CASE(AUTHN_STATEMENTS, f.statements[0].has_context = false);
	CASE(AUTHN_CONTEXT, f.statements[0].class_ref = NULL);
	CASE(AUTHN_CONTEXT, f.statements[0].class_ref = "urn:loa1");
	CASE(ACCEPTED, f.statements[0].class_ref = "urn:loa3");
	CASE(TIME_FORMAT, f.statements[0].authn_instant = NULL);
	CASE(AUTHN_TIME, f.statements[0].authn_instant = at(1000));
	CASE(ACCEPTED, f.statements[0].authn_instant = at(999));
	CASE(ACCEPTED, { f.statements[0].authn_instant = at(-1200000); r.force_authn = false; });
	CASE(AUTHN_TIME, { f.statements[0].authn_instant = at(-1200001); r.force_authn = false; });
	CASE(ACCEPTED, f.statements[0].authn_instant = at(-210000));
	CASE(AUTHN_TIME, f.statements[0].authn_instant = at(-210001));
	CASE(ACCEPTED, f.statements[0].session_not_on_or_after = at(-179999));
	CASE(SESSION_ENDED, f.statements[0].session_not_on_or_after = at(-180000));
	CASE(TIME_FORMAT, f.statements[0].session_not_on_or_after = "never");
	CASE(ACCEPTED, f.statements[0].session_index = NULL);
}

static void
attributes(void **state)
{
	(void)state;
	CASE(SPEC_VERSION, f.attribute_statements = 0);
	CASE(SPEC_VERSION, f.attribute_statements = 2);
	CASE(SPEC_VERSION, f.spec_version = NULL);
	CASE(SPEC_VERSION, f.spec_version = "2.00");
	CASE(ACCEPTED, { f.spec_version = NULL; f.attribute_statements = 0; r.rules = SAML_RULES_CATS3; });
	CASE(ACCEPTED, { f.spec_version = NULL; f.attribute_statements = 0; r.rules = SAML_RULES_PLAIN; });
}

/* The rules for staff: which names last, which sign-ins are fresh enough, and what a role may look like. */
static void
staff(void **state)
{
	char long_role[258] = {0};

	(void)state;
	memset(long_role, 'r', 257);
#define STAFF(expected, ...) CASE(expected, { r.rules = SAML_RULES_PLAIN; __VA_ARGS__; })
	STAFF(ACCEPTED, f.name_id_format = NULL);
	STAFF(ACCEPTED, f.name_id_format = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified");
	STAFF(ACCEPTED, f.name_id_format = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress");
	STAFF(NAME_ID_FORMAT, f.name_id_format = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient");
	STAFF(NAME_ID_FORMAT, f.name_id_format = "urn:oasis:names:tc:SAML:2.0:nameid-format:entity");
	STAFF(NAME_ID_FORMAT, f.name_id_format = "");
	STAFF(ACCEPTED, { f.statements[0].authn_instant = at(-43200000); r.force_authn = false; });
	STAFF(AUTHN_TIME, { f.statements[0].authn_instant = at(-43200001); r.force_authn = false; });
	STAFF(AUTHN_TIME, f.statements[0].authn_instant = at(-210001));
	STAFF(ACCEPTED, { f.proxy_restriction = true; f.proxy_count = "0"; });
	STAFF(ACCEPTED, { f.role_attributes = 1; f.role_count = 8; for (size_t i = 0; i < 8; i++) f.roles[i] = long_role + 1; });
	STAFF(ROLES, f.role_attributes = 2);
	STAFF(ROLES, f.more_roles = 1);
	STAFF(ROLES, { f.role_count = 1; f.roles[0] = ""; });
	STAFF(ROLES, { f.role_count = 1; f.roles[0] = long_role; });
	STAFF(ROLES, { f.role_count = 2; f.roles[0] = "agent"; f.roles[1] = "a\tb"; });
	/* Other providers' facts carry none; if they did, nobody would look. */
	CASE(ACCEPTED, { f.role_attributes = 2; f.role_count = 1; f.roles[0] = ""; });
}

static void
roles_are_a_staff_members_only(void **state)
{
	struct judge_rules rules = good_rules();
	struct saml_facts facts = good_facts();
	struct credential credential;

	(void)state;
	facts.role_attributes = 1;
	facts.role_count = 2;
	facts.roles[0] = "agent";
	facts.roles[1] = "auditor";
	assert_int_equal(judge_check(&rules, &facts, &credential), SAML_ACCEPTED);
	assert_int_equal(credential.roles.count, 0);
	rules.rules = SAML_RULES_PLAIN;
	assert_int_equal(judge_check(&rules, &facts, &credential), SAML_ACCEPTED);
	assert_int_equal(credential.roles.count, 2);
	assert_string_equal(credential.roles.items[1], "auditor");
}

static void
credential_is_filled(void **state)
{
	struct judge_rules rules = good_rules();
	struct saml_facts facts = good_facts();
	struct credential credential;

	(void)state;
	facts.statements[0].session_not_on_or_after = at(7200000);
	facts.confirmations[0].not_on_or_after = "2199-01-01T00:00:00Z";
	assert_int_equal(judge_check(&rules, &facts, &credential), SAML_ACCEPTED);
	assert_string_equal(credential.name_qualifier, IDP);
	assert_string_equal(credential.sp_name_qualifier, SP);
	assert_string_equal(credential.authn_context, "urn:loa2");
	assert_true(credential.authn_instant == NOW - 5000 && credential.session_until == NOW + 7200000);
	/* The mark outlives the assertion, but not by years. */
	assert_true(credential.assertion_until == NOW + DAYS(1) + SECONDS(180));
}

static void
every_verdict_has_a_name(void **state)
{
	unsigned i, j;

	(void)state;
	for (i = 0; i < SAML_VERDICT_COUNT; i++)
		for (j = 0; j < i; j++)
			assert_string_not_equal(saml_verdict_print((enum saml_verdict)i), saml_verdict_print((enum saml_verdict)j));
	assert_string_equal(saml_verdict_print(SAML_VERDICT_COUNT), "unknown");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_good_case_is_good), cmocka_unit_test(envelope), cmocka_unit_test(issue_instants), cmocka_unit_test(statuses),
		cmocka_unit_test(protection), cmocka_unit_test(names), cmocka_unit_test(confirmations), cmocka_unit_test(conditions),
		cmocka_unit_test(statements), cmocka_unit_test(attributes), cmocka_unit_test(staff),
		cmocka_unit_test(roles_are_a_staff_members_only), cmocka_unit_test(credential_is_filled), cmocka_unit_test(every_verdict_has_a_name),
	};

	return cmocka_run_group_tests(tests, unit_open_arena, unit_close_arena);
}
