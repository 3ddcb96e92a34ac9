/* ctx.h - what one request carries through all layers.
 *
 * HOUSE.md asks for six members; there are nine, since nothing is global: the key ring, the SAML workers and the texts
 * each have one owner (main) and many users, and only their own folders know what is behind the pointers.
 */
#ifndef BASE_CTX_H
#define BASE_CTX_H

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"

struct config;
struct keyring;
struct saml;
struct store;
struct text;

enum language { LANGUAGE_EN, LANGUAGE_FR };

struct ctx {
	struct arena *arena;		/* lives as long as the request */
	struct log_fields log;
	const struct config *config;	/* the snapshot of this request: a reload does not change it */
	const struct keyring *keys;
	struct store *store;
	struct saml *saml;		/* the confined SAML workers */
	const struct text *text;	/* sentences and templates */
	int64_t now;			/* ms since 1970, fixed when the request starts; tests set it freely */
	enum language language;
};

/* "en" or "fr". */
const char *language_print(enum language language);

#endif
