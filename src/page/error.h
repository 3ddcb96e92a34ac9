/* error.h - the page for what went wrong: a reason in plain words, a next step, and a reference that finds it in the log. */
#ifndef PAGE_ERROR_H
#define PAGE_ERROR_H

#include "web/router.h"

/* Fill the response with the page `error`, and write one line to the log. reason: see templates/README.md; of another one (the router's)
 * the status decides which is shown. */
void error_page(struct ctx *ctx, const struct request *request, int status, const char *reason, struct response *response);
/* The same with a way to start afresh ("/sign-in?r=...") other than the portal's own. */
void error_page_with(struct ctx *ctx, const struct request *request, int status, const char *reason, const char *start_url,
    struct response *response);
/* Nothing of this account may be changed: what the help desk needs, and the way back: manage_url, or, where that is NULL, the portal's start. */
void error_page_frozen(struct ctx *ctx, const struct request *request, const char *support_reference, const char *manage_url, struct response *response);
/* The account opens nothing any more, or not here: why (a reason of this page), and the support reference for whom the person asks. */
void error_page_account(struct ctx *ctx, const struct request *request, const char *reason, const char *support_reference, struct response *response);
/* For struct routes: JSON for machines (problem details under /api/), the page for people; the router has logged failures. */
void error_route(struct ctx *ctx, const struct request *request, const struct route *route, int status, const char *reason,
    struct response *response);

#endif
