#include "unit.h"

#include "service.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const level[] = {FORGE_LOA2};

static void
set_provider(struct service *service, unsigned i, const char *id, enum saml_profile profile, unsigned encryption)
{
	service->providers[i] = (struct provider_config){.id = id, .name = {id, id}, .profile = profile, .encryption = encryption,
	    .force_authn = true, .authn_context = {(const char **)(uintptr_t)level, profile != PROFILE_PLAIN}, .kind = "gckey",
	    .metadata = arena_printf(service->lasting, "%s/%s.xml", service->directory, id)};
}

void
service_metadata(struct service *service, unsigned provider, const char *xml)
{
	FILE *file = fopen(service->providers[provider].metadata, "w");

	assert_non_null(file);
	assert_true(fputs(xml, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void
set_config(struct service *service, unsigned workers)
{
	const char *build = getenv("BUILD");

	service->config = (struct config){.file = "test", .public_url = FORGE_PUBLIC_URL, .entity_id = FORGE_SP, .saml_workers = workers,
	    .helpdesk = {.public_url = FORGE_DESK_URL, .provider = "staff", .role_attribute = "role"},
	    .limits = {.clock_skew = SECONDS(180), .login_lifetime = MINUTES(60)},
	    .providers = service->providers, .provider_count = SERVICE_PROVIDERS,
	    .saml_worker_program = arena_printf(service->lasting, "%s/vestibule-saml", build != NULL ? build : ".")};
	service->ctx = (struct ctx){.arena = service->arena, .config = &service->config, .keys = service->keys, .now = clock_now()};
}

struct service *
service_prepare(unsigned workers)
{
	struct service *service = calloc(1, sizeof(*service));

	assert_non_null(service);
	service->lasting = arena_new((size_t)64 << 20);
	service->arena = arena_new((size_t)512 << 20);
	service->directory = unit_directory();
	service->keys = unit_keys(service->lasting);
	set_provider(service, SERVICE_GCKEY, "gckey", PROFILE_CATS2, 0xf);
	set_provider(service, SERVICE_BANK, "bank", PROFILE_CATS2, 1u << ENCRYPTION_AES256_GCM | 1u << ENCRYPTION_AES128_GCM);
	set_provider(service, SERVICE_STAFF, "staff", PROFILE_PLAIN, 0xf);
	service_metadata(service, SERVICE_GCKEY,
	    forge_metadata(FORGE_IDP, (const char *const[]){"expired", "provider-second", "provider", "weak", ""}, service->lasting));
	service_metadata(service, SERVICE_BANK, forge_metadata(FORGE_OTHER_IDP, (const char *const[]){"other-provider", ""}, service->lasting));
	service_metadata(service, SERVICE_STAFF, forge_metadata(FORGE_STAFF_IDP, (const char *const[]){"provider", ""}, service->lasting));
	set_config(service, workers);
	return service;
}

struct service *
service_open(unsigned workers)
{
	struct service *service = service_prepare(workers);
	const char *reason = "";

	if (saml_open(&service->config, service->keys, service->lasting, &service->saml, &reason) != ERR_OK)
		fail_msg("vestibule-saml does not start: %s", reason);
	service->ctx.saml = service->saml;
	return service;
}

void
service_close(struct service *service)
{
	saml_close(&service->saml);
	keyring_free(&service->keys);
	unit_directory_remove(&service->directory);
	arena_free(&service->arena);
	arena_free(&service->lasting);
	free(service);
}

enum saml_verdict
service_judge(struct service *service, unsigned provider, const char *base64, struct credential *ret_credential)
{
	const struct saml_expectation expected = {.provider = &service->providers[provider], .request_id = FORGE_REQUEST,
	    .requested = service->ctx.now - SECONDS(10), .force_authn = true};
	enum saml_verdict verdict = SAML_VERDICT_COUNT;

	assert_int_equal(saml_judge_response(&service->ctx, &expected, base64, ret_credential, &verdict), ERR_OK);
	return verdict;
}
