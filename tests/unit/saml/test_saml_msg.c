#include "../unit.h"
#include "../unit_arena.h"

#include <string.h>

#include "saml/saml_msg.h"

static struct saml_facts
full_facts(void)
{
	struct saml_facts facts = {.response_id = "_r", .version = "2.0", .issuer = "urn:i", .status = "s", .response_signed = true,
	    .has_assertion = true, .encrypted = true, .has_subject = true, .has_name_id = true, .name_id = "", .confirmation_count = 2,
	    .restriction_count = 1, .proxy_audiences = 3, .unknown_conditions = 4, .statement_count = 1, .attribute_statements = 5, .spec_version = "2.0",
	    .role_attributes = 1, .roles = {"agent", ""}, .role_count = 2, .more_roles = 6};

	facts.confirmations[1] = (struct saml_confirmation){.method = "m", .has_data = true};
	facts.restrictions[0] = (struct saml_audiences){{"a", "b"}, 2};
	facts.statements[0] = (struct saml_statement){.class_ref = "c", .has_context = true};
	return facts;
}

static struct bytes
put(enum saml_verdict verdict, const struct saml_facts *facts)
{
	struct buf buf;

	buf_init(&buf, arena, SAML_REPLY_MAX);
	saml_facts_put(&buf, verdict, facts);
	assert_false(buf.failed);
	return buf_bytes(&buf);
}

static void
facts_come_back(void **state)
{
	struct saml_facts facts = full_facts(), got;
	enum saml_verdict verdict;

	(void)state;
	assert_int_equal(saml_facts_get(put(SAML_ACCEPTED, &facts), arena, &verdict, &got), ERR_OK);
	assert_int_equal(verdict, SAML_ACCEPTED);
	assert_string_equal(got.issuer, "urn:i");
	assert_null(got.destination);
	assert_string_equal(got.name_id, "");
	assert_true(got.response_signed && got.encrypted && !got.assertion_signed && !got.has_conditions);
	assert_string_equal(got.confirmations[1].method, "m");
	assert_true(got.confirmations[1].has_data && !got.confirmations[0].has_data);
	assert_string_equal(got.restrictions[0].items[1], "b");
	assert_true(got.proxy_audiences == 3 && got.unknown_conditions == 4 && got.attribute_statements == 5);
	assert_string_equal(got.statements[0].class_ref, "c");
	assert_string_equal(got.spec_version, "2.0");
	assert_true(got.role_attributes == 1 && got.role_count == 2 && got.more_roles == 6);
	assert_string_equal(got.roles[0], "agent");
	assert_string_equal(got.roles[1], "");
}

static void
a_refusal_has_no_facts(void **state)
{
	struct bytes body = put(SAML_SIGNATURE, NULL);
	struct saml_facts got;
	enum saml_verdict verdict;

	(void)state;
	assert_int_equal(saml_facts_get(body, arena, &verdict, &got), ERR_OK);
	assert_int_equal(verdict, SAML_SIGNATURE);
	assert_false(got.has_assertion);
}

/* A worker that was taken over may send anything: no cut and no flipped byte reads past the end. */
static void
broken_facts_are_refused(void **state)
{
	struct saml_facts facts = full_facts(), got;
	struct bytes whole = put(SAML_ACCEPTED, &facts);
	enum saml_verdict verdict;
	uint8_t *copy;
	size_t i;

	(void)state;
	for (i = 0; i < whole.len; i++)
		assert_int_equal(saml_facts_get(bytes_copy(arena, bytes_make(whole.data, i)), arena, &verdict, &got), ERR_PEER);
	copy = arena_alloc(arena, whole.len + 1);
	memcpy(copy, whole.data, whole.len);
	assert_int_equal(saml_facts_get(bytes_make(copy, whole.len + 1), arena, &verdict, &got), ERR_PEER);
	for (i = 0; i < whole.len; i++) {
		copy[i] ^= 0x80;
		saml_facts_get(bytes_make(copy, whole.len), arena, &verdict, &got);
		copy[i] ^= 0x80;
	}
	copy[3] = SAML_VERDICT_COUNT;
	assert_int_equal(saml_facts_get(bytes_make(copy, 4), arena, &verdict, &got), ERR_PEER);
}

static void
a_setup_comes_back(void **state)
{
	struct saml_setup *setup = arena_new_object(arena, struct saml_setup), *got = arena_new_object(arena, struct saml_setup);
	struct buf buf;

	(void)state;
	*setup = (struct saml_setup){.now = -5, .entity_id = "e", .acs_url = "a", .workers = 3, .signing_key = "k", .signing_certificate = "c",
	    .encryption_keys = {"x", "y"}, .encryption_key_count = 2, .provider_count = 1};
	setup->providers[0] = (struct saml_setup_provider){.id = "i", .file = "f", .metadata = bytes_of("<x/>"), .rules = SAML_RULES_PLAIN,
	    .encryption = 5, .authn_context = {"l"}, .authn_context_count = 1, .acs_url = "https://desk", .role_attribute = "role"};
	buf_init(&buf, arena, SAML_SETUP_MAX);
	saml_setup_put(&buf, setup);
	assert_int_equal(saml_setup_get(buf_bytes(&buf), arena, got), ERR_OK);
	assert_true(got->now == -5 && got->workers == 3 && got->encryption_key_count == 2 && got->provider_count == 1);
	assert_string_equal(got->encryption_keys[1], "y");
	assert_true(bytes_equal(got->providers[0].metadata, bytes_of("<x/>")) && got->providers[0].rules == SAML_RULES_PLAIN);
	assert_string_equal(got->providers[0].authn_context[0], "l");
	assert_string_equal(got->providers[0].acs_url, "https://desk");
	assert_string_equal(got->providers[0].role_attribute, "role");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(facts_come_back), cmocka_unit_test(a_refusal_has_no_facts),
		cmocka_unit_test(broken_facts_are_refused), cmocka_unit_test(a_setup_comes_back),
	};

	return cmocka_run_group_tests(tests, unit_open_arena, unit_close_arena);
}
