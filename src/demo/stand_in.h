/* stand_in.h - what the stand-ins' pages share: the demo behind a request, templates, sealed cookies and fields. */
#ifndef DEMO_STAND_IN_H
#define DEMO_STAND_IN_H

#include "base/fields.h"
#include "demo/demo.h"
#include "text/template.h"
#include "web/router.h"

/* The routes of all four hosts.  Handlers get no pointer of ours, so the demo is set once, before the listener opens. */
extern const struct routes demo_routes;
void stand_in_use(struct demo *demo);
struct demo *stand_in_demo(void);

/* By the request's host; NULL when it is none of ours. */
struct demo_provider *stand_in_provider(const struct request *request);
struct demo_portal *stand_in_portal(const struct request *request);
/* Is it the mailbox? */
bool stand_in_is_mail(const struct request *request);

/* A view with what every page needs, in the request's language, which it puts into ctx.
 * back: path and query of this page for the language link, without `lang`; NULL when it cannot be asked for again. */
struct view *stand_in_view(struct ctx *ctx, const struct request *request, const char *back);
/* path, and the page's language behind it, as a parameter. */
const char *stand_in_link(const struct ctx *ctx, const char *path);
void stand_in_page(struct ctx *ctx, const char *name, const struct view *view, struct response *response);
/* The page that says why not.  why: the end of a sentence's key ("state"); detail: more, as it came from elsewhere, or NULL. */
enum err stand_in_refuse(struct ctx *ctx, const struct request *request, int status, const char *why, const char *detail, struct response *response);

/* Texts without newlines, NULL at their end, sealed for a purpose: for cookies and links that the browser carries. 16 KiB at most. */
const char *stand_in_seal(struct ctx *ctx, const char *purpose, const char *const *parts);
/* false unless it was sealed for that purpose and has exactly count parts. sealed may be NULL. */
bool stand_in_open(struct ctx *ctx, const char *purpose, const char *sealed, const char **ret_parts, size_t count);

/* GET a document of Vestibule's, or POST a form (not NULL) to it. ERR_PEER with any other status than 200; *ret_reason is for the log. */
enum err stand_in_fetch(struct ctx *ctx, const char *path, const struct fields *form, struct bytes *ret_body, const char **ret_reason);

/* idp_pages.c */
handler_fn idp_pages_home, idp_pages_metadata, idp_pages_sso, idp_pages_sign_in, idp_pages_continue, idp_pages_register, idp_pages_sign_out, idp_pages_signed_out;
/* portal.c */
handler_fn portal_home, portal_start, portal_callback, portal_sign_out;
/* inbox_page.c */
handler_fn inbox_home;

#endif
