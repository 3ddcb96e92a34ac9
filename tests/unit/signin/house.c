#include "house.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include <liboath/oath.h>

#include "base/random.h"
#include "crypto/keyring.h"
#include "signin/arrive.h"
#include "signin/enrol.h"
#include "signin/notice_address.h"

static const char *provider_ids[] = {"gckey", "partner"};
static const char *methods[] = {"totp"};
static const char *health_uris[] = {"https://health.example/callback"};
static const char *work_uris[] = {"https://work.example/callback"};

static struct portal_config
make_portal(const char *id, const char **uris, const char *start)
{
	return (struct portal_config){.id = id, .name = {id, id}, .redirect_uris = {uris, 1}, .providers = {provider_ids, 2},
	    .methods = {methods, 1}, .required_for = {provider_ids, 2}, .reuse = MINUTES(20), .idle = MINUTES(20), .absolute = HOURS(12),
	    .token_algorithm = "ES256", .start_url = start};
}

static void
configure(struct house *house)
{
	house->providers[0] = (struct provider_config){.id = "gckey", .name = {"GCKey", "CléGC"}, .kind = "gckey", .force_authn = true,
	    .separation = SEPARATION_EXCLUSIVE};
	house->providers[1] = (struct provider_config){.id = "partner", .name = {"Partner", "Partenaire"}, .kind = "partner",
	    .separation = SEPARATION_SHARED};
	house->portals[0] = make_portal("health", health_uris, "https://health.example/");
	house->portals[1] = make_portal("work", work_uris, "https://work.example/");
	house->config = (struct config){.public_url = "https://auth.example", .entity_id = "https://auth.example/saml/metadata",
	    .service_name = {"Vestibule", "Vestibule"}, .help = {"1-800-555-0199", "1 800 555-0199"},
	    .mail = {.url = "smtp://127.0.0.1:25", .from = "no-reply@auth.example"}, .providers = house->providers, .provider_count = 2, .portals = house->portals,
	    .portal_count = 2,
	    .limits = {.clock_skew = SECONDS(180), .login_lifetime = MINUTES(60), .code_lifetime = SECONDS(60), .token_lifetime = SECONDS(300),
		.recovery_codes = 10, .failures_disable = 50, .failures_month = 100, .mail_code_lifetime = MINUTES(10), .mail_code_tries = 5, .mail_sends_hour = 5,
		.mail_sends_day = 10, .mail_kept = DAYS(30), .invitation_lifetime = DAYS(14), .approval_lifetime = DAYS(30), .claim_period = HOURS(24),
		.claim_decision = DAYS(30), .reset_period = HOURS(24)},
	    .retention = {.audit = DAYS(400), .closed_accounts = DAYS(90), .unused_accounts = DAYS(730), .claims = DAYS(730), .invitations = DAYS(400)}};
}

void
house_open(struct house *house, const char *backend)
{
	struct store_options options = {.backend = backend, .create = true};
	const char *why = "";

	memset(house, 0, sizeof(*house));
	house->arena = arena_new(1 << 24);
	house->keys = unit_keys(house->arena);
	house->directory = unit_directory();
	configure(house);
	options.directory = house->directory;
	options.keys = house->keys;
	if (store_open(&options, house->arena, &house->store, &why) != ERR_OK || text_load(unit_templates(), NULL, house->arena, &house->text, &why) != ERR_OK)
		fail_msg("%s", why);
}

void
house_restart(struct house *house)
{
	struct store_options options = {.backend = "lmdb", .directory = house->directory, .keys = house->keys};
	const char *why = "";

	store_close(&house->store);
	if (store_open(&options, house->arena, &house->store, &why) != ERR_OK)
		fail_msg("%s", why);
}

void
house_close(struct house *house)
{
	store_close(&house->store);
	text_free(&house->text);
	unit_directory_remove(&house->directory);
	keyring_free(&house->keys);
	arena_free(&house->arena);
}

struct ctx
house_ctx(struct house *house, int64_t now)
{
	return (struct ctx){.arena = arena_new(1 << 26), .config = &house->config, .keys = house->keys, .store = house->store, .text = house->text, .now = now};
}

void
house_ctx_done(struct ctx *ctx)
{
	arena_free(&ctx->arena);
}

void
house_do(struct ctx *ctx, store_fn *fn, void *arg)
{
	assert_int_equal(store_update(ctx, fn, arg), ERR_OK);
}

struct pending *
house_request(struct ctx *ctx, const char *portal)
{
	struct pending *pending = pending_new(ctx, portal);

	pending->manage = false;
	pending->redirect_uri = config_portal(ctx->config, portal)->redirect_uris.items[0];
	pending->state = "state";
	pending->scope = "openid";
	return pending;
}

const char *
house_arrive(struct ctx *ctx, struct pending *pending, const char *provider, const char *name_id)
{
	struct arrival arrival = {.pending = pending, .provider = config_provider(ctx->config, provider), .name_qualifier = "idp",
	    .sp_name_qualifier = "sp", .name_id = name_id, .session_index = "", .session_until = NEVER, .level = "urn:gc-ca:cyber-auth:assurance:loa2",
	    .assertion_id = random_text(ctx->arena, 16), .assertion_until = ctx->now + MINUTES(5)};
	const char *token;

	pending->provider = provider;
	pending->saml_request = random_text(ctx->arena, 16);
	assert_int_equal(arrive(ctx, &arrival, &token), ERR_OK);
	return token;
}

struct journey
house_journey(struct ctx *ctx, const struct pending *pending, const char *token, enum step step)
{
	struct journey journey;

	assert_int_equal(journey_find(ctx, pending, token, &journey), ERR_OK);
	assert_int_equal(journey.step, step);
	return journey;
}

const char *
house_digits(struct ctx *ctx, struct bytes seed, int64_t now)
{
	char *digits = arena_alloc(ctx->arena, 7);

	assert_int_equal(oath_totp_generate((const char *)seed.data, seed.len, (time_t)(now / 1000), 30, 0, 6, digits), OATH_OK);
	return digits;
}

void
house_enrol(struct ctx *ctx, struct journey *journey, struct bytes *ret_seed, const char *ret_codes[10])
{
	house_enrol_to(ctx, journey, STEP_DONE, ret_seed, ret_codes);
}

void
house_enrol_to(struct ctx *ctx, struct journey *journey, enum step step, struct bytes *ret_seed, const char *ret_codes[10])
{
	struct enrolment enrolment;
	struct bytes seed;

	assert_int_equal(enrol_begin(ctx, journey, "totp"), ERR_OK);
	seed = record_bytes(journey->session->pending_secret);
	assert_int_equal(enrol_finish(ctx, journey, house_digits(ctx, seed, ctx->now), &enrolment), ERR_OK);
	assert_int_equal(enrolment.verdict, ENROL_DONE);
	*journey = house_journey(ctx, journey->pending, enrolment.token, STEP_RECOVERY_CODES);
	assert_int_equal(codes_show(ctx, journey), ERR_OK);
	assert_int_equal(journey->session->n_pending_codes, 10);
	for (size_t i = 0; ret_codes != NULL && i < 10; i++)
		ret_codes[i] = arena_text(ctx->arena, journey->session->pending_codes[i]);
	assert_int_equal(codes_confirm(ctx, journey), ERR_OK);
	assert_int_equal(journey_find(ctx, journey->pending, enrolment.token, journey), ERR_OK);
	if (journey->step == STEP_NOTICE_ADDRESS)
		assert_int_equal(notice_address_skip(ctx, journey), ERR_OK);
	*journey = house_journey(ctx, journey->pending, enrolment.token, step);
	if (ret_seed != NULL)
		*ret_seed = seed;
}

struct runner {
	pthread_t thread;
	pthread_barrier_t *barrier;
	bool (*run)(void *arg, unsigned number);
	void *arg;
	unsigned number;
	bool won;
};

static void *
start(void *arg)
{
	struct runner *runner = arg;

	pthread_barrier_wait(runner->barrier);
	runner->won = runner->run(runner->arg, runner->number);
	return NULL;
}

unsigned
house_contest(unsigned n, bool (*run)(void *arg, unsigned number), void *arg)
{
	struct runner runners[64];
	pthread_barrier_t barrier;
	unsigned won = 0;

	assert_true(n <= 64);
	pthread_barrier_init(&barrier, NULL, n);
	for (unsigned i = 0; i < n; i++) {
		runners[i] = (struct runner){.barrier = &barrier, .run = run, .arg = arg, .number = i};
		assert_int_equal(pthread_create(&runners[i].thread, NULL, start, &runners[i]), 0);
	}
	for (unsigned i = 0; i < n; i++) {
		pthread_join(runners[i].thread, NULL);
		won += runners[i].won;
	}
	pthread_barrier_destroy(&barrier);
	return won;
}
