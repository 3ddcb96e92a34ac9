/* language.h - English or French: what the person chose, else what the portal asked for, else what the browser prefers, else English.
 *
 * Cookie __Host-vestibule-language: "en" or "fr" from the link on each page, "en-portal" or "fr-portal" from ui_locales; both live as long
 * as the browser is open, since the portal knows better than a year-old choice made here. */
#ifndef PAGE_LANGUAGE_H
#define PAGE_LANGUAGE_H

#include "web/router.h"

#define LANGUAGE_COOKIE "__Host-vestibule-language"

/* Set ctx->language for this request. */
void language_choose(struct ctx *ctx, const struct request *request);
/* ui_locales (OpenID Connect Core 3.1.2.1): the first tag that is English or French counts, for this request and, unless the person has
 * chosen, from now on. */
void language_from_ui_locales(struct ctx *ctx, const struct request *request, const char *ui_locales, struct response *response);
/* The link to the same page in the other language; handle may be NULL. */
const char *language_url(struct ctx *ctx, const char *path, const char *handle);
/* May a language link lead back to this path? */
bool language_knows(const char *path);

/* GET /language?to=fr&r=...&back=/second-factor */
handler_fn page_language;
/* The person asks for "en" or "fr": kept in a cookie from now on.  False, and nothing changed, for anything else. */
bool language_take(struct ctx *ctx, const char *to, struct response *response);

#endif
