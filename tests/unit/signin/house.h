/* house.h - what the tests of account, factor, signin and page stand in: a configuration, the fixture's keys and a store. */
#ifndef TESTS_UNIT_SIGNIN_HOUSE_H
#define TESTS_UNIT_SIGNIN_HOUSE_H

#include "../unit.h"

#include "config/config.h"
#include "signin/journey.h"
#include "store/store.h"
#include "text/template.h"

#define HOUSE_NOW 1800000000000 /* 2027-01-15T08:00:00Z, the start of a TOTP step */

struct house {
	struct arena *arena;
	struct config config;
	struct provider_config providers[2]; /* "gckey" (exclusive), "partner" (shared) */
	struct portal_config portals[2];     /* "health", "work"; both open, both ask for a factor */
	struct keyring *keys;
	struct store *store;
	struct text *text;
	char *directory;
};

/* backend: "mem" or "lmdb". */
void house_open(struct house *house, const char *backend);
void house_close(struct house *house);
/* Close the store and open it again, as a restart does ("lmdb"). */
void house_restart(struct house *house);
/* A request's ctx at `now`, with an arena of its own. */
struct ctx house_ctx(struct house *house, int64_t now);
void house_ctx_done(struct ctx *ctx);

/* Run fn in a transaction, which must succeed. */
void house_do(struct ctx *ctx, store_fn *fn, void *arg);

/* A portal's request, as /authorize would make it. */
struct pending *house_request(struct ctx *ctx, const char *portal);
/* A credential of that NameID arrives for it; the session's token. */
const char *house_arrive(struct ctx *ctx, struct pending *pending, const char *provider, const char *name_id);
/* The journey of that request and token, whose step must be `step`. */
struct journey house_journey(struct ctx *ctx, const struct pending *pending, const char *token, enum step step);
/* Enrol, keep the codes: the journey is done. ret_seed, ret_codes may be NULL. */
void house_enrol(struct ctx *ctx, struct journey *journey, struct bytes *ret_seed, const char *ret_codes[10]);
/* The same where something else comes after it than the portal. */
void house_enrol_to(struct ctx *ctx, struct journey *journey, enum step step, struct bytes *ret_seed, const char *ret_codes[10]);
/* The code of a seed at a time. */
const char *house_digits(struct ctx *ctx, struct bytes seed, int64_t now);

/* n threads at once, each with a number; how many returned true. */
unsigned house_contest(unsigned n, bool (*run)(void *arg, unsigned number), void *arg);

#endif
