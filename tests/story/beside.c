#include "beside.h"

#include <stdio.h>

#include "config/config.h"
#include "crypto/keyring.h"
#include "store/store.h"
#include "text/template.h"

int
beside_fail(const char *what, const char *reason)
{
	fprintf(stderr, "beside the store: %s: %s\n", what, reason);
	return 1;
}

int
beside(const char *configuration, beside_fn *fn, void *arg)
{
	struct ctx ctx = {.arena = arena_new((size_t)64 << 20), .now = clock_now(), .log.request = "story"};
	struct store_options options = {0};
	struct config *config = NULL;
	struct keyring *keys = NULL;
	struct text *text = NULL;
	const char *reason = "";
	int status;

	if (config_load(configuration, ctx.arena, &config, &reason) != ERR_OK || keyring_load(config->key_directory, ctx.arena, &keys, &reason) != ERR_OK ||
	    text_load(config->template_directory, config->theme_directory, ctx.arena, &text, &reason) != ERR_OK)
		return beside_fail("open", reason);
	options = (struct store_options){.backend = config->store_backend, .directory = config->state_directory, .keys = keys};
	ctx.config = config;
	ctx.keys = keys;
	ctx.text = text;
	if (store_open(&options, ctx.arena, &ctx.store, &reason) != ERR_OK)
		return beside_fail("store", reason);
	status = fn(&ctx, arg);
	store_close(&ctx.store);
	text_free(&text);
	keyring_free(&keys);
	config_free(&config);
	arena_free(&ctx.arena);
	return status;
}
