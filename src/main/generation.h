/* generation.h - what a reload replaces as one: the configuration with its keys, sentences and templates.
 *
 * A request holds the generation that it began with; the last one that lets go of an old generation frees it.
 */
#ifndef MAIN_GENERATION_H
#define MAIN_GENERATION_H

#include <stdatomic.h>

#include "config/config.h"
#include "crypto/keyring.h"
#include "text/template.h"

struct generation {
	struct generation *older;	/* those that requests still use */
	_Atomic unsigned users;
	struct config *config;
	struct keyring *keys;
	struct text *text;
};

/* Read the file and everything that it names; one user.  ERR_CONFIG, ERR_NOT_FOUND, ERR_FORMAT, ERR_IO: *ret_reason holds a line per fault,
 * each with file and remedy. */
enum err generation_load(const char *file, struct arena *arena, struct generation **ret_generation, const char **ret_reason);
void generation_free(struct generation **generation);

#endif
