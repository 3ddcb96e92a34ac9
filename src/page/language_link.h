/* language_link.h - the language that a portal asked for, and the link on each page that leads to the same page in the other one. */
#ifndef PAGE_LANGUAGE_LINK_H
#define PAGE_LANGUAGE_LINK_H

#include "web/language.h"
#include "web/router.h"

/* ui_locales (OpenID Connect Core 3.1.2.1): the first tag that is English or French counts, for this request and, unless the person has
 * chosen, from now on. */
void language_from_ui_locales(struct ctx *ctx, const struct request *request, const char *ui_locales, struct response *response);
/* The link to the same page in the other language; handle may be NULL. */
const char *language_url(struct ctx *ctx, const char *path, const char *handle);
/* May a language link lead back to this path? */
bool language_knows(const char *path);

/* GET /language?to=fr&r=...&back=/second-factor */
handler_fn page_language;

#endif
