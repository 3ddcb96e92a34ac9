/* The whole exchange with a provider on lasso: our request, its answer (AES-128-CBC), our judgement. */
#include "unit.h"

#include <string.h>

#include "demo/idp.h"
#include "saml/metadata.h"
#include "service.h"

/* What lasso and xmlsec leak themselves, with every signature and every query; their frames are seen by slow unwinding only. */
const char *__lsan_default_suppressions(void);
const char *
__lsan_default_suppressions(void)
{
	return "leak:liblasso\nleak:libxmlsec\n";
}

const char *__asan_default_options(void);
const char *
__asan_default_options(void)
{
	return "fast_unwind_on_malloc=0";
}

#define SSO "https://gckey.test/sso"

struct exchange {
	struct service *service;
	struct idp *idp, *staff;
};

/* The entity has one key; the service's metadata file is the provider's own. */
static int
open_exchange(void **state)
{
	static struct exchange exchange;
	struct service *service = service_prepare(1);
	struct arena *arena = service->lasting;
	struct idp_options options = {.entity_id = FORGE_IDP, .sso_url = SSO,
	    .private_pem = forge_fixture("saml/provider.pem", arena), .certificate_pem = forge_fixture("saml/provider.crt", arena),
	    .stranger_pem = forge_fixture("saml/stranger.pem", arena), .stranger_certificate_pem = forge_fixture("saml/stranger.crt", arena)};
	const char *reason = "";

	idp_prepare();
	service_metadata(service, SERVICE_GCKEY, idp_metadata(FORGE_IDP, SSO, options.certificate_pem, arena));
	assert_int_equal(saml_metadata_print(&service->config, service->keys, METADATA_FEDERATION, arena, &options.service_metadata), ERR_OK);
	if (saml_open(&service->config, service->keys, arena, &service->saml, &reason) != ERR_OK)
		fail_msg("%s", reason);
	service->ctx.saml = service->saml;
	assert_int_equal(idp_open(&options, &exchange.idp), ERR_OK);
	options.entity_id = FORGE_STAFF_IDP;
	options.staff = true;
	assert_int_equal(saml_metadata_print(&service->config, service->keys, METADATA_STAFF, arena, &options.service_metadata), ERR_OK);
	assert_int_equal(idp_open(&options, &exchange.staff), ERR_OK);
	exchange.service = service;
	*state = &exchange;
	return 0;
}

static int
close_exchange(void **state)
{
	struct exchange *exchange = *state;

	idp_close(&exchange->idp);
	idp_close(&exchange->staff);
	service_close(exchange->service);
	return 0;
}

static enum saml_verdict
exchange_with(struct exchange *exchange, enum behave behave, struct credential *ret_credential)
{
	struct service *service = exchange->service;
	int64_t now = service->ctx.now;
	struct idp_vouching vouching = {.name_id = "K7-person", .auth_time = now, .behave = behave};
	struct idp_request request;
	struct idp_answer answer;
	const char *url, *query;

	if (behave == BEHAVE_CANCEL || behave == BEHAVE_NO_PARTNER)
		vouching.name_id = NULL;
	assert_int_equal(saml_authn_url(&service->ctx, &service->providers[SERVICE_GCKEY], FORGE_REQUEST, true, "handle", &url), ERR_OK);
	query = idp_query(strchr(url, '?') + 1, service->arena);
	assert_int_equal(idp_read(exchange->idp, query, service->arena, &request), ERR_OK);
	assert_string_equal(request.id, FORGE_REQUEST);
	assert_true(request.force_authn && !request.passive);
	assert_int_equal(idp_answer(exchange->idp, query, &vouching, now, service->arena, &answer), ERR_OK);
	assert_string_equal(answer.acs, FORGE_ACS);
	assert_string_equal(answer.relay_state, "handle");
	return service_judge(service, SERVICE_GCKEY, answer.response, ret_credential);
}

static void
provider_that_behaves_is_accepted(void **state)
{
	struct credential credential;

	assert_int_equal(exchange_with(*state, BEHAVE_WELL, &credential), SAML_ACCEPTED);
	assert_string_equal(credential.name_id, "K7-person");
	assert_string_equal(credential.name_qualifier, FORGE_IDP);
	assert_string_equal(credential.authn_context, FORGE_LOA2);
}

static void
provider_that_does_not_is_refused(void **state)
{
	struct credential credential;

	assert_int_equal(exchange_with(*state, BEHAVE_AUDIENCE, &credential), SAML_AUDIENCE);
	assert_int_equal(exchange_with(*state, BEHAVE_SIGNATURE, &credential), SAML_SIGNATURE);
	assert_int_equal(exchange_with(*state, BEHAVE_CANCEL, &credential), SAML_CANCELLED);
	assert_int_equal(exchange_with(*state, BEHAVE_NO_PARTNER, &credential), SAML_NO_PROVIDER_AVAILABLE);
	assert_int_not_equal(exchange_with(*state, BEHAVE_EXPIRED, &credential), SAML_ACCEPTED);
}

/* The organisation's own provider: our request has no form of name, its answer no encryption, and it goes to the console. */
static void
staff_bring_their_role(void **state)
{
	const struct exchange *exchange = *state;
	struct service *service = exchange->service;
	struct idp_vouching vouching = {.name_id = "anna", .auth_time = service->ctx.now, .role = "agent"};
	struct credential credential;
	struct idp_request request;
	struct idp_answer answer;
	const char *url, *query;
	size_t round;

	for (round = 0; round < 2; round++, vouching.role = "") {
		assert_int_equal(saml_authn_url(&service->ctx, &service->providers[SERVICE_STAFF], FORGE_REQUEST, true, "handle", &url), ERR_OK);
		query = idp_query(strchr(url, '?') + 1, service->arena);
		assert_int_equal(idp_read(exchange->staff, query, service->arena, &request), ERR_OK);
		assert_int_equal(idp_answer(exchange->staff, query, &vouching, service->ctx.now, service->arena, &answer), ERR_OK);
		assert_string_equal(answer.acs, FORGE_DESK_ACS);
		assert_int_equal(service_judge(service, SERVICE_STAFF, answer.response, &credential), SAML_ACCEPTED);
		assert_string_equal(credential.name_id, "anna");
		assert_int_equal(credential.roles.count, round == 0);
		assert_true(round > 0 || strcmp(credential.roles.items[0], "agent") == 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(provider_that_behaves_is_accepted),
		cmocka_unit_test(provider_that_does_not_is_refused),
		cmocka_unit_test(staff_bring_their_role),
	};

	return cmocka_run_group_tests(tests, open_exchange, close_exchange);
}
