#include "main/generation.h"

#include <stdlib.h>

#include "oidc/client.h"
#include "web/tls.h"

/* The listener reads them again later; here only so that a fault is found before anything has been opened or swapped. */
static enum err
check_tls(const struct config *config, struct arena *arena, const char **ret_reason)
{
	struct tls *tls = NULL;
	enum err err;

	if (config->tls_certificate == NULL)
		return ERR_OK;
	err = tls_open(config->tls_certificate, config->tls_key, arena, &tls, ret_reason);
	tls_close(&tls);
	return err;
}

enum err
generation_load(const char *file, struct arena *arena, struct generation **ret_generation,
    const char **ret_reason)
{
	struct generation *generation = calloc(1, sizeof(*generation));
	enum err err;

	must(generation != NULL);
	atomic_init(&generation->users, 1);
	err = config_load(file, arena, &generation->config, ret_reason);
	if (err == ERR_OK)
		err = keyring_load(
		    generation->config->key_directory, arena, &generation->keys, ret_reason);
	if (err == ERR_OK)
		err = check_tls(generation->config, arena, ret_reason);
	if (err == ERR_OK)
		err = clients_prepare(generation->config, arena, ret_reason);
	if (err == ERR_OK)
		err = text_load(generation->config->template_directory,
		    generation->config->theme_directory, arena, &generation->text, ret_reason);
	if (err != ERR_OK)
		generation_free(&generation);
	else
		*ret_generation = generation;
	return err;
}

void
generation_free(struct generation **generation)
{
	if (*generation == NULL)
		return;
	text_free(&(*generation)->text);
	keyring_free(&(*generation)->keys);
	config_free(&(*generation)->config);
	free(*generation);
	*generation = NULL;
}
