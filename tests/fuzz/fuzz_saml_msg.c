/* What daemon and worker say to each other: the first byte chooses the message; what is read prints as it came. */
#include "fuzz.h"
#include "saml/order.h"

static void
try_facts(struct bytes body, struct arena *arena)
{
	static const struct texts none;
	const struct judge_rules rules = {.provider_entity_id = "urn:i", .entity_id = "urn:us", .acs_url = "urn:acs", .authn_context = &none,
	    .request_id = "_r", .request_lifetime = HOURS(1), .skew = SECONDS(180), .now = 1795536000000, .requested = 1795536000000};
	struct saml_facts *facts = arena_new_object(arena, struct saml_facts);
	struct credential credential;
	enum saml_verdict verdict;
	struct buf buf;

	if (saml_facts_get(body, arena, &verdict, facts) != ERR_OK)
		return;
	must(verdict < SAML_VERDICT_COUNT);
	buf_init(&buf, arena, SAML_REPLY_MAX);
	saml_facts_put(&buf, verdict, facts);
	must(!buf.failed && bytes_equal(buf_bytes(&buf), body));
	(void)judge_check(&rules, facts, &credential);
	fuzz_taken();
}

static void
try_manage(struct bytes body, struct arena *arena)
{
	const struct order_rules rules = {.judge = {.provider = "gckey", .provider_entity_id = "urn:i", .entity_id = "urn:us", .skew = SECONDS(180),
	    .now = 1795536000000}, .soap_url = "urn:soap"};
	struct saml_manage manage;
	struct saml_order order;
	enum saml_verdict verdict;
	struct buf buf;

	if (saml_manage_get(body, arena, &verdict, &manage) != ERR_OK)
		return;
	must(verdict < SAML_VERDICT_COUNT);
	buf_init(&buf, arena, SAML_REPLY_MAX);
	saml_manage_put(&buf, verdict, &manage);
	must(!buf.failed && bytes_equal(buf_bytes(&buf), body));
	if (verdict != SAML_ACCEPTED || order_check(&rules, &manage, &order) == SAML_ACCEPTED)
		fuzz_taken();
}

static void
try_setup(struct bytes body, struct arena *arena)
{
	struct saml_setup *setup = arena_new_object(arena, struct saml_setup);
	struct buf buf;

	if (saml_setup_get(body, arena, setup) != ERR_OK)
		return;
	buf_init(&buf, arena, SAML_SETUP_MAX);
	saml_setup_put(&buf, setup);
	must(!buf.failed && bytes_equal(buf_bytes(&buf), body));
	fuzz_taken();
}

static void
try_requests(struct bytes body, struct arena *arena)
{
	struct saml_authn authn;
	struct saml_response response;
	struct saml_managed managed;
	struct bytes envelope;
	struct saml_ready *ready = arena_new_object(arena, struct saml_ready);

	if (saml_authn_get(body, arena, &authn) == ERR_OK || saml_response_get(body, arena, &response) == ERR_OK ||
	    saml_ready_get(body, arena, ready) == ERR_OK || saml_managed_get(body, arena, &managed) == ERR_OK ||
	    saml_envelope_get(body, arena, &envelope) == ERR_OK)
		fuzz_taken();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes body;

	if (size == 0 || size > SAML_REPLY_MAX)
		return 0;
	body = bytes_make(data + 1, size - 1);
	if (data[0] == 'f')
		try_facts(body, fuzz_arena());
	else if (data[0] == 'm')
		try_manage(body, fuzz_arena());
	else if (data[0] == 's')
		try_setup(body, fuzz_arena());
	else if (data[0] == 'r')
		try_requests(body, fuzz_arena());
	return 0;
}
