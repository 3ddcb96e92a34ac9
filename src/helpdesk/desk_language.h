/* desk_language.h - the link on each screen of the desk that leads to the same screen in the other language. */
#ifndef HELPDESK_DESK_LANGUAGE_H
#define HELPDESK_DESK_LANGUAGE_H

#include "text/template.h"
#include "web/router.h"

/* language_url, when the path of this request shows the same again when asked again; with its ?c=, if it has one. */
void desk_language_show(struct ctx *ctx, const struct request *request, struct view *view);

/* GET /language?to=fr&back=/account&c=... */
handler_fn desk_language;

#endif
