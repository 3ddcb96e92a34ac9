#include "saml/saml.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/random.h"
#include "crypto/keyring.h"
#include "crypto/rsa.h"
#include "saml/order.h"
#include "saml/pool.h"

/* What a generation keeps: names of providers. */
#define GENERATION_MEMORY ((size_t)1 << 20)

/* One vestibule-saml with what it said of the providers.  The last user closes it. */
struct generation {
	struct arena *arena;
	struct pool *pool;
	unsigned users;		/* under the saml's lock */
	const char *ids[SAML_PROVIDERS_MAX];
	struct saml_ready ready;
};

struct saml {
	pthread_mutex_t lock;
	struct generation *current;
};

/* --- the setup message --- */

static bool
is_staffs(const struct config *config, const struct provider_config *provider)
{
	return config->helpdesk.public_url != NULL && strcmp(config->helpdesk.provider, provider->id) == 0;
}

const char *
saml_acs_url(const struct config *config, const struct provider_config *provider, struct arena *arena)
{
	return arena_printf(arena, "%s/saml/acs", is_staffs(config, provider) ? config->helpdesk.public_url : config->public_url);
}

static void
close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static enum err
read_metadata(const char *file, struct arena *arena, struct bytes *ret_bytes)
{
	uint8_t *data = arena_alloc(arena, SAML_METADATA_MAX + 1);
	CLEANUP(close_fd) int fd = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	size_t len = 0;
	ssize_t n;

	if (fd < 0)
		return errno == ENOENT ? ERR_NOT_FOUND : ERR_IO;
	while ((n = read(fd, data + len, SAML_METADATA_MAX + 1 - len)) > 0)
		len += (size_t)n;
	if (n < 0)
		return ERR_IO;
	*ret_bytes = bytes_make(data, len);
	return len <= SAML_METADATA_MAX ? ERR_OK : ERR_TOO_BIG;
}

static enum saml_rules
rules_of(enum saml_profile profile)
{
	switch (profile) {
	case PROFILE_CATS2:
		return SAML_RULES_CATS2;
	case PROFILE_CATS3:
		return SAML_RULES_CATS3;
	case PROFILE_PLAIN:
		return SAML_RULES_PLAIN;
	}
	return SAML_RULES_CATS2;
}

/* The configuration's bits to those of the block ciphers: two folders that must not know each other. */
static uint32_t
ciphers_of(unsigned encryption)
{
	static const struct {
		enum encryption from;
		enum block_cipher to;
	} rows[] = {
		{ENCRYPTION_AES256_GCM, BLOCK_AES256_GCM}, {ENCRYPTION_AES128_GCM, BLOCK_AES128_GCM},
		{ENCRYPTION_AES128_CBC, BLOCK_AES128_CBC}, {ENCRYPTION_AES256_CBC, BLOCK_AES256_CBC},
	};
	uint32_t bits = 0;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if ((encryption & 1u << rows[i].from) != 0)
			bits |= 1u << rows[i].to;
	return bits;
}

/* CATS forbids to use any attribute but its own (2.4.1): only of a plain provider is one carried. */
static const char *
role_attribute_of(const struct config *config, const struct provider_config *provider)
{
	return provider->profile == PROFILE_PLAIN && is_staffs(config, provider) ? config->helpdesk.role_attribute : "";
}

static enum err
set_provider(const struct provider_config *config, struct arena *arena, struct saml_setup_provider *provider, const char **ret_reason)
{
	enum err err;
	size_t i;

	provider->id = config->id;
	provider->file = config->metadata;
	provider->rules = rules_of(config->profile);
	provider->encryption = ciphers_of(config->encryption);
	if (config->authn_context.count > SAML_REFS_MAX) {
		*ret_reason = arena_printf(arena, "provider %s: more than %u values of authn_context; leave the ones in use", config->id, SAML_REFS_MAX);
		return ERR_CONFIG;
	}
	for (i = 0; i < config->authn_context.count; i++)
		provider->authn_context[provider->authn_context_count++] = config->authn_context.items[i];
	err = read_metadata(config->metadata, arena, &provider->metadata);
	if (err != ERR_OK)
		*ret_reason = arena_printf(arena, "provider %s: %s: %s; put the provider's metadata there", config->id, config->metadata,
		    err == ERR_TOO_BIG ? "it is over 128 KiB" : err == ERR_NOT_FOUND ? "there is no such file" : strerror(errno));
	return err;
}

static enum err
set_keys(const struct keyring *keys, struct saml_setup *setup, const char **ret_reason)
{
	const struct saml_key *signing = keyring_saml_signing(keys, 0), *key;

	while (setup->encryption_key_count < SAML_KEYS_MAX &&
	       (key = keyring_saml_encryption(keys, setup->encryption_key_count)) != NULL)
		setup->encryption_keys[setup->encryption_key_count++] = key->private_pem;
	if (signing == NULL || setup->encryption_key_count == 0) {
		*ret_reason = "the key directory has no SAML keys; run vestibulectl keys init";
		return ERR_CONFIG;
	}
	setup->signing_key = signing->private_pem;
	setup->signing_certificate = signing->certificate_pem;
	return ERR_OK;
}

static enum err
make_setup(const struct config *config, const struct keyring *keys, struct arena *arena, struct bytes *ret_body, const char **ret_reason)
{
	struct saml_setup *setup = arena_new_object(arena, struct saml_setup);
	struct buf buf;
	enum err err;
	size_t i;

	setup->now = clock_now();
	setup->entity_id = config->entity_id;
	setup->acs_url = arena_printf(arena, "%s/saml/acs", config->public_url);
	setup->workers = config->saml_workers < SAML_WORKERS_MAX ? config->saml_workers : SAML_WORKERS_MAX;
	if (config->provider_count > SAML_PROVIDERS_MAX) {
		*ret_reason = arena_printf(arena, "there are more than %u providers", SAML_PROVIDERS_MAX);
		return ERR_CONFIG;
	}
	err = set_keys(keys, setup, ret_reason);
	for (i = 0; i < config->provider_count && err == ERR_OK; i++) {
		setup->providers[i].acs_url = saml_acs_url(config, &config->providers[i], arena);
		setup->providers[i].role_attribute = role_attribute_of(config, &config->providers[i]);
		err = set_provider(&config->providers[i], arena, &setup->providers[setup->provider_count++], ret_reason);
	}
	if (err != ERR_OK)
		return err;
	buf_init(&buf, arena, SAML_SETUP_MAX);
	saml_setup_put(&buf, setup);
	if (buf.failed) {
		*ret_reason = "the metadata of all providers together is over 4 MiB";
		return ERR_CONFIG;
	}
	*ret_body = buf_bytes(&buf);
	return ERR_OK;
}

/* --- generations --- */

static void
free_generation(struct generation *generation)
{
	pool_close(&generation->pool);
	arena_free(&generation->arena);
	free(generation);
}

/* The setup has private keys: its arena is wiped as soon as it was sent. */
static enum err
start_pool(const struct config *config, const struct keyring *keys, struct generation *generation, struct arena *arena, const char **ret_reason)
{
	CLEANUP(arena_free) struct arena *scratch = arena_new((size_t)32 << 20);
	struct saml_ready *ready = arena_new_object(scratch, struct saml_ready);
	const char *reason = "";
	struct bytes setup;
	enum err err;
	size_t i;

	err = make_setup(config, keys, scratch, &setup, &reason);
	if (err == ERR_OK)
		err = pool_open(config->saml_worker_program, setup, scratch, &generation->pool, ready, &reason);
	if (err == ERR_OK && ready->provider_count != config->provider_count)
		err = ERR_PEER;
	if (err != ERR_OK) {
		*ret_reason = arena_text(arena, reason);
		return err;
	}
	generation->ready.provider_count = ready->provider_count;
	for (i = 0; i < ready->provider_count; i++) {
		generation->ids[i] = arena_text(generation->arena, config->providers[i].id);
		generation->ready.providers[i].entity_id = arena_text(generation->arena, ready->providers[i].entity_id);
		generation->ready.providers[i].sso_url = arena_text(generation->arena, ready->providers[i].sso_url);
	}
	return ERR_OK;
}

static enum err
new_generation(const struct config *config, const struct keyring *keys, struct arena *arena, struct generation **ret_generation,
    const char **ret_reason)
{
	struct generation *generation = calloc(1, sizeof(*generation));
	enum err err;

	must(generation != NULL);
	generation->arena = arena_new(GENERATION_MEMORY);
	generation->users = 1;
	err = start_pool(config, keys, generation, arena, ret_reason);
	if (err == ERR_OK)
		*ret_generation = generation;
	else
		free_generation(generation);
	return err;
}

static struct generation *
use_current(struct saml *saml)
{
	struct generation *generation;

	pthread_mutex_lock(&saml->lock);
	generation = saml->current;
	generation->users++;
	pthread_mutex_unlock(&saml->lock);
	return generation;
}

static void
let_go(struct saml *saml, struct generation *generation)
{
	bool last;

	pthread_mutex_lock(&saml->lock);
	last = --generation->users == 0;
	pthread_mutex_unlock(&saml->lock);
	if (last)
		free_generation(generation);
}

/* The place of a provider in a generation; ERR_CONFIG when a reload has taken it away. */
static enum err
find_provider(const struct generation *generation, const struct provider_config *provider, uint32_t *ret_index)
{
	uint32_t i;

	for (i = 0; i < generation->ready.provider_count; i++)
		if (strcmp(generation->ids[i], provider->id) == 0) {
			*ret_index = i;
			return ERR_OK;
		}
	return ERR_CONFIG;
}

/* --- open, reload, close --- */

enum err
saml_open(const struct config *config, const struct keyring *keys, struct arena *arena, struct saml **ret_saml, const char **ret_reason)
{
	struct generation *generation;
	struct saml *saml;
	enum err err;

	err = new_generation(config, keys, arena, &generation, ret_reason);
	if (err != ERR_OK)
		return err;
	saml = calloc(1, sizeof(*saml));
	must(saml != NULL && pthread_mutex_init(&saml->lock, NULL) == 0);
	saml->current = generation;
	*ret_saml = saml;
	return ERR_OK;
}

enum err
saml_reload(struct saml *saml, const struct config *config, const struct keyring *keys, struct arena *arena, const char **ret_reason)
{
	struct generation *generation, *old;
	enum err err;

	err = new_generation(config, keys, arena, &generation, ret_reason);
	if (err != ERR_OK)
		return err;
	pthread_mutex_lock(&saml->lock);
	old = saml->current;
	saml->current = generation;
	pthread_mutex_unlock(&saml->lock);
	let_go(saml, old);
	return ERR_OK;
}

void
saml_close(struct saml **saml)
{
	if (*saml == NULL)
		return;
	let_go(*saml, (*saml)->current);
	pthread_mutex_destroy(&(*saml)->lock);
	free(*saml);
	*saml = NULL;
}

unsigned
saml_workers_ready(struct saml *saml)
{
	struct generation *generation = use_current(saml);
	unsigned count = pool_ready(generation->pool);

	let_go(saml, generation);
	return count;
}

const char *
saml_sso_origin(struct ctx *ctx, const struct provider_config *provider)
{
	struct generation *generation = use_current(ctx->saml);
	const char *origin = NULL, *url, *end;
	uint32_t i;

	if (find_provider(generation, provider, &i) == ERR_OK) {
		url = generation->ready.providers[i].sso_url;
		end = strstr(url, "://");
		end = end != NULL ? end + 3 + strcspn(end + 3, "/?") : url;
		origin = arena_text_of(ctx->arena, bytes_make(url, (size_t)(end - url)));
	}
	let_go(ctx->saml, generation);
	return origin;
}

/* --- asking --- */

static enum err
ask_authn(const struct generation *generation, struct ctx *ctx, const struct saml_authn *authn, const char **ret_url)
{
	struct bytes answer;
	struct buf buf;
	const char *url;
	enum err err;

	buf_init(&buf, ctx->arena, 4 * SAML_URI_MAX);
	saml_authn_put(&buf, authn);
	if (buf.failed)
		return ERR_TOO_BIG;
	err = pool_ask(generation->pool, SAML_OP_AUTHN, buf_bytes(&buf), ctx->arena, &answer);
	if (err == ERR_OK)
		err = saml_text_get(answer, ctx->arena, &url);
	if (err != ERR_OK)
		return err;
	/* Where the browser goes is the metadata's word, whatever the worker says. */
	if (*url == '\0' || strncmp(url, generation->ready.providers[authn->provider].sso_url,
			     strlen(generation->ready.providers[authn->provider].sso_url)) != 0)
		return *url == '\0' ? ERR_CRYPTO : ERR_PEER;
	*ret_url = url;
	return ERR_OK;
}

enum err
saml_authn_url(struct ctx *ctx, const struct provider_config *provider, const char *request_id, bool force_authn,
    const char *relay_state, const char **ret_url)
{
	struct saml_authn authn = {.request_id = request_id, .relay_state = relay_state, .force_authn = force_authn,
	    .issue_instant = clock_print(ctx->arena, ctx->now)};
	struct generation *generation;
	enum err err;

	if (strlen(relay_state) > 80)
		return ERR_TOO_BIG;
	generation = use_current(ctx->saml);
	err = find_provider(generation, provider, &authn.provider);
	if (err == ERR_OK)
		err = ask_authn(generation, ctx, &authn, ret_url);
	let_go(ctx->saml, generation);
	return err;
}

static enum err
ask_response(const struct generation *generation, struct ctx *ctx, const struct saml_response *response, struct saml_facts *ret_facts,
    enum saml_verdict *ret_verdict)
{
	struct bytes answer;
	struct buf buf;
	enum err err;

	buf_init(&buf, ctx->arena, SAML_BASE64_MAX + 64);
	saml_response_put(&buf, response);
	must(!buf.failed);
	err = pool_ask(generation->pool, SAML_OP_RESPONSE, buf_bytes(&buf), ctx->arena, &answer);
	return err == ERR_OK ? saml_facts_get(answer, ctx->arena, ret_verdict, ret_facts) : err;
}

static enum saml_verdict
judge(struct ctx *ctx, const struct saml_expectation *expected, const char *provider_entity_id, const struct saml_facts *facts,
    struct credential *ret_credential)
{
	const struct judge_rules rules = {
		.rules = rules_of(expected->provider->profile),
		.provider = expected->provider->id,
		.provider_entity_id = arena_text(ctx->arena, provider_entity_id),
		.entity_id = ctx->config->entity_id,
		.acs_url = saml_acs_url(ctx->config, expected->provider, ctx->arena),
		.authn_context = &expected->provider->authn_context,
		.request_id = expected->request_id,
		.requested = expected->requested,
		.force_authn = expected->force_authn,
		.request_lifetime = ctx->config->limits.login_lifetime,
		.skew = ctx->config->limits.clock_skew,
		.now = ctx->now,
	};

	return judge_check(&rules, facts, ret_credential);
}

enum err
saml_judge_response(struct ctx *ctx, const struct saml_expectation *expected, const char *response_base64,
    struct credential *ret_credential, enum saml_verdict *ret_verdict)
{
	struct saml_facts *facts = arena_new_object(ctx->arena, struct saml_facts);
	struct saml_response response = {.base64 = bytes_of(response_base64)};
	enum saml_verdict verdict = SAML_TOO_BIG;
	struct generation *generation;
	enum err err;

	if (response.base64.len > SAML_BASE64_MAX) {
		*ret_verdict = SAML_TOO_BIG;
		return ERR_OK;
	}
	generation = use_current(ctx->saml);
	err = find_provider(generation, expected->provider, &response.provider);
	if (err == ERR_OK)
		err = ask_response(generation, ctx, &response, facts, &verdict);
	if (err == ERR_OK && verdict == SAML_ACCEPTED)
		verdict = judge(ctx, expected, generation->ready.providers[response.provider].entity_id, facts, ret_credential);
	let_go(ctx->saml, generation);
	if (err == ERR_OK)
		*ret_verdict = verdict;
	return err;
}

/* --- orders: ManageNameID --- */

static enum err
ask_order(const struct generation *generation, struct ctx *ctx, struct bytes envelope, struct saml_manage *ret_facts, enum saml_verdict *ret_verdict)
{
	struct bytes answer;
	struct buf buf;
	enum err err;

	buf_init(&buf, ctx->arena, SAML_DECODED_MAX + 64);
	saml_envelope_put(&buf, envelope);
	must(!buf.failed);
	err = pool_ask(generation->pool, SAML_OP_MANAGE, buf_bytes(&buf), ctx->arena, &answer);
	return err == ERR_OK ? saml_manage_get(answer, ctx->arena, ret_verdict, ret_facts) : err;
}

static enum saml_verdict
judge_order(struct ctx *ctx, const struct generation *generation, const struct saml_manage *facts, struct saml_order *ret_order)
{
	bool known = facts->provider < generation->ready.provider_count;
	const struct provider_config *provider = known ? config_provider(ctx->config, generation->ids[facts->provider]) : NULL;

	/* A reload may have taken it away since. */
	if (provider == NULL)
		return SAML_PROVIDER;
	return order_check(
	    &(struct order_rules){
		.judge = {.rules = rules_of(provider->profile),
		    .provider = provider->id,
		    .provider_entity_id = arena_text(ctx->arena, generation->ready.providers[facts->provider].entity_id),
		    .entity_id = ctx->config->entity_id,
		    .skew = ctx->config->limits.clock_skew,
		    .now = ctx->now},
		.soap_url = arena_printf(ctx->arena, "%s/saml/soap", ctx->config->public_url)},
	    facts, ret_order);
}

enum err
saml_judge_order(struct ctx *ctx, struct bytes envelope, struct saml_order *ret_order, enum saml_verdict *ret_verdict)
{
	enum saml_verdict verdict = SAML_TOO_BIG;
	struct generation *generation;
	struct saml_manage facts;
	enum err err;

	if (envelope.len > SAML_DECODED_MAX) {
		*ret_verdict = SAML_TOO_BIG;
		return ERR_OK;
	}
	generation = use_current(ctx->saml);
	err = ask_order(generation, ctx, envelope, &facts, &verdict);
	if (err == ERR_OK && verdict == SAML_ACCEPTED)
		verdict = judge_order(ctx, generation, &facts, ret_order);
	let_go(ctx->saml, generation);
	if (err == ERR_OK)
		*ret_verdict = verdict;
	return err;
}

#define STATUS "urn:oasis:names:tc:SAML:2.0:status:"
enum err
saml_answer_order(struct ctx *ctx, const struct saml_order *order, bool done, const char **ret_envelope)
{
	const struct saml_managed managed = {.response_id = arena_printf(ctx->arena, "_%s", random_name(ctx->arena, 32)),
	    .in_response_to = order->request_id,
	    .issue_instant = clock_print(ctx->arena, ctx->now),
	    .status = done ? STATUS "Success" : STATUS "Requester",
	    .sub_status = done ? "" : STATUS "RequestUnsupported"};
	struct generation *generation = use_current(ctx->saml);
	const char *envelope = "";
	struct bytes answer;
	struct buf buf;
	enum err err;

	buf_init(&buf, ctx->arena, 4096);
	saml_managed_put(&buf, &managed);
	must(!buf.failed);
	err = pool_ask(generation->pool, SAML_OP_MANAGED, buf_bytes(&buf), ctx->arena, &answer);
	let_go(ctx->saml, generation);
	if (err == ERR_OK)
		err = saml_text_get(answer, ctx->arena, &envelope);
	if (err != ERR_OK)
		return err;
	*ret_envelope = envelope;
	return *envelope != '\0' ? ERR_OK : ERR_CRYPTO;
}
