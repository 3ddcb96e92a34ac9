#include "saml_worker/engine.h"

#include <lasso/lasso.h>
#include <stdlib.h>
#include <string.h>
#include <xmlsec/errors.h>
#include <xmlsec/transforms.h>
#include <xmlsec/xmlsec.h>

#include "saml_worker/internal.h"

/* --- the libraries --- */

/* Only what policy.c lets through as well: xmlsec knows MD5, HMAC, XPath and XSLT, and takes them all. */
static const char *const transforms[] = {
	"http://www.w3.org/2000/09/xmldsig#enveloped-signature",
	"http://www.w3.org/2001/10/xml-exc-c14n#",
	"http://www.w3.org/2001/04/xmlenc#sha256",
	"http://www.w3.org/2001/04/xmldsig-more#sha384",
	"http://www.w3.org/2001/04/xmlenc#sha512",
	"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
	"http://www.w3.org/2001/04/xmldsig-more#rsa-sha384",
	"http://www.w3.org/2001/04/xmldsig-more#rsa-sha512",
};
#define TRANSFORMS (sizeof(transforms) / sizeof(transforms[0]))

static bool
register_transforms(void)
{
	xmlSecTransformId ids[TRANSFORMS];
	xmlSecPtrList *list = xmlSecTransformIdsGet();
	size_t i;

	for (i = 0; i < TRANSFORMS; i++)
		ids[i] = xmlSecTransformIdListFindByHref(list, (const xmlChar *)transforms[i], xmlSecTransformUsageAny);
	/* Taking single ones out leaves holes that break the list (LIBRARIES.md B.3). */
	xmlSecPtrListEmpty(list);
	for (i = 0; i < TRANSFORMS; i++)
		if (ids[i] == xmlSecTransformIdUnknown || xmlSecTransformIdsRegister(ids[i]) < 0)
			return false;
	return true;
}

static void
be_silent(const gchar *domain, GLogLevelFlags level, const gchar *message, gpointer data)
{
	(void)domain, (void)level, (void)message, (void)data;
}

enum err
engine_prepare(void)
{
	/* Without these, each key costs a parse of the system's certificates, and each log line a look at the time zone. */
	setenv("SSL_CERT_FILE", "/dev/null", 1);
	setenv("SSL_CERT_DIR", "/nonexistent", 1);
	setenv("TZ", "UTC0", 1);
	unsetenv("LASSO_FLAG");
	unsetenv("LASSO_DEFAULT_KEY_ENCRYPTION_METHOD");
	/* lasso's warnings quote what strangers sent. */
	g_log_set_default_handler(be_silent, NULL);
	if (lasso_init() != 0)
		return ERR_CRYPTO;
	xmlSecErrorsSetCallback(NULL);
	return register_transforms() ? ERR_OK : ERR_CRYPTO;
}

/* --- one engine --- */

static enum err
open_keys(struct engine *engine, const char **ret_reason)
{
	const struct saml_setup *setup = engine->setup;
	size_t i;

	engine->keys.entity_id = setup->entity_id;
	if (rsa_key_parse(setup->signing_key, &engine->signing_key) != ERR_OK) {
		*ret_reason = "the newest SAML signing key is not usable; run vestibulectl keys list";
		return ERR_CRYPTO;
	}
	for (i = 0; i < setup->encryption_key_count; i++) {
		if (rsa_key_parse(setup->encryption_keys[i], &engine->keys.items[i]) != ERR_OK) {
			*ret_reason = "a SAML encryption key is not usable; run vestibulectl keys list";
			return ERR_CRYPTO;
		}
		engine->keys.count++;
	}
	return ERR_OK;
}

static enum err
add_provider(struct engine *engine, const struct saml_setup_provider *setup, const char **ret_reason)
{
	struct provider *provider = &engine->providers[engine->provider_count];
	enum err err;
	size_t i;

	err = provider_parse(setup, engine->setup->now, engine->arena, provider, ret_reason);
	if (err != ERR_OK)
		return err;
	for (i = 0; i < engine->provider_count; i++)
		if (strcmp(engine->providers[i].entity_id, provider->entity_id) == 0) {
			*ret_reason = arena_printf(engine->arena,
			    "provider %s: %s: its entityID is also that of provider %s; each must have its own",
			    setup->id, setup->file, engine->providers[i].setup->id);
			return ERR_CONFIG;
		}
	if (verify_keys_open(provider, engine->arena, &engine->signers[engine->provider_count]) != ERR_OK) {
		*ret_reason = arena_printf(engine->arena, "provider %s: %s: xmlsec does not take its keys", setup->id, setup->file);
		verify_keys_close(&engine->signers[engine->provider_count]);
		return ERR_CONFIG;
	}
	engine->provider_count++;
	if (lasso_server_add_provider_from_buffer(engine->server, LASSO_PROVIDER_ROLE_IDP,
		provider_print(provider, engine->arena), NULL, NULL) != 0) {
		*ret_reason = arena_printf(engine->arena, "provider %s: %s: lasso does not take it", setup->id, setup->file);
		return ERR_CONFIG;
	}
	return ERR_OK;
}

static enum err
fill(struct engine *engine, const char **ret_reason)
{
	const struct saml_setup *setup = engine->setup;
	enum err err = open_keys(engine, ret_reason);
	size_t i;

	if (err != ERR_OK)
		return err;
	engine->server = lasso_server_new_from_buffers(
	    provider_print_self(setup->entity_id, setup->acs_url, engine->arena), NULL, NULL, NULL);
	if (engine->server == NULL) {
		*ret_reason = "lasso does not take our own description; check entity_id and public_url";
		return ERR_CONFIG;
	}
	for (i = 0; i < setup->provider_count && err == ERR_OK; i++)
		err = add_provider(engine, &setup->providers[i], ret_reason);
	return err;
}

enum err
engine_open(const struct saml_setup *setup, struct arena *arena, struct engine **ret_engine, const char **ret_reason)
{
	struct engine *engine = calloc(1, sizeof(*engine));
	enum err err;

	must(engine != NULL);
	engine->setup = setup;
	engine->arena = arena;
	err = fill(engine, ret_reason);
	if (err == ERR_OK)
		*ret_engine = engine;
	else
		engine_close(&engine);
	return err;
}

void
engine_close(struct engine **engine)
{
	size_t i;

	if (*engine == NULL)
		return;
	for (i = 0; i < (*engine)->keys.count; i++)
		rsa_key_free(&(*engine)->keys.items[i]);
	rsa_key_free(&(*engine)->signing_key);
	for (i = 0; i < (*engine)->provider_count; i++)
		verify_keys_close(&(*engine)->signers[i]);
	if ((*engine)->server != NULL)
		g_object_unref((*engine)->server);
	free(*engine);
	*engine = NULL;
}

size_t
engine_provider_count(const struct engine *engine)
{
	return engine->provider_count;
}

const struct provider *
engine_provider(const struct engine *engine, size_t index)
{
	return index < engine->provider_count ? &engine->providers[index] : NULL;
}
