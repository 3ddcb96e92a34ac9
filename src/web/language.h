/* language.h - English or French: what the person chose, else what the browser prefers, else English.
 *
 * Cookie __Host-vestibule-language: "en" or "fr" from the link on each page, "en-portal" or "fr-portal" from ui_locales (page/language_link.h);
 * it lives as long as the browser is open, since a portal knows better than a year-old choice made here. */
#ifndef WEB_LANGUAGE_H
#define WEB_LANGUAGE_H

#include "web/request.h"
#include "web/response.h"

#define LANGUAGE_COOKIE "__Host-vestibule-language"

/* Set ctx->language for this request. */
void language_choose(struct ctx *ctx, const struct request *request);
/* The person asks for "en" or "fr": kept in a cookie from now on.  False, and nothing changed, for anything else. */
bool language_take(struct ctx *ctx, const char *to, struct response *response);
/* The first len bytes of tag: "fr", "fr-CA", "FR" and the like (BCP 47). */
bool language_tag_parse(const char *tag, size_t len, enum language *ret_language);

#endif
