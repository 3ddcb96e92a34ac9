/* look.h - what every page of ours has, whoever it is for: its view, moments in words, what is wrong with a form, what an error page says.
 *
 * The sentences stand in the catalogues (templates/README.md).  Runs in: any handler thread. */
#ifndef WEB_LOOK_H
#define WEB_LOOK_H

#include "config/config.h"
#include "text/template.h"
#include "web/response.h"

/* A view with service_name, style_url and help. */
struct view *look_view(struct ctx *ctx);
/* names in the language of the request. */
const char *look_name(const struct ctx *ctx, const struct names *names);
/* A moment in words ("November 24, 2026 at 14:05 (UTC)"). */
const char *look_moment(struct ctx *ctx, int64_t time);

/* A failed form: 422, or 429 with Retry-After when name is "locked" and wait (ms) says how long; error_field, error_name and error_message,
 * the sentence of that key, for the templates. */
void look_fail(struct ctx *ctx, struct response *response, struct view *view, const char *field, const char *key, const char *name, int64_t wait);

/* title, why, next, reason and reference of an error page.  reason: the middle of the keys "error.*.title"; where there are none, the status
 * decides.  place: what the keys of that place's own words begin with ("desk-"), which go before the general ones; "": it has none. */
void look_error(struct ctx *ctx, struct view *view, const char *place, int status, const char *reason);

#endif
